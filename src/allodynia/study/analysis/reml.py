"""Restricted likelihood of repeated measures whose predictors act on every visit apart, over replicates.

The model is y_i = B' x_i + e_i with e_i ~ N(0, S) over the visits that subject i has: all fixed effects have their own
value at every visit, as in the usual analysis of a trial. Everything a replicate needs is then in the cross-products of
its missingness patterns (:mod:`allodynia.study.analysis.patterns`), not in its subjects.

Derivatives: Gilmour, Thompson and Cullis 1995, Biometrics 51:1440; Lindstrom and Bates 1988, JASA 83:1014. With
P = W - W X C X' W, W the inverse covariances and C = (X' W X)^-1, the gradient of the restricted log-likelihood in a
covariance with derivative D is (y' P D P y - tr(P D)) / 2, and its negative second derivative
y' P D_a P D_b P y - tr(P D_a P D_b) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.batched import inverse
from allodynia.study.analysis.covariance import pairs
from allodynia.study.analysis.patterns import Patterns

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The likelihood at one covariance a replicate, and the parts that its derivatives are made of.

    ``loglik`` f8[r] without the constant; ``beta`` f8[r, x, visit]; ``cov`` f8[r, x visit, x visit] of beta;
    ``weight`` f8[s, visit, visit] the inverse covariance of each segment, 0 at missing visits; ``spread`` the residual
    cross-products between weights; ``leverage`` the same of what beta took up; ``xr`` f8[s, x, visit] predictors times
    weighted residuals; ``gradient`` f8[r, visit, visit] in the covariance.
    """

    loglik: F8
    beta: F8
    cov: F8
    weight: F8
    spread: F8
    leverage: F8
    xr: F8
    gradient: F8


def evaluate(data: Patterns, covariance: F8) -> Evaluation:
    """The restricted likelihood at ``covariance`` f8[replicate, visit, visit]; NaN where that is indefinite."""
    q, visits = data.xy.shape[1:]
    seen = data.seen[:, :, None] * data.seen[:, None, :]
    own = covariance[data.owner] * seen
    diagonal = np.arange(visits)
    own[:, diagonal, diagonal] += 1.0 - data.seen
    weight, logdet = inverse(own)
    weight *= seen

    count = len(data.starts)
    size = q * visits
    normal = data.products(data.xx.reshape(-1, q * q), weight.reshape(-1, visits * visits))
    normal = normal.reshape(count, q, q, visits, visits).transpose(0, 1, 3, 2, 4).reshape(count, size, size)
    right = data.over(data.xy @ weight).reshape(count, size, 1)
    cov, logdet_normal = inverse(normal)
    beta = (cov @ right).reshape(count, q, visits)

    each = beta[data.owner]
    turned = np.swapaxes(each, 1, 2)
    residual = data.xy - data.xx @ each
    cross = turned @ data.xy
    rest = data.yy - cross - np.swapaxes(cross, 1, 2) + turned @ data.xx @ each
    blocks = cov.reshape(count, q, visits, q, visits).transpose(0, 1, 3, 2, 4).reshape(count, q * q, visits * visits)
    taken = (data.xx.reshape(-1, 1, q * q) @ blocks[data.owner]).reshape(-1, visits, visits)

    spread, leverage = weight @ rest @ weight, weight @ taken @ weight
    half = data.over(spread + leverage - data.n[:, None, None] * weight)
    quadratic = (weight * rest).sum(axis=(1, 2))
    loglik = -0.5 * (data.over(data.n * logdet + quadratic) + logdet_normal)
    return Evaluation(loglik, beta, cov, weight, spread, leverage, residual @ weight, 0.5 * half)


def vech(matrix: F8) -> F8:
    """Derivative with respect to distinct covariances from one with respect to all entries of a symmetric matrix."""
    row, column = pairs(matrix.shape[-1])
    return matrix[..., row, column] * np.where(row == column, 1.0, 2.0)


def information(data: Patterns, at: Evaluation, *, kind: str, exact: bool = True) -> F8:
    """The information on the distinct covariances, f8[replicate, pair, pair].

    ``kind`` is ``observed`` (the negative second derivative) or ``expected`` (its mean, never indefinite). Without
    ``exact`` the costly last term, of order terms over subjects smaller, is left out: good enough for a step of
    Newton's method.
    """
    n_weight = data.n[:, None, None] * at.weight
    if kind == "observed":
        pull = _pull(data, at.xr, at.weight)  # X' W D_a W r
        out = _kronecker(data, at.weight, at.spread + at.leverage - 0.5 * n_weight)
        out = out - pull @ at.cov @ np.swapaxes(pull, 1, 2)
        sign = -0.5
    else:
        out = _kronecker(data, at.weight, 0.5 * n_weight - at.leverage)
        sign = 0.5
    if exact:
        out = out + sign * _taken(data, at)
    return 0.5 * (out + np.swapaxes(out, 1, 2))


