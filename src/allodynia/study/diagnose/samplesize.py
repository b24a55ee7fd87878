"""How many people a study needs to say how good a test is."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import ndtri

from allodynia.cohort.distributions import Z_975
from allodynia.errors import InvalidInput

HALF_WIDTH = 0.05
"""Half of a 95 % interval, as wide as it may be."""


class People(NamedTuple):
    """People needed: with the disease, and without it."""

    ill: int
    others: int


def for_area(area: float, half_width: float = HALF_WIDTH, ratio: float = 1.0) -> People:
    """People for a 95 % interval of an area of ``area`` ± ``half_width``, ``ratio`` others to one ill.

    Obuchowski 1994 (Acad. Radiol. 1:S22; 1998, Stat. Methods Med. Res. 7:371): scores of two normal shapes with the
    same spread, read on few steps; without steps the interval comes out about a seventh narrower. An area below a half
    counts as that of the test turned round. An area of 1 has no such number; it is taken as 0.999.
    """
    _check(half_width)
    a = math.sqrt(2.0) * float(ndtri(min(max(area, 1.0 - area), 0.999)))
    variance = 0.0099 * math.exp(-0.5 * a * a) * ((5.0 * a * a + 8.0) + (a * a + 8.0) / ratio)
    ill = math.ceil(Z_975**2 * variance / half_width**2)
    return People(max(ill, 2), max(math.ceil(ratio * ill), 2))


def for_share(share: float, half_width: float = HALF_WIDTH) -> int:
    """People for a 95 % interval of ``share`` ± ``half_width`` (of a sensitivity those with the disease, of a
    specificity those without).
    """
    _check(half_width)
    return max(math.ceil(Z_975**2 * share * (1.0 - share) / half_width**2), 1)


def to_ask(sensitivity: float, specificity: float, prevalence: float, half_width: float = HALF_WIDTH) -> int:
    """People to be tested where ``prevalence`` have the disease, for intervals of sensitivity and specificity that are
    both ± ``half_width`` (Buderer 1996, Acad. Emerg. Med. 3:895).
    """
    if not 0.0 < prevalence < 1.0:
        raise InvalidInput(f"prevalence: {prevalence:g} is not between 0 and 1")
    return max(
        math.ceil(for_share(sensitivity, half_width) / prevalence),
        math.ceil(for_share(specificity, half_width) / (1.0 - prevalence)),
    )


def _check(half_width: float) -> None:
    if not 0.0 < half_width < 0.5:
        raise InvalidInput(f"half width: {half_width:g} is not between 0 and 0.5")
