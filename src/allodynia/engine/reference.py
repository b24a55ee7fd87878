"""One subject, plain NumPy, no compiled code: what the kernel must agree with.

The same tableau, the same controller, the same order of samples, actions and boundaries, written to be read. Dense
linear algebra with pivoting stands in for the sparse one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine import control
from allodynia.engine.actions import Action, ActionKind
from allodynia.engine.status import Status
from allodynia.engine.tableaux import Tableau, tableau
from allodynia.engine.tolerances import Tolerances
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

Vector = NDArray[np.float64]


class Equations:
    """A system as functions of (t, y, p)."""

    def __init__(self, system: OdeSystem) -> None:
        self.n = len(system.states)
        self._jacobian = system.jacobian
        self._timed = [i for i, node in enumerate(system.time_derivative) if node is not None]
        slopes = [node for node in system.time_derivative if node is not None]
        self.initial = Evaluator(system.dag, system.initial)
        self.slope = Evaluator(system.dag, system.rhs)
        self._entries = Evaluator(system.dag, system.jacobian.nodes)
        self._by_time = Evaluator(system.dag, slopes)

    def jacobian(self, t: float, y: Vector, p: Vector) -> Vector:
        """df/dy, dense."""
        J = np.zeros((self.n, self.n))
        J[list(self._jacobian.rows), list(self._jacobian.cols)] = self._entries(t, y, p)
        return J

    def time_derivative(self, t: float, y: Vector, p: Vector) -> Vector:
        """df/dt at fixed y."""
        ft = np.zeros(self.n)
        ft[self._timed] = self._by_time(t, y, p)
        return ft


@dataclass(frozen=True, slots=True)
class Step:
    """A step tried: the state it leads to, its error estimate, and what dense output needs."""

    t: float
    h: float
    y: Vector
    y_new: Vector
    error: Vector
    k: Vector

    def dense(self, method: Tableau, t: float) -> Vector:
        """The state at time t within the step."""
        x = (t - self.t) / self.h
        inner = np.zeros_like(self.y)
        for weights in reversed(method.H):
            inner = np.asarray(weights) @ self.k + x * inner
        result: Vector = (1 - x) * self.y + x * (self.y_new + (1 - x) * inner)
        return result


def rosenbrock_step(equations: Equations, method: Tableau, t: float, y: Vector, p: Vector, h: float) -> Step:
    """One step of size h from (t, y); everything NaN where the matrix is singular or not finite."""
    J, ft = equations.jacobian(t, y, p), equations.time_derivative(t, y, p)
    k = np.zeros((method.stages, equations.n))
    argument = y
    with np.errstate(all="ignore"):
        matrix = np.eye(equations.n) / (h * method.gamma) - J
        try:
            inverse = np.linalg.inv(matrix) if np.isfinite(matrix).all() else np.full_like(matrix, np.nan)
        except np.linalg.LinAlgError:
            inverse = np.full_like(matrix, np.nan)
        for i in range(method.stages):
            argument = y + np.asarray(method.A[i]) @ k[:i]
            slope = equations.slope(t + method.c[i] * h, argument, p)
            k[i] = inverse @ (slope + np.asarray(method.C[i]) @ k[:i] / h + h * method.d[i] * ft)
        return Step(t, h, y, argument + k[-1], k[-1], k)


def fixed_steps(system: OdeSystem, p: Vector, y: Vector, t: float, h: float, count: int, method: str) -> Vector:
    """The state after ``count`` equal steps, without error control: shows the order of a method."""
    equations, rule = Equations(system), tableau(method)
    for i in range(count):
        y = rosenbrock_step(equations, rule, t + i * h, y, p, h).y_new
    return y


@dataclass(frozen=True)
class Trajectory:
    """One subject: like a row of `Solution`."""

    values: Vector
    status: Status
    failed_at: float
    steps: int
    rejected: int
    final: Vector


def integrate(
    system: OdeSystem,
    parameters: ArrayLike,
    times: Sequence[float],
    outputs: Sequence[str],
    *,
    start: float = 0.0,
    actions: Sequence[Action] = (),
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    method: str = "Rodas5P",
    max_steps: int = 100_000,
) -> Trajectory:
    """Integrate one subject; arguments as in `allodynia.engine.simulate`."""
    return _Integration(system, parameters, times, outputs, start, actions, rtol, atol, method, max_steps).run()


class _Integration:
    def __init__(
        self,
        system: OdeSystem,
        parameters: ArrayLike,
        times: Sequence[float],
        outputs: Sequence[str],
        start: float,
        actions: Sequence[Action],
        rtol: float,
        atol: ArrayLike,
        method: str,
        max_steps: int,
    ) -> None:
        self.equations = Equations(system)
        self.method = tableau(method)
        self.p = np.array(parameters, dtype=np.float64)
        self.times = list(times)
        self.start = start
        self.actions = list(actions)
        self.rtol, self.atol = rtol, Tolerances(rtol, atol).vector(len(system.states))
        nothing_below = np.array([q.non_negative for q in system.states])
        self.low = np.where(nothing_below, -control.UNDERSHOOT_IN_ATOL * self.atol, -np.inf)
        self.max_steps = max_steps
        self.sampler = Evaluator(system.dag, [system.find(name)[0] for name in outputs])
        self.values = np.full((len(self.times), len(outputs)), np.nan)
        self.t = start
        self.y = self.equations.initial(start, np.zeros(self.equations.n), self.p)
        self.sampled = self.steps = self.rejected = 0
        self.old_error = 0.0
        self.shy = False

    def run(self) -> Trajectory:
        if not np.isfinite(self.y).all():
            return self._end(Status.BAD_START)
        if self.times[0] == self.start:
            self._sample(self.start, self.y)
        while self.t < self.times[-1]:
            boundary = self._act()
            h = self._first_step(boundary - self.t)
            self.old_error, self.shy = 0.0, False
            while self.t < boundary:
                left = boundary - self.t
                reaches = h >= left * control.REACH
                step = left if reaches else min(h, 0.5 * left)
                t_new = boundary if reaches else self.t + step
                tried = rosenbrock_step(self.equations, self.method, self.t, self.y, self.p, step)
                h, failure = self._judge(tried, t_new, boundary)
                if failure is not Status.SOLVED:
                    return self._end(failure)
        return self._end(Status.SOLVED)

    def _act(self) -> float:
        """Apply the actions due; the time of the next boundary."""
        while self.actions and self.actions[0].time <= self.t:
            action = self.actions.pop(0)
            on_state = action.kind in {ActionKind.ADD_STATE, ActionKind.SET_STATE}
            adds = action.kind in {ActionKind.ADD_STATE, ActionKind.ADD_PARAMETER}
            vector = self.y = self.y.copy() if on_state else self.y
            vector = vector if on_state else self.p
            vector[action.target] = (vector[action.target] if adds else 0.0) + action.value
        return min(self.times[-1], self.actions[0].time) if self.actions else self.times[-1]

    def _norm(self, x: Vector, scale: Vector) -> float:
        with np.errstate(all="ignore"):
            return math.sqrt(float(np.mean((x / scale) ** 2)))

    def _first_step(self, left: float) -> float:
        """Source: Hairer, Norsett, Wanner, Solving ODE I, 1993, II.4."""
        scale = self.rtol * np.abs(self.y) + self.atol
        slope = self.equations.slope(self.t, self.y, self.p)
        d0, d1 = self._norm(self.y, scale), self._norm(slope, scale)
        fallback = control.FALLBACK_START * left
        first = control.START_FRACTION * (d0 / d1) if d0 > control.FLAT and d1 > control.FLAT else fallback
        first = min(first, left) if first > 0 else fallback
        further = self.equations.slope(self.t + first, self.y + first * slope, self.p)
        with np.errstate(all="ignore"):
            d2 = self._norm(further - slope, scale) / first
        steepest = d2 if d2 > d1 else d1
        if steepest > 1e-15:
            aim = math.exp((math.log(control.START_FRACTION) - math.log(steepest)) / self.method.order)
        else:
            aim = max(fallback, 1e-3 * first)
        chosen = min(100.0 * first, aim)
        return min(chosen, left) if chosen > 0 else fallback

    def _judge(self, tried: Step, t_new: float, boundary: float) -> tuple[float, Status]:
        """Accept or reject a step: what to try next, and whether to give up."""
        order = self.method.order
        with np.errstate(all="ignore"):
            scale = self.rtol * np.maximum(np.abs(tried.y_new), np.abs(self.y)) + self.atol
            norm = self._norm(tried.error, scale)
        finite = bool(np.isfinite(tried.y_new).all()) and math.isfinite(norm)
        under = finite and bool((tried.y_new < self.low).any())
        t_old = self.t
        size = math.log(max(norm, control.SMALLEST_ERROR)) if finite else 0.0
        if finite and not under and norm <= 1.0:
            self.steps += 1
            grow = math.exp(-control.PROPORTIONAL / order * size + control.INTEGRAL / order * self.old_error)
            grow = min(max(control.SAFETY * grow, control.SHRINK), control.GROW)
            factor = min(grow, 1.0) if self.shy else grow
            self.old_error, self.shy = size, False
            while self.sampled < len(self.times) and self.times[self.sampled] <= t_new:
                time = self.times[self.sampled]
                self._sample(time, tried.dense(self.method, time))
            self.t, self.y = t_new, tried.y_new
        else:
            self.rejected += 1
            self.shy = True
            factor = min(max(control.SAFETY * math.exp(-size / order), control.SHRINK), 1.0)
            factor = control.UNDERSHOOT_SHRINK if under else factor
            factor = factor if finite else control.NOT_FINITE_SHRINK
            span = self.times[-1] - self.start
            if factor * tried.h < control.SMALLEST_STEP * max(abs(t_old), control.TIME_SCALE * span):
                reason = Status.UNDERSHOOT if under else Status.STEP_TOO_SMALL
                return 0.0, reason if finite else Status.NOT_FINITE
        if self.steps + self.rejected >= self.max_steps and self.t != boundary:
            return 0.0, Status.STEP_LIMIT
        return tried.h * factor, Status.SOLVED

    def _sample(self, t: float, y: Vector) -> None:
        self.values[self.sampled] = self.sampler(t, y, self.p)
        self.sampled += 1

    def _end(self, status: Status) -> Trajectory:
        solved = status is Status.SOLVED
        final = self.y if solved else np.full(self.equations.n, np.nan)
        return Trajectory(self.values, status, math.nan if solved else self.t, self.steps, self.rejected, final)
