"""How many times a course rises above a level: counted by hand, and what an episode is not."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.study.quantities import Magnitude
from allodynia.study.statistics.measures import Episodes

TIMES = np.arange(0.0, 20.01, 1.0)


def day(value):
    return Magnitude(value, "d")


def count(curve, *, level=1.0, **options):
    given = {"kind": "episodes", "above": 1.0, "at_least": day(2), **options}
    return Episodes(**given).reduce(TIMES, np.asarray(curve, dtype=float), level).tolist()


def course(*stretches, high=2.0):
    """2 on the days of each stretch (first, last), else 0: half a day is above 1 at either end besides."""
    out = np.zeros(TIMES.size)
    for first, last in stretches:
        out[first : last + 1] = high
    return out


def test_each_rise_that_lasts_counts_once():
    curves = np.stack([course(), course((3, 5)), course((3, 5), (9, 12), (15, 18)), course((3, 3), (9, 12))])
    assert count(curves) == [0, 1, 3, 1]
    assert count(curves, at_least=day(1)) == [0, 1, 3, 2]  # a day's peak is above for just a day
    assert count(curves, at_least=Magnitude(72, "h")) == [0, 1, 3, 1]
    assert count(curves, at_least=day(4)) == [0, 0, 2, 1]
    assert count(-curves, above=None, below=-1.0, level=-1.0) == [0, 1, 3, 1]


def test_a_short_return_is_no_end():
    curve = course((3, 5), (8, 9), (14, 16))
    # from day 5.5 to 7.5 it is back, and from 9.5 to 13.5
    assert count(curve) == 3
    assert count(curve, apart=day(2)) == 3
    assert count(curve, apart=Magnitude(2.001, "d")) == 2
    assert count(curve, apart=day(7)) == 1
    # two peaks of a day, of which neither would do
    assert count(course((3, 3), (5, 5))) == 0
    assert count(course((3, 3), (5, 5)), apart=day(3)) == 1


def test_what_is_under_way_at_an_end_counts_by_what_is_seen():
    assert count(course((0, 1), (19, 20))) == 0
    assert count(course((0, 2), (18, 20))) == 2
    assert count(np.full(TIMES.size, 3.0)) == 1
    assert count(np.full(TIMES.size, 1.0)) == 0


def test_above_the_usual_is_above_the_own_median_in_percent():
    curve = 50.0 + 10.0 * course((3, 5), high=1.0)
    usual = {"usual": "median", "above": 14.0, "level": 14.0}
    assert count(np.stack([curve, 2.0 * curve, curve + 50.0]), **usual) == [1, 1, 0]
    assert count(curve, usual="median", above=21.0, level=21.0) == 0


def test_a_gap_makes_it_unknown():
    curve = course((3, 5))
    curve[10] = np.nan
    assert np.isnan(count(curve))


@pytest.mark.parametrize("seed", range(20))
def test_any_course_has_the_episodes_that_looking_closely_finds(seed):
    rng = np.random.default_rng(seed)
    curve = rng.normal(1.0, 1.0, TIMES.size)
    fine = np.linspace(0.0, 20.0, 200_001)
    above = np.interp(fine, TIMES, curve) > 1.0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(int)))
    spells = [
        (fine[start], fine[min(stop, fine.size - 1)]) for start, stop in zip(edges[::2], edges[1::2], strict=True)
    ]
    least, apart = 1.5, 0.7
    joined: list[tuple[float, float]] = []
    for start, stop in spells:
        if joined and start - joined[-1][1] < apart:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    expected = sum(stop - start >= least for start, stop in joined)
    assert count(curve, at_least=day(least), apart=day(apart)) == expected
