"""A consistent start: the algebraic states that go with the differential ones."""

from __future__ import annotations

import numpy as np

from allodynia.engine import control
from allodynia.engine.reference.equations import Equations, Vector


def consistent(equations: Equations, t: float, y: Vector, p: Vector, rtol: float, atol: Vector) -> Vector | None:
    """``y`` with its algebraic states solved for, by damped Newton; None where it does not converge.

    A step is taken if the step that would follow, with the same matrix, is shorter (the natural monotonicity test:
    Deuflhard, Newton Methods for Nonlinear Problems, 2004, 3.1); else it is halved. Once steps are at rounding the
    state is left as it is: a consistent start is not moved.
    """
    rows = equations.algebraic
    if not rows.any():
        return y
    for _ in range(control.NEWTON_STEPS):
        J = equations.jacobian(t, y, p)[np.ix_(rows, rows)]
        with np.errstate(all="ignore"):
            try:
                inverse = np.linalg.inv(J) if np.isfinite(J).all() else np.full_like(J, np.nan)
            except np.linalg.LinAlgError:
                return None
            step = -inverse @ equations.slope(t, y, p)[rows]
            size = _size(step, y[rows], rtol, atol[rows])
            if not np.isfinite(size):
                return None
            if size <= control.NEWTON_ENDS or bool((np.abs(step) <= control.NEWTON_ROUNDING * np.abs(y[rows])).all()):
                return y
            part = 1.0
            while part >= control.NEWTON_SMALLEST_PART:
                tried = y.copy()
                tried[rows] = y[rows] + part * step
                following = -inverse @ equations.slope(t, tried, p)[rows]
                if _size(following, y[rows], rtol, atol[rows]) <= (1.0 - 0.5 * part) * size:
                    break
                part *= 0.5
            else:
                return y if size <= control.NEWTON_TOLERATED else None
            y = tried
    return None


def _size(step: Vector, z: Vector, rtol: float, atol: Vector) -> float:
    return float(np.sqrt(np.mean((step / (rtol * np.abs(z) + atol)) ** 2)))
