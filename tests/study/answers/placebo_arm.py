"""A twelve-week trial arm through the real engine, for tests and for the table of calibration/answers.md.

``python -m tests.study.answers.placebo_arm`` prints that table.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from allodynia.cohort import Settler
from allodynia.study.answers import (
    Cause,
    Left,
    Numbers,
    Traits,
    answers,
    course,
    diary_days,
    dropout,
    missing,
    numbers,
    traits,
)
from allodynia.study.begin import Beginner, plausible_outputs
from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned
from allodynia.study.differences import table_of
from allodynia.study.integrator import compiled
from allodynia.study.load import read_study
from allodynia.study.systems import system_for

VISITS = np.arange(0.0, 85.0, 14.0)
END = 84.0
ENTRY = 4.0
TWO_TO_ONE = 2.0 / 3.0
"""Belief where two of three people get the treatment, as in most of the trials pooled."""

STUDY = """
title: An arm
question: What do people on placebo say?
species: human
follow_up: 84 d
sampling: {every: 14 d}
subjects: 10
arms:
  placebo: {people: fibromyalgia, label: placebo}
endpoints:
  pain:
    label: Pain
    output: symptom.nrs
    unit: dimensionless
    measured: [0 d, 84 d]
    noise: {additive: 0 dimensionless, evidence: assumed}
"""


@dataclass(frozen=True)
class Biology:
    """People with fibromyalgia at rest, and what the engine makes of a reward."""

    people: int
    seed: int = 1
    _kept: dict[str, object] = field(default_factory=dict)

    def begun(self):
        if not self._kept:
            study = read_study(STUDY.replace("subjects: 10", f"subjects: {self.people}"), "arm", "arm.yaml")
            system = system_for(study)
            plan = bind(study, system, AsPlanned(None, False))
            table = table_of(system)
            settler = Settler(system.ode, plausible_outputs(table))
            begun = Beginner(plan.arms, table, settler).begin(self.seed, range(1), uncertainty=False)
            assert (begun.status == 0).all()
            ports = ("brain.reward", "cord.noradrenaline", "cord.serotonin")
            self._kept.update(ode=system.ode, begun=begun, ports=[table.column(name) for name in ports])
        return self._kept

    def pain(self, reward, block=0.0):
        """True pain at the visits, f8[1, person, visit], with ``reward`` f8[person] from the first dose on, and with a
        reuptake inhibitor that raises noradrenaline and serotonin by ``block`` all the time.
        """
        kept = self.begun()
        parameters = kept["begun"].parameters.copy()
        for port, value in zip(kept["ports"], (reward, block, block), strict=True):
            parameters[:, port] = value
        solved = compiled(kept["ode"], parameters, VISITS, ("symptom.nrs",), None, initial=kept["begun"].initial)
        assert (solved.status == 0).all()
        return solved.values[None, :, :, 0]


@dataclass(frozen=True)
class Arm:
    """What one arm saw: ``true`` and ``seen`` f8[1, person, visit], ``baseline`` and ``screening`` f8[1, person]."""

    table: Numbers
    traits: Traits
    true: np.ndarray
    screening: np.ndarray
    baseline: np.ndarray
    seen: np.ndarray
    left: Left
    variability_seen: np.ndarray
    variability_before: np.ndarray

    def entered(self, entry=ENTRY):
        with np.errstate(invalid="ignore"):
            return (self.screening >= entry) & (self.baseline >= entry)

    def carried(self):
        """The last week seen before a person left, or the baseline."""
        last = self.baseline
        for number in range(1, VISITS.size):
            here = (VISITS[number] <= self.left.time) & np.isfinite(self.seen[..., number])
            last = np.where(here, self.seen[..., number], last)
        return last

    def change(self):
        return self.carried() - self.baseline

    def responders(self, share, who):
        """Those who lost at least ``share`` of their pain and stayed, in percent of ``who``."""
        with np.errstate(invalid="ignore"):
            relief = 1.0 - self.carried() / self.baseline
        return 100.0 * ((relief >= share) & (self.left.cause == Cause.NONE))[who].mean()

    def leaving(self, cause, who):
        return 100.0 * (self.left.cause == cause)[who].mean()


def run(biology: Biology, table: Numbers, *, belief=TWO_TO_ONE, seed=1, block=0.0) -> Arm:
    worlds, people = [0], np.arange(biology.people)
    who = traits(table, seed, worlds, people)
    true = biology.pain(belief * who.placebo[0], block)

    def diary(times, values):
        days = diary_days(times, 7)
        kept = ~missing(table, days, seed, worlds, people, kind="entry")
        return answers(values, course(who, days, seed, worlds, people), "nrs", kept=kept)

    before = diary([-7.0, 0.0], np.repeat(true[..., :1], 2, axis=-1))
    screening, baseline = before[..., 0], before[..., 1]
    seen = np.concatenate([baseline[..., None], diary(VISITS[1:], true[..., 1:])], axis=-1)
    reference = np.where(np.isfinite(baseline), np.maximum(baseline, 0.1), 5.0)  # of those who do not enter
    left = dropout(table, 0.0, seen, reference, belief, who, VISITS, END, seed, worlds, people)
    daily = [
        answers(true[..., :1], course(who, np.arange(first, first + 14.0), seed, worlds, people)).std(axis=-1, ddof=1)
        for first in (-14.0, -28.0)
    ]
    return Arm(table, who, true, screening, baseline, seen, left, daily[0], daily[1])


def summary(arm: Arm, entry=ENTRY) -> dict[str, float]:
    who = arm.entered(entry)
    change = arm.change()[who]
    severe = who & (arm.baseline >= 7.0)
    return {
        "baseline": arm.baseline[who].mean(),
        "baseline sd": arm.baseline[who].std(),
        "change": change.mean(),
        "change sd": change.std(),
        "effect size": -change.mean() / change.std(),
        "30 %": arm.responders(0.3, who),
        "50 %": arm.responders(0.5, who),
        "severe to mild": 100.0 * (arm.carried()[severe] < 4.0).mean(),
        "adverse event": arm.leaving(Cause.ADVERSE_EVENT, who),
        "lack of efficacy": arm.leaving(Cause.LACK_OF_EFFICACY, who),
        "other": arm.leaving(Cause.OTHER, who),
        "variability": arm.variability_seen[who].mean(),
        "variability sd": arm.variability_seen[who].std(),
        "variability again": np.corrcoef(arm.variability_seen[who], arm.variability_before[who])[0, 1],
        "variability and change": np.corrcoef(arm.variability_seen[who], -change)[0, 1],
    }


def main() -> None:
    biology = Biology(3000)
    seeds = range(1, 7)
    columns = {"placebo": TWO_TO_ONE, "untreated": 0.0, "trusted": 1.0}
    found = [
        [summary(run(biology, numbers(seed, [0]), seed=seed, belief=belief)) for seed in seeds]
        for belief in columns.values()
    ]
    print(" " * 24, *(f"{name:>9}" for name in columns))
    for name in found[0][0]:
        print(name.ljust(24), *(f"{np.mean([one[name] for one in arm]):9.3f}" for arm in found))


if __name__ == "__main__":
    main()
