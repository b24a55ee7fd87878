"""Animal experiments: the same luck whatever the blocks, the donor as the unit, and no effect where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, ttest_ind

from allodynia.errors import AllodyniaError
from allodynia.study import read_study
from allodynia.study.trial.animal_course import courses
from allodynia.study.trial.animal_result import compare, summarise_animals
from allodynia.study.trial.animals import Laboratory, bind_experiment, joined_measured
from allodynia.study.trial.arrive import arrive


def experiment(body, text, **options):
    made = bind_experiment(read_study(text, "transfer", "transfer.yaml"), body, **options)
    return made, Laboratory(made, body, seed=4)


def measured(laboratory, replicates, size=None):
    return joined_measured([*laboratory.all(replicates, size=size)])


def test_the_same_seed_gives_the_same_bits_whatever_the_blocks(body, study_text):
    _, laboratory = experiment(body, study_text, donors=3, mice=2)
    whole, single = measured(laboratory, 5), measured(laboratory, 5, size=2)
    for name, value in whole.arrays().items():
        assert np.asarray(value).tobytes() == np.asarray(single.arrays()[name]).tobytes(), name
    assert whole.readings["pressure"].shape == (5, 2, 3, 2, 6)


def test_donors_differ_between_replicates_and_share_what_they_give_within_one(body, study_text):
    made, laboratory = experiment(body, study_text, donors=4, mice=50)
    assert (made.test, made.control) == ("fm_igg", "healthy_igg")
    given = measured(laboratory, 3).true["pressure"][:, 1, :, :, 3]
    means = given.mean(axis=-1)
    assert len(np.unique(means.round(6))) == means.size
    assert means.std(axis=1).min() > 3 * (given.std(axis=-1) / np.sqrt(50)).max() / np.sqrt(4)


def test_in_a_balanced_design_the_test_is_that_of_donors_means(body, study_text):
    made, laboratory = experiment(body, study_text, donors=5, mice=3)
    values = measured(laboratory, 4).readings["pressure"][..., 4]
    found, icc = compare(made, values)
    means = values.mean(axis=-1)
    expected = ttest_ind(means[:, 1], means[:, 0], axis=1)
    assert found.p[:, 0] == pytest.approx(expected.pvalue, rel=1e-4)
    assert found.effect[:, 0] == pytest.approx(means[:, 1].mean(axis=1) - means[:, 0].mean(axis=1))
    assert (icc < 1.0).all()


def test_with_the_same_material_in_both_arms_it_is_significant_as_often_as_it_says(body, study_text):
    """The donors of both arms are patients; animals taken for units would find a difference far more often."""
    text = study_text.replace("population: healthy", "population: fm")
    assert text != study_text
    made, laboratory = experiment(body, text, donors=4, mice=4)
    values = measured(laboratory, 300).readings["pressure"][..., 4]
    shown = int((compare(made, values)[0].p[:, 0] < 0.05).sum())
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.05)
    assert low <= shown <= high, shown
    animals = values.reshape(300, 2, -1)
    wrong = int((ttest_ind(animals[:, 1], animals[:, 0], axis=1).pvalue < 0.05).sum())
    assert wrong > high


def test_with_the_mechanism_cut_the_effect_is_gone_and_more_donors_show_more(body, study_text):
    made, laboratory = experiment(body, study_text, donors=6, mice=4)
    result = summarise_animals(made, measured(laboratory, 40), uncertainty=False)
    day = {(row.endpoint, row.day): row for row in result.days}
    assert day["pressure", 8.0].primary
    assert ("pressure", 0.0) not in day  # a reading against itself
    assert day["pressure", 2.0].effect.hi < -5.0
    assert day["pressure", 2.0].effect.lo < day["pressure", 2.0].truth + 0.5
    shares = {(one.donors, one.mice): float(one.power.power) for one in result.designs}
    assert shares[2, 4] < shares[6, 4]
    cut, laboratory = experiment(body, study_text, donors=6, mice=4, edges={"gate": 0.0})
    result = summarise_animals(cut, measured(laboratory, 40), uncertainty=False)
    assert all(abs(row.truth) < 3.0 for row in result.days if row.endpoint == "pressure")
    assert max(float(row.power.power) for row in result.days if row.endpoint == "pressure") < 0.3


def test_a_plan_is_said_by_the_items_of_arrive(body, study_text):
    made, _ = experiment(body, study_text, donors=3, mice=2, arms=("fm_igg", "saline"))
    said = arrive(made)
    assert said["sample size"] == "3 donors an arm, 2 animals a donor: 12 animals in all"
    assert "the experimental unit is the donor" in said["study design"]
    assert "8 mg into body.depot at 0 d, 4 times, every 1 d" in said["experimental procedures"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"arms": ("fm_ig", "saline")}, "unknown arm 'fm_ig'; did you mean 'fm_igg'"),
        ({"arms": ("saline", "saline")}, "cannot be compared with itself"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(body, study_text, options, said):
    with pytest.raises(AllodyniaError, match=said.replace("?", "")):
        bind_experiment(read_study(study_text, "transfer", "transfer.yaml"), body, **options)


@pytest.mark.parametrize("control", ["saline", "fm_pool"])
def test_an_arm_without_donors_has_as_many_cages_and_one_of_pools_as_many_pools(body, study_text, control):
    made, laboratory = experiment(body, study_text, donors=3, mice=2, arms=("fm_igg", control))
    found = measured(laboratory, 2)
    assert found.readings["pressure"].shape == (2, 2, 3, 2, 6)
    given = found.true["plasma"][:, 0]
    assert len(np.unique(given[..., 2])) == (1 if control == "saline" else given[..., 2].size)  # each animal its own
    assert np.isfinite(compare(made, found.readings["pressure"][..., 4])[0].p).all()


def test_donors_whose_material_both_arms_get_are_their_own_control(body, study_text):
    """Both arms are treated alike, by the same donors: what differs between donors drops out of the comparison."""
    text = study_text.replace("    twins_of: fm_igg\n", "").replace("edges: {gate: 0}", "edges: {gate: 1}")
    made, laboratory = experiment(body, text, donors=4, mice=3, arms=("knockout", "fm_igg"))
    assert made.shared and made.mixed(1)
    values = measured(laboratory, 300).readings["pressure"][..., 4]
    found, icc = compare(made, values)
    means = values.mean(axis=-1)
    assert found.effect[:, 0] == pytest.approx((means[:, 1] - means[:, 0]).mean(axis=-1))
    shown = int((found.p[:, 0] < 0.05).sum())
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.05)
    assert low <= shown <= high, shown
    as_others = ttest_ind(means[:, 1], means[:, 0], axis=1).pvalue  # as if the donors were different people
    assert (as_others < 0.05).sum() < low
    assert np.nanmean(icc) > 0.2
    single, _ = compare(made, values[..., :1])
    assert np.isfinite(single.p).mean() > 0.95
    assert "the donor, whose material both arms get" in arrive(made)["study design"]


def test_a_course_is_of_means_of_arms_with_donors_of_the_first_experiment(body, study_text):
    made, laboratory = experiment(body, study_text, donors=3, mice=4, arms=("fm_igg", "saline"))
    data = measured(laboratory, 40)
    values = data.readings["pressure"].copy()
    values[0, 1, 0, 0] = np.nan  # an animal that could not be solved is left out
    control, test = courses(made, replace(data, readings={**data.readings, "pressure": values}))
    assert control.units.shape == (12, 6) and test.units.shape == (3, 6)
    assert test.units[0] == pytest.approx(values[0, 1, 0, 1:].mean(axis=0))
    means = np.nanmean(values[:, 1].reshape(40, 12, 6), axis=1)
    assert test.mean == pytest.approx(means.mean(axis=0))
    assert (test.lo <= test.mean).all() and (test.mean <= test.hi).all()
    inside = ((means >= test.lo - 1e-12) & (means <= test.hi + 1e-12)).mean(axis=0)
    assert (inside >= 0.92).all() and (inside < 1.0).any()


def test_the_method_that_is_reported_is_the_one_that_is_used(body, study_text):
    made, laboratory = experiment(body, study_text, donors=3, mice=2, arms=("saline", "fm_igg"))
    assert arrive(made)["statistical methods"].startswith("mixed model")
    assert np.isfinite(compare(made, measured(laboratory, 2).readings["pressure"][..., 4])[1]).all()
