"""How well an observable fits a record, and how well a hypothesis fits them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.cohort.distributions import standard_error
from allodynia.errors import InvalidInput
from allodynia.study.statistics.statistic import Statistic
from allodynia.study.statistics.terms import Number
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask


class Fit(Statistic):
    """How many standard errors of a record an observable lies from it: z = (observable - middle) / standard error.

    ``lo`` .. ``hi`` is the record's 95 % interval; middle and standard error are those of a normal distribution.
    """

    kind: Literal["fit"]
    of: str
    lo: Number
    hi: Number
    evidence: str

    def parts(self) -> list[str]:  # noqa: D102
        return [self.of]

    def check(self, plan: Plan, where: Where) -> None:  # noqa: ARG002, D102
        if not self.lo < self.hi:
            raise InvalidInput(f"lo: {self.lo:g} is not below hi: {self.hi:g}", where=where)

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        found = ask.part(self.of)
        off = found.values - 0.5 * (self.lo + self.hi)
        return Worlds(off / standard_error(self.lo, self.hi), "z", found.centre)


class LogScore(Statistic):
    """The logarithm of how probable records are under a hypothesis, over what it would be for a perfect fit.

    ``of`` names observables of kind ``fit``. For each, the density of the record is averaged over the worlds (what is
    not known about the parameters has equal prior volume under every hypothesis); the logarithms are added. A record
    that cannot be worked out in most worlds leaves the score undefined.
    """

    kind: Literal["log_score"]
    of: Annotated[list[str], Field(min_length=1)]

    def parts(self) -> list[str]:  # noqa: D102
        return list(self.of)

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        total, scores = 0.0, np.zeros(ask.readings.worlds)
        for name in self.of:
            part = ask.part(name)
            if part.unit != "z":
                ask.refuse(f"{name} is no fit to a record")
            z = np.where(np.isfinite(part.values), part.values, np.nan)
            known = z[~np.isnan(z)]
            if 2 * known.size <= z.size:
                return Worlds(np.full(z.size, np.nan), "log score")
            least = float((0.5 * known**2).min())  # taken out, or a bad fit would be exp(-1000) = 0
            total += float(np.log(np.exp(least - 0.5 * known**2).mean())) - least
            scores = scores - 0.5 * z**2
        return Worlds(scores, "log score", pooled=total)
