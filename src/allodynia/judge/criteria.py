"""When an expectation holds: the rules at the head of ``claims.yaml``, one function each.

Every rule looks at an :class:`Estimate`, the value of one observable on the expectation, and answers whether the
expectation holds (None where it is only reported) with the rule it applied, in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv

from allodynia.errors import InvalidInput

# Effects are standardised (mean difference over the standard deviation between experimental units), so both are pure
# numbers.
LEAST_EFFECT = 0.2  # a direction claim needs at least a small effect (Cohen 1988)
LEAST_R = LEAST_EFFECT / math.sqrt(4.0 + LEAST_EFFECT**2)  # the same effect as a correlation
STANDARDISED = ("SD", "r")
EQUIVALENCE = 0.1  # a claim of no effect needs the effect to be equivalent to none within this margin
Z90 = 1.6448536269514722  # two one-sided tests at 5 % are a 90 % interval inside the margin (Schuirmann 1987)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One observable on the expectation.

    ``value`` is the mean over draws of the uncertain parameters, ``lo`` and ``hi`` bound the central 95 % of those
    draws, and ``standard_error`` is that of ``value`` itself. ``units`` counts the experimental units behind it,
    ``subjects`` the subjects, ``failed`` those that could not be solved. ``good`` says which way is better for the
    subject (1 up, -1 down, 0 not said), ``values`` are those of the single draws, ``why`` says why there is no value.
    """

    value: float
    lo: float
    hi: float
    standard_error: float
    unit: str
    units: int
    subjects: int
    failed: int = 0
    good: int = 0
    values: tuple[float, ...] = ()
    why: str = ""

    @classmethod
    def missing(cls, why: str) -> Estimate:
        """There is no value, and why."""
        return cls(math.nan, math.nan, math.nan, math.nan, "", 0, 0, why=why)


def in_range(estimate: Estimate, lo: float | None, hi: float | None) -> tuple[bool, str]:
    """The central estimate lies in ``lo..hi`` (either may be open)."""
    at_least, at_most = -math.inf if lo is None else lo, math.inf if hi is None else hi
    if lo is None:
        rule = f"at most {at_most:g}"
    elif hi is None:
        rule = f"at least {at_least:g}"
    else:
        rule = f"within {at_least:g} to {at_most:g}"
    return at_least <= estimate.value <= at_most, rule


def in_direction(estimate: Estimate, sign: str) -> tuple[bool, str]:
    """The standardised effect has the sign given ("up", "down", "better" for the subject) and is at least 0.2.

    A correlation r counts as the effect 2 r / sqrt(1 - r²) (Cohen 1988: the two groups that such a correlation would
    make of the halves of a population), so that 0.2 is an r of 0.0995.

    Raises
    ------
    InvalidInput
        The observable is no standardised effect, or nobody said which way is better.
    """
    _standardised(estimate, "a direction")
    least, what = (LEAST_R, "r") if estimate.unit == "r" else (LEAST_EFFECT, "SD")
    way = {"up": 1, "down": -1, "better": estimate.good}[sign]
    if way == 0:
        raise InvalidInput("'better' needs an endpoint that says which way is good for the subject (good: lower)")
    bound = f"at most -{least:.2g} {what}" if way < 0 else f"at least +{least:.2g} {what}"
    name = "correlation" if estimate.unit == "r" else "effect"
    return way * estimate.value >= least, f"{name} {bound}" + (" (better)" if sign == "better" else "")


def is_none(estimate: Estimate) -> tuple[bool, str]:
    """The standardised effect is equivalent to none: its 90 % interval lies within -0.1..0.1.

    Raises
    ------
    InvalidInput
        The observable is no standardised effect.
    """
    _standardised(estimate, "no effect")
    margin, what = (EQUIVALENCE / 2.0, "r") if estimate.unit == "r" else (EQUIVALENCE, "SD")
    half = Z90 * estimate.standard_error
    inside = estimate.value - half > -margin and estimate.value + half < margin
    return inside, f"within ±{margin:g} {what}"


def _standardised(estimate: Estimate, what: str) -> None:
    if estimate.unit not in STANDARDISED and not estimate.why:
        raise InvalidInput(
            f"{what} is told by a standardised effect, and this is in {estimate.unit!r}; use an observable of kind "
            "standardised_effect, correlation, or share_difference as effect"
        )


def clopper_pearson(with_it: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share that was counted (Clopper and Pearson 1934, Biometrika 26:404)."""
    tail = 0.5 * (1.0 - level)
    lo = 0.0 if with_it == 0 else float(betaincinv(with_it, of - with_it + 1, tail))
    hi = 1.0 if with_it == of else float(betaincinv(with_it + 1, of - with_it, 1.0 - tail))
    return lo, hi


def overlaps(estimate: Estimate, lo: float, hi: float) -> tuple[bool, str]:
    """The simulated 95 % interval meets the published one."""
    return estimate.lo <= hi and lo <= estimate.hi, f"meets {lo:g} to {hi:g}"
