"""exp, log and the normal distribution in IEEE operations only: the same bits on every processor.

NumPy and the C library choose their code by the processor they find, and the last bit of their exp and log with it; a
subject drawn on one machine would not be quite the same subject on another. Here every number comes from additions,
multiplications, divisions, square roots and whole-number steps, each its own array operation, which IEEE 754 fixes to
the last bit (and which nothing can fuse). Errors are below 1 unit in the last place for exp and log.

Sources: exp and log, reductions and polynomials, Ng and Lee, FDLIBM 5.3 (Sun Microsystems, 1993), e_exp.c and e_log.c;
quantile, Wichura, Applied Statistics 37, 1988, 477 (AS 241, PPND16); distribution, the series and the continued
fraction of Abramowitz and Stegun, 26.2.11 and 26.2.14.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

F8 = NDArray[np.float64]

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts; the first has 21 trailing zeros, so that a multiple of it is exact."""

_EXP = (
    1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)  # fmt: skip
_LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
    1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
)  # fmt: skip
_MIDDLE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_NEAR = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def exp(x: ArrayLike) -> F8:
    """The exponential of each number."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        k = np.rint(np.clip(x, -1100.0, 1100.0) * (1.0 / (LN2_HIGH + LN2_LOW)))
        k = np.where(np.isnan(k), 0.0, k)
        high, low = x - k * LN2_HIGH, k * LN2_LOW
        r = high - low
        square = r * r
        c = r - square * _polynomial(_EXP, square)
        value = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
        value = np.ldexp(value, k.astype(np.int32))
    return np.where(x > 709.9, np.inf, np.where(x < -745.5, 0.0, value))


def log(x: ArrayLike) -> F8:
    """The natural logarithm of each number."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        mantissa, k = np.frexp(x)
        small = mantissa < math.sqrt(0.5)
        mantissa, k = np.where(small, 2.0 * mantissa, mantissa), k - small
        value = _near_one(mantissa - 1.0, k.astype(np.float64))
    value = np.where(x == 0.0, -np.inf, np.where(np.isposinf(x), np.inf, value))
    return np.where((x < 0.0) | np.isnan(x), np.nan, value)


def log1p(x: ArrayLike) -> F8:
    """log(1 + x), exact to rounding for small x as well."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        return np.where(np.abs(x) < 0.25, _near_one(np.where(np.abs(x) < 0.25, x, 0.0), np.zeros(x.shape)), log(1.0 + x))


def normal_quantile(u: ArrayLike) -> F8:
    """The standard normal number below which a share ``u`` lies, to 1e-15."""
    u = np.asarray(u, dtype=np.float64)
    with np.errstate(all="ignore"):
        q = u - 0.5
        central = q * _ratio(_MIDDLE, 0.180625 - q * q)
        r = np.sqrt(-log(np.where(q < 0.0, u, 1.0 - u)))
        tail = np.where(r <= 5.0, _ratio(_NEAR, r - 1.6), _ratio(_FAR, r - 5.0))
        tail = np.where(np.isposinf(r), np.inf, tail)
        return np.where(np.abs(q) <= 0.425, central, np.where(q < 0.0, -tail, tail))


def normal_share(z: ArrayLike) -> F8:
    """The share of standard normal numbers below ``z``, to a few units in the last place in either tail."""
    z = np.asarray(z, dtype=np.float64)
    size = np.minimum(np.abs(z), 40.0)
    square = size * size
    near = np.minimum(size, 3.0)
    term = total = near
    for k in range(1, 60):  # 26.2.11, all terms of one sign
        term = term * (near * near) / (2.0 * k + 1.0)
        total = total + term
    fraction = far = np.maximum(size, 3.0)
    for k in range(120, 0, -1):  # 26.2.14, from its end
        fraction = far + k / fraction
    density = exp(-0.5 * square) * (1.0 / math.sqrt(2.0 * math.pi))
    beyond = np.where(size < 3.0, 0.5 - density * total, density / fraction)
    return np.where(np.isnan(z), np.nan, np.where(z < 0.0, beyond, 1.0 - beyond))


def _near_one(f: F8, k: F8) -> F8:
    """k ln 2 + log(1 + f), f within sqrt(1/2) - 1 .. sqrt(2) - 1."""
    s = f / (2.0 + f)
    square = s * s
    half = 0.5 * f * f
    rest = square * _polynomial(_LOG, square)
    return k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f)


def _polynomial(coefficients: Sequence[float], x: F8) -> F8:
    total: F8 = np.full(x.shape, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def _ratio(parts: tuple[Sequence[float], Sequence[float]], x: F8) -> F8:
    return _polynomial(parts[0], x) / _polynomial(parts[1], x)
