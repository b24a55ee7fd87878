"""The state that a system comes to rest in, from where it starts.

Time does the search: the system is integrated for ever longer stretches, so that what is found lies in the basin of the
stated start. A Newton polish only takes the last step, and only when it is a short one to a point that attracts.

Conserved totals make the Jacobian singular. Its left null vectors at a point are the directions in which the linearised
system does not move; Newton's correction is kept orthogonal to them, which is where the linearised flow from that point
ends. Totals are thereby kept to rounding, and lines of equilibria (the end of an epidemic) need no special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine import machine as machines
from allodynia.engine.kernel import make_kernel
from allodynia.engine.simulate import simulate_with
from allodynia.engine.status import Status
from allodynia.engine.tolerances import Tolerances
from allodynia.errors import InvalidInput
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]

DECADES = 16
"""Stretches of time tried: 1, 10, 100, ... units of the model's time after the start."""

NEAR = 1e-2
"""A Newton step is taken when no state moves by more than this share of its size."""

FAR = 5e-2
"""A polish that moves a state by more than this share of its size in all has left for somewhere else."""

CONVERGED = 1e-11
"""The polish ends when no state moves by more than this share of its size."""

GOOD_ENOUGH = 1e-8
"""Where rounding stops the polish earlier, steps below this are accepted."""

POLISH_STEPS = 40

ATTRACTS = 1e-9
"""Rounding of an eigenvalue, as a share of the largest: real parts above it repel."""


@dataclass(frozen=True)
class SteadyState:
    """Where subjects came to rest.

    Attributes
    ----------
    states : f8[n_subjects, n_states], NaN where none was reached
    status : i4[n_subjects], `Status.SOLVED`, `Status.NO_STEADY_STATE`, or how the integration failed
    residual : f8[n_subjects], the fastest relative change left, 1 / time: max |f| / (|y| + atol / rtol)
    time : f8[n_subjects], for how long the system was integrated
    """

    states: F8
    status: NDArray[np.int32]
    residual: F8
    time: F8


