"""Observables made of other observables, world by world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask


class Ratio(Statistic):
    """One observable over another."""

    kind: Literal["ratio"]
    above: str
    below: str

    def parts(self) -> list[str]:  # noqa: D102
        return [self.above, self.below]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        above, below = ask.part(self.above), ask.part(self.below)
        with np.errstate(divide="ignore", invalid="ignore"):
            return Worlds(np.where(below.values == 0.0, np.nan, above.values / below.values), "1", "median")


class Minus(Statistic):
    """One observable less another, in the unit that both have."""

    keeps_unit = True

    kind: Literal["minus"]
    of: str
    less: str

    def parts(self) -> list[str]:  # noqa: D102
        return [self.of, self.less]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        of, less = ask.part(self.of), ask.part(self.less)
        if of.unit != less.unit:
            ask.refuse(f"{self.of} is in {of.unit!r} and {self.less} in {less.unit!r}")
        with np.errstate(invalid="ignore"):
            return Worlds(of.values - less.values, of.unit, of.centre)


class LeastOf(Statistic):
    """The least (or the most) of several observables, for a claim about each of them."""

    keeps_unit = True

    kind: Literal["least_of", "most_of"]
    of: Annotated[list[str], Field(min_length=1)]

    def parts(self) -> list[str]:  # noqa: D102
        return list(self.of)

    def compute(self, ask: Ask) -> Worlds:
        """The one whose centre is least (most), as it is: a minimum taken in each world would be lower than any."""
        found = [ask.part(name) for name in self.of]
        for name, one in zip(self.of, found, strict=True):
            if one.unit != found[0].unit:
                ask.refuse(f"{self.of[0]} is in {found[0].unit!r} and {name} in {one.unit!r}")
        centres = [_centre(one) for one in found]
        if any(np.isnan(centres)):
            return found[int(np.flatnonzero(np.isnan(centres))[0])]
        return found[int(np.argmin(centres) if self.kind == "least_of" else np.argmax(centres))]


def _centre(found: Worlds) -> float:
    known = found.values[~np.isnan(found.values)]
    if 2 * known.size <= found.values.size:
        return float("nan")
    return float(known.mean() if found.centre == "mean" else np.median(known))
