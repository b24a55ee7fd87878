"""What can be asked of a run, with the defaults that the command line and Python share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from allodynia.errors import InvalidInput

LARGEST_SEED = 2**63 - 1


def check_seed(seed: int) -> None:
    """Refuse a seed that the streams cannot take.

    Raises
    ------
    InvalidInput
        It is negative, or larger than :data:`LARGEST_SEED`.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(f"seed: {seed} is not in 0..{LARGEST_SEED}")


@dataclass(frozen=True, slots=True)
class Options:
    """How a study is run.

    Parameters
    ----------
    subjects
        Subjects a donor, and in an arm without donors; None for what the study says.
    seed
        Decides every random draw of the run.
    out
        The run folder; None for a new one below ``runs/``.
    hypothesis
        The rival explanation to run under; None for what the study lists, or the system's default.
    ada
        The mouse's own antibodies against human IgG switched on or off; None for the table's value.
    edges
        Gains of edges by id, set in every arm: 0 cuts an edge, 1 is as wired.
    """

    subjects: int | None = None
    seed: int = 1
    out: Path | None = None
    hypothesis: str | None = None
    ada: bool | None = None
    edges: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.subjects is not None and self.subjects < 1:
            raise InvalidInput(f"subjects: {self.subjects} is not at least 1")
        check_seed(self.seed)
        for edge, gain in self.edges.items():
            if not math.isfinite(gain):
                raise InvalidInput(f"the gain of edge {edge!r} must be a finite number, not {gain!r}")
        if self.ada is not None and "ada" in self.edges:
            raise InvalidInput("the edge 'ada' is set twice: by --ada or --no-ada, and by --edge")

    def gains(self) -> dict[str, float]:
        """The gains of edges that the options set, ``ada`` among them."""
        return dict(self.edges) if self.ada is None else {**self.edges, "ada": float(self.ada)}

    def to_json(self) -> dict[str, Any]:
        """The options as the manifest keeps them; not the folder, which says where and not what."""
        kept = asdict(self)
        del kept["out"]
        return kept


DEFAULTS = Options()
