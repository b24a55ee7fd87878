"""An animal experiment in the items of the ARRIVE guidelines 2.0 (Percie du Sert et al. 2020), as a plan has them."""

from __future__ import annotations

from allodynia.study.trial.animals import Experiment
from allodynia.study.trial.words import given_in_words


def arrive(experiment: Experiment) -> dict[str, str]:
    """Item to what the plan says of it."""
    spec = experiment.study.spec
    test, control = (spec.arms[name].label or name for name in (experiment.test, experiment.control))
    unit = "the donor" if experiment.with_donors else f"the {spec.species}"
    shared = ", whose material both arms get" if experiment.shared else ""
    first = next(iter(experiment.plan.endpoints.values()))
    given = {
        name: "; ".join(given_in_words(spec.arms[name])) or "nothing" for name in (experiment.test, experiment.control)
    }
    days = ", ".join(f"{time:g}" for time in first.times)
    return {
        "study design": f"{test} against {control}; the experimental unit is {unit}{shared}",
        "sample size": (
            f"{experiment.donors} donors an arm, {experiment.mice} animals a donor: {experiment.animals} animals in all"
            if experiment.with_donors else
            f"{experiment.donors * experiment.mice} animals an arm: {experiment.animals} animals in all"
        ),
        "inclusion and exclusion": "all animals are analysed; those the model could not follow are counted",
        "randomisation": "animals differ by chance from arm to arm; donors are drawn anew in every replicate",
        "blinding": "readings do not depend on the arm but through the animal",
        "outcome measures": (
            f"primary: {first.label} at {first.table_at:g} {experiment.time_unit}, read at {days} "
            f"{experiment.time_unit}"
        ),
        "statistical methods": (
            "mixed model with random donors, restricted maximum likelihood, Satterthwaite's degrees of freedom"
            if experiment.mixed(experiment.mice) else "t test"
        ),
        "experimental animals": f"{spec.species}, as the system's tables have it",
        "experimental procedures": f"{test}: {given[experiment.test]}. {control}: {given[experiment.control]}",
    }  # fmt: skip
