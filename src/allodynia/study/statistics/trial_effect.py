"""The effect that a trial estimates: an arm against the control, or against its own baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.errors import InvalidInput
from allodynia.study.quantities import Magnitude
from allodynia.study.statistics.effect import over_sd
from allodynia.study.statistics.of_trial import OfEndpointInTrial, conducted
from allodynia.study.statistics.worlds import Worlds
from allodynia.study.trial.spec import Analysis, Estimand, Method, Missing

if TYPE_CHECKING:
    from allodynia.errors import Where
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.ask import Ask


class TrialEffect(OfEndpointInTrial):
    """What the analysis of each replicate estimates of ``arm``, as the same words under ``trial: analysis:`` would.

    ``standardised`` divides the change of ``before_after`` by the standard deviation of changes in the replicate.
    """

    kind: Literal["trial_effect"]
    method: Method = "ancova"
    estimand: Estimand = "treatment_policy"
    missing: Missing | None = None
    falls_by: Annotated[float, Field(gt=0, lt=1)] | None = None
    standardised: bool = False

    def standardised_effect(self) -> bool:  # noqa: D102
        return self.standardised

    def check(self, plan: Plan, where: Where) -> None:  # noqa: D102
        super().check(plan, where)
        if self.standardised and self.method != "before_after":
            raise InvalidInput(
                f"standardised: is of method: before_after, not {self.method}; take standardised_effect of changes",
                where=where,
            )

    def compute(self, ask: Ask) -> Worlds:  # noqa: D102
        from allodynia.study.trial.analyse import analyse
        from allodynia.study.trial.analyses import bind_analysis
        from allodynia.study.trial.result import unit_of

        it, at = conducted(ask), self.time(ask, self.endpoint)
        name = ask.observer.plan.arm(ask.arm(self.arm)).spec_name
        spec = Analysis(
            endpoint=self.endpoint, at=Magnitude(at, it.trial.time_unit), method=self.method, arms=[name],
            estimand=self.estimand, missing=self.missing, falls_by=self.falls_by,
        )  # fmt: skip
        path = ("observables", ask.name)
        one = bind_analysis(it.trial.study, it.trial.spec, it.trial.plan, it.trial.arms, spec, path, primary=False)
        found = analyse(it.trial, it.data, one, seed=ask.readings.seed)
        if not it.trial.crossed:
            ask.count(np.where(self.group(ask, ask.arm(self.arm)), 0.0, np.nan))
        column = (slice(None), one.column(it.number(name)))
        if not self.standardised:
            return Worlds(found.effect[column], unit_of(it.trial, one))
        spread = found.se[column] * np.sqrt(np.maximum(found.n[column], 1))
        return Worlds(over_sd(found.effect[column], spread), "SD")
