"""A trial meets a system: what is given when, when people are seen, who is let in; what cannot be is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, People
from allodynia.errors import InvalidInput, unknown
from allodynia.study.answers.course import FIRST_DAY
from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned
from allodynia.study.load import Study
from allodynia.study.plan import Beginning, Plan
from allodynia.study.quantities import Magnitude
from allodynia.study.regimen import Act
from allodynia.study.spec import Arm
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.analyses import bind_analyses
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.entry import bind_entry
from allodynia.study.trial.giving import arm_acts, bind_givings
from allodynia.study.trial.spec import Entry, TrialSpec
from allodynia.study.trial.washout import check_washout
from allodynia.study.units import ascending, days, time_of

F8 = NDArray[np.float64]
WEEK = 7.0


def bind_trial(
    study: Study,
    system: SystemLike,
    *,
    people: int | None = None,
    edges: Mapping[str, float] | None = None,
    hypothesis: str | None = None,
) -> BoundTrial:
    """The trial of ``study`` in ``system``; ``people`` instead of the study's number.

    Raises
    ------
    InvalidInput, UnitMismatch
        The study has no trial, or something in it cannot be: one line, with file and line.
    """
    spec, where = study.spec.trial, study.where
    if spec is None:
        raise InvalidInput("the study has no trial: section; 'allodynia study new' writes one", where=where())
    if study.spec.weighted and study.spec.modules is not None:
        raise InvalidInput(
            "people are weighed by what the whole system shows of them; leave out modules: or weighted:",
            where=where("weighted"),
        )
    plan = bind(study, system, AsPlanned(), edges=edges, hypothesis=hypothesis)
    if len({arm.hypothesis for arm in plan.arms}) > 1:
        raise InvalidInput("a trial is run under one hypothesis at a time: name it", where=where("hypotheses"))
    for arm in plan.arms:
        if not isinstance(arm.cohort.source, People):
            raise InvalidInput(
                f"the arm {arm.spec_name!r} holds no people: give population: in trial:, or people: in the arm",
                where=where("arms", arm.spec_name),
            )
        if arm.cohort.source != plan.arms[0].cohort.source:
            raise InvalidInput(
                f"the arm {arm.spec_name!r} holds other people than {plan.arms[0].spec_name!r}: whoever enters a trial "
                "may get into any arm",
                where=where("arms", arm.spec_name, "people"),
            )
        if replace(arm.begin, switches=()) != Beginning(at_rest=True):
            raise InvalidInput(
                "people of a trial come at rest: leave out begin:, or give a run_in: in trial:",
                where=where("arms", arm.spec_name, "begin") if study.spec.arms[arm.spec_name].begin else where("begin"),
            )
    arms = _arms(study, spec)
    day = 1.0 / days(plan.time_unit)
    visits = _visits(study, spec, plan)
    washout = 0.0 if spec.washout is None else _length(study, plan, spec.washout, ("trial", "washout"), zero=True)
    givings, ratio = bind_givings(study, spec, plan, arms, washout)
    if spec.design == "cross_over":
        check_washout(study, spec, system, washout, arms)
    periods = len(givings[0].arms)
    starts = np.arange(periods, dtype=np.float64) * (plan.end + washout)
    length = spec.block or 2 * sum(ratio)
    if length % sum(ratio):
        raise InvalidInput(
            f"a block of {length} cannot be shared out {':'.join(str(one) for one in ratio)}",
            where=where("trial", "block"),
        )
    count = spec.people if people is None else people
    if count < len(givings):
        raise InvalidInput(f"{count} people cannot fill {len(givings)} arms", where=where("trial", "people"))
    entries = tuple(bind_entry(one, plan, ("trial", "inclusion", i)) for i, one in enumerate(spec.inclusion))
    then = spec.run_in.then if spec.run_in is not None else []
    at_allocation = tuple(bind_entry(one, plan, ("trial", "run_in", "then", i)) for i, one in enumerate(then))
    run_in = 0.0 if spec.run_in is None else _length(study, plan, spec.run_in.lasts, ("trial", "run_in", "lasts"))
    screened = (
        WEEK * day if spec.screened is None else _length(study, plan, spec.screened, ("trial", "screened"), zero=True)
    )
    diary = {}
    for name, length_of in spec.diary.items():
        if name not in plan.endpoints:
            raise unknown("endpoint", name, plan.endpoints, where=where("trial", "diary", name))
        diary[name] = _length(study, plan, length_of, ("trial", "diary", name))
    if screened + run_in + max(diary.values(), default=0.0) > -FIRST_DAY * day:
        key = "run_in" if run_in > screened else "screened"
        raise InvalidInput(
            f"people's ups and downs begin {-FIRST_DAY} d before allocation; shorten the run-in, the time from "
            "screening to it, or the diary",
            where=where("trial", key),
        )
    analyses = bind_analyses(study, spec, plan, arms)
    rescue = None
    if spec.rescue is not None:
        if spec.rescue.endpoint not in plan.endpoints:
            raise unknown("endpoint", spec.rescue.endpoint, plan.endpoints, where=where("trial", "rescue", "endpoint"))
        if spec.rescue.takes is not None and spec.rescue.takes not in study.spec.arms:
            raise unknown("arm", spec.rescue.takes, study.spec.arms, where=where("trial", "rescue", "takes"))
        rescue = bind_entry(Entry(of=spec.rescue.endpoint, at_least=spec.rescue.at_least), plan, ("trial", "rescue"))
    judged_by = spec.leaving.judged_by or analyses[0].endpoint
    if judged_by not in plan.endpoints:
        raise unknown("endpoint", judged_by, plan.endpoints, where=where("trial", "leaving", "judged_by"))
    for name in spec.leaving.side_effects:
        if name not in arms:
            raise unknown("arm", name, arms, where=where("trial", "leaving", "side_effects", name))
    first = plan.arms[0].cohort
    source = first.source
    cohort = CohortArm("trial", 1, count, source, "trial", first.settings, {})
    return BoundTrial(
        study, spec, plan, arms, givings, ratio, length, count, cohort, entries, at_allocation, screened, run_in,
        _before(spec, plan), visits, starts, diary, analyses, rescue, judged_by, _enrich(study, spec, plan),
    )  # fmt: skip


def _length(study: Study, plan: Plan, given: Magnitude, path: tuple[str | int, ...], *, zero: bool = False) -> float:
    found = time_of(given, plan.time_unit, str(path[-1]), study.where(*path))
    if not found > 0.0 and not zero:
        raise InvalidInput(f"{path[-1]}: {given} is no time at all", where=study.where(*path))
    return found


def _arms(study: Study, spec: TrialSpec) -> tuple[str, ...]:
    """The arms, the control first."""
    where = study.where
    aside = {
        spec.run_in.on if spec.run_in is not None else None,
        spec.rescue.takes if spec.rescue is not None else None,
    }
    given = {*spec.allocation, *spec.placebo, *(name for one in spec.sequences or [] for name in one)}
    names = [name for name in study.spec.arms if name not in aside or name in given]
    for number, name in enumerate(spec.placebo):
        if name not in names:
            raise unknown("arm", name, names, where=where("trial", "placebo", number))
    for name in spec.allocation:
        if name not in names:
            raise unknown("arm", name, names, where=where("trial", "allocation", name))
    control = spec.control or _control(study, spec, names)
    if control not in names:
        raise unknown("arm", control, names, where=where("trial", "control"))
    if spec.design == "parallel":
        for name in names if spec.allocation else ():
            if name not in spec.allocation:
                raise InvalidInput(
                    f"nobody is allocated to the arm {name!r}: give its share, or take the arm out",
                    where=where("trial", "allocation"),
                )
    return (control, *(name for name in names if name != control))


def _before(spec: TrialSpec, plan: Plan) -> tuple[str, tuple[Act, ...], float] | None:
    """What is given in the run-in. Everybody knows an arm given so; a placebo is believed in as in the trial."""
    if spec.run_in is None or spec.run_in.on == "nothing":
        return None
    bound = {arm.spec_name: arm for arm in plan.arms}
    name = spec.run_in.on
    if name == "placebo" and name not in bound:
        return name, (), -1.0
    if name not in bound:
        raise unknown("arm", name, [*bound, "nothing", "placebo"], where=plan.study.where("trial", "run_in", "on"))
    if name in spec.placebo:
        return name, (), -1.0
    columns = {one: number for number, one in enumerate(plan.parameters)}
    return name, arm_acts(bound[name], columns), 1.0


def _control(study: Study, spec: TrialSpec, names: list[str]) -> str:
    """The arm that the others are compared with, where the file does not say: the placebo, or the arm given nothing."""
    if len(names) == 1:
        return names[0]
    idle = [name for name in names if not given_anything(study.spec.arms[name])]
    found = spec.placebo or idle
    if len(found) != 1:
        raise InvalidInput("control: is needed: the arm that the others are compared with", where=study.where("trial"))
    return found[0]


def given_anything(arm: Arm) -> bool:
    """Whether something sets an arm's people apart."""
    return bool(arm.doses or arm.changes or arm.inputs or arm.edges)


