"""Shares of responders in a trial, and how two arms differ in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.errors import InvalidInput
from allodynia.study.statistics.of_trial import OfEndpointInTrial, conducted
from allodynia.study.statistics.worlds import Worlds

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask

F8 = NDArray[np.float64]


class _Responders(OfEndpointInTrial):
    """People whose reading fell by ``falls_by`` (0.3: 30 %) of its baseline. Whoever has left by then, or misses the
    visit, did not respond (IMMPACT: Dworkin et al. 2008, J. Pain 9:105).
    """

    falls_by: Annotated[float, Field(gt=0, lt=1)]

    def check(self, plan: Plan, where: Where) -> None:
        super().check(plan, where)
        if plan.endpoint(self.endpoint).good == 1:
            raise InvalidInput(
                f"{self.endpoint} is better when higher; responders are those in whom it falls", where=where
            )

    def share(self, ask: Ask, arm: str) -> F8:
        """The share of responders of an arm, f8[world]; NaN where nobody is in it."""
        from allodynia.study.analysis.responders import responders
        from allodynia.study.readings import places

        it, at = conducted(ask), self.time(ask, self.endpoint)
        seen = it.data.seen(self.endpoint, it.trial.times)
        visit = int(places(it.trial.visits, [at], self.endpoint)[0])
        inside = self.group(ask, arm)
        ask.count(np.where(inside, 0.0, np.nan))
        counts = responders(seen[..., visit], seen[..., 0], np.where(inside, 0, -1), reduction=self.falls_by, arms=2)
        people = counts.subjects[:, 0]
        return np.where(people > 0, counts.responders[:, 0] / np.maximum(people, 1), np.nan)


class ResponderShare(_Responders):
    """The share of responders in an arm of a trial."""

    kind: Literal["responder_share"]

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        return Worlds(self.share(ask, ask.arm(self.arm)), "1")


class ResponderDifference(_Responders):
    """The share of responders in an arm less that in another (the control, where ``versus`` is left out)."""

    kind: Literal["responder_difference"]
    versus: str | None = None

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        other = ask.other(self.versus or conducted(ask).trial.arms[0])
        return Worlds(self.share(ask, ask.arm(self.arm)) - self.share(ask, other), "1")
