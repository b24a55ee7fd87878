"""Dosing records as pharmacometricians write them, turned into what the engine does to each subject.

A record has a lag, a bioavailability, repeats, and may say that it begins at steady state: as if the same doses had
been given at the same interval for ever. Times are in the model's time unit, amounts in the unit of what is dosed. A
sample at the time of a record is taken before it; the sample at the start of a subject who begins at steady state is
the trough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine.actions import Action, ActionKind, Actions
from allodynia.engine.periodic import find_periodic_state
from allodynia.engine.simulate import simulate
from allodynia.engine.solution import Solution
from allodynia.engine.status import Status
from allodynia.errors import InvalidInput
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]
MOST_DOSES = 100_000
"""Doses that one record may give."""


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose, or a series of equal ones.

    ``into`` names the state that receives a bolus, or a depot from which it is absorbed; ``through`` the parameter that
    is the rate of an infusion, which lasts ``over``, or runs at ``rate`` until the amount is in. The first takes effect
    at ``at`` + ``lag``; ``repeat`` doses are given in all, one ``every`` so much time. What arrives is
    ``bioavailability`` × ``amount``: of an infusion with ``over`` the rate is scaled, of one with ``rate`` the length.
    ``lag`` and ``bioavailability`` are numbers, or ids of parameters whose values each subject has.

    ``steady``: at ``at`` the subject is put into the state, just before a dose, that the same doses given ``every`` so
    much time for ever lead to; whatever earlier records would still have done is cancelled.
    """

    at: float
    amount: float
    into: str | None = None
    through: str | None = None
    over: float | None = None
    rate: float | None = None
    every: float | None = None
    repeat: int = 1
    lag: float | str = 0.0
    bioavailability: float | str = 1.0
    steady: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """At ``at`` every state goes back to its initial value; infusions end, and what earlier records would still have
    done is cancelled.
    """

    at: float


Regimen = Sequence[Dose | Reset]


@dataclass(frozen=True)
class Schedule:
    """What is done to every subject.

    ``initial`` : f8[n_subjects, n_states], where each sets out; None: from the model's own initial values.
    ``parameters`` : f8[n_subjects, n_parameters], those given, with the infusions that run at the start.
    ``lost`` : status of every subject, ``SOLVED`` unless a steady state it needs was not found; ``lost_at`` when it
    was needed.
    """

    actions: Actions
    initial: F8 | None
    parameters: F8
    lost: NDArray[np.int32]
    lost_at: F8


@dataclass(slots=True)
class _Course:
    """What one subject receives, in its own numbers: amounts into states, and infusions from .. to at a rate."""

    pulses: list[tuple[float, ActionKind, int, float]] = field(default_factory=list)
    infusions: list[tuple[float, float, int, float]] = field(default_factory=list)

    def cancel(self, at: float) -> None:
        """Whatever would still happen at or after ``at``, does not."""
        self.pulses = [pulse for pulse in self.pulses if pulse[0] < at]
        self.infusions = [(a, min(b, at), target, rate) for a, b, target, rate in self.infusions if a < at]


@dataclass(frozen=True, slots=True)
class _Series:
    """A dosing record with one subject's numbers: what arrives, when counted from the record, and for how long."""

    state: int | None
    parameter: int
    amount: float
    length: float
    lag: float
    every: float

    def give(self, course: _Course, at: float) -> None:
        """One dose, whose record is at ``at``."""
        begin = at + self.lag
        if self.state is not None:
            course.pulses.append((begin, ActionKind.ADD_STATE, self.state, self.amount))
        elif self.length > 0.0:
            course.infusions.append((begin, begin + self.length, self.parameter, self.amount / self.length))

    def left_over(self, course: _Course, at: float) -> None:
        """What doses of the endless past still do from ``at`` on, when the next is due at ``at``."""
        whole, phase = divmod(self.lag, self.every)
        for k in range(int(whole)):
            if self.state is not None:
                course.pulses.append((at + (phase + k * self.every), ActionKind.ADD_STATE, self.state, self.amount))
            elif self.length > 0.0:
                begin = at + (phase + k * self.every)
                course.infusions.append((begin, begin + self.length, self.parameter, self.amount / self.length))
        self._running(course, at, phase - self.every)

    def cycle(self) -> _Course:
        """One interval, from 0 to ``every``, of doses that go on for ever."""
        course = _Course()
        phase = math.fmod(self.lag, self.every)
        if self.state is not None:
            course.pulses.append((phase, ActionKind.ADD_STATE, self.state, self.amount))
            return course
        if self.length > 0.0:
            end = min(phase + self.length, self.every)
            course.infusions.append((phase, end, self.parameter, self.amount / self.length))
        self._running(course, 0.0, phase - self.every, most=self.every)
        return course

    def _running(self, course: _Course, at: float, begin: float, most: float = math.inf) -> None:
        """Infusions begun ``begin`` (< 0), ``begin`` - ``every``, ... after ``at`` that still run at ``at``."""
        while self.state is None and begin + self.length > 0.0:
            stop = min(begin + self.length, most)
            course.infusions.append((at, at + stop, self.parameter, self.amount / self.length))
            begin -= self.every


