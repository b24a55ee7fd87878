"""Which processor a kernel is for, and how many subjects it carries side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from allodynia.errors import InvalidInput, UnsupportedMachine

WIDTHS = (1, 2, 4, 8)

LARGE = 2**17 // 8
"""Numbers in a workspace (128 KiB) that vectors of 8 should not exceed: with half as many lanes the factors of a large
model, which are read for every stage, are nearer. (Smith_BMCSystBiol2013, 334 KiB: 1.1 to 1.2 times as fast with 4
lanes; passive-transfer, 67 KiB: 0.9 times.)"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor as LLVM names it: ``triple``, ``cpu``, ``features`` ("+avx2,-avx512f,..."), and vector ``width``.

    ``free`` says that nobody asked for this width: a large model may have another. Results do not depend on any of
    these; speed does.
    """

    triple: str
    cpu: str
    features: str
    width: int
    free: bool = False

    def suited(self, numbers: int) -> Machine:
        """This machine with the width that serves a workspace of so many numbers a lane best."""
        narrower = self.free and self.width == WIDTHS[-1] and numbers * self.width > LARGE
        return replace(self, width=self.width // 2 if narrower else self.width, free=False)

    @property
    def attributes(self) -> str:
        """What every function of a kernel is marked with.

        No call to a library may be made up from a loop, and no stack probe be called (it is a library function on
        Windows).
        """
        return '"no-builtins" "no-stack-arg-probe" "frame-pointer"="none"'

    @property
    def is_x86(self) -> bool:
        """Whether this is a 64-bit x86 processor."""
        return self.triple.startswith(("x86_64", "amd64"))

    @property
    def is_arm(self) -> bool:
        """Whether this is a 64-bit Arm processor."""
        return self.triple.startswith(("aarch64", "arm64"))


@cache
def _host() -> tuple[str, str, str, frozenset[str]]:
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    return (
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        str(features.flatten()),
        frozenset(name for name, present in features.items() if present),
    )


def host(width: int | None = None) -> Machine:
    """This machine, at its own vector width or a narrower one.

    Raises
    ------
    UnsupportedMachine
        When the processor has no fused multiply-add: its results would not be those of every other machine.
    """
    triple, cpu, features, present = _host()
    return choose(triple, cpu, features, present, width)


def choose(triple: str, cpu: str, features: str, present: frozenset[str], width: int | None) -> Machine:
    """The machine for a processor with the features ``present``; see `host`."""
    if triple.startswith(("x86_64", "amd64")):
        if "fma" not in present:
            raise UnsupportedMachine(
                f"this processor ({cpu}) has no fused multiply-add (FMA3), which compiled models need; "
                "use one made since about 2013, or a machine in the cloud"
            )
        widest = 8 if {"avx512f", "avx512dq", "avx512vl"} <= present else 4 if "avx2" in present else 2
    elif triple.startswith(("aarch64", "arm64")):
        widest = 2
    else:
        raise UnsupportedMachine(f"compiled models run on 64-bit x86 and Arm processors, and this is {triple!r}")
    if width is None:
        return Machine(triple, cpu, features, widest, free=True)
    if width not in WIDTHS:
        raise InvalidInput(f"width {width} is not one of {', '.join(map(str, WIDTHS))}")
    return Machine(triple, cpu, features, width)
