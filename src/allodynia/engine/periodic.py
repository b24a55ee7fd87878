"""The state that a system returns to after every interval of doses that go on for ever.

Intervals are repeated until nothing changes from one to the next. What is left of a geometric approach is known from
the last few intervals (Anderson's mixing: the combination of them, weights summing to 1, whose changes cancel), and
taken at once where that is safe: anywhere when the equations are linear in the states, where there is one periodic
state at most; else only within a tenth of each state, so that what is found is what repetition leads to. Conserved
totals are kept, as any such combination keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine import machine as machines
from allodynia.engine.actions import Action, ActionKind, Actions
from allodynia.engine.kernel import Kernel, make_kernel
from allodynia.engine.simulate import simulate_with
from allodynia.engine.status import Status
from allodynia.engine.tolerances import Tolerances
from allodynia.errors import InvalidInput
from allodynia.model.expr import Op
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]

MOST_INTERVALS, MOST_IF_LINEAR = 5_000, 300
WINDOW = 30
"""Intervals looked back on."""

NEAR = 0.1
"""The longest jump of a system that is not linear, as a share of each state."""

SHARE = 1e-9
"""Directions in which the last intervals differ by less than this share of their change are not trusted."""

AT_REST = 10.0
"""Changes below this many times the tolerance of the integration are its noise."""

TOGETHER = 32
"""Different lengths of interval simulated in one call."""

KINKS = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE, Op.FLOOR, Op.CEIL, Op.MIN, Op.MAX})


@dataclass(frozen=True)
class PeriodicState:
    """Where subjects stand at the end of an interval, before what happens there.

    Attributes
    ----------
    states : f8[n_subjects, n_states], NaN where none was found
    status : i4[n_subjects], `Status.SOLVED`, `Status.NO_STEADY_STATE`, or how the integration failed
    intervals : i8[n_subjects], how many were simulated
    change : f8[n_subjects], the largest change over the last of them, as a share of |y| + atol / rtol
    """

    states: F8
    status: NDArray[np.int32]
    intervals: NDArray[np.int64]
    change: F8


def find_periodic_state(
    system: OdeSystem,
    parameters: ArrayLike,
    actions: Actions,
    intervals: Sequence[float],
    ends: Sequence[float],
    *,
    initial: ArrayLike,
    tolerance: float = 1e-9,
    rtol: float = 1e-12,
    atol: ArrayLike = 1e-14,
    most: int = MOST_INTERVALS,
    threads: int | None = None,
) -> PeriodicState:
    """Repeat every subject's interval, from ``ends`` - ``intervals`` to ``ends``, until it ends as it began.

    Parameters
    ----------
    parameters : f8[n_subjects, n_parameters], as they stand at the beginning of each interval.
    actions : what is done within one interval, at times counted from its beginning.
    initial : f8[n_subjects, n_states], where the first interval begins.
    tolerance : of the periodic state, as a share of |y| + atol / rtol, by what the last intervals foretell.
    most : intervals allowed a subject.

    A system that depends on time itself has a periodic state only when the interval is a whole number of its periods;
    that is checked by one interval more, a whole interval earlier.

    Raises
    ------
    InvalidInput
        For shapes, tolerances or actions that cannot be used.
    """
    table = np.ascontiguousarray(parameters, dtype=np.float64)
    begin = np.array(initial, dtype=np.float64)
    lengths, until = np.asarray(intervals, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    n = len(table)
    if not (len(begin) == len(lengths) == len(until) == n):
        raise InvalidInput("parameters, initial, intervals and ends must have one row a subject")
    if not ((lengths > 0.0) & np.isfinite(lengths) & np.isfinite(until)).all():
        raise InvalidInput("intervals must be above 0, and they and their ends finite")
    search = _Search(system, table, actions, lengths, until, rtol, atol, threads)
    found = PeriodicState(
        states=np.full(begin.shape, np.nan),
        status=np.full(n, Status.NO_STEADY_STATE, dtype=np.int32),
        intervals=np.zeros(n, dtype=np.int64),
        change=np.full(n, np.nan),
    )
    noise = AT_REST * rtol
    pasts = [_Past(search.floor, search.linear, tolerance, noise, search.bounded) for _ in range(n)]
    waiting, state = np.arange(n), begin
    for number in range(min(most, MOST_IF_LINEAR) if search.linear else most):
        image, status = search.interval(waiting, state[waiting], 0)
        left: list[int] = []
        for row, subject in enumerate(waiting):
            found.intervals[subject] = number + 1
            past = pasts[subject]
            if status[row] != Status.SOLVED:
                if past.undo():
                    state[subject] = past.plain
                    left.append(int(subject))
                else:
                    found.status[subject] = status[row]
                continue
            state[subject] = past.add(state[subject].copy(), image[row])
            found.change[subject] = past.change
            if past.settled:
                found.states[subject], found.status[subject] = state[subject], Status.SOLVED
            else:
                left.append(int(subject))
        waiting = np.array(left, dtype=np.int64)
        if not left:
            break
    if search.timed:
        _check_period(search, found, tolerance)
    return found


def _check_period(search: _Search, found: PeriodicState, tolerance: float) -> None:
    rows = np.flatnonzero(found.status == Status.SOLVED)
    image, status = search.interval(rows, found.states[rows], 1)
    change = np.abs(image - found.states[rows]) / (np.abs(found.states[rows]) + search.floor)
    moved = (status != Status.SOLVED) | ~(change.max(axis=1) <= 1e3 * tolerance)
    found.status[rows[moved]] = Status.NO_STEADY_STATE
    found.states[rows[moved]] = np.nan


@dataclass
class _Past:
    """The last intervals of one subject: where they began, and what they led to."""

    floor: F8
    linear: bool
    tolerance: float
    noise: float
    bounded: NDArray[np.bool_]
    began: list[F8] = field(default_factory=list)
    ended: list[F8] = field(default_factory=list)
    change: float = np.inf
    settled: bool = False
    jumped: bool = False
    _ahead: float = 1.0  # the longest way still to go that was foretold, in changes over one interval
    _quiet: int = 0
    _still: int = 0

    @property
    def plain(self) -> F8:
        """Where the last interval led."""
        return self.ended[-1]

    def undo(self) -> bool:
        """After a failure that a jump may have caused: forget the jump. False where there was none."""
        if not self.jumped:
            return False
        self.jumped, self._quiet = False, 0
        del self.began[:-1], self.ended[:-1]
        return True

    def add(self, began: F8, ended: F8) -> F8:
        """Take one more interval in; returns where the next should begin, or the periodic state once ``settled``."""
        size = np.abs(ended) + self.floor
        change = float(np.max(np.abs(ended - began) / size)) if len(ended) else 0.0
        if self.jumped and change > 10.0 * self.change:  # the jump led astray
            self.undo()
            return self.plain
        self.change = change
        self.began.append(began)
        self.ended.append(ended)
        del self.began[:-WINDOW], self.ended[:-WINDOW]
        step = self._step(size)
        length = float(np.max(np.abs(step) / size)) if len(step) else 0.0
        if 0.0 < change < length:
            self._ahead = max(self._ahead, length / change)
        self._quiet = self._quiet + 1 if change * self._ahead <= self.tolerance else 0
        self._still = self._still + 1 if change <= self.noise else 0
        self.settled = change == 0.0 or self._quiet >= 2 or self._still >= 6
        target: F8 = ended + step
        below = bool((self.bounded & (target < 0.0)).any())
        self.jumped = not below and bool(np.isfinite(target).all()) and (self.linear or length <= NEAR)
        return target if self.jumped else ended

    def _step(self, size: F8) -> F8:
        """From the end of the last interval to where the changes of the last intervals cancel; 0 where they do not."""
        still = np.zeros_like(size)
        if len(self.began) < 2:
            return still
        ends = np.array(self.ended)
        changes = (ends - np.array(self.began)) / size
        last = changes[-1]
        left, singular, right = np.linalg.svd(np.diff(changes, axis=0).T, full_matrices=False)
        trusted = singular > max(SHARE * max(singular[0], float(np.linalg.norm(last))), self.noise)
        along = left[:, trusted].T @ last
        if np.linalg.norm(last - left[:, trusted] @ along) > 0.5 * np.linalg.norm(last):
            return still  # it drifts, or too little is known of it
        weights = right[trusted].T @ (along / singular[trusted])
        step: F8 = -np.diff(ends, axis=0).T @ weights
        return step


class _Search:
    """One system, and the interval of every subject."""

    def __init__(
        self,
        system: OdeSystem,
        table: F8,
        actions: Actions,
        lengths: F8,
        until: F8,
        rtol: float,
        atol: ArrayLike,
        threads: int | None,
    ) -> None:
        dag = system.dag
        self.table, self.lengths, self.until = table, lengths, until
        self.rtol, self.atol, self.threads = rtol, Tolerances(rtol, atol).vector(len(system.states)), threads
        self.floor = self.atol / rtol
        self.bounded = np.array([quantity.non_negative for quantity in system.states], dtype=bool)
        reached = {dag.ops[node] for node in dag.reachable(system.rhs)}
        self.timed = Op.TIME in reached or bool(system.events)
        varying = {dag.ops[node] for node in dag.reachable(system.jacobian.nodes)}
        self.linear = Op.STATE not in varying and not reached & KINKS and not system.events
        self.kernel: Kernel = make_kernel(system, tuple(q.id for q in system.states), "Rodas5P", machines.host(None))
        self.lists = [actions.of(i) for i in range(len(table))]

    def interval(self, subjects: NDArray[np.int64], begin: F8, earlier: int) -> tuple[F8, NDArray[np.int32]]:
        """What an interval leads ``subjects`` to from ``begin``; of a timed system the one ``earlier`` by so many."""
        image = np.full(begin.shape, np.nan)
        status = np.full(len(subjects), Status.NOT_RUN, dtype=np.int32)
        origin = self.until[subjects] - (1 + earlier) * self.lengths[subjects] if self.timed else 0.0 * begin[:, 0]
        order = np.lexsort((self.lengths[subjects], origin))
        while len(order):
            first = origin[order[0]]
            lengths = np.unique(self.lengths[subjects[order[origin[order] == first]]])[:TOGETHER]
            rows = order[(origin[order] == first) & (self.lengths[subjects[order]] <= lengths[-1])]
            order = order[len(rows) :]
            self._together(subjects[rows], begin[rows], rows, first, lengths, image, status)
        return image, status

    def _together(
        self,
        subjects: NDArray[np.int64],
        begin: F8,
        rows: NDArray[np.int64],
        origin: float,
        lengths: F8,
        image: F8,
        status: NDArray[np.int32],
    ) -> None:
        """Subjects whose intervals begin together, up to the longest; each is read at the end of its own."""
        times = origin + lengths
        ends = times[np.searchsorted(lengths, self.lengths[subjects])]
        lists = []
        for subject, end in zip(subjects, ends, strict=True):
            mark = Action(float(end), ActionKind.ADD_STATE, 0, 0.0)  # a boundary: a step ends exactly there
            acts = [Action(origin + a.time, a.kind, a.target, a.value) for a in self.lists[subject]]
            lists.append([*(action for action in acts if action.time < end), mark])
        found = simulate_with(
            self.kernel, self.table[subjects], times, start=float(origin), actions=Actions.from_lists(lists),
            initial=begin, rtol=self.rtol, atol=self.atol, threads=self.threads,
        )  # fmt: skip
        place = np.searchsorted(times, ends)
        image[rows] = found.values[np.arange(len(subjects)), place]
        failed = found.failed_at <= ends
        status[rows] = np.where(failed, found.status, np.int32(Status.SOLVED))
