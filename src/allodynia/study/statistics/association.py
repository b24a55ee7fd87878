"""How two numbers of the same subjects go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.diagnose.area import area
from allodynia.study.statistics import moments
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Quantity, Where
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class _Pair(Statistic):
    """Two quantities of the subjects of an arm (``of: donors``: of donors' means). Readings, for assays blur them."""

    x: Quantity
    y: Quantity
    arm: str | None = None
    where: Where = Field(default=[])
    of: Literal["subjects", "donors"] = "subjects"

    def quantities(self) -> dict[str, Quantity]:
        return {"x": self.x, "y": self.y}

    def good(self) -> str:
        return ""

    def pairs(self, ask: Ask) -> tuple[F8, F8]:
        """Both, f8[world, unit], NaN in both where one is missing."""
        arm = ask.arm(self.arm)
        x, y = (ask.values(one, arm, self.where, measured=True) for one in (self.x, self.y))
        if self.of == "donors":
            x, y = moments.mean(x, 2), moments.mean(y, 2)
        x, y = x.reshape(x.shape[0], -1), y.reshape(y.shape[0], -1)
        gone = ~(np.isfinite(x) & np.isfinite(y))
        return np.where(gone, np.nan, x), np.where(gone, np.nan, y)


class Correlation(_Pair):
    """The correlation of two quantities over the subjects of an arm: Pearson's, or Spearman's of their ranks."""

    kind: Literal["correlation"]
    method: Literal["pearson", "spearman"] = "pearson"

    def standardised_effect(self) -> bool:  # noqa: D102
        return True

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        x, y = self.pairs(ask)
        if self.method == "spearman":
            x, y = _ranks(x), _ranks(y)
        xy, xx, yy = _moments(x, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Worlds(np.where((xx > 0.0) & (yy > 0.0), xy / np.sqrt(xx * yy), np.nan), "r")


class Slope(_Pair):
    """The slope of y on x over the subjects of an arm, by least squares; ``standardised`` in SD of y for an SD of x."""

    kind: Literal["slope"]
    standardised: bool = False

    def standardised_effect(self) -> bool:  # noqa: D102
        return self.standardised

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        x, y = self.pairs(ask)
        xy, xx, yy = _moments(x, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.standardised:
                return Worlds(np.where((xx > 0.0) & (yy > 0.0), xy / np.sqrt(xx * yy), np.nan), "r")
            return Worlds(np.where(xx > 0.0, xy / xx, np.nan), f"({ask.units(self.y)})/({ask.units(self.x)})")


def _moments(x: F8, y: F8) -> tuple[F8, F8, F8]:
    """Covariance and variances in each world, over what is there (both share their gaps)."""
    dx, dy = x - moments.mean(x, 1)[:, None], y - moments.mean(y, 1)[:, None]
    return moments.mean(dx * dy, 1), moments.mean(dx * dx, 1), moments.mean(dy * dy, 1)


def _ranks(values: F8) -> F8:
    """Ranks within each world, ties sharing their mean; NaN stays."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1, nan_policy="omit"))


class Auc(Statistic):
    """How well a quantity tells an arm from another: the chance that it is higher in one of the arm than in one of the
    other, ties counting half (the area under the ROC curve); lower, where it ``points: down``.
    """

    kind: Literal["auc"]
    quantity: Quantity
    arm: str | None = None
    versus: str
    points: Literal["up", "down"] = "up"
    where: Where = Field(default=[])
    versus_where: Where = Field(default=[])

    def quantities(self) -> dict[str, Quantity]:  # noqa: D102
        return {"quantity": self.quantity}

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        arm, other = ask.arm(self.arm), ask.other(self.versus)
        sign = 1.0 if self.points == "up" else -1.0
        one = ask.values(self.quantity, arm, self.where, measured=True)
        two = ask.values(self.quantity, other, self.versus_where, measured=True)
        found = [area(sign * a.reshape(-1), sign * b.reshape(-1)) for a, b in zip(one, two, strict=True)]
        return Worlds(np.array(found), "1")
