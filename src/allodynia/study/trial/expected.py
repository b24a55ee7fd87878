"""The expectation of a trial: its replicates are worlds, each a draw of what is uncertain, and statistics see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Layout
from allodynia.errors import InvalidInput
from allodynia.study.design import Expectation
from allodynia.study.load import Study
from allodynia.study.observables import Observer, When
from allodynia.study.readings import Readings, places
from allodynia.study.statistics.worlds import ObservableValue, summarise
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.analyse import groups_of
from allodynia.study.trial.bind import bind_trial
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.conduct import Conductor
from allodynia.study.trial.dataset import Observed, joined

F8 = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Conducted:
    """A trial and the data of all its replicates."""

    trial: BoundTrial
    data: Observed

    @property
    def arm(self) -> NDArray[np.int64]:
        """The number of each person's arm, i8[replicate, person]; -1 for whoever could not be solved.

        Raises
        ------
        InvalidInput
            In a cross-over everybody gets every arm.
        """
        if self.trial.crossed:
            raise InvalidInput(
                "in a cross-over nobody is in one arm alone; ask for a trial_effect by method: cross_over",
                where=self.trial.study.where("trial", "design"),
            )
        return groups_of(self.data)

    def number(self, name: str) -> int:
        """The number of an arm by the name in the study."""
        return self.trial.arms.index(name)


@dataclass(frozen=True)
class TrialReadings(Readings):
    """What a trial has in hand, in the axes world, donor (one), person, time; NaN for whoever is in another arm.

    A reading is missing after its person has left, or where the visit was missed; true values are there for everybody.
    In a cross-over an arm's readings are those of the period in which each person got it.
    """

    conducted: Conducted | None = None

    def true(self, endpoint: str, arm: str, times: Sequence[float] | F8) -> F8:  # noqa: D102
        return self._chosen(self._of(endpoint).data.true[endpoint], endpoint, arm, times)

    def measured(self, endpoint: str, arm: str, times: Sequence[float] | F8) -> F8:  # noqa: D102
        it = self._of(endpoint)
        return self._chosen(it.data.seen(endpoint, it.trial.times), endpoint, arm, times)

    def parameter(self, name: str, arm: str) -> F8:  # noqa: ARG002, D102
        raise InvalidInput(f"a trial keeps readings of people, not {name}: make it an endpoint and take that")

    def _of(self, endpoint: str) -> Conducted:
        assert self.conducted is not None  # noqa: S101
        if endpoint not in self.conducted.data.readings:
            raise InvalidInput(f"{endpoint} is drawn and not measured; a trial has what is under endpoints: alone")
        return self.conducted

    def _chosen(self, values: F8, endpoint: str, arm: str, times: Sequence[float] | F8) -> F8:
        """Of values f8[world, person, visit over all periods] those of an arm at ``times``."""
        it = self._of(endpoint)
        trial, data = it.trial, it.data
        here = places(trial.visits, times, endpoint)
        number = it.number(self.plan.arm(arm).spec_name)
        order = np.array([one.arms for one in trial.givings])[data.giving]  # [world, person, period]
        given = order == number
        period = given.argmax(axis=-1)
        found = np.take_along_axis(values, period[..., None] * trial.visits.size + here, axis=-1)
        inside = data.solved & given.any(axis=-1)
        return np.where(inside[..., None], found, np.nan)[:, None]


@dataclass(frozen=True)
class TrialExpectation:
    """The expectation of a trial; ``observable`` answers as that of a simulated study does."""

    readings: TrialReadings

    @property
    def conducted(self) -> Conducted:
        """The trial with its data."""
        assert self.readings.conducted is not None  # noqa: S101
        return self.readings.conducted

    def observable(
        self, name: str, *, arm: str | None = None, at: When = None, hypothesis: str | None = None
    ) -> ObservableValue:
        """A statistic of the study, its centre and range over replicates.

        Raises
        ------
        InvalidInput
            Nobody knows the observable or the arm, or a time is missing or has no visit.
        """
        trial, data = self.conducted.trial, self.conducted.data
        observer = Observer(trial.plan, trial.time_unit)
        found, counted = observer.ask(self.readings, name, arm, at, hypothesis)
        people = int(data.solved.sum()) if counted is None else counted
        return summarise(
            name, observer.spec(name).label, found, units=people, subjects=people,
            failed=int(np.count_nonzero(~data.solved)), good=observer.good(name),
        )  # fmt: skip


def expect_trial(
    study: Study,
    system: SystemLike,
    *,
    design: Expectation,
    seed: int = 1,
    edges: Mapping[str, float] | None = None,
    hypothesis: str | None = None,
    progress: Progress | None = None,
) -> TrialExpectation:
    """Conduct the trial of ``study`` in ``design.worlds`` replicates, each with a draw of what is uncertain in the
    model and in how people answer, and with ``design.people`` people for each way of being treated, however they are
    allocated.

    Raises
    ------
    InvalidInput
        The study has no trial, or something in it cannot be; hardly anybody may enter.
    """
    trial = bind_trial(study, system, edges=edges, hypothesis=hypothesis)
    people = design.people * len(trial.givings)
    trial = replace(trial, people=people, cohort=replace(trial.cohort, subjects=people))
    conductor = Conductor(trial, system, seed, uncertainty=True, twins=0)
    data = joined(list(conductor.all(design.worlds, progress=progress)))
    layout = Layout(design.worlds, (trial.cohort,))
    readings = TrialReadings(trial.plan, layout, {}, seed, expectation=False, conducted=Conducted(trial, data))
    return TrialExpectation(readings)