def _visits(study: Study, spec: TrialSpec, plan: Plan) -> F8:
    """When people are seen in a period: at allocation and whenever anything is measured."""
    where = study.where
    measured = ascending([0.0, *(time for one in plan.endpoints.values() for time in one.times)])
    if not spec.visits:
        return np.array(measured)
    given = ascending(
        [0.0]
        + [
            time_of(one, plan.time_unit, "visits", where("trial", "visits", i), end=plan.end)
            for i, one in enumerate(spec.visits)
        ]
    )
    for name, one in plan.endpoints.items():
        for time in one.times:
            if not any(math.isclose(time, visit, rel_tol=1e-9, abs_tol=1e-9) for visit in given):
                raise InvalidInput(
                    f"{name} is measured at {time:g} {plan.time_unit}, when there is no visit",
                    where=where("endpoints", name, "measured"),
                )
    return np.array(given)


def _enrich(study: Study, spec: TrialSpec, plan: Plan) -> tuple[str, F8, F8] | None:
    """What is selected by, cut-offs in its unit, and percentiles."""
    from allodynia.study.trial.entry import cut_value

    if spec.enrich is None:
        return None
    one, path = spec.enrich, ("trial", "enrich")
    if not plan.has_endpoint(one.of):
        raise unknown("endpoint", one.of, [*plan.endpoints, *plan.without_assay], where=study.where(*path, "of"))
    if not one.at_least and not one.percentiles:
        raise InvalidInput("enrich: needs at_least: (cut-offs) or percentiles:", where=study.where(*path))
    unit = plan.endpoint(one.of).unit
    cuts = [cut_value(cut, unit, plan, (*path, "at_least", i)) for i, cut in enumerate(one.at_least)]
    return one.of, np.array(cuts, dtype=np.float64), np.array(one.percentiles, dtype=np.float64)
