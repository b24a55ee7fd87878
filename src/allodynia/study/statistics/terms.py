"""What statistics are made of: a number of each subject, and conditions that subjects meet or not.

A *quantity* is a number of each subject: an endpoint at a time (the mean of several times where a list is given), on a
scale, or a measure of its course: its highest value, how long it stood above a level, when it first got there, how fast
it changed. A *condition* compares a quantity, or a parameter, with a cut-off.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from allodynia.study.quantities import Amount, Magnitude, Time
from allodynia.study.statistics.measures import Measure

Arms = Annotated[list[str], Field(min_length=1)]
Times = Annotated[list[Time], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Scale = Literal["value", "ratio", "percent", "percent_change", "change"]
"""A reading as it is; over the subject's own baseline, as a ratio, in percent, or as percent above it; or less it."""


class Term(BaseModel):
    """The manners of every part: frozen, strict, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Reference(Term):
    """A cut-off that a laboratory takes from an arm's readings: a percentile of them, or so many SD from the mean.

    ``shape`` says how: from the readings as they lie (``empirical``), or from a ``normal`` or ``lognormal`` shape,
    which a few dozen people determine better.
    """

    arm: str
    percentile: Annotated[float, Field(gt=0, lt=100)] | None = None
    sd: Number | None = None
    shape: Literal["empirical", "normal", "lognormal"] = "empirical"


Cut = Number | Amount | Reference
"""A cut-off: a number (of something without unit, or on a scale that has none), an amount, or taken from an arm."""


class Quantity(Term):
    """A number of each subject; see the module."""

    endpoint: str
    at: Time | Times | None = None
    scale: Scale = "value"
    measure: Measure | None = None


class Condition(Term):
    """Whether a subject's quantity, or parameter, lies on one side of a cut-off (or between two).

    ``of`` is an endpoint, an output drawn beside them, or a parameter of the model. Readings with assay noise count,
    as they do for whoever applies the cut-off.
    """

    of: str
    at: Time | Times | None = None
    scale: Scale = "value"
    measure: Measure | None = None
    below: Cut | None = None
    at_most: Cut | None = None
    above: Cut | None = None
    at_least: Cut | None = None

    @property
    def cuts(self) -> dict[str, float | Magnitude | Reference]:
        """The cut-offs given, by the word that says which side."""
        given = {name: getattr(self, name) for name in ("below", "at_most", "above", "at_least")}
        return {name: cut for name, cut in given.items() if cut is not None}

    @property
    def quantity(self) -> Quantity:
        """What is compared, where it is an endpoint."""
        return Quantity(endpoint=self.of, at=self.at, scale=self.scale, measure=self.measure)


Where = list[Condition]
"""A sub-group: subjects that meet all of the conditions."""
