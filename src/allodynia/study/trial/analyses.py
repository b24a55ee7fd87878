"""The analyses of a trial, checked: the endpoint is measured at that time, the method fits the design."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from allodynia.errors import InvalidInput, unknown
from allodynia.study.analysis import imputation
from allodynia.study.load import Study
from allodynia.study.plan import Plan
from allodynia.study.trial.spec import Analysis, Missing, TrialSpec
from allodynia.study.units import time_of

IMPUTED: dict[Missing, imputation.Method] = {
    "multiple_imputation": "missing_at_random", "jump_to_reference": "jump_to_reference",
    "copy_reference": "copy_reference",
}  # fmt: skip
"""Rules for gaps that fill each many times, and what the statistics call them."""


@dataclass(frozen=True, slots=True)
class BoundAnalysis:
    """One comparison: of ``arms`` (numbers; 0 is the control) in ``endpoint`` at ``at``; ``sign`` is +1 where higher is
    better for the person, -1 where lower is.
    """

    spec: Analysis
    label: str
    endpoint: str
    at: float
    arms: tuple[int, ...]
    sign: int
    primary: bool

    @property
    def controlled(self) -> bool:
        """Whether arms are compared with the control, or each with its own baseline."""
        return self.spec.method != "before_after"

    @property
    def share(self) -> float:
        """The fall that counts as a response; raises ValueError for a method that counts none."""
        if self.spec.falls_by is None:
            raise ValueError(self.spec.method)
        return self.spec.falls_by

    def column(self, arm: int) -> int:
        """Where an arm stands in the estimates."""
        return arm - 1 if self.controlled else arm


def bind_analyses(study: Study, spec: TrialSpec, plan: Plan, arms: tuple[str, ...]) -> tuple[BoundAnalysis, ...]:
    """The primary analysis and then the secondary ones."""
    listed = [(spec.analysis.primary, ("trial", "analysis", "primary"), True)]
    listed += [(one, ("trial", "analysis", "secondary", i), False) for i, one in enumerate(spec.analysis.secondary)]  # type: ignore[misc]
    return tuple(bind_analysis(study, spec, plan, arms, one, path, primary=primary) for one, path, primary in listed)


def bind_analysis(
    study: Study, spec: TrialSpec, plan: Plan, arms: tuple[str, ...], one: Analysis, path: tuple[str | int, ...], *,
    primary: bool,
) -> BoundAnalysis:  # fmt: skip
    """An analysis that stands at ``path`` in the study's file, checked. Raises InvalidInput, with file and line."""
    where = study.where
    if one.endpoint not in plan.endpoints:
        raise unknown("endpoint", one.endpoint, plan.endpoints, where=where(*path, "endpoint"))
    bound = plan.endpoints[one.endpoint]
    at = time_of(one.at, plan.time_unit, "at", where(*path, "at"), end=plan.end)
    if not any(math.isclose(at, time, rel_tol=1e-9, abs_tol=1e-9) for time in bound.times) or not at > 0.0:
        seen = ", ".join(f"{time:g}" for time in bound.times if time > 0.0)
        raise InvalidInput(
            f"{one.endpoint} is never measured at {one.at}; it is at {seen or 'no time after allocation'} "
            f"{plan.time_unit}",
            where=where(*path, "at"),
        )
    for number, name in enumerate(one.arms):
        if name not in arms:
            raise unknown("arm", name, arms, where=where(*path, "arms", number))
        if name == arms[0] and one.method != "before_after":
            raise InvalidInput(
                f"{name} is the control, which the others are compared with", where=where(*path, "arms", number)
            )
    if (one.method == "cross_over") != (spec.design == "cross_over"):
        said = (
            "a cross-over is analysed within persons: method: cross_over"
            if spec.design == "cross_over"
            else ("method: cross_over is for design: cross_over")
        )
        raise InvalidInput(said, where=where(*path, "method"))
    needs = one.method in ("responders", "loss_of_response")
    if needs and one.falls_by is None:
        raise InvalidInput(f"method: {one.method} needs falls_by:, as in falls_by: 0.3", where=where(*path))
    if not needs and one.falls_by is not None:
        raise InvalidInput(f"falls_by: is for responders, not for {one.method}", where=where(*path, "falls_by"))
    if needs and bound.good == 1:
        raise InvalidInput(
            f"{one.endpoint} is better when higher; responders are those in whom it falls",
            where=where(*path, "endpoint"),
        )
    if len(arms) == 1 and one.method != "before_after":
        raise InvalidInput(
            "there is only one arm, and nothing to compare it with: method: before_after, or a control",
            where=where(*path, "method"),
        )
    fills = one.method in ("ancova", "responders", "before_after")
    if fills and one.missing is None:
        rules = ", ".join(get_args(Missing))
        raise InvalidInput(f"method: {one.method} needs missing:, how gaps are filled: {rules}", where=where(*path))
    if one.missing in IMPUTED and one.method != "ancova":
        raise InvalidInput(
            f"missing: {one.missing} is for ancova; say how a gap counts for {one.method}",
            where=where(*path, "missing"),
        )
    if not fills and one.missing is not None:
        raise InvalidInput(
            f"missing: is for ancova, responders and before_after; {one.method} fills no gap",
            where=where(*path, "missing"),
        )
    compared = tuple(arms.index(name) for name in one.arms) or tuple(
        range(0 if one.method == "before_after" else 1, len(arms))
    )
    label = one.label or f"{bound.label}, {one.method.replace('_', ' ')}" + (
        f" ({100 * one.falls_by:g} %)" if one.falls_by else ""
    )
    return BoundAnalysis(one, label, one.endpoint, at, compared, bound.good or -1, primary)
