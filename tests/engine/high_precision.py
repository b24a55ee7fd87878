"""Elementary functions with 60 correct digits from Python's decimal module: an oracle that shares no code."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from functools import cache

DIGITS = 60
ONE = Decimal(1)


@cache
def pi(digits: int) -> Decimal:
    """Pi by the arithmetic-geometric mean (Gauss, Legendre)."""
    with localcontext(Context(prec=digits + 10)):
        a, b, t, p = ONE, ONE / Decimal(2).sqrt(), Decimal("0.25"), ONE
        for _ in range(digits.bit_length() + 2):
            a, b, t, p = (a + b) / 2, (a * b).sqrt(), t - p * ((a - b) / 2) ** 2, 2 * p
        return (a + b) ** 2 / (4 * t)


def _series(x: Decimal, term: Decimal, k: int) -> Decimal:
    total = Decimal(0)
    while abs(term) > abs(total) * Decimal(10) ** -(DIGITS + 5) and term:
        total += term
        term *= -x * x / (k * (k + 1))
        k += 2
    return total


def sin_cos(x: Decimal) -> tuple[Decimal, Decimal]:
    digits = DIGITS + max(0, x.adjusted() + 1) + 30
    with localcontext(Context(prec=digits)):
        half = pi(digits) / 2
        n = int((x / half).to_integral_value())
        r = x - n * half
    with localcontext(Context(prec=DIGITS + 10)):
        s, c = _series(r, r, 2), _series(r, ONE, 1)
    return [(s, c), (c, -s), (-s, -c), (-c, s)][n % 4]


def _atan(x: Decimal) -> Decimal:
    with localcontext(Context(prec=DIGITS + 20)):
        halvings = 0
        while abs(x) > Decimal("0.01"):
            x = x / (1 + (1 + x * x).sqrt())
            halvings += 1
        total, power, k = Decimal(0), x, 1
        while power and abs(power) > abs(x) * Decimal(10) ** -(DIGITS + 10):
            total += power / k
            power *= -x * x
            k += 2
        return total * 2**halvings


def _log1p(u: Decimal) -> Decimal:
    """log(1 + u) with all digits also for a tiny u."""
    if abs(u) > Decimal("0.01"):
        return (1 + u).ln()
    s, total, k = u / (2 + u), Decimal(0), 1
    power = s
    while power and abs(power) > abs(s) * Decimal(10) ** -(DIGITS + 5):
        total += power / k
        power *= s * s
        k += 2
    return 2 * total


def _sinh(x: Decimal) -> Decimal:
    if abs(x) < Decimal("0.1"):
        total, term, k = Decimal(0), x, 2
        while term and abs(term) > abs(x) * Decimal(10) ** -(DIGITS + 5):
            total += term
            term *= x * x / (k * (k + 1))
            k += 2
        return total
    return (x.exp() - (-x).exp()) / 2


def _cosh(x: Decimal) -> Decimal:
    return (x.exp() + (-x).exp()) / 2


def _expm1(x: Decimal) -> Decimal:
    if abs(x) > 1:
        return x.exp() - 1
    half = _sinh(x / 2)
    return 2 * half * (half + _cosh(x / 2))  # sinh(x / 2) keeps all digits of a small x


def _ndtr(z: Decimal) -> Decimal:
    """Abramowitz and Stegun 26.2.11 about the middle, whose terms have one sign, and 26.2.14 in the tails."""
    with localcontext(Context(prec=DIGITS + 60, Emin=-(10**6), Emax=10**6)):
        size = abs(z)
        bell = (-size * size / 2).exp() / (2 * pi(DIGITS + 60)).sqrt()
        if size < 14:
            total, term, k = Decimal(0), size, 1
            while term > total * Decimal(10) ** -(DIGITS + 60) and term:
                total += term
                k += 2
                term *= size * size / k
            beyond = Decimal("0.5") - bell * total
        else:
            fraction = size
            for k in range(300, 0, -1):
                fraction = size + k / fraction
            beyond = bell / fraction
        return beyond if z < 0 else 1 - beyond


ORACLES: dict[str, Callable[[Decimal], Decimal]] = {
    "EXP": Decimal.exp,
    "LOG": Decimal.ln,
    "SQRT": Decimal.sqrt,
    "SIN": lambda x: sin_cos(x)[0],
    "COS": lambda x: sin_cos(x)[1],
    "TAN": lambda x: sin_cos(x)[0] / sin_cos(x)[1],
    "ASIN": lambda x: _atan(x / ((1 - x) * (1 + x)).sqrt()),
    "ACOS": lambda x: 2 * _atan(((1 - x) / (1 + x)).sqrt()),
    "ATAN": _atan,
    "SINH": _sinh,
    "COSH": _cosh,
    "TANH": lambda x: _sinh(x) / _cosh(x),
    "ASINH": lambda x: _log1p(abs(x) + x * x / (1 + (1 + x * x).sqrt())).copy_sign(x),
    "ACOSH": lambda x: _log1p(x - 1 + ((x - 1) * (x + 1)).sqrt()),
    "EXPM1": _expm1,
    "LOG1P": _log1p,
    "EXPIT": lambda x: 1 / (1 + (-x).exp()),
    "LOGIT": lambda x: x.ln() - _log1p(-x),
    "NDTR": _ndtr,
    "ATANH": lambda x: _log1p(2 * abs(x) / (1 - abs(x))).copy_sign(x) / 2,
}


def oracle(name: str, x: float) -> Decimal:
    """The function at exactly x."""
    with localcontext(Context(prec=DIGITS + 10, Emin=-(10**6), Emax=10**6)):
        return ORACLES[name](Decimal(x))


def power(x: float, y: float) -> Decimal:
    """x^y for x > 0, exactly x and y."""
    with localcontext(Context(prec=DIGITS + 10, Emin=-(10**6), Emax=10**6)):
        return (Decimal(y) * Decimal(x).ln()).exp()
