"""An experiment in animals, many times over: donors and animals of its own in every replicate, read on its days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import DonorGroup, Layout, People, Pool, Settler
from allodynia.errors import InvalidInput, unknown
from allodynia.study.begin import Beginner, plausible_outputs
from allodynia.study.bind import bind
from allodynia.study.design import AsPlanned
from allodynia.study.differences import table_of
from allodynia.study.integrator import Integrator, compiled
from allodynia.study.load import Study
from allodynia.study.plan import BoundArm, Plan
from allodynia.study.readings import Readings, Series
from allodynia.study.schedule import schedule
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.conduct import Progress, Store
from allodynia.study.units import ascending

F8 = NDArray[np.float64]

ANIMALS_A_BLOCK = 2000
"""About so many animals are simulated together. No result depends on it."""

SCALES = {"value": "value", "percent_of_baseline": "percent", "change": "change"}


@dataclass(frozen=True)
class Experiment:
    """Two arms of an animal study: ``test`` against ``control``, each with ``donors`` donors (or pools of them; an arm
    without donors has as many cages, whose animals share nothing) and ``mice`` animals a donor.
    """

    study: Study
    plan: Plan
    test: str
    control: str
    donors: int
    mice: int

    @property
    def time_unit(self) -> str:
        """The model's unit of time."""
        return self.plan.time_unit

    @property
    def arms(self) -> tuple[str, str]:
        """The control first."""
        return (self.control, self.test)

    @property
    def animals(self) -> int:
        """In both arms."""
        return 2 * self.donors * self.mice

    def bound(self, arm: str) -> BoundArm:
        """The arm called so."""
        return next(one for one in self.plan.arms if one.spec_name == arm)

    def given(self, arm: str) -> bool:
        """Whether the animals of an arm get material of donors, one by one or pooled."""
        return isinstance(self.bound(arm).cohort.source, DonorGroup | Pool)

    @property
    def with_donors(self) -> bool:
        """Whether any arm gets material of donors."""
        return any(self.given(name) for name in self.arms)

    @property
    def shared(self) -> bool:
        """Whether both arms get material of the same donors: each donor is then its own control."""
        return self.given(self.test) and self.bound(self.test).cohort.source == self.bound(self.control).cohort.source

    def mixed(self, mice: int) -> bool:
        """Whether donors repeat with ``mice`` animals of each in an arm, so that they are a random factor."""
        return self.shared or (mice > 1 and self.with_donors)


def bind_experiment(
    study: Study,
    system: SystemLike,
    *,
    donors: int | None = None,
    mice: int | None = None,
    arms: tuple[str, str] | None = None,
    edges: dict[str, float] | None = None,
    hypothesis: str | None = None,
) -> Experiment:
    """The experiment that ``study`` describes.

    ``arms`` names the arm tested and its control; by default the first arm with donors, and the next with other donors
    or without any. ``donors`` an arm and ``mice`` a donor are the study's own where not given.

    Raises
    ------
    InvalidInput
        A study of people, an arm nobody knows, or no two arms to compare.
    """
    spec, where = study.spec, study.where
    found = arms or compared(study)
    if found is None:
        raise InvalidInput(
            "there are no two arms to compare; name them with --arms TEST,CONTROL", where=study.where("arms")
        )
    test, control = found
    for name in (test, control):
        if name not in spec.arms:
            raise unknown("arm", name, spec.arms)
    if test == control:
        raise InvalidInput(f"the arm {test!r} cannot be compared with itself")
    given = spec.arms[test].donors
    count = donors or (spec.donors[given].n if given in spec.donors else 1)
    number = mice or spec.arms[test].subjects or spec.subjects
    kept = {name: spec.arms[name].model_copy(update={"subjects": None, "twins_of": None}) for name in (control, test)}
    part = spec.model_copy(update={"arms": kept, "subjects": number, "observables": {}, "hypotheses": []})
    plan = bind(
        Study(study.name, part, study.text, study.document), system, AsPlanned(), edges=edges, hypothesis=hypothesis
    )
    for arm in plan.arms:
        if isinstance(arm.cohort.source, People):
            raise InvalidInput(
                f"{arm.spec_name} holds people: describe a trial: in the study (see 'allodynia study new')",
                where=where("arms", arm.spec_name),
            )
    # As many donors, pools or cages in one arm as in the other: readings of both stand in one array.
    sized = [replace(arm, cohort=replace(arm.cohort, donors=count)) for arm in plan.arms]
    return Experiment(study, replace(plan, arms=tuple(sized)), test, control, count, number)


