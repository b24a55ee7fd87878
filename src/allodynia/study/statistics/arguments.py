"""The statistics that a study may name: for each kind, what it needs to be told. What each does is in the file of
its name.

All are taken in each world by itself, with donors as the unit and subjects nested in them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from allodynia.study.quantities import Time

Arms = Annotated[list[str], Field(min_length=1)]
Times = Annotated[list[Time], Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Scale = Literal["value", "ratio", "change"]
"""A reading as it is, over the subject's own baseline, or less it."""


class Arguments(BaseModel):
    """What every statistic has: a label a person reads and a note on its definition."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    label: str = ""
    note: str = ""


class Mean(Arguments):
    """The mean of an endpoint over donors (each donor the mean of its subjects), on a scale, at a time."""

    kind: Literal["mean"]
    endpoint: str
    arm: str | None = None
    at: Time | None = None
    scale: Scale = "value"


class StandardisedEffect(Arguments):
    """The difference of two arms over the standard deviation of one subject's reading (subjects and assay), at a time.

    ``positive_controls`` are arms that must show an effect of at least ``control_effect`` standard deviations in
    the same world; where one does not, the experiment shows nothing and the effect is undefined.
    """

    kind: Literal["standardised_effect"]
    endpoint: str
    arm: str | None = None
    versus: str
    at: Time | None = None
    scale: Scale = "value"
    positive_controls: list[str] = []
    control_effect: Annotated[float, Field(gt=0)] = 0.8


class ShareOfDonorsPositive(Arguments):
    """The share of donors whose subjects' readings fall (or rise), by a one-sided test per donor.

    ``paired`` tests each subject against its own baseline, ``welch`` the donor's subjects against those of
    ``versus``. A subject's reading is its mean over the times ``at``.
    """

    kind: Literal["share_of_donors_positive"]
    endpoint: str
    arm: str | None = None
    at: Times
    test: Literal["paired", "welch"] = "paired"
    versus: str | None = None
    direction: Literal["down", "up"] = "down"
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05


class FirstDayAt(Arguments):
    """The first day after its extreme on which an endpoint over baseline is back at ``level``.

    Of the mean over donors, or of each donor with the spread between donors (``of: donors``; ``spread`` are its
    quantiles).
    """

    kind: Literal["first_day_at"]
    endpoint: str
    arm: str | None = None
    level: Annotated[float, Field(gt=0)]
    every: Time
    of: Literal["mean", "donors"] = "mean"
    spread: Annotated[list[Share], Field(min_length=2, max_length=2)] = [0.05, 0.95]


class EffectRatio(Arguments):
    """The mean effect in some arms over that in others: pool over single donors, knock-out over wild type.

    An effect is the mean change from baseline over donors at ``at``, less that of ``control`` where one is given.
    Where the lower effect is under ``least_effect`` standard deviations of a change there is nothing to compare
    with: undefined.
    """

    kind: Literal["effect_ratio"]
    endpoint: str
    arms: Arms
    over: Arms
    control: str | None = None
    at: Times
    least_effect: Annotated[float, Field(ge=0)] = 0.2


class OutputRatio(Arguments):
    """One endpoint (or output drawn beside them) over another in the same arm at a time: two tissues, say."""

    kind: Literal["output_ratio"]
    endpoint: str
    over: str
    arm: str | None = None
    at: Time | None = None


Observable = Annotated[
    Mean | StandardisedEffect | ShareOfDonorsPositive | FirstDayAt | EffectRatio | OutputRatio,
    Field(discriminator="kind"),
]
"""Any of the statistics, told apart by ``kind``."""
