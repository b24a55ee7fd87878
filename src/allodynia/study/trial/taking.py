"""What people make of what is given: they take a share of the doses, and expect what the trial lets them expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.regimen import Act
from allodynia.study.schedule import Schedule, assemble
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.giving import PLACEBO, REWARD

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True)
class Taking:
    """``oral`` are the states that people take doses into by themselves, so that adherence counts; ``reward`` is the
    column of the parameter through which expectation acts, None where the model has none.
    """

    oral: frozenset[int]
    reward: int | None

    def schedule(
        self, parameters: F8, placebo: F8, adherence: F8, groups: Sequence[Sequence[Act]], group_of_row: I8
    ) -> Schedule | None:
        """The schedule of rows f8[row, parameter] that are treated as their group is; None where nothing is done.

        A dose by mouth is multiplied by the person's ``adherence`` f8[row]: over weeks, skipped doses are smaller ones.
        Acts of expectation are multiplied by ``placebo`` f8[row], what expectation can do in the person.
        """
        width = parameters.shape[1]
        extra = [placebo]
        columns: dict[int, int] = {}
        acting: list[list[Act]] = []
        for group in groups:
            acts = []
            for act in group:
                if act.per == PLACEBO:
                    acts.append(replace(act, per=width))
                elif act.kind == "ADD_STATE" and act.target in self.oral:
                    if act.per not in columns:
                        columns[act.per] = width + len(extra)
                        extra.append(adherence if act.per < 0 else adherence * parameters[:, act.per])
                    acts.append(replace(act, per=columns[act.per]))
                else:
                    acts.append(act)
            acting.append(sorted(acts, key=lambda act: act.time))
        if not any(acting):
            return None
        return assemble(acting, group_of_row, np.column_stack([parameters, *extra]))

    def expecting(self, time: float, belief: float) -> list[Act]:
        """From ``time`` on, people expect as much as they believe, times what expectation can do in each."""
        return [] if self.reward is None else [Act(time, "SET_PARAMETER", self.reward, belief, PLACEBO)]

    def expectation(
        self, arms: Sequence[int], beliefs: Sequence[float], starts: Sequence[float], length: float
    ) -> list[Act]:
        """Expectation over periods of ``length`` that begin at ``starts``: the belief in each arm; none in between."""
        acts: list[Act] = []
        for number, (arm, start) in enumerate(zip(arms, starts, strict=True)):
            acts += self.expecting(start, beliefs[arm])
            if number < len(starts) - 1 and starts[number + 1] > start + length:
                acts += self.expecting(start + length, 0.0)
        return acts


def taking(trial: BoundTrial, system: SystemLike) -> Taking:
    """How people take what the arms of ``trial`` give."""
    states = {quantity.id: number for number, quantity in enumerate(system.ode.states)}
    found = set()
    for arm in trial.study.spec.arms.values():
        for dose in arm.doses:
            drug = getattr(system, "drugs", {}).get(dose.drug)
            if drug is not None and (dose.route == "oral" or [*getattr(drug, "routes", {})] == ["oral"]):
                found.add(states[str(drug.into(dose.route))])
    columns = {name: number for number, name in enumerate(trial.plan.parameters)}
    return Taking(frozenset(found), columns.get(REWARD))
