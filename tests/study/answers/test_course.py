"""A person's own course is stationary with the memory it says, stays on the scale, and gives the bits of its place."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from allodynia.errors import InvalidInput
from allodynia.study.answers import FIRST_DAY, answers, course, diary_days, missing, numbers, traits
from allodynia.study.answers.course import _slow
from allodynia.study.answers.traits import places

PEOPLE = np.arange(20_000)


def everybody_alike(**changed):
    """Numbers in which people do not differ in how much they vary."""
    table = numbers(1, [0])
    same = {**table.between, "variability": None, "slow": None}
    return type(table)(table.value, same).with_values(**changed)


@pytest.mark.parametrize("time", [10.0, 30.0])
def test_the_slow_course_is_an_ornstein_uhlenbeck_process_on_any_day(time):
    days = np.array([-364, -360, -10, -7, -6, -3, 0, 1, 5, 30, 84])
    x = _slow(5, places([0], PEOPLE), days, np.full((1, PEOPLE.size), time))[0]
    error = 4.5 / np.sqrt(PEOPLE.size)
    np.testing.assert_allclose(x.mean(axis=0), 0.0, atol=error)
    expected = np.exp(-np.abs(days[:, None] - days[None, :]) / time)
    # Of a product of two standard normals of correlation r the variance is 1 + r², at most 2.
    np.testing.assert_allclose(x.T @ x / PEOPLE.size, expected, atol=error * np.sqrt(2.0))


def test_days_of_one_week_hang_together_across_its_end():
    days = np.arange(-9, 10)
    x = _slow(5, places([0], PEOPLE), days, np.full((1, PEOPLE.size), 12.0))[0]
    steps = np.diff(x, axis=1)
    expected = 2.0 * (1.0 - np.exp(-1.0 / 12.0))
    np.testing.assert_allclose(steps.var(axis=0), expected, rtol=4.5 * np.sqrt(2.0 / PEOPLE.size))


def test_the_mean_of_a_diary_has_the_variance_of_its_parts():
    table = everybody_alike(variability=0.2, slow=0.1, slow_time=20.0, stated_at=5.0)
    who = traits(table, 3, [0], PEOPLE)
    felt = course(who, diary_days([0.0, 28.0], 7), 3, [0], PEOPLE)[0].mean(axis=-1)
    lag = np.abs(np.arange(7)[:, None] - np.arange(7)[None, :])
    unit = 0.1 / 0.25  # logit to a point at 5 of 10
    expected = unit**2 * (0.04 / 7.0 + 0.01 * np.exp(-lag / 20.0).mean())
    np.testing.assert_allclose(felt.var(axis=0), expected, rtol=4.5 * np.sqrt(2.0 / PEOPLE.size))
    between = unit**2 * 0.01 * np.exp(-(28 + np.arange(7)[:, None] - np.arange(7)[None, :]) / 20.0).mean()
    assert np.cov(felt.T)[0, 1] == pytest.approx(between, abs=4.5 * expected / np.sqrt(PEOPLE.size))


def test_entry_by_threshold_regresses_as_a_bivariate_normal_does():
    # Small courses about the middle of the scale: the rating is the true pain plus a normal number.
    sd, spread, threshold = 0.05, 0.06, 5.04
    table = everybody_alike(variability=0.04, slow=0.03, slow_time=1e6, stated_at=5.0)
    who = traits(table, 7, [0], PEOPLE)
    # A slow course that never moves belongs to the person; only the day differs between two visits.
    true = 5.0 + spread * norm.ppf((np.random.default_rng(0).permutation(PEOPLE.size) + 0.5) / PEOPLE.size)
    fine = (0.0, 10.0, 1e-6)
    felt = course(who, [0.0, 28.0], 7, [0], PEOPLE)
    first, later = np.moveaxis(answers(true[None, :, None], felt, fine), -1, 0)[:, 0]
    let_in = first >= threshold
    whole = np.sqrt(spread**2 + sd**2)
    alike = (spread**2 + 0.03**2) / whole**2
    at = (threshold - 5.0) / whole
    hazard = norm.pdf(at) / norm.sf(at)
    expected = -(1.0 - alike) * whole * hazard
    change = (later - first)[let_in]
    assert expected < -0.01
    assert change.mean() == pytest.approx(expected, abs=4.0 * change.std() / np.sqrt(change.size))
    assert (later - first).mean() == pytest.approx(0.0, abs=4.0 * 0.06 / np.sqrt(PEOPLE.size))


def test_no_rating_leaves_the_scale_and_its_ends_hold():
    table = everybody_alike(variability=4.0, slow=4.0)
    who = traits(table, 2, [0], PEOPLE[:2000])
    felt = course(who, [0.0, 9.5], 2, [0], PEOPLE[:2000])
    for true in (0.0, 0.3, 5.0, 9.7, 10.0):
        rated = answers(np.full((1, 2000, 2), true), felt)
        assert rated.min() >= 0.0
        assert rated.max() <= 10.0
        assert (rated == np.rint(rated)).all()
        if true in (0.0, 10.0):
            assert (rated == true).all()
    assert answers(np.full((1, 2000, 2), 5.0), felt).std() > 2.0


def test_a_person_has_the_same_bits_whoever_and_whenever_else_is_asked():
    worlds, people, days = [2, 5, 9], np.arange(40), np.array([-30.0, -1.0, 0.0, 3.0, 83.0])
    table = numbers(4, worlds, uncertainty=True)
    who = traits(table, 4, worlds, people)
    felt = course(who, days, 4, worlds, people)
    missed = missing(table, days, 4, worlds, people)
    some = np.array([[7, 3], [39, 0], [12, 12]])
    part_table = numbers(4, worlds[1:], uncertainty=True)
    part = traits(part_table, 4, worlds[1:], some[1:])
    for name in ("placebo", "variability", "slow", "nocebo", "adherence"):
        whole = np.take_along_axis(getattr(who, name), some, axis=1)[1:]
        np.testing.assert_array_equal(getattr(part, name), whole)
    again = course(part, days[[3, 1]], 4, worlds[1:], some[1:])
    np.testing.assert_array_equal(again, np.take_along_axis(felt, some[..., None], axis=1)[1:][..., [3, 1]])
    once_more = missing(part_table, days[[3, 1]], 4, worlds[1:], some[1:])
    np.testing.assert_array_equal(once_more, np.take_along_axis(missed, some[..., None], axis=1)[1:][..., [3, 1]])
    assert (traits(table, 5, worlds, people).placebo != who.placebo).any()


def test_a_time_that_units_blurred_counts_on_its_day():
    who = traits(numbers(1, [0]), 1, [0], [0, 1])
    np.testing.assert_array_equal(
        course(who, [14.0 * (1.0 - 1e-13)], 1, [0], [0, 1]), course(who, [14.0], 1, [0], [0, 1])
    )


def test_a_day_before_the_first_is_refused():
    who = traits(numbers(1, [0]), 1, [0], [0])
    with pytest.raises(InvalidInput, match=f"before day {FIRST_DAY}"):
        course(who, [FIRST_DAY - 1.0], 1, [0], [0])


def test_a_diary_with_few_entries_has_no_mean():
    felt = np.zeros((1, 2, 1, 7))
    kept = np.array([[[[True] * 3 + [False] * 4], [[True] * 4 + [False] * 3]]])
    true = np.full((1, 2, 1, 7), 2.0)
    true[..., :4] = [6.0, 6.0, 6.0, 8.0]
    read = answers(true, felt, "nrs", kept=kept)
    assert np.isnan(read[0, 0, 0])
    assert read[0, 1, 0] == 6.5


@pytest.mark.parametrize(("period", "least"), [(2, 2), (3, 2), (7, 4), (14, 8), (28, 16)])
def test_of_any_diary_as_large_a_share_is_asked_for(period, least):
    kept = np.arange(period) < np.array([least - 1, least])[:, None]
    read = answers(np.full((1, 2, 1), 5.0), np.zeros((1, 2, 1, period)), "nrs", kept=kept[None, :, None])
    assert np.isnan(read[0, 0, 0]) and read[0, 1, 0] == 5.0


def test_a_replicate_has_its_own_draw_of_what_is_not_known():
    worlds = np.arange(4000)
    table, drawn = numbers(9, worlds), numbers(9, worlds, uncertainty=True)
    assert (table.value["slow_time"] == 30.0).all()
    assert np.median(drawn.value["slow_time"]) == pytest.approx(30.0, rel=0.05)
    # 95 % within a factor of 2
    outside = (drawn.value["slow_time"] < 15.0) | (drawn.value["slow_time"] > 60.0)
    assert outside.mean() == pytest.approx(0.05, abs=0.015)
    assert drawn.value["placebo_class"].min() > 0.33
    assert drawn.value["placebo_class"].max() < 0.47
    assert abs(np.corrcoef(drawn.value["placebo_class"][:, 0], drawn.value["slow_time"][:, 0])[0, 1]) < 0.07
    np.testing.assert_array_equal(numbers(9, [3999], uncertainty=True).value["slow"], drawn.value["slow"][3999:])


def test_the_class_has_its_share_and_goes_with_variability_as_said():
    who = traits(numbers(1, [0]).with_values(placebo_class=0.3, variability_placebo=0.6), 1, [0], PEOPLE)
    strong = who.placebo[0] > 0.0
    assert strong.mean() == pytest.approx(0.3, abs=4.5 * 0.46 / np.sqrt(PEOPLE.size))
    assert np.median(who.placebo[0][strong]) == pytest.approx(0.6, abs=0.02)
    # Above the threshold of one of two normal numbers of correlation r, the other is r times the hazard higher.
    place = np.log(who.variability[0] / 1.4) / np.sqrt(np.log1p(0.33**2))
    cut = norm.isf(0.3)
    assert place[strong].mean() == pytest.approx(0.6 * norm.pdf(cut) / 0.3, abs=4.5 / np.sqrt(strong.sum()))
    assert (who.adherence > 0.0).all()
    assert (who.adherence < 1.0).all()
