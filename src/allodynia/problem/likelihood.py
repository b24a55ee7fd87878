"""How well simulations explain measurements: log-likelihood and chi squared.

Source: PEtab data format version 1, noise distributions. For a measurement m, a simulation y and noise σ, on a scale g
(identity, log, log10), the normal noise model is g(m) = g(y) + σ·ε, and the density of m carries the factor g'(m).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.problem.tables import Observable

F8 = NDArray[np.float64]


def residuals(rows: Sequence[Observable], measured: F8, simulated: F8, noise: F8) -> F8:
    """(g(m) - g(y)) / σ of every measurement; NaN where the simulation has no logarithm."""
    found = (measured - simulated) / noise
    for scale, function in (("log", np.log), ("log10", np.log10)):
        here = np.array([row.transformation == scale for row in rows], dtype=bool)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[here] = (function(measured[here]) - function(simulated[here])) / noise[here]
    return found


def log_likelihoods(rows: Sequence[Observable], measured: F8, simulated: F8, noise: F8) -> F8:
    """The logarithm of the density of every measurement."""
    residual = residuals(rows, measured, simulated, noise)
    slope = np.ones_like(measured)  # of the scale at the measurement
    for scale, base in (("log", 1.0), ("log10", np.log(10.0))):
        here = np.array([row.transformation == scale for row in rows], dtype=bool)
        slope[here] = 1.0 / (measured[here] * base)
    laplace = np.array([row.noise == "laplace" for row in rows], dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        normal = -0.5 * np.log(2.0 * np.pi * noise**2) - 0.5 * residual**2
        peaked = -np.log(2.0 * noise) - np.abs(residual)
    return np.asarray(np.where(laplace, peaked, normal) + np.log(slope))
