"""Who leaves follows the stated hazards, cause by cause, and luck is the person's, not the arm's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allodynia.errors import InvalidInput
from allodynia.study.answers import Cause, dropout, expectation, missing, numbers, traits

PEOPLE = np.arange(20_000)
DAYS = np.array([0.0, 14.0, 28.0, 56.0])
END = 84.0
ERROR = 4.5 * 0.5 / np.sqrt(PEOPLE.size)


def leave(*, exposure=0.0, gained=0.0, belief=0.5, nocebo=1.0, **rates):
    table = numbers(1, [0]).with_values(
        **{"adverse_rate": 0.0, "inefficacy_rate": 0.0, "other_rate": 0.0, "inefficacy_slope": 4.0, **rates}
    )
    who = traits(table, 1, [0], PEOPLE)
    who = replace(who, nocebo=np.full_like(who.nocebo, nocebo))
    baseline = np.full((1, PEOPLE.size), 8.0)
    scores = 8.0 * (1.0 - np.broadcast_to(gained, (1, PEOPLE.size, DAYS.size)))
    return dropout(table, exposure, scores, baseline, belief, who, DAYS, END, 1, [0], PEOPLE)


def share(left, cause, day=END):
    return ((left.cause == cause) & (left.time <= day)).mean()


def test_one_cause_leaves_an_exponential_survival():
    left = leave(other_rate=0.01)
    for day in (3.0, 20.0, 55.0, 84.0):
        assert (left.time > day).mean() == pytest.approx(np.exp(-0.01 * day), abs=ERROR)
    assert set(np.unique(left.cause)) == {Cause.NONE, Cause.OTHER}
    assert np.isinf(left.time[left.cause == Cause.NONE]).all()


def test_a_gain_seen_at_a_visit_lowers_the_hazard_from_then_on():
    gained = np.array([0.0, 0.5, 0.5, -0.25])
    left = leave(inefficacy_rate=0.01, gained=gained)
    summed = 0.01 * np.cumsum(np.diff([*DAYS, END]) * np.exp(-4.0 * gained))
    for day, total in zip([*DAYS[1:], END], summed, strict=True):
        assert share(left, Cause.LACK_OF_EFFICACY, day) == pytest.approx(1.0 - np.exp(-total), abs=ERROR)


@pytest.mark.parametrize("belief", [0.0, 0.5])
@pytest.mark.filterwarnings("error")
def test_whoever_begins_at_next_to_nothing_has_a_time_too(belief):
    left = leave(inefficacy_rate=0.01, other_rate=0.002, gained=np.array([0.0, -8e9, -8e9, -8e9]), belief=belief)
    assert not np.isnan(left.time).any()
    soon = share(left, Cause.LACK_OF_EFFICACY, DAYS[1] + 1.0)
    assert (soon > 0.9) == (belief > 0.0)  # a pain without measure is no gain


def test_causes_compete():
    left = leave(adverse_rate=0.02, inefficacy_rate=0.005, other_rate=0.003, nocebo=2.0, belief=0.25, exposure=0.5)
    hazard = {Cause.ADVERSE_EVENT: 0.02 * 2.0 * 0.75, Cause.LACK_OF_EFFICACY: 0.005, Cause.OTHER: 0.003}
    total = sum(hazard.values())
    for cause, rate in hazard.items():
        expected = rate / total * (1.0 - np.exp(-total * END))
        assert share(left, cause) == pytest.approx(expected, abs=ERROR)


def test_whoever_is_given_nothing_leaves_for_other_reasons_only():
    left = leave(adverse_rate=0.02, inefficacy_rate=0.02, other_rate=0.002, belief=0.0)
    assert set(np.unique(left.cause)) == {Cause.NONE, Cause.OTHER}


def test_luck_is_the_persons():
    placebo = leave(adverse_rate=0.004, other_rate=0.002)
    drug = leave(adverse_rate=0.004, other_rate=0.002, exposure=1.0)
    # More side effects: nobody stays longer, and whoever left for other reasons in both did so on the same day.
    assert (drug.time <= placebo.time).all()
    same = (drug.cause == Cause.OTHER) & (placebo.cause == Cause.OTHER)
    assert same.any()
    np.testing.assert_array_equal(drug.time[same], placebo.time[same])
    again = leave(adverse_rate=0.004, other_rate=0.002, exposure=0.0)
    np.testing.assert_array_equal(again.time, placebo.time)


def test_the_last_score_seen_stands_where_one_is_missed():
    full = leave(inefficacy_rate=0.01, gained=np.array([0.3, 0.3, 0.3, 0.3]))
    missed = leave(inefficacy_rate=0.01, gained=np.array([0.3, np.nan, np.nan, 0.3]))
    np.testing.assert_array_equal(full.time, missed.time)


def test_readings_out_of_order_are_refused():
    table = numbers(1, [0])
    who = traits(table, 1, [0], [0])
    with pytest.raises(InvalidInput, match="go up"):
        dropout(table, 0.0, np.ones((1, 1, 2)), np.ones((1, 1)), 0.5, who, [7.0, 0.0], 9.0, 1, [0], [0])


def test_missed_readings_have_their_share_and_do_not_run_in_one_person():
    table = numbers(1, [0]).with_values(missed_visit=0.1)
    missed = missing(table, np.arange(50.0), 1, [0], PEOPLE)[0]
    assert missed.mean() == pytest.approx(0.1, abs=4.5 * 0.3 / np.sqrt(missed.size))
    assert missed.sum(axis=1).var() == pytest.approx(50 * 0.09, rel=0.05)


def test_belief_is_the_chance_of_the_treatment():
    kinds = {"low": "active", "high": "active", "dummy": "placebo", "waiting": "none"}
    parts = {"low": 1.0, "high": 1.0, "dummy": 1.0, "waiting": 3.0}
    assert expectation("double-blind", parts, kinds, "dummy") == pytest.approx(2.0 / 3.0)
    assert expectation("double-blind", parts, kinds, "high") == pytest.approx(2.0 / 3.0)
    assert expectation("double-blind", parts, kinds, "waiting") == 0.0
    assert expectation("open-label", parts, kinds, "low") == 1.0
    assert expectation("open-label", parts, kinds, "dummy") == 0.0
    with pytest.raises(InvalidInput, match="double-blind"):
        expectation("double", parts, kinds, "low")
    with pytest.raises(InvalidInput, match="dummy"):
        expectation("double-blind", parts, kinds, "dumy")