def find_steady_state(
    system: OdeSystem,
    parameters: ArrayLike,
    initial: ArrayLike | None = None,
    *,
    start: float = 0.0,
    rtol: float = 1e-8,
    atol: ArrayLike = 1e-12,
    max_steps: int = 100_000,
    threads: int | None = None,
) -> SteadyState:
    """Integrate every subject until it rests, then polish.

    Parameters
    ----------
    parameters : f8[n_subjects, n_parameters]
    initial : f8[n_subjects, n_states]; by default the system's own initial values.
    start, rtol, atol, max_steps, threads : as for `allodynia.engine.simulate`, for each stretch of time.

    Raises
    ------
    InvalidInput
        For shapes or tolerances that cannot be used.
    """
    table = np.ascontiguousarray(parameters, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(system.parameters):
        raise InvalidInput(
            f"parameters must be a table of {len(system.parameters)} columns, not of shape {table.shape}"
        )
    n_subjects, n_states = len(table), len(system.states)
    floor = Tolerances(rtol, atol).vector(n_states) / rtol
    found = SteadyState(
        states=np.full((n_subjects, n_states), np.nan),
        status=np.full(n_subjects, Status.NO_STEADY_STATE, dtype=np.int32),
        residual=np.full(n_subjects, np.nan),
        time=np.zeros(n_subjects),
    )
    if n_states == 0:
        found.status[:], found.residual[:] = Status.SOLVED, 0.0
        return found
    rest = _Rest(system, floor)
    kernel = make_kernel(system, (system.states[0].id,), "Rodas5P", machines.host(None))
    waiting = np.arange(n_subjects)
    begin = None if initial is None else np.array(initial, dtype=np.float64)
    now = start
    for decade in range(DECADES):
        until = start + 10.0**decade
        solution = simulate_with(
            kernel, table[waiting], [until], start=now, initial=begin, rtol=rtol, atol=atol, max_steps=max_steps,
            threads=threads,
        )  # fmt: skip
        left = []
        for row, subject in enumerate(waiting):
            found.time[subject] = until - start
            if solution.status[row] != Status.SOLVED:
                found.status[subject] = solution.status[row]
                continue
            state = rest.polish(until, solution.final[row], table[subject])
            if state is None:
                left.append(row)
                continue
            found.status[subject], found.states[subject] = Status.SOLVED, state
            found.residual[subject] = rest.speed(until, state, table[subject])
        if not left:
            break
        waiting, begin, now = waiting[left], solution.final[left], until
    return found


class _Rest:
    """Newton's method on the right-hand side of one system; algebraic rows are zero at rest as always."""

    def __init__(self, system: OdeSystem, floor: F8) -> None:
        self._n = len(system.states)
        self._floor = floor
        self._slope = Evaluator(system.dag, system.rhs)
        self._entries = Evaluator(system.dag, system.jacobian.nodes)
        self._places = (list(system.jacobian.rows), list(system.jacobian.cols))
        self._held = np.array(system.algebraic or [False] * self._n, dtype=bool)
        self._bounded = np.array([quantity.non_negative for quantity in system.states], dtype=bool)

    def speed(self, t: float, y: F8, p: F8) -> float:
        """The fastest relative change, 1 / time."""
        speed = np.abs(self._slope(t, y, p)) / self._size(y)
        return float(np.max(speed[~self._held], initial=0.0))

    def polish(self, t: float, y: F8, p: F8) -> F8 | None:
        """The equilibrium next to y; None where there is none so near, or it does not attract."""
        if not self._slope(t, y, p).any():
            return y  # at rest to the last bit: an equilibrium that was started from, attracting or not
        size = self._size(y)
        state, last = y, np.inf
        for _ in range(POLISH_STEPS):
            step = self._step(t, state, p)
            if step is None:
                return None
            length = float(np.max(np.abs(step) / self._size(state)))
            if length > NEAR or (length >= last > GOOD_ENOUGH):
                return None
            if length >= last:  # rounding is all that is left
                break
            state, last = state + step, length
            if length <= CONVERGED:
                break
        moved = float(np.max(np.abs(state - y) / size))
        below = bool((self._bounded & (state < -self._floor * CONVERGED)).any())
        if last > GOOD_ENOUGH or moved > FAR or below or not self._attracts(t, state, p):
            return None
        return state

    def _size(self, y: F8) -> F8:
        return np.abs(y) + self._floor

    def _matrix(self, t: float, y: F8, p: F8) -> F8 | None:
        """The Jacobian in units of each state's size; None where it is not finite."""
        size = self._size(y)
        J = np.zeros((self._n, self._n))
        J[self._places] = self._entries(t, y, p)
        J = J * size[None, :] / size[:, None]
        return J if np.isfinite(J).all() else None

    def _step(self, t: float, y: F8, p: F8) -> F8 | None:
        """Newton's correction, orthogonal to what the linearised system conserves.

        With a mass matrix M and w J = 0 it is w M y that does not move.
        """
        matrix, size = self._matrix(t, y, p), self._size(y)
        slope = self._slope(t, y, p) / size
        if matrix is None or not np.isfinite(slope).all():
            return None
        # Rows of fast and slow states are brought to one length, so that slowness is not taken for singularity.
        lengths = np.linalg.norm(matrix, axis=1)
        moves = lengths > 0
        if (slope[~moves] != 0).any():
            return None  # a state that changes at a constant rate never rests
        rows = matrix[moves] / lengths[moves, None]
        left, singular, _ = np.linalg.svd(rows, full_matrices=True)
        rank = int((singular > 1e-13 * self._n * singular[0]).sum()) if singular.size else 0
        conserved = np.zeros((int(moves.sum()) - rank, self._n))
        conserved[:, moves] = (left[:, rank:] / lengths[moves, None]).T
        conserved[:, self._held] = 0.0  # a total is one of what the mass matrix keeps
        norms = np.linalg.norm(conserved, axis=1, keepdims=True)
        still = np.eye(self._n)[~moves]
        system = np.concatenate([rows, conserved / np.where(norms > 0, norms, 1.0), still])
        wanted = np.concatenate([-slope[moves] / lengths[moves], np.zeros(len(conserved) + len(still))])
        step: F8 = np.linalg.lstsq(system, wanted, rcond=1e-15)[0]
        missed = np.abs(system @ step - wanted)
        if missed.max() > 1e-6 * max(float(np.abs(wanted).max()), 1e-300) and missed.max() > 1e-14:
            return None  # what is conserved drifts
        return step * size

    def _attracts(self, t: float, y: F8, p: F8) -> bool:
        """Whether no eigenvalue of the pencil (J, M) has a positive real part beyond rounding.

        Those of J itself say nothing where rows are algebraic: 0 = z - x and 0 = x - z are one equation, with
        eigenvalues of either sign. The finite ones of the pencil are those of what is left of J when the algebraic
        rows, which hold at every moment, are solved for their states (a Schur complement).
        """
        matrix = self._matrix(t, y, p)
        if matrix is None:
            return False
        held, free = self._held, ~self._held
        if held.any():  # algebraic states follow the others at once
            try:
                follows = np.linalg.solve(matrix[np.ix_(held, held)], matrix[np.ix_(held, free)])
            except np.linalg.LinAlgError:
                return False
            matrix = matrix[np.ix_(free, free)] - matrix[np.ix_(free, held)] @ follows
        values = np.linalg.eigvals(matrix) if free.any() else np.zeros(1)
        return bool(values.real.max() <= ATTRACTS * np.abs(values).max())
