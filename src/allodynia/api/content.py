"""A run as the report shows it: every number from the study and the judge, every sentence from their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from allodynia.report.content import Content, Curve, Panel, Published
from allodynia.report.texts import disagreements, limits
from allodynia.study.curves import curves
from allodynia.study.quantities import parse_time
from allodynia.study.units import factor, time_of

if TYPE_CHECKING:
    from allodynia.api.session import Session
    from allodynia.study import StudyResult
    from allodynia.study.plan import BoundArm

LEAST_SHOWN = 3.0
"""A time axis is in days where it is at least so many long, else in hours, else in minutes."""


def content(session: Session, manifest: Mapping[str, Any]) -> Content:
    """Everything that the report of a finished run shows."""
    study = session.study
    # The study's text is easier to read by itself than on one line of JSON.
    about = {name: value for name, value in manifest["study"].items() if name != "text"}
    return Content(
        title=study.spec.title,
        question=study.spec.question,
        simulated=_simulated(session),
        rows=session.rows,
        claims=session.claim_rows,
        panels=_panels(session),
        cannot_tell=limits(study.name),
        disagreements=disagreements(study.name),
        warnings=session.warnings,
        manifest={**manifest, "study": about},
        study_text=study.text,
    )


def _simulated(session: Session) -> tuple[str, ...]:
    """What was done, in sentences."""
    result, spec = session.result, session.study.spec
    ode = session.system.ode
    said = [
        f"{len(result.status)} subjects ({spec.species}), followed for {spec.follow_up}; seed {session.options.seed}. "
        f"Each is a system of {len(ode.states)} differential equations with {len(ode.parameters)} parameters."
    ]
    for arm in result.plan.arms:
        size = arm.cohort
        of = f"{size.donors} donors, {size.subjects} subjects each" if arm.unit == "donor" else f"{size.size} subjects"
        said.append(f"{arm.label}: {of}{_doses(session, arm.spec_name)}.{_begin(arm)}{_drawn(result, arm.name)}")
    hypotheses = sorted({arm.hypothesis for arm in result.plan.arms if arm.hypothesis is not None})
    if hypotheses:
        said.append(f"Run under: {', '.join(hypotheses)}.")
    gains = session.options.gains()
    if gains:
        said.append(f"Edges set for this run: {', '.join(f'{edge} = {gain:g}' for edge, gain in gains.items())}.")
    return tuple(said)


def _begin(arm: BoundArm) -> str:
    """In which state the arm began, where that is not where the model itself does."""
    if not arm.begin.at_rest:
        return ""
    further = f", {arm.begin.run_in:g} d further on" if arm.begin.run_in else ""
    return f" They begin at their steady state{further}."


def _drawn(result: StudyResult, arm: str) -> str:
    """How the people of an arm were found."""
    tally = result.tallies.get(arm)
    if tally is None or not tally.outside:
        return ""
    share = 100.0 * (1.0 - tally.accepted)
    return f" Of {tally.tried} candidates {tally.rejected} ({share:.0f} %) were not plausible and were left out."


def _doses(session: Session, arm: str) -> str:
    """What an arm is given, in words."""
    from allodynia.study.titration import said_dose

    given = [said_dose(dose) for dose in session.study.spec.arms[arm].doses]
    return f"; {'; '.join(given)}" if given else ""


def _panels(session: Session) -> tuple[Panel, ...]:
    """One panel for each output that is measured, then for each that is only drawn."""
    plan = session.result.plan
    panels = [
        _panel(session, name, bound.output, bound.label, bound.unit, bound.factor)
        for name, bound in plan.endpoints.items()
    ]
    drawn = zip(session.study.spec.also_draw, plan.drawn, strict=True)
    panels += [_panel(session, name, output, label, unit, factor) for name, (output, label, unit, factor) in drawn]
    return tuple(panels)


def _panel(session: Session, name: str, output: str, label: str, unit: str, factor: float) -> Panel:
    result = session.result
    time_unit, scale = _time_scale(session)
    arms = tuple(
        Curve(curve.arm, curve.label, curve.mean, curve.lo, curve.hi, curve.donors)
        for curve in curves(result, output, factor)
    )
    return Panel(
        stem=name,
        output=output,
        title=label,
        unit=unit,
        time_unit=time_unit,
        times=result.times * scale,
        curves=arms,
        doses=tuple(time * scale for time in dose_times(result)),
        published=_published(session, name, arms, scale),
    )


def _time_scale(session: Session) -> tuple[str, float]:
    """The unit in which a study's length is easily said, and how many of it one unit of the model's time is."""
    result, where = session.result, session.study.where("follow_up")
    for unit in ("d", "h"):
        scale = factor(result.time_unit, unit, "follow_up", where)
        if float(result.times[-1]) * scale >= LEAST_SHOWN:
            return unit, scale
    return "min", factor(result.time_unit, "min", "follow_up", where)


def dose_times(result: StudyResult) -> tuple[float, ...]:
    """When any arm is given something."""
    return tuple(
        sorted({act.time for arm in result.plan.arms for act in arm.acts if act.kind in {"ADD_STATE", "ADD_PARAMETER"}})
    )


def _published(session: Session, endpoint: str, arms: tuple[Curve, ...], scale: float) -> tuple[Published, ...]:
    """What the study's claims ask of the mean of an endpoint at a time, in the unit of its panel."""
    by_arm = {curve.arm: curve for curve in arms}
    found = []
    for verdict in session.verdicts:
        for criterion in verdict.claim.criteria:
            spec = session.study.spec.observables.get(criterion.observable)
            if spec is None or spec.kind != "mean" or spec.endpoint != endpoint or criterion.kind != "range":
                continue
            at = criterion.at if criterion.at is not None else spec.at
            if at is None:
                continue
            time = time_of(parse_time(at), session.result.time_unit, "at", criterion.where) * scale
            for arm in criterion.arms or ((spec.arm,) if spec.arm else ()):
                if arm not in by_arm:
                    continue
                lo, hi = _in_unit(criterion.lo, criterion.hi, spec.scale, by_arm[arm])
                found.append(Published(arm, time, lo, hi, criterion.basis))
    return tuple(found)


def _in_unit(lo: float | None, hi: float | None, scale: str, curve: Curve) -> tuple[float, float]:
    """Bounds on a reading, on its ratio to the baseline or its change from it, as bounds on the reading itself."""
    baseline = float(curve.mean[np.isfinite(curve.mean)][0]) if np.isfinite(curve.mean).any() else float("nan")
    low, high = (-np.inf if lo is None else lo), (np.inf if hi is None else hi)
    if scale == "ratio":
        return low * baseline, high * baseline
    if scale == "change":
        return low + baseline, high + baseline
    return low, high
