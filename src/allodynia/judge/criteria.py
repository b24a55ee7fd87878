"""When an expectation holds: the rules at the head of ``claims.yaml``, one function each.

Every rule looks at an :class:`Estimate`, the value of one observable on the expectation, and answers whether the
expectation holds (None where it is only reported) with the rule it applied, in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Effects are standardised (mean difference over the standard deviation between experimental units), so both are pure
# numbers.
LEAST_EFFECT = 0.2  # a direction claim needs at least a small effect (Cohen 1988)
EQUIVALENCE = 0.1  # a claim of no effect needs the effect to be equivalent to none within this margin
Z90 = 1.6448536269514722  # two one-sided tests at 5 % are a 90 % interval inside the margin (Schuirmann 1987)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One observable on the expectation.

    ``value`` is the mean over draws of the uncertain parameters, ``lo`` and ``hi`` bound the central 95 % of those
    draws, and ``standard_error`` is that of ``value`` itself. ``units`` counts the experimental units behind it,
    ``subjects`` the subjects, ``failed`` those that could not be solved.
    """

    value: float
    lo: float
    hi: float
    standard_error: float
    unit: str
    units: int
    subjects: int
    failed: int = 0


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
    """The standardised effect has the sign given ("up", "down") and is at least 0.2."""
    if sign == "down":
        return estimate.value <= -LEAST_EFFECT, f"effect at most -{LEAST_EFFECT:g} SD"
    return estimate.value >= LEAST_EFFECT, f"effect at least +{LEAST_EFFECT:g} SD"


def is_none(estimate: Estimate) -> tuple[bool, str]:
    """The standardised effect is equivalent to none: its 90 % interval lies within -0.1..0.1."""
    half = Z90 * estimate.standard_error
    inside = estimate.value - half > -EQUIVALENCE and estimate.value + half < EQUIVALENCE
    return inside, f"within ±{EQUIVALENCE:g} SD"


def overlaps(estimate: Estimate, lo: float, hi: float) -> tuple[bool, str]:
    """The simulated 95 % interval meets the published one."""
    return estimate.lo <= hi and lo <= estimate.hi, f"meets {lo:g} to {hi:g}"
