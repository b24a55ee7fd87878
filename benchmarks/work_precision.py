"""Work-precision curves: which measurements are the best an engine can do, and what it costs at a given error."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

AT_ERRORS = (1e-3, 1e-5, 1e-7)


@dataclass(frozen=True)
class Point:
    """One engine, setting and tolerance on one problem: median achieved error, median seconds a subject."""

    setting: str
    rtol: float
    error: float
    seconds: float
    setting_seconds: float
    subjects: int
    failed: int


def envelope(points: Iterable[Point]) -> list[Point]:
    """The points that no other point beats in both error and time, by rising error."""
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p.error, p.seconds)):
        if math.isfinite(point.error) and point.error > 0 and (not best or point.seconds < best[-1].seconds):
            best.append(point)
    return best


def seconds_at(points: Sequence[Point], error: float) -> float | None:
    """Seconds a subject at an achieved error, log-log interpolated along the envelope; None where it was not reached.

    An engine whose coarsest answer is better than ``error`` costs what that answer costs.
    """
    curve = envelope(points)
    if not curve or error < curve[0].error:
        return None
    if error >= curve[-1].error:
        return curve[-1].seconds
    for left, right in itertools.pairwise(curve):
        if left.error <= error < right.error:
            share = math.log(error / left.error) / math.log(right.error / left.error)
            return math.exp((1 - share) * math.log(left.seconds) + share * math.log(right.seconds))
    raise AssertionError("the envelope has a gap")


def ratios(ours: Sequence[Point], theirs: Sequence[Point]) -> dict[str, float | None]:
    """How many times longer they take at each error of `AT_ERRORS`; None where either did not reach it."""
    found: dict[str, float | None] = {}
    for error in AT_ERRORS:
        mine, other = seconds_at(ours, error), seconds_at(theirs, error)
        found[f"{error:g}"] = None if mine is None or other is None else other / mine
    return found
