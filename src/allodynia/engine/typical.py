"""How large each state gets, and the absolute tolerance that follows from it.

An absolute tolerance is a length in the unit of its state, so no one number serves a model whose states differ in unit
and by orders of magnitude. A short look ahead finds the sizes: the system is integrated coarsely with a guess, and the
sizes met give the next guess.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine.actions import Actions
from allodynia.engine.simulate import simulate
from allodynia.model.evaluate import Evaluator
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]

SHARE = 1e-6
"""The absolute tolerance, as a share of ``rtol`` times the typical size: a state is followed with its full relative
accuracy while it is within six orders of magnitude of its largest value."""

ROUNDING = 1e-15
"""No absolute tolerance lies below this share of the typical size, where rounding hides everything."""

LOOKS = 3
"""Coarse runs; each refines the guess of the one before."""

COARSE_RTOL = 1e-4
COARSE_SHARE = 1e-6
FIRST_SHARE = 1e-9
SAMPLES = 101


def typical_sizes(
    system: OdeSystem,
    parameters: ArrayLike,
    end: float,
    *,
    start: float = 0.0,
    initial: ArrayLike | None = None,
    actions: Actions | None = None,
) -> F8:
    """The largest absolute value of each state between ``start`` and ``end``: f8[n_states], all positive.

    Parameters
    ----------
    parameters : f8[n_subjects, n_parameters]; the sizes are over all of these subjects.
    initial : f8[n_subjects, n_states]; by default the system's own initial values.
    actions : what is done to each of them.

    A state that stays at zero gets the size of the smallest that does not: nobody knows its scale, and too small is
    only slow. Subjects that cannot be solved count as far as they were solved.
    """
    table = np.ascontiguousarray(parameters, dtype=np.float64)
    names = tuple(quantity.id for quantity in system.states)
    if initial is None:
        begin = Evaluator(system.dag, system.initial)(start, np.zeros((len(names), len(table))), table.T).T
    else:
        begin = np.asarray(initial, dtype=np.float64)
    sizes = _largest(begin)
    if not end > start or not names:
        return _positive(sizes)
    guess = np.full(len(names), FIRST_SHARE * float(_positive(sizes).max()))
    grid = np.linspace(start, end, SAMPLES)
    for _ in range(LOOKS):
        solution = simulate(
            system, table, grid, names, start=start, initial=initial, actions=actions, rtol=COARSE_RTOL, atol=guess,
            max_steps=10_000,
        )  # fmt: skip
        sizes = np.maximum(_largest(begin), _largest(solution.values.reshape(-1, len(names))))
        guess = COARSE_SHARE * _positive(sizes)
    return _positive(sizes)


def default_atol(sizes: F8, rtol: float) -> F8:
    """The absolute tolerance of each state, f8[n_states], from its typical size."""
    return np.clip(max(rtol * SHARE, ROUNDING) * sizes, 1e-200, 1e200)


def _largest(values: F8) -> F8:
    """The largest finite absolute value in each column; 0 where there is none."""
    size = np.abs(values)
    return np.asarray(np.where(np.isfinite(size), size, 0.0).max(axis=0))


def _positive(sizes: F8) -> F8:
    """``sizes`` with the smallest positive one in place of zeros; 1 where all are zero."""
    known = sizes[sizes > 0]
    return np.where(sizes > 0, sizes, known.min() if len(known) else 1.0)
