"""Assay noise has the spread it claims, and a reading stays what it is."""

import numpy as np
import pytest
from scipy import stats

from allodynia.study.assay import Assay as Bound
from allodynia.study.assay import Draws
from allodynia.study.assay.plain import PlainError

N = 100_000


def Assay(name, *error, floor=-np.inf, ceiling=np.inf, **more):
    return Bound(name, PlainError(*error, **more), floor, ceiling)


def readings(assay, true, subject, time):
    return assay.read([true], Draws(1, "x", 0, "a", 0, subject, time))


def read(assay, true, seed=1, world=0, arm="a", donor=0, time=8.0):
    return assay.read([np.full(N, true)], Draws(seed, assay.endpoint, world, arm, donor, np.arange(N), time))


def test_proportional_noise_is_unbiased_with_its_cv():
    found = read(Assay("x", proportional=0.15), 40.0)
    assert found.mean() == pytest.approx(40.0, rel=0.003)
    assert found.std() / found.mean() == pytest.approx(0.15, rel=0.02)
    assert (found > 0).all()


def test_additive_noise_has_its_sd():
    found = read(Assay("x", additive=2.5), 40.0)
    assert found.mean() == pytest.approx(40.0, abs=0.04)
    assert found.std() == pytest.approx(2.5, rel=0.02)


@pytest.mark.parametrize("density", [0.0, 0.3, 12.5, 300.0])
def test_counting_is_poisson_over_the_section(density):
    counts = read(Assay("x", counted_over=3.0), density) * 3.0
    assert np.abs(counts - np.rint(counts)).max() < 1e-9
    law = stats.poisson(3.0 * density)
    values, seen = np.unique(np.rint(counts), return_counts=True)
    # every count that is expected 100 times or more is seen within 5 standard deviations
    expected = N * law.pmf(values)
    common = expected > 100
    assert (np.abs(seen - expected)[common] < 5 * np.sqrt(expected[common])).all()
    assert counts.mean() == pytest.approx(3.0 * density, rel=0.01, abs=1e-12)


def test_the_ends_of_the_scale_cut():
    found = read(Assay("x", additive=5.0, floor=0.0, ceiling=12.0), 6.0)
    assert (found.min(), found.max()) == (0.0, 12.0)
    assert np.mean(found == 0.0) == pytest.approx(stats.norm.cdf(-1.2), abs=0.005)


def test_a_reading_depends_on_whose_it_is_and_when_and_on_nothing_else():
    assay = Assay("x", proportional=0.1, additive=1.0)
    once = read(assay, 10.0)
    few = readings(assay, np.full(3, 10.0), np.arange(3), 8.0)
    np.testing.assert_array_equal(few, once[:3])
    others = [
        read(assay, 10.0, seed=2), read(assay, 10.0, world=1), read(assay, 10.0, arm="b"), read(assay, 10.0, donor=1),
        read(assay, 10.0, time=9.0), read(Assay("y", 0.1, 1.0), 10.0),
    ]  # fmt: skip
    for other in others:
        assert abs(np.corrcoef(once, other)[0, 1]) < 5 / np.sqrt(N)


def test_days_of_one_mouse_are_drawn_apart_whatever_other_days_are_read():
    assay = Assay("x", additive=1.0)
    many = readings(assay, np.zeros((1, 4)), 0, np.array([0.0, 1.0, 2.0, 4.0]))
    few = readings(assay, np.zeros((1, 2)), 0, np.array([2.0, 4.0]))
    np.testing.assert_array_equal(few[0], many[0, 2:])


def test_a_failed_mouse_has_no_reading():
    for assay in (Assay("x", 0.1, 1.0, floor=0.0), Assay("x", counted_over=3.0)):
        assert np.isnan(readings(assay, np.array([np.nan]), 0, 1.0)).all()
