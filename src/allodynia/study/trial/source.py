"""Where the people of a trial come from: drawn anew in every replicate, or taken by chance from a pool drawn once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, ParameterTable, Settler
from allodynia.cohort.philox import open_unit, philox, stream_key
from allodynia.cohort.sample import sample
from allodynia.model.ode import OdeSystem
from allodynia.study.begin import check_accepted, settle_candidates

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """Candidates 0 .. n - 1 of some worlds, at rest: ``parameters`` f8[world, candidate, parameter], ``states``
    f8[world, candidate, state], ``status`` i4[world, candidate] (0 = at rest).
    """

    parameters: F8
    states: F8
    status: NDArray[np.int32]


class People(Protocol):
    """Who can be asked to take part."""

    def draw(self, worlds: range, count: int) -> Drawn:
        """The first ``count`` candidates of each world; candidate k is the same however many are asked for."""
        ...


@dataclass(frozen=True)
class FreshPeople:
    """People of every replicate's own, one by one from their population; ``cohort`` says which, in which world."""

    table: ParameterTable
    cohort: CohortArm
    settler: Settler
    seed: int
    uncertainty: bool

    def draw(self, worlds: range, count: int) -> Drawn:
        """The first ``count`` candidates of each world."""
        found = sample(
            self.table, [replace(self.cohort, subjects=count)], self.seed, worlds=worlds,
            uncertainty=self.uncertainty, settle=lambda rows, who: settle_candidates(self.settler, rows, who),
            spread=False,
        )  # fmt: skip
        people = found.people[self.cohort.name]
        check_accepted([people.tally])
        states, status = people.states, people.status
        if states is None:  # a population that nothing is asked of
            table = self.table.people[people.tally.population]
            flat = people.parameters.reshape(-1, people.parameters.shape[-1])
            rest = settle_candidates(self.settler, flat, table)
            states = rest.states.reshape(len(worlds), count, -1)
            status = rest.status.reshape(len(worlds), count)
        return Drawn(people.parameters, states, status)


@dataclass(frozen=True)
class PooledPeople:
    """People taken by chance, with replacement, from ``parameters`` f8[member, parameter] and ``states`` f8[member,
    state] that were found once; ``weights`` f8[member] says how many people each stands for.

    Candidate k of a world is a member chosen by a number of its own. The same member asked twice, in two replicates or
    in one, is another person in all that a trial draws for itself: course, placebo, luck.
    """

    parameters: F8
    states: F8
    weights: F8
    seed: int

    def draw(self, worlds: range, count: int) -> Drawn:
        """The first ``count`` candidates of each world."""
        edges = np.cumsum(self.weights) / self.weights.sum()
        world = np.arange(worlds.start, worlds.stop, worlds.step)[:, None]
        u = open_unit(philox(stream_key(self.seed, "pool"), world, np.arange(count)[None, :])[0])
        chosen = np.minimum(np.searchsorted(edges, u, side="right"), edges.size - 1)
        status = np.zeros(chosen.shape, dtype=np.int32)
        return Drawn(self.parameters[chosen], self.states[chosen], status)


def pool(fresh: FreshPeople, size: int) -> PooledPeople:
    """``size`` people of ``fresh``'s first world who came to rest, all of one weight."""
    found = fresh.draw(range(1), size)
    rests = found.status[0] == 0
    return PooledPeople(found.parameters[0][rests], found.states[0][rests], np.ones(int(rests.sum())), fresh.seed)


class Stored(Protocol):
    """People kept in a file: :class:`allodynia.cohort.stored.StoredCohort` is one."""

    @property
    def weights(self) -> F8:
        """How many people each stands for, f8[member]."""
        ...

    @property
    def status(self) -> NDArray[np.int32]:
        """0 for those who came to rest, i4[member]."""
        ...

    def within(self, ode: OdeSystem, parameters: F8, states: F8) -> tuple[F8, F8]:
        """The members in a system that may hold more (drugs): their rows of ``parameters`` and ``states`` f8[member,
        column], with what is known of each put in.
        """
        ...


def stored_pool(stored: Stored, fresh: FreshPeople) -> PooledPeople:
    """The members of a file as people of a trial; what it does not hold of them (how they handle a drug) is drawn."""
    size = stored.weights.size
    arm = replace(fresh.cohort, subjects=size)
    drawn = sample(fresh.table, [arm], fresh.seed, spread=False).people[arm.name]
    base, population = drawn.parameters[0], fresh.table.people[drawn.tally.population]
    start = fresh.settler.start(base, population.start)
    parameters, states = stored.within(fresh.settler.ode, base, start)
    rests = np.asarray(stored.status) == 0
    return PooledPeople(parameters[rests], states[rests], np.asarray(stored.weights)[rests], fresh.seed)
