"""A study file read, held against the system, and said in words; whatever cannot be is refused with its line."""

from __future__ import annotations

from pathlib import Path

from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned
from allodynia.study.load import Study, load_study
from allodynia.study.observables import Observer
from allodynia.study.system_like import SystemLike
from allodynia.study.systems import system_for

ENTERING = 16
"""People of whom it is tried whether any may enter."""


def check_study(study: str | Path) -> list[str]:
    """What the study says, a paragraph each; of one in animals also the plan that 'allodynia trial' would conduct.

    A trial's people are drawn, a few of them, to see that some may enter.

    Raises
    ------
    InvalidInput, UnitMismatch
        One line, with file and line, and the nearest valid name.
    """
    from allodynia.study.trial.words import design_in_words, study_in_words

    read = load_study(study)
    system = system_for(read)
    plan = bind(read, system, AsPlanned())
    Observer(plan, system.ode.time_unit).check()
    said = study_in_words(read)
    if read.spec.chance:
        what = "; ".join(f"{name} ({system.chance[name].what})" for name in read.spec.chance)
        said = [*said, f"By chance there are {what}: the same for a person in every arm."]
    if read.spec.diagnosis is not None:
        from allodynia.study.diagnose.candidates import candidates, diagnosis_of

        tests = diagnosis_of(read)
        arms = read.spec.arms
        others = ", ".join(arms[arm].label or arm for arm in tests.versus)
        listed = ", ".join(f"{one.name} ({one.label})" for one in candidates(tests))
        ill = arms[tests.disease].label or tests.disease
        said = [*said, f"Tests for the disease of {ill}, against {others}: {listed}."]
    if read.spec.trial is None:
        return said if read.spec.species == "human" else [*said, *_experiment(read, system)]
    from allodynia.study.trial.bind import bind_trial
    from allodynia.study.trial.conduct import Conductor

    trial = bind_trial(read, system)
    few = bind_trial(read, system, people=min(trial.people, max(ENTERING, len(trial.givings))))
    Conductor(few, system, 1).enroller.enrol(range(1))
    return [*said, *design_in_words(trial)]


def _experiment(study: Study, system: SystemLike) -> list[str]:
    """The comparison of two arms of animals by the items of ARRIVE; nothing where no two arms are to be compared."""
    from allodynia.study.trial.animals import bind_experiment, compared
    from allodynia.study.trial.arrive import arrive

    if compared(study) is None:
        return []
    items = arrive(bind_experiment(study, system))
    return ["As an experiment (allodynia trial), by ARRIVE 2.0:", *(f"{item}: {said}." for item, said in items.items())]
