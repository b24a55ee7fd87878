"""Variance components by restricted maximum likelihood: Fisher scoring that lets every replicate go its own way.

A component whose bound is minus infinity may become negative as long as the covariance stays positive definite: in a
balanced design the estimates are then those of the analysis of variance, and tests at the level of donors or subjects
keep their size. Held above 0 it would hand the freedom of animals to a treatment given to donors (the ``nobound``
option of SAS; Stroup and Littell 2002, Conf. Appl. Stat. Agric.). A component at a bound of 0 leaves the model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import inverse

F8 = NDArray[np.float64]
Index = NDArray[np.intp]

_STEPS = 100
_HALVINGS = 20
_DECREMENT = 1e-11


class Likelihood(NamedTuple):
    """At components f8[replicate, k], the last the residual: the restricted log-likelihood f8[replicate] (NaN where the
    covariance is not positive definite), its gradient f8[replicate, k], the expected information f8[replicate, k, k],
    fixed effects f8[replicate, p], their covariance f8[replicate, p, p], and how that changes with the components,
    f8[replicate, k, p, p].
    """

    loglik: F8
    gradient: F8
    information: F8
    beta: F8
    cov: F8
    slope: F8


Evaluate = Callable[[Index, F8], Likelihood]
"""The likelihood of some replicates at their components."""


def maximise(evaluate: Evaluate, start: F8, bound: F8) -> tuple[F8, NDArray[np.bool_]]:
    """Components f8[replicate, k] at the greatest likelihood, and if it was reached; none below ``bound`` f8[k]."""
    out, done = start.copy(), np.zeros(len(start), bool)
    active = np.arange(len(start))
    theta, at = start, evaluate(active, start)
    for _ in range(_STEPS):
        held = (theta <= bound) & (at.gradient <= 0.0)
        spread, _ = inverse(without(at.information, held))
        slope = np.where(held, 0.0, at.gradient)
        step = (spread @ slope[:, :, None])[:, :, 0]
        gain = 0.5 * (step * slope).sum(axis=1)
        fine = ~np.isnan(gain) & ~np.isnan(at.loglik)
        last = fine & (gain < _DECREMENT)
        theta, at, went = _search(evaluate, active, theta, at, np.where(fine[:, None], step, 0.0), fine, bound)
        out[active], done[active] = theta, last
        going = np.flatnonzero(went & ~last)
        if not len(going):
            break
        active, theta = active[going], theta[going]
        at = Likelihood(*(part[going] for part in at))
    return out, done


def without(information: F8, held: NDArray[np.bool_]) -> F8:
    """The information with components ``held`` bool[replicate, k] apart from all others."""
    keep = ~held
    both = keep[:, :, None] & keep[:, None, :]
    return np.where(both, information, held[:, :, None] * np.eye(held.shape[1]))


def _search(
    evaluate: Evaluate,
    active: Index,
    theta: F8,
    at: Likelihood,
    step: F8,
    fine: NDArray[np.bool_],
    bound: F8,
) -> tuple[F8, Likelihood, NDArray[np.bool_]]:
    """The longest of step, step / 2 ... that does not lower the likelihood; the place itself where there is none."""
    moved = np.maximum(theta + step, bound)
    new = evaluate(active, moved)
    went = fine.copy()
    floor = at.loglik - 1e-10 - 1e-13 * np.abs(at.loglik)
    worse = np.flatnonzero(fine & ~(new.loglik >= floor))
    factor = 0.5
    for _ in range(_HALVINGS):
        if not len(worse):
            break
        moved[worse] = np.maximum(theta[worse] + factor * step[worse], bound)
        for whole, part in zip(new, evaluate(active[worse], moved[worse]), strict=True):
            whole[worse] = part
        worse = worse[~(new.loglik[worse] >= floor[worse])]
        factor *= 0.5
    stuck = np.append(worse, np.flatnonzero(~fine))
    went[stuck], moved[stuck] = False, theta[stuck]
    for whole, part in zip(new, at, strict=True):
        whole[stuck] = part[stuck]
    return moved, new, went


def satterthwaite(at: Likelihood, contrasts: F8, held: NDArray[np.bool_]) -> tuple[F8, F8, F8]:
    """Effect, standard error and df, each f8[replicate, contrast], of ``contrasts`` f8[contrast, p] of fixed effects.

    df = 2 v^2 / Var(v) for the variance v of the effect, with the expected information of the components
    (Satterthwaite 1946; Giesbrecht and Burns 1985, Biometrics 41:477); components ``held`` bool[replicate, k] at their
    bound count as known. NaN where the information is singular.
    """
    effect = at.beta @ contrasts.T
    variance = np.einsum("cp,rpq,cq->rc", contrasts, at.cov, contrasts)
    slope = np.einsum("cp,rkpq,cq->rck", contrasts, at.slope, contrasts)
    spread, _ = inverse(without(at.information, held))
    slope = np.where(held[:, None], 0.0, slope)
    uncertainty = np.einsum("rck,rkl,rcl->rc", slope, spread, slope)
    with np.errstate(divide="ignore", invalid="ignore"):
        return effect, np.sqrt(variance), np.where(uncertainty > 0.0, 2.0 * variance**2 / uncertainty, np.nan)