def compared(study: Study) -> tuple[str, str] | None:
    """The arm tested and its control, where the caller names none: the first arm with donors, and the next with other
    donors or without any; None where there are no two such arms.
    """
    arms = study.spec.arms
    test = next((name for name, arm in arms.items() if arm.donors is not None), next(iter(arms)))
    for name, arm in arms.items():
        if name != test and arm.donors is not None and arm.donors != arms[test].donors:
            return test, name
    for name, arm in arms.items():
        if name != test and arm.donors is None and arm.pool is None:
            return test, name
    return None


@dataclass(frozen=True)
class Measured:
    """Readings of some replicates: by endpoint f8[replicate, arm, donor, animal, time], the control first, on the
    endpoint's own scale (its summary); NaN where an animal was not solved. ``world`` i8[replicate].
    """

    world: NDArray[np.int64]
    readings: dict[str, F8]
    true: dict[str, F8]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """As flat names and arrays, for a file."""
        first = next(iter(self.true.values()))
        found: dict[str, NDArray[np.generic]] = {"world": self.world, "solved": ~np.isnan(first[..., 0])}
        found |= {f"readings/{name}": value for name, value in self.readings.items()}
        return found | {f"true/{name}": value for name, value in self.true.items()}


def measured_from(arrays: dict[str, NDArray[np.generic]]) -> Measured:
    """What :meth:`Measured.arrays` gave."""

    def part(start: str) -> dict[str, F8]:
        return {
            name.removeprefix(start): np.asarray(value, dtype=np.float64)
            for name, value in arrays.items() if name.startswith(start)
        }  # fmt: skip

    return Measured(np.asarray(arrays["world"], dtype=np.int64), part("readings/"), part("true/"))


@dataclass
class Laboratory:
    """Makes replicates of an experiment."""

    experiment: Experiment
    system: SystemLike
    seed: int
    uncertainty: bool = False
    threads: int | None = None
    rtol: float = 1e-6
    integrate: Integrator = compiled

    def __post_init__(self) -> None:
        system, plan = self.system, self.experiment.plan
        table = table_of(system)
        settler = Settler(system.ode, plausible_outputs(table), threads=self.threads, rtol=self.rtol)
        self.beginner = Beginner(plan.arms, table, settler)
        self.times = np.array(
            ascending(time for one in plan.endpoints.values() for time in (*one.times, *one.baseline))
        )
        self.outputs = tuple(dict.fromkeys(output for one in plan.endpoints.values() for output in one.outputs))

    def all(
        self, replicates: int, *, size: int | None = None, store: Store | None = None, progress: Progress | None = None
    ) -> Iterator[Measured]:
        """The blocks of all replicates in order; those in ``store`` are read."""
        each = self.experiment.animals
        step = size or max(1, ANIMALS_A_BLOCK // each)
        for start in range(0, replicates, step):
            worlds = range(start, min(start + step, replicates))
            found = store.read(start, len(worlds)) if store is not None else None
            block = measured_from(found) if found is not None else self.block(worlds)
            if found is None and store is not None:
                store.write(start, block.arrays())
            if progress is not None:
                progress(worlds.stop * each, replicates * each)
            yield block

    def block(self, worlds: range) -> Measured:
        """The replicates ``worlds``."""
        plan = self.experiment.plan
        layout = Layout(len(worlds), tuple(arm.cohort for arm in plan.arms))
        begun = self.beginner.begin(self.seed, worlds, uncertainty=self.uncertainty)
        numbers = np.arange(layout.rows) % layout.rows_a_world
        options = {} if begun.initial is None else {"initial": begun.initial}
        acting = any(arm.acts for arm in plan.arms)
        solution = self.integrate(
            self.system.ode, begun.parameters, self.times, self.outputs,
            schedule(plan.arms, numbers, begun.parameters) if acting else None,
            rtol=self.rtol, threads=self.threads, **options,
        )  # fmt: skip
        values = np.where(((solution.status == 0) & (begun.status == 0))[:, None, None], solution.values, np.nan)
        series = {name: Series(self.times, values[:, :, number]) for number, name in enumerate(self.outputs)}
        readings = Readings(plan, layout, series, self.seed, False, worlds.start)
        found: dict[str, F8] = {}
        true: dict[str, F8] = {}
        for name, one in plan.endpoints.items():
            scale = SCALES[one.summary]
            for into, measured in ((found, True), (true, False)):
                into[name] = np.stack(
                    [
                        readings.scaled(name, self.experiment.bound(arm).name, one.times, scale, measured=measured)
                        for arm in self.experiment.arms
                    ],
                    axis=1,
                )
        return Measured(np.arange(worlds.start, worlds.stop), found, true)


def joined_measured(parts: list[Measured]) -> Measured:
    """Replicates one after the other."""
    return Measured(
        np.concatenate([one.world for one in parts]),
        {name: np.concatenate([one.readings[name] for one in parts]) for name in parts[0].readings},
        {name: np.concatenate([one.true[name] for one in parts]) for name in parts[0].true},
    )
