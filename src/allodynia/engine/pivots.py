"""Which algebraic equation gives which algebraic state, and in which order: the pivots of the rows without a diagonal.

An algebraic row has no 1 on its diagonal, perhaps nothing at all, so its pivot must be chosen. As h shrinks,
what is left of the matrix after the differential states are eliminated comes down to dg/dz, the derivatives of the
algebraic equations g by the algebraic states z, regular for a system of index 1. Its pivots are found once, by
Gaussian elimination with threshold pivoting (no pivot below a tenth of the largest in its row, and of those the one
that touches least), on its values near the nominal start. Near, not at: every value is shifted by some per cent, so
that entries that happen to vanish at the start are not taken for zeros.

At run time a pivot may still come out zero, where dg/dz is singular or cancels by accident. Then the step is not
finite, it is refused, and a smaller one has another pivot; where dg/dz itself is singular the subject fails.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import UnsupportedModel
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]

THRESHOLD = 0.1
"""A pivot is at least this share of the largest entry of its row."""

SINGULAR = 1e-12
"""What is left of a row whose largest entry was 1, below which nothing is left."""

SHIFT = 0.03
"""Values near the nominal ones differ by about this share (of 1 where they are zero)."""


def algebraic_pivots(system: OdeSystem) -> tuple[tuple[int, int], ...]:
    """(row, column) of the pivots of the algebraic rows, in the order of elimination.

    Raises
    ------
    UnsupportedModel
        When the algebraic equations do not determine their states: the index is above 1, or they are not independent.
    """
    rows = np.flatnonzero(np.array(system.algebraic, dtype=bool))
    if rows.size == 0:
        return ()
    matrix = np.abs(_derivatives(system)[np.ix_(rows, rows)])
    present = _pattern(system)[np.ix_(rows, rows)]
    matrix = np.where(np.isfinite(matrix) & (matrix > 0.0), matrix, SHIFT) * present
    signed = np.where(np.sign(_derivatives(system)[np.ix_(rows, rows)]) < 0, -matrix, matrix)
    for _ in range(3):
        for axis in (0, 1):
            size = np.abs(signed).max(axis=axis, keepdims=True)
            signed = signed / np.where(size > 0, size, 1.0)
    pairs: list[tuple[int, int]] = []
    left_rows, left_columns = list(range(rows.size)), list(range(rows.size))
    while left_rows:
        part = np.abs(signed[np.ix_(left_rows, left_columns)])
        largest = part.max(axis=1)
        if (largest < SINGULAR).any():
            index = rows[left_rows[int(np.argmin(largest))]]
            raise UnsupportedModel(
                f"the algebraic equations of model {system.name!r} do not determine their variables (row of "
                f"{system.states[index].id!r}): they are not independent, or the system has an index above 1; solve "
                "for these variables by hand, or differentiate the equations",
                where=system.states[index].where,
            )
        good = part >= THRESHOLD * largest[:, None]
        filled = part > 0.0
        touched = np.outer(filled.sum(axis=1) - 1, filled.sum(axis=0) - 1) - np.minimum(part, 1.0) * 0.5
        touched = np.where(good & filled, touched, np.inf)
        i, j = np.unravel_index(int(np.argmin(touched)), touched.shape)
        row, column = left_rows.pop(int(i)), left_columns.pop(int(j))
        factors = signed[left_rows, column] / signed[row, column]
        signed[np.ix_(left_rows, left_columns)] -= np.outer(factors, signed[row, left_columns])
        pairs.append((int(rows[row]), int(rows[column])))
    return tuple(pairs)


def _pattern(system: OdeSystem) -> NDArray[np.bool_]:
    n = len(system.states)
    present = np.zeros((n, n), dtype=bool)
    present[list(system.jacobian.rows), list(system.jacobian.cols)] = True
    return present


def _derivatives(system: OdeSystem) -> F8:
    """df/dy near the nominal start."""
    n, m = len(system.states), len(system.parameters)
    nominal = np.array([1.0 if quantity.value is None else quantity.value for quantity in system.parameters])
    golden = np.modf(0.5 + 0.6180339887498949 * np.arange(1, n + m + 1))[0] + 0.5
    p = _shifted(nominal, golden[n:])
    y = _shifted(Evaluator(system.dag, system.initial)(0.0, np.zeros(n), nominal), golden[:n])
    J: F8 = np.zeros((n, n))
    J[list(system.jacobian.rows), list(system.jacobian.cols)] = Evaluator(system.dag, system.jacobian.nodes)(0.0, y, p)
    return J


def _shifted(values: F8, by: F8) -> F8:
    plain = np.where(np.isfinite(values), values, 1.0)
    return np.asarray(plain + SHIFT * by * np.where(plain == 0.0, 1.0, np.abs(plain)))
