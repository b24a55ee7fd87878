"""A study in words: what a reader of the protocol would want to know, a paragraph each."""

from __future__ import annotations

from allodynia.study.load import Study
from allodynia.study.spec import Arm
from allodynia.study.titration import said_dose
from allodynia.study.trial.answering import beliefs
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.gaps import estimand_of

DESIGNS = {"parallel": "a trial with parallel arms", "cross_over": "a cross-over"}
BLINDED = {
    "double": "Neither people nor investigators know the arm.",
    "single": "People do not know their arm.",
    "open": "Everybody knows the arm.",
}
LOOK = {
    "multiple_imputation": "Gaps are filled by multiple imputation at random",
    "jump_to_reference": "Gaps are filled by multiple imputation, as if whoever left had gone over to the control",
    "copy_reference": "Gaps are filled by multiple imputation, as if whoever left had been in the control",
    "baseline_carried_forward": "Gaps are filled with the baseline",
    "last_carried_forward": "Gaps are filled with the last reading before them",
    "complete_cases": "People with a gap are left out",
}


def given_in_words(arm: Arm) -> list[str]:
    """What sets an arm apart: doses, changes, inputs and edges."""
    given = [said_dose(dose) for dose in arm.doses]
    given += [
        f"{one.of} set to {one.to} at {one.at}" + (f" until {one.until}" if one.until else "") for one in arm.changes
    ]
    given += [f"{key} set to {value}" for key, value in arm.inputs.items()]
    return [*given, *(f"the edge {key} at {value:g}" for key, value in arm.edges.items())]


def study_in_words(study: Study) -> list[str]:
    """What is done to whom and what is measured."""
    spec = study.spec
    said = [f"{spec.title}. {spec.question}"]
    for name, arm in spec.arms.items():
        said.append(f"{arm.label or name}: {'; '.join(given_in_words(arm)) or 'nothing is given'}.")
    for name, one in spec.endpoints.items():
        measured = ", ".join(str(time) for time in one.measured)
        kind = one.assay.kind.replace("_", " ") if one.assay is not None else "plain error"
        said.append(f"{one.label} ({name}) is read at {measured} ({kind}).")
    return said


def design_in_words(trial: BoundTrial) -> list[str]:
    """The design of a trial."""
    spec = trial.spec
    shares = ":".join(str(one) for one in trial.ratio)
    shared = f"allocated {shares} to {', '.join(one.name for one in trial.givings)} in random blocks of {trial.block}"
    design = DESIGNS[spec.design]
    if len(trial.arms) == 1:
        design, shared = "a trial without a control", f"all of whom get {trial.arms[0]}"
    said = [
        f"{trial.study.spec.title}: {design} of {trial.people} people of the population {trial.population!r}, "
        f"{shared}. {BLINDED[spec.blinding]}"
    ]
    trust = [f"{trial.label(name)} {100 * one:.0f} %" for name, one in zip(trial.arms, beliefs(trial), strict=True)]
    said.append(f"Belief that one gets something that works: {', '.join(trust)}.")
    unit = trial.time_unit
    if trial.entries:
        wanted = ", ".join(one.said for one in trial.entries)
        said.append(f"Who may enter, read {trial.screened + trial.run_in:g} {unit} before allocation: {wanted}.")
    else:
        said.append("Everybody of the population may enter.")
    if spec.run_in is not None:
        then = ", ".join(one.said for one in trial.at_allocation)
        known = ", which everybody knows" if trial.withdrawal else ""
        go_on = f"; to go on: {then}" if then else ""
        said.append(f"Run-in of {trial.run_in:g} {unit} on {spec.run_in.on}{known}{go_on}.")
    for name in trial.arms:
        arm = trial.study.spec.arms[name]
        given = "; ".join(said_dose(dose) for dose in arm.doses)
        control = " (control)" if name == trial.arms[0] and len(trial.arms) > 1 else ""
        said.append(f"{trial.label(name)}{control}: {given or ('placebo' if name in spec.placebo else 'no drug')}.")
    if trial.crossed:
        gap = trial.starts[1] - trial.plan.end if trial.starts.size > 1 else 0.0
        said.append(f"{trial.starts.size} periods of {trial.plan.end:g} {unit}, {gap:g} {unit} apart.")
    said.append(
        f"Seen at {', '.join(f'{time:g}' for time in trial.visits)} {unit} of "
        f"{'each period' if trial.crossed else 'the trial'}."
    )
    if spec.leaving.of:
        causes = ", ".join(one.replace("_", " ") for one in spec.leaving.of)
        said.append(f"People leave for: {causes}.")
    else:
        said.append("Nobody leaves.")
    if trial.rescue is not None:
        takes = spec.rescue.takes if spec.rescue is not None else None
        given = "; ".join(said_dose(dose) for dose in trial.study.spec.arms[takes].doses) if takes else "only noted"
        said.append(f"Rescue medication is taken when {trial.rescue.said}: {given}.")
    for one in trial.analyses:
        kind = "Primary" if one.primary else "Secondary"
        gaps = "" if one.spec.missing is None else f" {LOOK[one.spec.missing]}."
        said.append(f"{kind}: {one.label} at {one.at:g} {unit}. Estimand: {estimand_of(trial, one).sentence()}{gaps}")
    return said
