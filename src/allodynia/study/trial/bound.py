"""A trial that can be conducted: what :func:`allodynia.study.trial.bind.bind_trial` makes of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, People
from allodynia.study.load import Study
from allodynia.study.plan import Plan
from allodynia.study.regimen import Act
from allodynia.study.trial.analyses import BoundAnalysis
from allodynia.study.trial.entry import BoundEntry
from allodynia.study.trial.giving import Giving, arm_acts
from allodynia.study.trial.spec import TrialSpec

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class BoundTrial:
    """A trial that can be conducted; times are in the model's unit, 0 is allocation.

    ``arms`` are what is given, the control first; ``givings`` the ways in which people are treated (an arm, or a
    sequence of them), ``ratio`` of each in a block of ``block``. People are seen at ``visits`` f8[visit] (the first is
    allocation) of each of ``periods`` that begin at ``starts`` f8[period].
    """

    study: Study
    spec: TrialSpec
    plan: Plan
    arms: tuple[str, ...]
    givings: tuple[Giving, ...]
    ratio: tuple[int, ...]
    block: int
    people: int
    cohort: CohortArm
    entries: tuple[BoundEntry, ...]
    at_allocation: tuple[BoundEntry, ...]
    screened: float
    run_in: float
    before: tuple[str, tuple[Act, ...], float] | None
    """What is given in the run-in (an arm's name, or ``placebo``), its acts counted from its beginning, and the belief
    in it (below 0: as in the trial); None for nothing.
    """
    visits: F8
    starts: F8
    diary: Mapping[str, float]
    analyses: tuple[BoundAnalysis, ...]
    rescue: BoundEntry | None
    judged_by: str
    enrich: tuple[str, F8, F8] | None

    @property
    def time_unit(self) -> str:
        """The model's unit of time."""
        return self.plan.time_unit

    @property
    def placebo(self) -> tuple[bool, ...]:
        """Which of the arms look like a treatment and are none."""
        return tuple(arm in self.spec.placebo for arm in self.arms)

    @property
    def times(self) -> F8:
        """When people are seen, over all periods, f8[period * visit]."""
        return np.concatenate([start + self.visits for start in self.starts])

    @property
    def population(self) -> str:
        """Whom the people are of."""
        source = self.cohort.source
        if not isinstance(source, People):
            raise TypeError("a trial is of people")
        return source.population

    @property
    def crossed(self) -> bool:
        """Whether everybody gets several arms."""
        return self.spec.design == "cross_over"

    @property
    def also_read(self) -> tuple[str, ...]:
        """What is read at screening beside what is asked for: to select by, and to hold a response against."""
        found = [one.of for one in self.at_allocation if one.relative]
        found += [] if self.enrich is None else [self.enrich[0]]
        if self.withdrawal:
            found += [one.endpoint for one in self.analyses]
        return tuple(dict.fromkeys(found))

    @property
    def withdrawal(self) -> bool:
        """Whether people come to allocation on a treatment that all of them had: the baseline is then before it."""
        return self.before is not None and self.before[2] == 1.0

    @property
    def rescue_acts(self) -> tuple[Act, ...]:
        """What whoever is rescued takes, counted from the first time; nothing where rescue is only noted."""
        if self.spec.rescue is None or self.spec.rescue.takes is None:
            return ()
        return self._acts(self.spec.rescue.takes)

    def _acts(self, arm: str) -> tuple[Act, ...]:
        columns = {name: number for number, name in enumerate(self.plan.parameters)}
        return arm_acts(next(one for one in self.plan.arms if one.spec_name == arm), columns)

    def alone(self, arm: int) -> Giving:
        """An arm given by itself from allocation on."""
        return Giving(self.arms[arm], (arm,), self._acts(self.arms[arm]))

    def label(self, arm: str) -> str:
        """What a person calls an arm."""
        return self.study.spec.arms[arm].label or arm
