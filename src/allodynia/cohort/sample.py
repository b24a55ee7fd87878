"""From tables to subjects: one row of parameter values each.

Three levels, each with streams of its own, all read by counter (see :mod:`allodynia.cohort.philox`):

world
    one draw of what is not known about the centres (the uncertain values of the table); counter (world).
donor
    the person whose material is given; counter (world, group, donor): the same person in every arm.
subject
    the animal that receives it; counter (world, family, donor, subject): the same animal in every arm of a family.
luck
    what happens to a subject when; counter (world, family, subject, n), the key holding the cause: the same luck in
    every arm of a family.

The key of a stream holds the seed, the level and the parameter's id, and nothing else. So a row depends neither on
how many rows are drawn, nor on the order of arms, nor on which other parameters vary.

People are drawn otherwise (but for those of trials), as points of a scrambled Sobol sequence
(:mod:`allodynia.cohort.sobol`), of whom the plausible ones are taken (:mod:`allodynia.cohort.people`): the same person
i in every arm of a family and population.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.arms import CohortArm, DonorGroup, People, Pool
from allodynia.cohort.distributions import Distribution
from allodynia.cohort.layout import Layout
from allodynia.cohort.luck import waits
from allodynia.cohort.people import Candidates, Found, Settle, Tally, find_people
from allodynia.cohort.philox import stream_key, uniforms, word
from allodynia.cohort.table import ParameterTable, Variable
from allodynia.errors import unknown

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Cohort:
    """Subjects, ready for the engine.

    ``parameters`` f8[n_subjects, n_parameters] in the order of the system; ``layout`` says which row is whom.
    ``people`` holds, by arm, those who were found in it, with their states at rest before anything that sets the
    arm apart.
    """

    parameters: F8
    layout: Layout
    first_world: int = 0
    people: Mapping[str, Found] = field(default_factory=dict)

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        return self.layout.columns(self.first_world)

    @property
    def subject(self) -> NDArray[np.int64]:
        """Number of each subject, from 0."""
        return self._columns["subject"]

    @property
    def arm(self) -> NDArray[np.str_]:
        """Arm of each subject."""
        return self._columns["arm"]

    @property
    def donor(self) -> NDArray[np.str_]:
        """Donor whose material each subject gets; empty for a vehicle."""
        return self._columns["donor"]

    @property
    def population(self) -> NDArray[np.str_]:
        """Population of that donor; empty for a vehicle."""
        return self._columns["population"]

    @property
    def world(self) -> NDArray[np.int64]:
        """Draw of the uncertain values that each subject lives in."""
        return self._columns["world"]

    @property
    def tallies(self) -> dict[str, Tally]:
        """How many candidates were looked at for the people of each arm."""
        return {name: found.tally for name, found in self.people.items()}


def sample(
    table: ParameterTable,
    arms: Sequence[CohortArm],
    seed: int,
    *,
    worlds: range = range(1),
    uncertainty: bool = False,
    settle: Settle | None = None,
    spread: bool = True,
) -> Cohort:
    """Draw the subjects of ``arms`` in each of ``worlds``.

    Parameters
    ----------
    table
        The system's parameters.
    arms
        Who is wanted.
    seed
        Of all streams.
    worlds
        Which worlds; any sub-range gives the same rows as it has in a longer one.
    uncertainty
        Whether the centres are drawn (True), or every world has the table's values (False).
    settle
        Brings candidates to rest, where people must be plausible there; without it everybody drawn is taken.
    spread
        Whether people are spread evenly over their distributions (for means over few), or drawn one by one.

    Raises
    ------
    InvalidInput
        A population or parameter that nobody knows.
    """
    layout = Layout(len(worlds), tuple(arms))
    numbers = np.arange(worlds.start, worlds.stop, worlds.step, dtype=np.int64)
    draw = _Draw(table, seed, numbers, uncertainty, settle, spread)
    people = {arm.name: draw.people(arm) for arm in arms if isinstance(arm.source, People)}
    parameters = np.empty((len(worlds), layout.rows_a_world, len(table.ids)))
    start = 0
    for arm in arms:
        parameters[:, start : start + arm.size] = draw.arm(arm).reshape(len(worlds), arm.size, len(table.ids))
        start += arm.size
    return Cohort(parameters.reshape(layout.rows, len(table.ids)), layout, worlds.start, people)


class _Draw:
    """The draws of some worlds; centres and animals are made once and shared by all arms."""

    def __init__(
        self, table: ParameterTable, seed: int, worlds: NDArray[np.int64], uncertainty: bool, settle: Settle | None,
        spread: bool,
    ) -> None:  # fmt: skip
        self.table, self.seed, self.worlds, self.uncertainty, self.settle = table, seed, worlds, uncertainty, settle
        self.spread = spread
        self.families: dict[tuple[str, int, int], dict[int, F8]] = {}
        self.found: dict[tuple[object, ...], Found] = {}
        self.centres = np.tile(table.nominal, (worlds.size, 1))
        for variable in table.variables:
            self.centres[:, variable.column] = self.centre(variable, "")

    def centre(self, variable: Variable, population: str) -> F8:
        """The centre of a variable in each world, f8[world]."""
        value = np.full(self.worlds.size, variable.value)
        if not self.uncertainty or variable.uncertainty is None:
            return value
        key = stream_key(self.seed, "world", variable.id, population)
        return variable.uncertainty.quantile(value, *uniforms(key, self.worlds))

    def arm(self, arm: CohortArm) -> F8:
        """The parameters of an arm, f8[world, donor, subject, parameter]."""
        worlds, donors, subjects = self.worlds.size, arm.donors, arm.subjects
        if isinstance(arm.source, People):
            out = self.people(arm).parameters.reshape(worlds, donors, subjects, len(self.table.ids)).copy()
        else:
            out = np.empty((worlds, donors, subjects, len(self.table.ids)))
            out[:] = self.centres[:, None, None, :]
            if arm.source is not None:
                for column, value in self.source(arm.source, donors).items():
                    out[..., column] = value[:, :, None]
            for column, value in self.animals(arm.family or arm.name, donors, subjects).items():
                out[..., column] = value
        number = np.arange(donors * subjects).reshape(donors, subjects)
        for cause, columns in self.table.luck.items():
            world = self.worlds[:, None, None]
            out[..., columns] = waits(self.seed, cause, arm.family or arm.name, world, number, columns.size)
        for name, setting in (dict(arm.settings) | dict(arm.own)).items():
            out[..., self.table.column(name)] = setting
        return out

    def animals(self, family: str, donors: int, subjects: int) -> dict[int, F8]:
        """Column to values f8[world, donor, subject] of a family's animals; drawn once for all arms that share it."""
        if (family, donors, subjects) in self.families:
            return self.families[family, donors, subjects]
        world, name = self.worlds[:, None, None], word(family)
        donor, subject = np.arange(donors)[None, :, None], np.arange(subjects)[None, None, :]
        found: dict[int, F8] = {}
        for variable in self.table.variables:
            if variable.level == "subject" and variable.between is not None:
                key = stream_key(self.seed, "subject", variable.id)
                centre = self.centres[:, variable.column][:, None, None]
                found[variable.column] = variable.between.quantile(centre, *uniforms(key, world, name, donor, subject))
        self.families[family, donors, subjects] = found
        return found

    def people(self, arm: CohortArm) -> Found:
        """The people of an arm, found once for all arms that share them; before what sets the arm apart."""
        source = arm.source
        if not isinstance(source, People) or source.population not in self.table.people:
            raise unknown("population of people", getattr(source, "population", ""), self.table.people)
        family = arm.family or arm.name
        key = (source.population, family, arm.size, *sorted(arm.settings.items()))
        if key not in self.found:
            table = self.table.people[source.population]
            centres, varying = self.centres.copy(), []
            given = {variable.column: variable for variable in table.variables}
            own = {variable.column: variable for variable in self.table.variables if variable.level == "subject"}
            for column, variable in sorted((own | given).items(), key=lambda item: item[1].id):
                centre = self.centre(variable, source.population if column in given else "")
                centres[:, column] = centre
                if variable.between is not None:
                    varying.append((variable, centre))
            labels = ("people", source.population, family)
            candidates = Candidates(
                self.seed, labels, self.worlds, centres, varying, spread=self.spread,
                weighted=table.weighting is not None,
            )  # fmt: skip
            settings = {self.table.column(name): value for name, value in arm.settings.items()}
            self.found[key] = find_people(source.population, table, candidates, arm.size, settings, self.settle)
        return self.found[key]

    def source(self, source: DonorGroup | Pool, places: int) -> dict[int, F8]:
        """Column to values f8[world, place] of the donor-level parameters of a material."""
        if isinstance(source, DonorGroup):
            return self.donors(source, np.arange(places))
        pools = -(-places // source.members)
        members = self.donors(source.group, np.arange(pools * source.members))
        shape = (self.worlds.size, pools, source.members)
        mixed = mix(self.table, source, {column: value.reshape(shape) for column, value in members.items()})
        which = np.arange(places) // source.members
        return {column: value[:, which] for column, value in mixed.items()}

    def donors(self, group: DonorGroup, numbers: NDArray[np.int64]) -> dict[int, F8]:
        """Column to values f8[world, donor] of the people ``numbers`` of a group."""
        if group.population not in self.table.populations:
            raise unknown("population", group.population, self.table.populations)
        own = {variable.column: variable for variable in self.table.variables if variable.level == "donor"}
        given = {variable.column: variable for variable in self.table.populations[group.population]}
        values: dict[int, F8] = {}
        for column, variable in (own | given).items():
            centre = self.centre(variable, group.population if column in given else "")[:, None]
            values[column] = np.broadcast_to(centre, (self.worlds.size, numbers.size))
            if variable.between is not None:
                values[column] = self.person(variable.between, variable.id, centre, group, numbers)
        return values

    def person(self, between: Distribution, name: str, centre: F8, group: DonorGroup, numbers: NDArray[np.int64]) -> F8:
        """One parameter of people, f8[world, donor]."""
        key = stream_key(self.seed, "donor", name)
        u, chooser = uniforms(key, self.worlds[:, None], word(group.name), numbers[None, :])
        return between.quantile(centre, u, chooser)


def mix(table: ParameterTable, pool: Pool, members: dict[int, F8]) -> dict[int, F8]:
    """A pool's donor-level parameters from its members': column to f8[..., member] in, column to f8[...] out.

    The rules are told at :class:`~allodynia.cohort.arms.Pool`; parameters that are neither titre nor potency are
    averaged.
    """
    if table.column(pool.titre) not in members:
        raise unknown("donor parameter", pool.titre, [table.ids[column] for column in members])
    titre = members[table.column(pool.titre)]
    potencies = [table.column(name) for name in pool.potency]
    mixed: dict[int, F8] = {column: value.mean(axis=-1) for column, value in members.items()}
    if pool.specificity == "private":
        strength = titre * members[potencies[0]] if potencies else titre
        strongest = np.argmax(strength, axis=-1)[..., None]
        for column in [*potencies, table.column(pool.titre)]:
            mixed[column] = np.take_along_axis(members[column], strongest, axis=-1)[..., 0]
        mixed[table.column(pool.titre)] = mixed[table.column(pool.titre)] / titre.shape[-1]
        return mixed
    total = titre.sum(axis=-1)
    for column in potencies:
        weighted = (titre * members[column]).sum(axis=-1)
        # Without specific antibody there is nothing to weight by, and the potency does not matter.
        mixed[column] = np.where(total > 0.0, weighted / np.where(total > 0.0, total, 1.0), mixed[column])
    return mixed
