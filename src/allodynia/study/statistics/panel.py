"""How well several readings together tell an arm from another, and how much of that is hindsight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.diagnose.area import area
from allodynia.study.diagnose.logistic import NoWeights, logistic
from allodynia.study.diagnose.scale import Standard, logs
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Number, Quantity
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class PanelAuc(Statistic):
    """The area under the ROC curve of a logistic regression on several readings, ``arm`` against ``versus``.

    ``apparent`` is that in the people whom the weights were found in; ``corrected`` the mean over folds of that in
    people whom they were not found in (cross-validation), so that it has no optimism. ``log`` takes logarithms of all
    readings. ``subjects`` takes so many of each arm, as a study had, for optimism depends on it.
    """

    kind: Literal["panel_auc"]
    of: Annotated[list[Quantity], Field(min_length=1)]
    arm: str | None = None
    versus: str
    estimate: Literal["apparent", "corrected"] = "corrected"
    log: bool = False
    subjects: Annotated[int, Field(ge=4)] | None = None
    folds: Annotated[int, Field(ge=2, le=50)] = 10
    penalty: Annotated[Number, Field(gt=0)] = 1.0

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {f"of {number + 1}": one for number, one in enumerate(self.of)}

    def good(self) -> str:  # noqa: D102
        return ""

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        arms = [ask.arm(self.arm), ask.other(self.versus)]
        one, two = (
            np.stack([ask.values(quantity, name, measured=True) for quantity in self.of], axis=-1) for name in arms
        )
        found = [self._world(*(_people(part, self.subjects) for part in pair)) for pair in zip(one, two, strict=True)]
        return Worlds(np.array(found), "1")

    def _world(self, ill: F8, others: F8) -> float:
        """In one world: readings f8[person, reading] of both groups; NaN where no weights are found."""
        if min(len(ill), len(others)) < self.folds:
            return float("nan")
        if self.log:
            both = np.concatenate([ill, others])  # what the least reading is does not depend on who is ill
            names = [one.endpoint for one in self.of]
            ill, others = np.split(logs(both, [True] * len(names), names), [len(ill)])
        try:
            return self._area(ill, others)
        except NoWeights:
            return float("nan")

    def _area(self, ill: F8, others: F8) -> float:
        if self.estimate == "apparent":
            return area(*self._scores(ill, others, ill, others))
        folds = [np.arange(len(group)) % self.folds for group in (ill, others)]  # people are in no order
        areas = []
        for fold in range(self.folds):
            out = [here == fold for here in folds]
            areas.append(area(*self._scores(ill[~out[0]], others[~out[1]], ill[out[0]], others[out[1]])))
        return float(np.mean(areas))

    def _scores(self, ill: F8, others: F8, *seen: F8) -> list[F8]:
        """Scores of people ``seen`` by weights found in ``ill`` and ``others``."""
        x = np.concatenate([ill, others])
        standard = Standard(x)
        _, weights = logistic(standard.of(x), np.arange(len(x)) < len(ill), self.penalty)
        return [standard.of(group) @ weights for group in seen]


def _people(readings: F8, most: int | None) -> F8:
    """Readings f8[donor, subject, reading] as f8[person, reading] of those in whom none is missing."""
    flat = readings.reshape(-1, readings.shape[-1])
    return flat[np.isfinite(flat).all(axis=1)][:most]
