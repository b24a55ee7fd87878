"""A placebo arm through the whole model is what trials publish, and each part of it can be taken away.

Intervals are those of the records with room for the few people of a test: three standard errors.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.study.answers.placebo_arm import TWO_TO_ONE, Biology, run, summary

from allodynia.study.answers import Cause, numbers

SEED = 1
TABLE = numbers(SEED, [0])


@pytest.fixture(scope="module")
def biology():
    return Biology(1200)


@pytest.fixture(scope="module")
def placebo(biology):
    return run(biology, TABLE, seed=SEED)


@pytest.fixture(scope="module")
def untreated(biology):
    return run(biology, TABLE, seed=SEED, belief=0.0)


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def test_a_placebo_arm_is_what_trials_publish(placebo):
    found = summary(placebo)
    assert 26.0 - 3.9 < found["30 %"] < 33.0 + 3.9  # hauser2011 30.8; Cochrane reviews 26 to 33
    assert 11.0 - 3.3 < found["50 %"] < 21.0 + 3.3  # hauser2011 18.8; Cochrane reviews 11 to 21
    assert 0.48 - 0.1 < found["effect size"] < 0.57 + 0.1  # chen2017
    assert found["change"] == pytest.approx(-1.4, abs=0.5)  # pridgen2017 -1.1, arnold2012 -1.7
    assert found["adverse event"] == pytest.approx(9.6, abs=1.0 + 2.6)  # hauser2012
    assert found["lack of efficacy"] == pytest.approx(8.4, abs=2.6)  # ohta2012: 10.5 in 15 weeks, so 8.4 in 12
    assert found["variability"] == pytest.approx(1.25, abs=0.25)  # 90-day diary: 10 to 15 of 100
    assert found["variability sd"] / found["variability"] == pytest.approx(0.407, abs=0.07)  # harris2005
    assert found["variability again"] == pytest.approx(0.664, abs=0.09)  # harris2005


def test_nobody_given_nothing_changes_but_for_how_they_were_let_in(untreated):
    change = untreated.seen[..., -1] - untreated.baseline
    everybody = np.isfinite(change)
    assert change[everybody].mean() == pytest.approx(0.0, abs=4.0 * change[everybody].std() / np.sqrt(everybody.sum()))
    means = [change[everybody & untreated.entered(entry)].mean() for entry in (0.0, 4.0, 6.0, 8.0)]
    # The higher they must stand to be let in, the more they fall back.
    assert (np.diff(means) < 0.0).all()
    assert means[-1] < -0.4
    assert summary(untreated)["effect size"] < 0.2  # chen2015: unchanged


def test_without_the_class_a_placebo_arm_does_nothing(biology, untreated):
    cut = run(biology, TABLE.with_values(placebo_class=0.0), seed=SEED)
    np.testing.assert_array_equal(cut.true, untreated.true)
    np.testing.assert_array_equal(cut.seen, untreated.seen)
    assert np.abs(cut.true - cut.true[..., :1]).max() < 0.02
    # They still leave, disappointed.
    assert cut.leaving(Cause.LACK_OF_EFFICACY, cut.entered()) > 8.0


def test_one_kind_of_people_cannot_give_the_mean_and_the_halved(biology, placebo):
    alike = run(biology, TABLE.with_values(placebo_class=1.0, placebo_spread=0.1, placebo_median=0.1), seed=SEED)
    of_all, of_some = summary(alike), summary(placebo)
    assert of_all["change"] == pytest.approx(of_some["change"], abs=0.3)
    # Few lose half of their pain, and everybody's change is much of its spread.
    assert of_all["50 %"] < 0.6 * of_some["50 %"]
    assert of_all["effect size"] > 0.67


def test_trust_does_more_than_a_chance(biology, placebo, untreated):
    trusted = run(biology, TABLE, seed=SEED, belief=1.0)
    end = [arm.true[0, :, -1].mean() for arm in (untreated, placebo, trusted)]
    assert end[0] - end[1] > 1.0
    assert end[1] - end[2] > 0.1
    # It is not that much more: what inhibition can do is nearly done.
    assert end[1] - end[2] < 0.5 * (end[0] - end[1])


def test_expectation_builds_up_over_weeks(placebo, untreated):
    done = (untreated.true - placebo.true)[0].mean(axis=0)
    done = done / done[-1]
    assert 0.5 < done[1] < 0.85  # after two weeks
    assert done[3] > 0.9  # after six (responder-emergence-placebo)
    assert (np.diff(done) > 0.0).all()


def test_variability_predicts_what_placebo_does_and_not_what_a_drug_does(biology, placebo, untreated):
    """harris2005: r 0.46 with the change on placebo (of about 25 people, so 0.08 to 0.72), 0.09 on the drug."""
    who = placebo.entered()[0]
    seen = placebo.variability_seen[0, who]
    error = 1.0 / np.sqrt(who.sum())
    assert 0.08 - 3.0 * error < correlation(seen, -placebo.change()[0, who]) < 0.72
    by_placebo = (untreated.true - placebo.true)[0, who, -1]
    assert correlation(seen, by_placebo) > 0.2
    hidden, drug = (run(biology, TABLE, seed=SEED, belief=belief, block=0.3) for belief in (0.0, TWO_TO_ONE))
    by_drug = (untreated.true - hidden.true)[0, who, -1]
    assert by_drug.mean() > 0.5
    # Variability is a trait of answers; nothing of the biology knows it.
    assert correlation(placebo.traits.variability[0, who], by_drug) == pytest.approx(0.0, abs=3.5 * error)
    # In a drug arm placebo is at work too, but both lift the same inhibition: there is less left for it to do.
    assert correlation(seen, -drug.change()[0, who]) < correlation(seen, -placebo.change()[0, who]) - 0.02
    assert (hidden.true - drug.true)[0, who, -1].mean() < 0.95 * by_placebo.mean()  # lund2015


def test_the_link_of_variability_and_placebo_is_that_of_the_table(biology, untreated):
    unlinked = run(biology, TABLE.with_values(variability_placebo=0.0), seed=SEED)
    who = unlinked.entered()[0]
    by_placebo = (untreated.true - unlinked.true)[0, who, -1]
    error = 1.0 / np.sqrt(who.sum())
    assert correlation(unlinked.traits.variability[0, who], by_placebo) == pytest.approx(0.0, abs=3.5 * error)
