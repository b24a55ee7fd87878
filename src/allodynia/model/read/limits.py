"""How much a text may ask of the reader before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one reading of model text. The defaults hold for models of some ten thousand reactions.

    ``characters``: length of a text; ``depth``: nesting of its XML elements or brackets; ``elements``: XML elements;
    ``memory``: address space of the child (bytes); ``processor``: its processor time (s); ``wall``: time until it is
    killed (s); ``answer``: length of what it may send back (bytes).
    """

    characters: int = 20_000_000
    depth: int = 1_000
    elements: int = 2_000_000
    memory: int = 2 << 30
    processor: int = 30
    wall: float = 45.0
    answer: int = 200_000_000


def confine(limits: Limits) -> None:
    """Hold this process to ``limits`` where the platform can, and deny it files of its own."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        "RLIMIT_AS": limits.memory,
        "RLIMIT_CPU": limits.processor,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_NOFILE": 0,
    }
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            # The soft limit on processor time stops it with a signal that says so; the hard one, for sure.
            soft = max(1, bound - 1) if name == "RLIMIT_CPU" else bound
            resource.setrlimit(kind, (soft, bound))
        except (ValueError, OSError):
            continue
