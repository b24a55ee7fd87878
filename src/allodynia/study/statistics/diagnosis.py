"""What a test for a disease is worth: who is found at a given rate of false alarms, and what a result then means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.errors import InvalidInput
from allodynia.study.diagnose.predictive import negative_value, positive_value
from allodynia.study.diagnose.roc import beyond
from allodynia.study.statistics.statistic import Statistic, is_standardised
from allodynia.study.statistics.terms import Quantity, Share
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask


class Sensitivity(Statistic):
    """The share of an arm beyond the cut-off that leaves ``specificity`` of another arm on the other side.

    ``points`` says which readings speak for the arm: those above the cut-off (``up``) or below it (``down``).
    """

    kind: Literal["sensitivity"]
    quantity: Quantity
    arm: str | None = None
    versus: str
    specificity: Annotated[float, Field(gt=0, lt=1)]
    points: Literal["up", "down"] = "up"

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {"quantity": self.quantity}

    def good(self) -> str:  # noqa: D102
        return ""

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        sign = 1.0 if self.points == "up" else -1.0
        one, two = (
            sign * ask.values(self.quantity, name, measured=True)
            for name in (ask.arm(self.arm), ask.other(self.versus))
        )
        found = [beyond(a[~np.isnan(a)], b[~np.isnan(b)], self.specificity) for a, b in zip(one, two, strict=True)]
        return Worlds(np.array(found), "1")


class PredictiveValue(Statistic):
    """The chance that a ``positive`` result is right, or that a ``negative`` one is, where so many have the disease.

    Sensitivity and specificity are shares, or names of observables. Bayes' theorem, and nothing else.
    """

    kind: Literal["predictive_value"]
    of: Literal["positive", "negative"] = "positive"
    sensitivity: Share | str
    specificity: Share | str
    prevalence: Annotated[float, Field(gt=0, lt=1)]
    evidence: str

    def parts(self) -> list[str]:  # noqa: D102
        return [one for one in (self.sensitivity, self.specificity) if isinstance(one, str)]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        sensitivity, specificity = (
            ask.part(one).values if isinstance(one, str) else np.full(ask.readings.worlds, one)
            for one in (self.sensitivity, self.specificity)
        )
        value = positive_value if self.of == "positive" else negative_value
        return Worlds(value(sensitivity, specificity, self.prevalence), "1")


class ShareRaised(Statistic):
    """The share of a list of effects that are at least ``by`` standard deviations.

    Its centre counts effects by their means over worlds: in single worlds chance carries effects over the line either
    way.
    """

    kind: Literal["share_raised"]
    of: Annotated[list[str], Field(min_length=1)]
    by: Annotated[float, Field(gt=0)] = 0.2

    def parts(self) -> list[str]:  # noqa: D102
        return list(self.of)

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102
        known = plan.study.spec.observables
        for name in self.of:
            if not is_standardised(name, known):
                raise InvalidInput(f"{name!r} is no effect in standard deviations", where=where)

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        effects = np.stack([ask.part(name).values for name in self.of], axis=-1)
        unknown = np.isnan(effects).any(axis=-1)
        centres = effects[~unknown].mean(axis=0) if (~unknown).any() else np.full(len(self.of), np.nan)
        shares = np.where(unknown, np.nan, (effects >= self.by).mean(axis=-1))
        return Worlds(shares, "1", pooled=float((centres >= self.by).mean()))
