"""Ways of being treated: an arm for the whole trial, or a sequence of arms with nothing in between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from allodynia.errors import InvalidInput, unknown
from allodynia.study.analysis.crossover import design
from allodynia.study.load import Study
from allodynia.study.plan import BoundArm, Plan
from allodynia.study.regimen import Act
from allodynia.study.trial.spec import TrialSpec

REWARD = "brain.reward"
"""The port through which a person's expectation of relief acts."""

PLACEBO = -2
"""In an act: it is multiplied by what expectation can do in the person."""


@dataclass(frozen=True)
class Giving:
    """``arms`` one after the other (numbers of the trial's arms); ``acts`` is what is done in all of them, in order of
    time from allocation. Expectation is set with each period's beginning, and is none of them.
    """

    name: str
    arms: tuple[int, ...]
    acts: tuple[Act, ...]


def bind_givings(
    study: Study, spec: TrialSpec, plan: Plan, arms: tuple[str, ...], washout: float
) -> tuple[tuple[Giving, ...], tuple[int, ...]]:
    """The ways in which the people of a trial are treated, and how often each comes in a block."""
    where = study.where
    bound = {arm.spec_name: arm for arm in plan.arms}
    columns = {name: number for number, name in enumerate(plan.parameters)}
    if spec.design == "parallel":
        for key in ("sequences", "washout"):
            if getattr(spec, key) is not None:
                raise InvalidInput(f"{key}: is for a cross-over; say design: cross_over", where=where("trial", key))
        givings = [Giving(name, (number,), arm_acts(bound[name], columns)) for number, name in enumerate(arms)]
        return tuple(givings), tuple(spec.allocation.get(name, 1) for name in arms)
    if spec.allocation:
        raise InvalidInput(
            "in a cross-over everybody gets the arms of a sequence; allocation: is for parallel arms",
            where=where("trial", "allocation"),
        )
    sequences = spec.sequences or [list(order) for order in permutations(arms, len(arms))]
    period = plan.end + washout
    found = []
    for number, sequence in enumerate(sequences):
        path = ("trial", "sequences", number)
        for place, name in enumerate(sequence):
            if name not in arms:
                raise unknown("arm", name, arms, where=where(*path, place))
        if len(sequence) != len(sequences[0]) or len(sequence) < 2:
            raise InvalidInput("sequences are of one length, two arms or more", where=where(*path))
        acts: list[Act] = []
        for place, name in enumerate(sequence):
            begins = place * period
            acts += [replace(act, time=act.time + begins) for act in arm_acts(bound[name], columns)]
            acts += _back(bound[name], columns, begins + plan.end)
        acts.sort(key=lambda act: act.time)
        found.append(Giving(" then ".join(sequence), tuple(arms.index(name) for name in sequence), tuple(acts)))
    for name in arms:
        if not any(arms.index(name) in one.arms for one in found):
            raise InvalidInput(f"the arm {name!r} is in no sequence", where=where("trial", "sequences"))
    try:
        design(np.array([one.arms for one in found], dtype=np.int64))
    except InvalidInput as refused:
        line = where("trial", "sequences" if spec.sequences else "design")
        raise InvalidInput(f"{refused.message}: give the arms in other orders too", where=line) from None
    return tuple(found), (1,) * len(found)


def arm_acts(arm: BoundArm, columns: dict[str, int]) -> tuple[Act, ...]:
    """What is done to a person of an arm: what sets the arm apart is set when it begins, then its doses and changes."""
    own = [Act(0.0, "SET_PARAMETER", columns[name], value) for name, value in arm.cohort.own.items()]
    return (*own, *arm.acts)


def _back(arm: BoundArm, columns: dict[str, int], time: float) -> list[Act]:
    """At the end of a period of a cross-over, what set the arm apart goes back to each person's own value."""
    return [Act(time, "SET_PARAMETER", columns[name], 1.0, columns[name]) for name in arm.cohort.own]
