"""What can be asked of a simulation of one's own model, with the defaults that the command line and Python share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allodynia.api.options import check_seed
from allodynia.errors import InvalidInput

if TYPE_CHECKING:
    from allodynia.api.vary import Variation
    from allodynia.engine.regimen import Dose, Reset

DRAWN_SUBJECTS = 100
"""Subjects where something is drawn and nobody says how many."""

MOST_POINTS = 10_000_000


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is simulated.

    Parameters
    ----------
    start
        The model's time at which it is in its initial state.
    end
        The time of the last sample; None is refused: only the user knows.
    points
        Samples, evenly spaced, the first at ``start`` and the last at ``end``.
    subjects
        How many subjects; None for 100 where something is drawn, else 1.
    vary
        What is given to subjects instead of the model's own values.
    seed
        Decides every draw.
    outputs
        Ids to sample, ``X.amount`` and ``X.concentration`` of a species among them; None for everything that the model
        lets change over time.
    rtol
        Relative tolerance of a step.
    atol
        Absolute tolerance of every state, in its own unit; None for a millionth of ``rtol`` times how large each gets.
    doses
        What every subject is given, and when: see :class:`allodynia.engine.regimen.Dose`.
    """

    start: float = 0.0
    end: float | None = None
    points: int = 201
    subjects: int | None = None
    vary: tuple[Variation, ...] = ()
    seed: int = 1
    outputs: tuple[str, ...] | None = None
    rtol: float = 1e-6
    atol: float | None = None
    doses: tuple[Dose | Reset, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.start):
            raise InvalidInput(f"start: {self.start} is not a finite time")
        if self.end is not None and not (math.isfinite(self.end) and self.end > self.start):
            raise InvalidInput(f"end: {self.end} is not a finite time after the start ({self.start})")
        if not 2 <= self.points <= MOST_POINTS:
            raise InvalidInput(f"points: {self.points} is not in 2..{MOST_POINTS:,}")
        if self.subjects is not None and self.subjects < 1:
            raise InvalidInput(f"subjects: {self.subjects} is not at least 1")
        check_seed(self.seed)
        if self.outputs is not None and not self.outputs:
            raise InvalidInput("outputs: name at least one")

    @property
    def last(self) -> float:
        """``end``, which must have been given."""
        if self.end is None:
            raise InvalidInput("end: say until which time to simulate")
        return self.end

    @property
    def size(self) -> int:
        """How many subjects there are."""
        if self.subjects is not None:
            return self.subjects
        return DRAWN_SUBJECTS if any(one.random for one in self.vary) else 1


MODEL_DEFAULTS = ModelOptions()
