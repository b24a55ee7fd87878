"""What statistics of a trial share: an arm, its comparator, the people of both, and the time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput
from allodynia.study.quantities import Time
from allodynia.study.statistics.statistic import Statistic

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask
    from allodynia.study.trial.expected import Conducted

F8 = NDArray[np.float64]


class OfTrial(Statistic):
    """A statistic of people who were allocated in a trial: ``arm``, and ``at`` which visit after allocation."""

    arm: str | None = None
    at: Time | None = None

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102
        if plan.study.spec.trial is None:
            raise InvalidInput(f"{self.kind} is of a trial, and the study has no trial: section", where=where)  # type: ignore[attr-defined]

    def time(self, ask: Ask, endpoint: str) -> float:
        """The visit asked for, in the model's unit.

        Raises
        ------
        InvalidInput
            No time is said, or the endpoint is not measured then.
        """
        at = ask.observer.time(ask.asked_at if ask.asked_at is not None else self.at, ask.name)
        times = ask.observer.plan.endpoint(endpoint, ask.where()).times
        if not any(math.isclose(at, one, rel_tol=1e-9, abs_tol=1e-9) for one in times):
            ask.refuse(f"{endpoint} is not measured at {at:g} {ask.observer.time_unit}")
        return at

    def group(self, ask: Ask, name: str) -> NDArray[np.bool_]:
        """Who is in an arm (its full name), bool[world, person]."""
        it = conducted(ask)
        return np.equal(it.arm, it.number(ask.observer.plan.arm(name).spec_name))


class OfEndpointInTrial(OfTrial):
    """A statistic of an endpoint in a trial, the better direction being the endpoint's."""

    endpoint: str

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102
        super().check(plan, where)
        plan.endpoint(self.endpoint, where)

    def good(self) -> str:  # noqa: D102
        return self.endpoint


def conducted(ask: Ask) -> Conducted:
    """The trial with its data.

    Raises
    ------
    InvalidInput
        The study was run without its trial: nobody was allocated, asked or left.
    """
    found: Conducted | None = getattr(ask.readings, "conducted", None)
    if found is None:
        ask.refuse("it is of the trial; 'allodynia trial' and 'allodynia claims' conduct it, 'allodynia run' does not")
    return found
