"""A system as functions of (t, y, p), and one Rosenbrock step with it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.tableaux import Tableau, tableau
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

Vector = NDArray[np.float64]


class Equations:
    """A system as functions of (t, y, p). ``mass`` is the diagonal of the mass matrix: 0 on algebraic rows, else 1."""

    def __init__(self, system: OdeSystem) -> None:
        self.n = len(system.states)
        self.algebraic = np.array(system.algebraic or [False] * self.n)
        self.mass = np.where(self.algebraic, 0.0, 1.0)
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

    def motion(self, t: float, y: Vector, p: Vector) -> Vector:
        """dy/dt of the differential rows; 0 for the others, whose slope nobody knows."""
        return np.where(self.algebraic, 0.0, self.slope(t, y, p))


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
        moves: Vector = (1 - x) * self.y + x * (self.y_new + (1 - x) * inner)
        # Where both ends are the same number, what lies between is not a mean of them, which would be rounded.
        return np.where(self.y_new == self.y, self.y + x * (1 - x) * inner, moves)

    def powers(self, method: Tableau) -> Vector:
        """Dense output as a polynomial in the share of the step: coefficients f8[degree + 1, n], of x^0 first."""
        bends = [np.asarray(weights) @ self.k for weights in method.H]
        first = (self.y_new - self.y) + bends[0]
        further = [after - before for before, after in itertools.pairwise(bends)]
        return np.array([self.y, first, *further, -bends[-1]])


def rosenbrock_step(equations: Equations, method: Tableau, t: float, y: Vector, p: Vector, h: float) -> Step:
    """One step of size h from (t, y); everything NaN where the matrix is singular or not finite."""
    J, ft = equations.jacobian(t, y, p), equations.time_derivative(t, y, p)
    k = np.zeros((method.stages, equations.n))
    argument = y
    with np.errstate(all="ignore"):
        shift = h * method.gamma
        matrix = np.diag(equations.mass) - shift * J
        try:
            inverse = np.linalg.inv(matrix) if np.isfinite(matrix).all() else np.full_like(matrix, np.nan)
        except np.linalg.LinAlgError:
            inverse = np.full_like(matrix, np.nan)
        for i in range(method.stages):
            argument = y + np.asarray(method.A[i]) @ k[:i]
            slope = equations.slope(t + method.c[i] * h, argument, p)
            coupling = equations.mass * (method.gamma * np.asarray(method.C[i]) @ k[:i])
            k[i] = inverse @ (shift * slope + coupling + shift * h * method.d[i] * ft)
        return Step(t, h, y, argument + k[-1], k[-1], k)


def fixed_steps(system: OdeSystem, p: Vector, y: Vector, t: float, h: float, count: int, method: str) -> Vector:
    """The state after ``count`` equal steps, without error control: shows the order of a method."""
    equations, rule = Equations(system), tableau(method)
    for i in range(count):
        y = rosenbrock_step(equations, rule, t + i * h, y, p, h).y_new
    return y
