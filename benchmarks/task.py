"""A problem with its reference solution: what every engine is asked to reproduce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.problem import F8, Problem

EACH, EACH_LOOSE, ONE, ONE_STRICT = "atol each", "atol each loose", "atol one", "atol one strict"
"""Absolute tolerances as a share of rtol: per state (1 %, or all, of its size), or one for all (1 % of the middle
state's size, or 0.1 % of the smallest's). Engines that take one number a state are given the first two, the others the
last two."""


@dataclass(frozen=True)
class Task:
    """A problem, its reference values f8[subjects, times, states], and the size of every state f8[states]."""

    problem: Problem
    reference: F8
    size: F8

    def atol(self, policy: str, rtol: float) -> float | F8:
        """The absolute tolerance that goes with ``rtol``."""
        present = self.size[self.size > 0]
        each = np.where(self.size > 0, self.size, present.min())
        match policy:
            case "atol each":
                return 1e-2 * rtol * each
            case "atol each loose":
                return rtol * each
            case "atol one":
                return float(1e-2 * rtol * np.median(present))
            case "atol one strict":
                return float(1e-3 * rtol * present.min())
        raise ValueError(policy)

    def errors(self, values: F8, rows: slice) -> F8:
        """Achieved error of every subject: max over states and times of |y - ref| / max over time of |ref|.

        A subject without a result has error infinity. A state whose reference is zero throughout does not count.
        """
        reference = self.reference[rows]
        scale = np.abs(reference).max(axis=1)
        off = np.abs(values - reference).max(axis=1)
        ratio = np.divide(off, scale, out=np.zeros_like(off), where=scale > 0)
        worst = ratio.max(axis=1)
        return np.where(np.isfinite(worst), worst, np.inf)
