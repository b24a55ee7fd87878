"""What the people of a trial read and say at a time: the model's value, a person's own course, and the instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.answers import (
    Left,
    Numbers,
    Traits,
    answers,
    course,
    diary_days,
    dropout,
    expectation,
    missing,
    traits,
)
from allodynia.study.assay import Draws
from allodynia.study.assay.questionnaire import Answers
from allodynia.study.trial.bind import given_anything
from allodynia.study.trial.bound import BoundTrial

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

BLINDINGS = {"double": "double-blind", "single": "single-blind", "open": "open-label"}
RATES = {"adverse_event": "adverse_rate", "lack_of_efficacy": "inefficacy_rate", "other": "other_rate"}
LABEL = "trial"
"""Under which name the streams of readings run: the same in every arm, so that an arm is not another stroke of luck."""


@dataclass(frozen=True)
class Answering:
    """The people ``person`` i8[world, place] of ``worlds`` i8[world], and how they answer in ``trial``."""

    trial: BoundTrial
    seed: int
    worlds: I8
    person: I8
    table: Numbers
    traits: Traits
    per_day: float
    """Of the model's unit of time in a day."""

    def read(self, endpoint: str, values: list[F8], times: F8) -> F8:
        """Readings f8[world, place, time] of true values (an endpoint's outputs, f8[world, place, time] each, in its
        unit) at ``times`` in the model's unit. A questionnaire is answered under the person's own course, by a diary
        where the trial keeps one; other assays read as in any study.
        """
        bound = self.trial.plan.endpoint(endpoint)
        if isinstance(bound.assay.method, Answers):
            return self._answered(bound.name, bound.assay.method, values[0], times * (1.0 / self.per_day))
        draws = Draws(
            self.seed, endpoint, self.worlds[:, None, None], LABEL, np.zeros((1, 1, 1), dtype=np.int64),
            self.person[:, :, None], times,
        )  # fmt: skip
        return bound.assay.read(values, draws)

    def _answered(self, name: str, method: Answers, true: F8, days: F8) -> F8:
        scale = (method.lowest, method.highest, method.step)
        period = round(self.trial.diary.get(name, 0.0) / self.per_day)
        if period < 2:
            felt = course(self.traits, days, self.seed, self.worlds, self.person)
            return answers(true, felt, scale)
        entries = diary_days(days, period)
        felt = course(self.traits, entries, self.seed, self.worlds, self.person)
        kept = ~missing(self.table, entries, self.seed, self.worlds, self.person, kind="entry")
        return answers(true, felt, scale, kept=kept)

    def missed(self, days: F8) -> NDArray[np.bool_]:
        """Visits that are missed by chance, bool[world, place, time]."""
        return missing(self.table, days, self.seed, self.worlds, self.person, kind="visit")

    def leave(
        self, exposure: F8, belief: F8, seen: F8, baseline: F8, days: F8, until: float, causes: tuple[str, ...]
    ) -> Left:
        """When people leave and why; a cause that is not among ``causes`` is not at work."""
        off = {RATES[cause]: 0.0 for cause in RATES if cause not in causes}
        return dropout(
            self.table.with_values(**off), exposure, seen, np.maximum(baseline, 1e-9), belief, self.traits, days, until,
            self.seed, self.worlds, self.person,
        )  # fmt: skip


def answering(trial: BoundTrial, seed: int, worlds: I8, person: I8, table: Numbers, per_day: float) -> Answering:
    """People with their traits, which depend on the seed, the world and the person alone."""
    return Answering(trial, seed, worlds, person, table, traits(table, seed, worlds, person), per_day)


def kinds(trial: BoundTrial) -> dict[str, str]:
    """What each arm is to its people: a treatment, something that looks like one, or nothing."""
    found = {}
    for name, placebo in zip(trial.arms, trial.placebo, strict=True):
        given = given_anything(trial.study.spec.arms[name])
        found[name] = "placebo" if placebo else "active" if given else "none"
    return found


def beliefs(trial: BoundTrial) -> list[float]:
    """The belief of the people of each arm that what they get works.

    In a cross-over, an arm's part is how many periods of all sequences it fills: who may be given placebo throughout
    believes less.
    """
    ratio = trial.spec.allocation
    allocation = {name: float(ratio.get(name, 1)) for name in trial.arms}
    if trial.crossed:
        periods = [trial.arms[arm] for giving in trial.givings for arm in giving.arms]
        allocation = {name: float(periods.count(name)) for name in trial.arms}
    return [expectation(BLINDINGS[trial.spec.blinding], allocation, kinds(trial), name) for name in trial.arms]