def schedule(
    system: OdeSystem,
    parameters: ArrayLike,
    regimens: Sequence[Regimen],
    *,
    start: float = 0.0,
    threads: int | None = None,
) -> Schedule:
    """The schedule of every subject, from one regimen a subject.

    Raises
    ------
    InvalidInput
        A record that cannot be given: unknown id, negative amount, lag or length, repeats without an interval, before
        the start.
    """
    table = np.array(parameters, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(system.parameters):
        raise InvalidInput(f"parameters must be a table of {len(system.parameters)} columns, not {table.shape}")
    n = len(table)
    if len(regimens) != n:
        raise InvalidInput(f"there are {len(regimens)} regimens for {n} subjects")
    records = [sorted(regimen, key=lambda record: record.at) for regimen in regimens]
    series = {
        (i, k): _series(system, table[i], record, start)
        for i, regimen in enumerate(records)
        for k, record in enumerate(regimen)
        if isinstance(record, Dose)
    }
    steady = [(i, k) for (i, k) in series if _is_steady(records[i][k])]
    resets = any(isinstance(record, Reset) for regimen in records for record in regimen)
    own = _initial_states(system, table, start, threads) if steady or resets else np.empty((n, 0))
    reached = _steady_states(system, table, own, [(i, series[i, k], records[i][k].at) for i, k in steady], threads)
    states = dict(zip(steady, reached, strict=True))

    initial, changed = own.copy(), table.copy()
    lost, lost_at = np.full(n, int(Status.SOLVED), dtype=np.int32), np.full(n, np.nan)
    lists: list[list[Action]] = []
    for i, regimen in enumerate(records):
        course = _Course()
        for k, record in enumerate(regimen):
            if isinstance(record, Reset):
                if not (math.isfinite(record.at) and record.at >= start):
                    raise InvalidInput(f"a reset at {record.at} is before the start ({start}) or not a number")
                course.cancel(record.at)
                course.pulses += _put(record.at, own[i])
                continue
            doses = series[i, k]
            if record.steady:
                state, status = states[i, k]
                if status != Status.SOLVED:
                    lost[i], lost_at[i] = status, record.at
                    break
                course.cancel(record.at)
                if record.at == start:
                    initial[i] = state
                else:
                    course.pulses += _put(record.at, state)
                doses.left_over(course, record.at)
            for number in range(record.repeat):
                doses.give(course, record.at + number * doses.every)
        lists.append(_actions(course, changed[i], start))
    return Schedule(Actions.from_lists(lists), initial if steady else None, changed, lost, lost_at)


def simulate_regimens(
    system: OdeSystem,
    parameters: ArrayLike,
    regimens: Sequence[Regimen],
    times: ArrayLike,
    outputs: Sequence[str],
    *,
    start: float = 0.0,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    threads: int | None = None,
    sink: Callable[[int, Solution], None] | None = None,
    **more: Any,
) -> Solution:
    """Simulate subjects under their regimens; arguments, ``more`` among them, as in `allodynia.engine.simulate`.

    A subject whose steady state was not found has that status, and NaN after the time of the record that needed it.
    """
    plan = schedule(system, parameters, regimens, start=start, threads=threads)

    def say(first: int, part: Solution) -> None:
        """Mark the subjects ``first``, ... whose steady state was not found, and hand their part on."""
        for i in np.flatnonzero(plan.lost[first : first + len(part)] != Status.SOLVED):
            status, at = plan.lost[first + i], plan.lost_at[first + i]
            if part.failed_at[i] <= at:
                continue
            part.status[i], part.failed_at[i] = status, at
            part.final[i] = np.nan
            part.values[i, part.times > at if at > start else part.times >= start] = np.nan
        if sink is not None:
            sink(first, part)

    solution = simulate(
        system, plan.parameters, times, outputs, start=start, actions=plan.actions, initial=plan.initial, rtol=rtol,
        atol=atol, threads=threads, sink=None if sink is None else say, **more,
    )  # fmt: skip
    if sink is None:
        say(0, solution)
    return solution


def _initial_states(system: OdeSystem, table: F8, start: float, threads: int | None) -> F8:
    """The model's own initial values, by the compiled model: the bits it would have set out from by itself."""
    return simulate(system, table, [start], [q.id for q in system.states], start=start, threads=threads).final


def _is_steady(record: Dose | Reset) -> bool:
    return isinstance(record, Dose) and record.steady


def _put(at: float, state: F8) -> Iterable[tuple[float, ActionKind, int, float]]:
    if np.isnan(state).any():
        return []  # the subject cannot even start
    return [(at, ActionKind.SET_STATE, j, float(value)) for j, value in enumerate(state)]


def _series(system: OdeSystem, row: F8, dose: Dose, start: float) -> _Series:
    """A record with the numbers of the subject whose parameters are ``row``."""

    def own(name: str, value: float | str) -> float:
        number = float(row[system.parameter_index(value)]) if isinstance(value, str) else float(value)
        if not (math.isfinite(number) and number >= 0.0):
            raise InvalidInput(f"the {name} of a dose is {number}, and must be a number from 0 up")
        return number

    if (dose.into is None) == (dose.through is None):
        raise InvalidInput("a dose goes either into a state (into) or through a rate parameter (through)")
    if not (math.isfinite(dose.at) and dose.at >= start):
        raise InvalidInput(f"a dose at {dose.at} is before the start ({start}) or not a number")
    if not 1 <= dose.repeat <= MOST_DOSES:
        raise InvalidInput(f"a dose is repeated 1 to {MOST_DOSES:,} times, not {dose.repeat}")
    if dose.every is None and (dose.repeat > 1 or dose.steady):
        raise InvalidInput("repeats and steady state need every, the time between doses")
    every = 0.0 if dose.every is None else own("interval", dose.every)
    if dose.every is not None and not every > 0.0:
        raise InvalidInput("the interval between doses must be above 0")
    share, lag = own("bioavailability", dose.bioavailability), own("lag", dose.lag)
    amount = own("amount", dose.amount) * share
    if dose.into is not None:
        if dose.over is not None or dose.rate is not None:
            raise InvalidInput("an infusion (over, rate) goes through a rate parameter (through), not into a state")
        return _Series(system.state_index(dose.into), -1, amount, 0.0, lag, every)
    if (dose.over is None) == (dose.rate is None):
        raise InvalidInput("an infusion lasts so long (over) or runs at a rate (rate): one of the two")
    if dose.over is not None:
        length = own("length", dose.over)
    else:
        rate = own("rate", dose.rate or 0.0)
        length = amount / rate if rate > 0.0 else math.inf
    if amount > 0.0 and not (0.0 < length < math.inf and math.isfinite(amount / length)):
        raise InvalidInput(f"an infusion of {amount} over {length} has no rate")
    through = system.parameter_index(str(dose.through))
    return _Series(None, through, amount, length if amount > 0.0 else 0.0, lag, every)


def _actions(course: _Course, row: F8, start: float) -> list[Action]:
    """The actions of a course. Infusions that run at the start are put into ``row``, the subject's parameters."""
    actions = [Action(*pulse) for pulse in course.pulses]
    base = {target: float(row[target]) for _, _, target, _ in course.infusions}
    for target, resting in base.items():
        mine = [(a, b, rate) for a, b, other, rate in course.infusions if other == target and b > a]
        for t in sorted({edge for a, b, _ in mine for edge in (a, b)}):
            # The sum anew each time: when nothing runs the rate is what it was, without a rest of rounding.
            level = math.fsum([resting, *(rate for a, b, rate in mine if a <= t < b)])
            actions.append(Action(t, ActionKind.SET_PARAMETER, target, level))
            if t == start:
                row[target] = level
    return actions


def _steady_states(
    system: OdeSystem,
    table: F8,
    own: F8,
    wanted: Sequence[tuple[int, _Series, float]],
    threads: int | None,
) -> list[tuple[F8, int]]:
    """For subject, series and time of each: the state just before a dose, and how the search for it ended."""
    if not wanted:
        return []
    rows = table[[i for i, _, _ in wanted]]
    lists = [_actions(doses.cycle(), row, 0.0) for row, (_, doses, _) in zip(rows, wanted, strict=True)]
    found = find_periodic_state(
        system, rows, Actions.from_lists(lists), [doses.every for _, doses, _ in wanted],
        [at for _, _, at in wanted], initial=own[[i for i, _, _ in wanted]], threads=threads,
    )  # fmt: skip
    return [(state, int(status)) for state, status in zip(found.states, found.status, strict=True)]
