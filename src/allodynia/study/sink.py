"""Where a running study puts what is finished: an interface that whoever keeps results fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
Ending = Literal["finished", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Output:
    """A sampled output of the model: its id, the unit of its values, what a person calls it."""

    id: str
    unit: str
    label: str


@dataclass(frozen=True)
class Meta:
    """What a run will hold, known before the first subject is solved.

    ``times`` f8[time] in ``time_unit``; ``subjects`` columns (arm, donor, population, world), one value a row;
    ``block`` rows come at a time, so every block but the last starts at a multiple of it.
    """

    study: str
    times: F8
    time_unit: str
    outputs: tuple[Output, ...]
    subjects: Mapping[str, NDArray[Any]]
    rows: int
    block: int


class Sink(Protocol):
    """Takes blocks of solved subjects as they come."""

    def on_start(self, meta: Meta) -> None:
        """Before the first subject."""
        ...

    def on_block(self, first_row: int, values: F8, status: NDArray[np.int32], failed_at: F8) -> None:
        """Rows from ``first_row``: ``values`` f8[row, time, output], ``status`` i4[row], ``failed_at`` f8[row] (NaN
        if solved).
        """
        ...

    def on_end(self, ending: Ending) -> None:
        """After the last; also after an interruption or an error."""
        ...
