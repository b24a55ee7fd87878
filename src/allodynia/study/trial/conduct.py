"""A trial conducted, block by block of replicates: people enter, are allocated, treated, asked, and leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Settler
from allodynia.study.answers import numbers
from allodynia.study.begin import plausible_outputs
from allodynia.study.differences import table_of
from allodynia.study.integrator import Integrator, compiled
from allodynia.study.regimen import Act
from allodynia.study.schedule import Schedule
from allodynia.study.system_like import SystemLike
from allodynia.study.trial.allocate import allocate
from allodynia.study.trial.answering import Answering, answering, beliefs
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.dataset import Observed, from_arrays
from allodynia.study.trial.enrol import Enrolled, Enroller
from allodynia.study.trial.fate import befall
from allodynia.study.trial.giving import Giving
from allodynia.study.trial.outputs import Solver
from allodynia.study.trial.source import FreshPeople, People, Stored, pool, stored_pool
from allodynia.study.trial.taking import taking
from allodynia.study.units import days

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
Progress = Callable[[int, int], None]

PEOPLE_A_BLOCK = 2000
"""About so many people are conducted together; an interruption loses no more than that. No result depends on it."""

RTOL = 1e-3
"""Of the engine in a trial: the largest change of pain against 1e-6 is below a thousandth of a point, and a rating has
steps of one.
"""

TWINS = 400
"""People at least who are followed in every arm, so that the trial's estimate can be held against what is true."""

TWINS_A_DRAW = 8
"""Of a replicate, where each has its own draw of what is uncertain: its people share the draw, so that many replicates
with a few of each say more than few replicates with all.
"""


