"""Shares of subjects that meet conditions, and how shares compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.errors import InvalidInput
from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Condition, Where
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.errors import Where as Place
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class Event(Statistic):
    """A yes or no of each subject: ``all`` conditions hold, or ``any`` of them (or at least ``number`` of them).

    ``among`` counts only the subjects that meet any of its conditions, as ``where`` only those that meet all of them.
    """

    kind: str
    any: list[Condition] = Field(default=[])
    all: list[Condition] = Field(default=[])
    number: Annotated[int, Field(ge=1)] = 1
    arm: str | None = None
    where: Where = Field(default=[])
    among: list[Condition] = Field(default=[])

    def check(self, plan: Plan, where: Place) -> None:  # noqa: D102, ARG002
        if not (self.any or self.all):
            raise InvalidInput(f"{self.kind}: needs conditions, under all: or any:", where=where)

    def good(self) -> str:  # noqa: D102
        return ""

    def events(self, ask: Ask, arm: str, where: Where) -> F8:
        """1 for each subject that it is true of, 0 for the others, f8[world, donor, subject]; NaN where unknown."""
        answers = [ask.holds(condition, arm) for condition in (*self.all, *self.any)]
        known = ~np.any([np.isnan(answer) for answer in answers], axis=0)
        yes = np.ones(known.shape, dtype=bool)
        if self.all:
            yes &= np.all([answer == 1.0 for answer in answers[: len(self.all)]], axis=0)
        if self.any:
            yes &= np.sum([answer == 1.0 for answer in answers[len(self.all) :]], axis=0) >= self.number
        found = np.where(known, yes.astype(np.float64), np.nan)
        for condition in where:
            found = np.where(ask.holds(condition, arm) == 1.0, found, np.nan)
        if self.among:
            met = np.any([ask.holds(condition, arm) == 1.0 for condition in self.among], axis=0)
            found = np.where(met, found, np.nan)
        ask.count(found)
        return found


class ShareOf(Event):
    """The share of subjects that it is true of."""

    kind: Literal["share"]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        events = self.events(ask, ask.arm(self.arm), self.where)
        return Worlds(moments.over_donors(events), "1", donors=moments.mean(events, 2))


class _TwoShares(Event):
    versus: str | None = None
    versus_where: Where = Field(default=[])

    def both(self, ask: Ask) -> tuple[F8, F8]:
        """The events in the arm and in the other, f8[world, donor, subject]."""
        arm = ask.arm(self.arm)
        other = arm if self.versus is None else ask.other(self.versus)
        return self.events(ask, arm, self.where), self.events(ask, other, self.versus_where)


class ShareDifference(_TwoShares):
    """The share in an arm less that in another; as ``effect``, in standard deviations (Cohen's h: the difference of
    2 asin sqrt share), which a claim of direction goes by.
    """

    kind: Literal["share_difference"]
    given_as: Literal["difference", "effect"] = Field(default="difference", alias="as")

    def standardised_effect(self) -> bool:  # noqa: D102
        return self.given_as == "effect"

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        here, there = (moments.over_donors(events) for events in self.both(ask))
        if self.given_as == "effect":
            return Worlds(2.0 * np.arcsin(np.sqrt(here)) - 2.0 * np.arcsin(np.sqrt(there)), "SD")
        return Worlds(here - there, "1")


class RiskRatio(_TwoShares):
    """The share in an arm over that in another."""

    kind: Literal["risk_ratio"]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        return _pooled(*self.both(ask), lambda one, other: one / other)


class OddsRatio(_TwoShares):
    """The odds in an arm over those in another."""

    kind: Literal["odds_ratio"]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        return _pooled(*self.both(ask), lambda one, other: one * (1.0 - other) / ((1.0 - one) * other))


def _pooled(here: F8, there: F8, ratio: Callable[[F8, F8], F8]) -> Worlds:
    """A ratio of two shares: its centre that of the mean shares of all worlds, its range over worlds.

    A world of a few dozen people often has no event at all, so that the ratio in it is 0, infinite or nothing; half an
    event is added to either outcome of both groups there (Haldane 1956, Ann. Hum. Genet. 20:309).
    """
    whole, smooth = [], []
    for events in (here, there):
        known = np.count_nonzero(~np.isnan(events), axis=(1, 2)).astype(np.float64)
        happened = np.nansum(events, axis=(1, 2))
        whole.append(moments.mean(np.where(known > 0, happened / np.maximum(known, 1.0), np.nan), 0))
        smooth.append(np.where(known > 0, (happened + 0.5) / (known + 1.0), np.nan))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = float(ratio(whole[0], whole[1]))
    return Worlds(ratio(smooth[0], smooth[1]), "1", "median", pooled=centre)
