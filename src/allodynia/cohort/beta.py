"""The quantile of the Beta distribution by the engine's own functions: the same bits on every processor.

The share below x is the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22), of as many
levels as the shape asks for and not the place. The place is found by Newton's method on the logarithm of the share over
the logarithm of x, which is straight far out, in whichever tail holds the share; each number by itself.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.elementary import exp, expm1, log

F8 = NDArray[np.float64]

_BERNOULLI = ((1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510))
_HALF_LOG_TWO_PI = Decimal("0.918938533204672741780329736405617639861397473637783")
_MOST_STEPS = 200
_NEAR = 4.0 * 2.0**-52
"""A step of Newton's method, relative to where it ends, that is the last."""


def beta_quantile(a: float, b: float, u: F8) -> F8:
    """The places below which the shares ``u`` of the Beta(a, b) distribution lie."""
    u = np.asarray(u, dtype=np.float64)
    lower = u <= 0.5
    flat, low = u.reshape(-1), lower.reshape(-1)
    found = np.empty(flat.size)
    found[low] = exp(_log_place(a, b, flat[low]))
    found[~low] = -expm1(_log_place(b, a, 1.0 - flat[~low]))
    return found.reshape(u.shape)


def _log_place(a: float, b: float, share: F8) -> F8:
    """The logarithms of the places with the shares 0 .. 1/2 below them."""
    log_beta = _log_beta(a, b)
    wanted = log(share)
    low, high = np.full(share.shape, -math.inf), np.zeros(share.shape)
    first = (wanted + (log_beta + float(log(a)))) / a  # x^a / (a B), the first term of the share
    y = np.minimum(first, float(log(a / (a + b))))
    going = np.flatnonzero(np.isfinite(y))
    for _ in range(_MOST_STEPS):
        if not going.size:
            break
        here, goal = y[going], wanted[going]
        value, slope, rounding = _log_share(a, b, here, log_beta)
        high[going] = np.where(value > goal, here, high[going])
        low[going] = np.where(value > goal, low[going], here)
        with np.errstate(all="ignore"):
            after = here - (value - goal) / slope
        inside = (after >= low[going]) & (after <= high[going])
        bottom = np.maximum(low[going], 2.0 * high[going] - 1.0)  # where nothing bounds it yet
        after = np.where(inside, after, 0.5 * (bottom + high[going]))
        y[going] = after
        done = (np.abs(after - here) <= _NEAR * np.abs(after)) | (np.abs(value - goal) <= _NEAR * rounding)
        going = going[~done]
    return y


def _log_share(a: float, b: float, y: F8, log_beta: float) -> tuple[F8, F8, F8]:
    """The logarithm of the share below x = exp(y), its slope over y, and the size of what it is the sum of."""
    x, rest = exp(y), -expm1(y)
    with np.errstate(all="ignore"):
        powers = a * y, b * log(rest)
        front = powers[0] + powers[1] - log_beta  # of x^a (1 - x)^b / B
        term = exp(front)
        near = x < (a + 1.0) / (a + b + 2.0)
        fraction = np.empty_like(x)
        fraction[near] = a * _fraction(a, b, x[near])
        fraction[~near] = b * _fraction(b, a, rest[~near])
        share = 1.0 - term / fraction
        value = np.where(near, front - log(fraction), log(share))
        slope = np.where(near, fraction, term / share) / rest
        size = np.abs(powers[0]) + np.abs(powers[1]) + abs(log_beta) + np.where(near, 4.0, 4.0 / share)
    return value, slope, size


def _fraction(a: float, b: float, x: F8) -> F8:
    """1 + d1 / (1 + d2 / (1 + ...)), from its end."""
    total = np.ones_like(x)
    for m in range(20 + int(4.0 * math.sqrt(max(a, b))), -1, -1):
        even = (m + 1) * (b - (m + 1)) / ((a + 2 * m + 1) * (a + 2 * m + 2))
        odd = -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
        total = 1.0 + even * x / total
        total = 1.0 + odd * x / total
    return total


def _log_beta(a: float, b: float) -> float:
    with localcontext(Context(prec=50)):
        p, q = Decimal(a), Decimal(b)
        return float(_log_gamma(p) + _log_gamma(q) - _log_gamma(p + q))


def _log_gamma(x: Decimal) -> Decimal:
    """Stirling's series beyond 30, and the recursion down from there."""
    product = Decimal(1)
    while x < 30:
        product *= x
        x += 1
    series = sum(
        Decimal(over) / under / (2 * k * (2 * k - 1) * x ** (2 * k - 1))
        for k, (over, under) in enumerate(_BERNOULLI, start=1)
    )
    return (x - Decimal("0.5")) * x.ln() - x + _HALF_LOG_TWO_PI + series - product.ln()