class Store(Protocol):
    """Where finished blocks are kept."""

    def read(self, first: int, count: int) -> dict[str, NDArray[np.generic]] | None:
        """The block of ``count`` replicates from ``first``; None where it is not there."""
        ...

    def write(self, first: int, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Keep a finished block."""
        ...


@dataclass
class Conductor:
    """Conducts replicates of ``trial``. ``twins``: in so many replicates, from the first, everybody is also followed in
    the arms that they did not get (None: about ``TWINS`` people in all, under ``uncertainty`` a few of each replicate);
    ``pool_size``: people are taken by chance from so many, drawn once; ``stored``: from those of a file.
    """

    trial: BoundTrial
    system: SystemLike
    seed: int
    uncertainty: bool = False
    twins: int | None = None
    pool_size: int | None = None
    stored: Stored | None = None
    threads: int | None = None
    rtol: float = RTOL
    integrate: Integrator = compiled

    def __post_init__(self) -> None:
        trial, system = self.trial, self.system
        self.per_day = 1.0 / days(trial.time_unit)
        table = table_of(system, weighted=trial.study.spec.weighted)
        settler = Settler(system.ode, plausible_outputs(table), threads=self.threads, rtol=1e-6)
        fresh = FreshPeople(table, trial.cohort, settler, self.seed, self.uncertainty)
        self.table = table
        people: People = fresh if self.pool_size is None else pool(fresh, self.pool_size)
        if self.stored is not None:
            people = stored_pool(self.stored, fresh)
        wanted = [
            *trial.plan.endpoints,
            *(entry.of for entry in (*trial.entries, *trial.at_allocation) if entry.column is None),
        ]
        wanted += trial.also_read
        self.solver = Solver(
            system.ode, trial.plan, tuple(dict.fromkeys(wanted)), self.integrate, self.rtol, self.threads
        )
        self.taking = taking(trial, system)
        self.enroller = Enroller(trial, people, self.solver, self.taking, self.seed, self.uncertainty, self.per_day)
        self.followed = trial.people
        if self.twins is None:
            self.followed = min(TWINS_A_DRAW, trial.people) if self.uncertainty else trial.people
            self.twins = -(-TWINS // self.followed)

    def blocks(self, replicates: int, size: int | None = None) -> list[range]:
        """Replicates that are conducted together."""
        step = size or max(1, PEOPLE_A_BLOCK // self.trial.people)
        return [range(start, min(start + step, replicates)) for start in range(0, replicates, step)]

    def all(
        self, replicates: int, *, size: int | None = None, store: Store | None = None, progress: Progress | None = None
    ) -> Iterator[Observed]:
        """The blocks of all replicates in order; those in ``store`` are read, the others conducted and kept there."""
        total, done = replicates * self.trial.people, 0
        for worlds in self.blocks(replicates, size):
            found = store.read(worlds.start, len(worlds)) if store is not None else None
            if found is None:
                heard = None if progress is None else _shifted(progress, done, total)
                block = self.block(worlds, heard)
                if store is not None:
                    store.write(worlds.start, block.arrays())
            else:
                block = from_arrays(found)
            done += len(worlds) * self.trial.people
            if progress is not None:
                progress(done, total)
            yield block

    def block(self, worlds: range, heard: Progress | None = None) -> Observed:
        """The replicates ``worlds``."""
        trial, number = self.trial, np.arange(worlds.start, worlds.stop)
        entered = befall(trial, self.table, self.seed, number, self.enroller.enrol(worlds))
        table = numbers(self.seed, number, uncertainty=self.uncertainty)
        who = answering(trial, self.seed, number, entered.place, table, self.per_day)
        giving = allocate(self.seed, number, trial.people, trial.ratio, trial.block)
        values, solved = self._solve(entered, who, giving, trial.givings, trial.times, heard)
        days = trial.times / self.per_day
        missed = (
            who.missed(days) if trial.spec.leaving.missed_visits else np.zeros((*giving.shape, days.size), dtype=bool)
        )
        missed[..., 0] = False  # whoever is not seen at allocation is not allocated
        readings, true = self._read(who, values)
        left, cause = self._leave(who, giving, readings, true[trial.judged_by], missed, days)
        rescued = self._rescued(readings, missed, left)
        if trial.rescue_acts and np.isfinite(rescued).any():
            # Who is rescued, and when, is known by then; what they take changes only what comes after.
            self._rescue(entered, who, giving, rescued, values, solved)
            readings, true = self._read(who, values)
            left, cause = self._leave(who, giving, readings, true[trial.judged_by], missed, days)
        return Observed(
            number, entered.place, giving, readings, true, left, cause, missed, rescued, entered.reads, solved,
            entered.flow, self._potential(entered, who),
        )  # fmt: skip

    def _read(self, who: Answering, values: F8) -> tuple[dict[str, F8], dict[str, F8]]:
        """Readings and true values of every endpoint, f8[replicate, person, visit]."""
        readings, true = {}, {}
        for name in self.trial.plan.endpoints:
            readings[name] = who.read(name, self.solver.values(name, values), self.trial.times)
            true[name] = self.solver.truth(name, values)
        return readings, true

    def _rescue(
        self, entered: Enrolled, who: Answering, giving: I8, rescued: F8, values: F8, solved: NDArray[np.bool_]
    ) -> None:
        """Simulate those ``rescued`` once more with what they take, and put what comes after into ``values``."""
        here = np.isfinite(rescued) & solved
        when, group = np.unique(np.stack([giving[here].astype(np.float64), rescued[here]]), axis=1, return_inverse=True)
        end = float(self.trial.times[-1])
        groups = []
        for number, start in when.T.tolist():
            one = self.trial.givings[int(number)]
            taken = [replace(act, time=act.time + start) for act in self.trial.rescue_acts if act.time + start < end]
            groups.append([*self._acts(one), *taken])
        rows, traits = entered.parameters[here], who.traits
        doses = self.taking.schedule(rows, traits.placebo[here], traits.adherence[here], groups, group.reshape(-1))
        once, back = np.unique(self.trial.times, return_inverse=True)
        solution = self.solver.solve(rows, entered.states[here], once, doses)
        fresh = np.where((solution.status == 0)[:, None, None], solution.values, np.nan)[:, back]
        after = self.trial.times > rescued[here][:, None]
        values[here] = np.where(after[..., None], fresh, values[here])
        solved[here] = solution.status == 0

    def _solve(
        self, entered: Enrolled, who: Answering, giving: I8, givings: tuple[Giving, ...], times: F8,
        heard: Progress | None,
    ) -> tuple[F8, NDArray[np.bool_]]:  # fmt: skip
        """True outputs f8[replicate, person, visit, output], and who could be solved."""
        shape = giving.shape
        rows = entered.parameters.reshape(-1, entered.parameters.shape[-1])
        doses = self._doses(rows, who, giving.reshape(-1), givings)
        once, back = np.unique(times, return_inverse=True)  # without a washout, a period ends when the next begins
        solution = self.solver.solve(rows, entered.states.reshape(len(rows), -1), once, doses, heard=heard)
        solved = solution.status == 0
        values = np.where(solved[:, None, None], solution.values, np.nan)[:, back].reshape(*shape, times.size, -1)
        # What is read at allocation is what the run-in has come to, with what was given in it still given.
        values[..., 0, :] = np.where(solved.reshape(*shape, 1), entered.outputs, np.nan)
        return values, solved.reshape(shape)

    def _doses(self, rows: F8, who: Answering, giving: I8, givings: tuple[Giving, ...]) -> Schedule | None:
        """Everybody's schedule: what is given in the periods, and what people expect of it."""
        groups, traits = [self._acts(one) for one in givings], who.traits
        return self.taking.schedule(rows, traits.placebo.reshape(-1), traits.adherence.reshape(-1), groups, giving)

    def _acts(self, one: Giving) -> list[Act]:
        """What is given in the periods, and what people expect of it."""
        starts = self.trial.starts[: len(one.arms)].tolist()
        return [*one.acts, *self.taking.expectation(one.arms, beliefs(self.trial), starts, self.trial.plan.end)]

    def _leave(
        self, who: Answering, giving: I8, readings: dict[str, F8], true: F8, missed: NDArray[np.bool_], days: F8
    ) -> tuple[F8, I8]:
        """When each person leaves (inf: not; in the trial's unit) and why."""
        trial, leaving = self.trial, self.trial.spec.leaving
        if not leaving.of:
            return np.full(giving.shape, np.inf), np.zeros(giving.shape, dtype=np.int64)
        believed = np.array(beliefs(trial))
        brought = np.array([leaving.side_effects.get(name, 0.0) for name in trial.arms])
        per_visit = np.array(
            [[arm for arm in one.arms for _ in trial.visits] for one in trial.givings], dtype=np.int64
        )[giving]
        seen = np.where(missed, np.nan, readings[trial.judged_by])
        base = np.where(np.isnan(seen[..., 0]), true[..., 0], seen[..., 0])  # a diary with too few days filled in
        if trial.plan.endpoint(trial.judged_by).good == 1:
            seen = 2.0 * base[..., None] - seen  # what is gained is a rise
        until = float((trial.starts[-1] + trial.plan.end) / self.per_day)
        # Without a washout a period's last visit and the next one's first fall on one day: the new arm begins on it.
        once = days.size - 1 - np.unique(days[::-1], return_index=True)[1]
        given = per_visit[..., once]
        left = who.leave(brought[given], believed[given], seen[..., once], base, days[once], until, tuple(leaving.of))
        return left.time * self.per_day, np.asarray(left.cause, dtype=np.int64)

    def _rescued(self, readings: dict[str, F8], missed: NDArray[np.bool_], left: F8) -> F8:
        trial = self.trial
        if trial.rescue is None:
            return np.full(left.shape, np.inf)
        after = trial.times > 0.0
        here = trial.rescue.admits(readings[trial.rescue.of]) & ~missed & (trial.times <= left[..., None]) & after
        return np.where(here.any(axis=-1), trial.times[here.argmax(axis=-1)], np.inf)

    def _potential(self, entered: Enrolled, who: Answering) -> dict[str, F8]:
        """What the first people of the first replicates would come to in every arm, from allocation on, had they
        stayed.
        """
        trial = self.trial
        number = np.arange(who.worlds.size)
        here = number[who.worlds < (self.twins or 0)]
        shape = (*entered.place.shape, len(trial.arms) + 1)
        found = {name: np.full(shape, np.nan) for name in _outcomes(trial)}
        if not here.size:
            return found
        first = slice(self.followed)  # by their place among those asked, which has nothing to do with the arm
        some = Enrolled(
            entered.place[here, first], entered.parameters[here, first], entered.states[here, first],
            entered.outputs[here, first], {}, {},
        )  # fmt: skip
        them = answering(
            trial, self.seed, who.worlds[here], some.place,
            numbers(self.seed, who.worlds[here], uncertainty=self.uncertainty), self.per_day,
        )  # fmt: skip
        times = np.array(sorted({0.0, *(at for _, at in _outcomes(trial).values())}))
        for arm in range(len(trial.arms)):
            alone = trial.alone(arm)
            everybody = np.zeros(some.place.shape, dtype=np.int64)
            values, _ = self._solve(some, them, everybody, (alone,), times, None)
            for name, (endpoint, at) in _outcomes(trial).items():
                true = self.solver.truth(endpoint, values)
                found[name][here, first, arm] = true[..., np.searchsorted(times, at)]
                found[name][here, first, -1] = true[..., 0]
        return found


def _outcomes(trial: BoundTrial) -> dict[str, tuple[str, float]]:
    """The outcomes whose truth is asked for: endpoint and time of each analysis, by a name of the two."""
    return {outcome_name(one.endpoint, one.at): (one.endpoint, one.at) for one in trial.analyses}


def outcome_name(endpoint: str, at: float) -> str:
    """What the true outcome of an endpoint at a time is called in a data set."""
    return f"{endpoint}@{at:g}"


def _shifted(progress: Progress, done: int, total: int) -> Progress:
    return lambda here, _: progress(done + here, total)