def _kronecker(data: Patterns, weight: F8, middle: F8) -> F8:
    """tr(D_a middle D_b weight) summed over segments, for all pairs a and b."""
    visits = weight.shape[1]
    row, column = pairs(visits)
    square = visits * visits
    whole = data.products(weight.reshape(-1, square), middle.reshape(-1, square))
    whole = whole.reshape(-1, visits, visits, visits, visits)  # [j, m, k, l] = W[j, m] M[k, l]
    off = np.where(row == column, 0.0, 1.0)
    j, k, l, m = row[:, None], column[:, None], row[None, :], column[None, :]
    first = whole[:, j, m, k, l] + off[:, None] * whole[:, k, m, j, l]
    return first + off * (whole[:, j, l, k, m] + off[:, None] * whole[:, k, l, j, m])


def _pull(data: Patterns, right: F8, weight: F8) -> F8:
    """The sum of right D_a weight for f8[segment, x, visit], as f8[replicate, pair, x visit]."""
    q, visits = right.shape[1:]
    row, column = pairs(visits)
    whole = data.products(right.reshape(-1, q * visits), weight.reshape(-1, visits * visits))
    whole = whole.reshape(-1, q, visits, visits, visits)  # [x, j, k, l] = right[x, j] weight[k, l]
    off = np.where(row == column, 0.0, 1.0)[:, None]
    half = whole[:, :, row, column] + off * whole[:, :, column, row]
    return half.transpose(0, 2, 1, 3).reshape(len(half), len(row), q * visits)


def _taken(data: Patterns, at: Evaluation) -> F8:
    """tr(C X' W D_a W X C X' W D_b W X), f8[replicate, pair, pair]."""
    count, q, visits = at.beta.shape
    row, column = pairs(visits)
    off = np.where(row == column, 0.0, 1.0)[:, None, None]
    left, right = at.weight[:, row, :, None], at.weight[:, column, None, :]
    turned = left * right + off * at.weight[:, column, :, None] * at.weight[:, row, None, :]
    whole = data.products(data.xx.reshape(-1, q * q), turned.reshape(len(turned), -1))
    size = q * visits
    whole = whole.reshape(count, q, q, len(row), visits, visits).transpose(0, 3, 1, 4, 2, 5)
    product = whole.reshape(count, len(row), size, size) @ at.cov[:, None]
    flat = product.reshape(count, len(row), -1)
    return flat @ np.swapaxes(np.swapaxes(product, 2, 3).reshape(flat.shape), 1, 2)


def _inner(data: Patterns, at: Evaluation, terms: slice) -> tuple[F8, F8]:
    """For every coefficient of ``terms``, its row of C as f8[segment, coefficient, x, visit], and W X C C' X' W."""
    count, q, visits = at.beta.shape
    rows = at.cov.reshape(count, q, visits, q, visits)[:, terms].reshape(count, -1, q, visits)[data.owner]
    middle = np.swapaxes(rows, 2, 3) @ data.xx[:, None] @ rows
    return rows, at.weight[:, None] @ middle @ at.weight[:, None]


def variance_slope(data: Patterns, at: Evaluation, terms: slice) -> F8:
    """How the variance of every coefficient of ``terms`` changes with the distinct covariances.

    f8[replicate, term, visit, pair]: the derivative of C is C X' W D W X C.
    """
    count, _, visits = at.beta.shape
    whole = data.over(_inner(data, at, terms)[1])
    return vech(whole).reshape(count, -1, visits, visits * (visits + 1) // 2)


def kenward_roger(data: Patterns, at: Evaluation, terms: slice, spread: F8) -> F8:
    """What the variance of every coefficient of ``terms`` lacks because the covariances are estimates too.

    f8[replicate, term, visit], to be added: twice the sum over pairs a and b of Cov(a, b) (c' Q_ab c - c' P_a C P_b c)
    for the coefficient's row c of C, with P_a = X' W D_a W X and Q_ab = X' W D_a W D_b W X. ``spread`` f8[replicate,
    pair, pair] is the covariance of the estimated covariances. The term with second derivatives is 0 where the
    covariances are the parameters, and left out for other forms. Kenward and Roger 1997, Biometrics 53:983.
    """
    count, _, visits = at.beta.shape
    row, column = pairs(visits)
    place = np.empty((visits, visits), np.intp)
    place[row, column] = place[column, row] = np.arange(len(row))
    rows, inner = _inner(data, at, terms)
    # Q: the sum over a, b, c, d of Cov(ab, cd) W[b, c] N[d, a], N being ``inner``.
    whole = spread[:, place[:, :, None, None], place[None, None]]
    whole = whole.transpose(0, 1, 4, 2, 3).reshape(count, visits**2, visits**2)
    folded = (whole[data.owner] @ at.weight.reshape(-1, visits**2, 1)).reshape(-1, 1, visits, visits)
    first = data.over((folded * np.swapaxes(inner, 2, 3)).sum(axis=(2, 3)))
    second = np.empty_like(first)
    for k in range(first.shape[1]):
        pull = _pull(data, data.xx @ rows[:, k] @ at.weight, at.weight)
        second[:, k] = (spread * (pull @ at.cov @ np.swapaxes(pull, 1, 2))).sum(axis=(1, 2))
    return (2.0 * (first - second)).reshape(count, -1, visits)
