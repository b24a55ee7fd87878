"""The effect that a trial estimates: an arm against the control, or against its own baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from allodynia.study.quantities import Magnitude
from allodynia.study.statistics.of_trial import OfEndpointInTrial, conducted
from allodynia.study.statistics.worlds import Worlds
from allodynia.study.trial.spec import Analysis, Estimand, Method, Missing

if TYPE_CHECKING:
    from allodynia.study.statistics.ask import Ask


class TrialEffect(OfEndpointInTrial):
    """What the analysis of each replicate estimates of ``arm``, as the same words under ``trial: analysis:`` would."""

    kind: Literal["trial_effect"]
    method: Method = "ancova"
    estimand: Estimand = "treatment_policy"
    missing: Missing | None = None
    falls_by: Annotated[float, Field(gt=0, lt=1)] | None = None

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
        found = analyse(it.trial, it.data, one)
        if not it.trial.crossed:
            ask.count(np.where(self.group(ask, ask.arm(self.arm)), 0.0, np.nan))
        return Worlds(found.effect[:, one.column(it.number(name))], unit_of(it.trial, one))
