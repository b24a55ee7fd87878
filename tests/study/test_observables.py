"""Named statistics against the same thing worked out by hand from the readings."""

import numpy as np
import pytest
from scipy import stats

from allodynia.errors import InvalidInput
from allodynia.study import Expectation, read_study, simulate_study

DESIGN = Expectation(worlds=3, donors=6)


@pytest.fixture(scope="module")
def expected(body, integrate, plain_study):
    return simulate_study(plain_study, body, integrate=integrate, design=DESIGN)


def true(result, arm, days):
    return result.readings.true("pressure", arm, days)


def test_mean_over_baseline(expected):
    ratio = true(expected, "fm_igg", [2.0])[..., 0] / true(expected, "fm_igg", [0.0])[..., 0]
    by_world = ratio.mean(axis=2).mean(axis=1)
    found = expected.observable("over_baseline", arm="fm_igg", at="48 h")
    assert found.value == pytest.approx(by_world.mean(), rel=1e-12)
    assert (found.lo, found.hi) == pytest.approx(tuple(np.quantile(by_world, [0.025, 0.975])), rel=1e-12)
    assert found.standard_error == pytest.approx(by_world.std(ddof=1) / np.sqrt(3), rel=1e-12)
    assert (found.units, found.subjects, found.worlds, found.unit) == (18, 108, 3, "1")
    assert expected.observable("over_baseline", arm="fm_igg", at=2.0) == found


def test_standardised_effect_is_the_difference_of_true_means_over_the_sd_of_readings(expected):
    change, sds = {}, []
    for arm in ("fm_igg", "saline"):
        change[arm] = (true(expected, arm, [8.0]) - true(expected, arm, [0.0]))[..., 0].mean(axis=(1, 2))
        read = expected.readings.measured("pressure", arm, [8.0]) - expected.readings.measured("pressure", arm, [0.0])
        sds.append(read[..., 0].var(axis=2, ddof=1))
    sd = np.sqrt(np.concatenate(sds, axis=1).mean(axis=1))
    found = expected.observable("change", arm="fm_igg")
    assert found.value == pytest.approx(((change["fm_igg"] - change["saline"]) / sd).mean(), rel=1e-12)
    # healthy IgG has no potency: the same animals under saline do exactly the same
    assert expected.observable("change", arm="healthy_igg").value == 0.0


def test_share_positive_is_that_of_the_stated_test(expected):
    after = expected.readings.measured("pressure", "fm_igg", [2.0, 8.0]).mean(axis=-1)
    before = expected.readings.measured("pressure", "fm_igg", [0.0]).mean(axis=-1)
    p = stats.ttest_rel(after, before, axis=2, alternative="less").pvalue
    assert expected.observable("positive").value == pytest.approx((p < 0.05).mean())
    assert (p < 0.05).all(), "the material acts"


def test_a_test_at_five_percent_is_wrong_one_time_in_twenty(study_text, body, integrate):
    text = study_text.replace("arm: fm_igg, at: [48 h, 8 d]}", "arm: healthy_igg, at: [48 h, 8 d]}")
    study = read_study(text, "x", "x.yaml")
    result = simulate_study(study, body, integrate=integrate, design=Expectation(2, 1000), observables=["positive"])
    share = result.observable("positive").value
    # 2,000 donors: the standard error of 5 % is half a percent
    assert share == pytest.approx(0.05, abs=0.02)


def test_recovery_day_of_the_mean_curve(expected):
    days = np.arange(0, 20.5, 0.5)
    curves = (true(expected, "fm_igg", days) / true(expected, "fm_igg", [0.0])).mean(axis=(1, 2))
    crossed = []
    for curve in curves:
        low = int(curve.argmin())
        place = next(i for i in range(low, days.size) if curve[i] >= 0.95)
        crossed.append(np.interp(0.95, curve[place - 1 : place + 1], days[place - 1 : place + 1]))
    assert expected.observable("back").value == pytest.approx(np.median(crossed), rel=1e-12)
    donors = expected.observable("back_donors")
    assert donors.lo < expected.observable("back").value < donors.hi


def test_ratios_of_effects(expected):
    fall = {
        arm: (true(expected, arm, [8.0]) - true(expected, arm, [0.0]))[..., 0].mean(axis=(1, 2))
        for arm in ("fm_igg", "fm_pool", "knockout")
    }
    assert expected.observable("pool").value == pytest.approx(np.median(fall["fm_pool"] / fall["fm_igg"]), rel=1e-12)
    assert expected.observable("knocked").value == 0.0


def test_a_ratio_to_no_effect_is_undefined(study, body, integrate):
    result = simulate_study(study, body, integrate=integrate, design=DESIGN, edges={"gate": 0.0}, observables=["pool"])
    found = result.observable("pool")
    assert np.isnan(found.value)
    assert found.worlds == 0


def test_an_experiment_whose_positive_control_fails_shows_nothing(study_text, body, integrate):
    text = study_text.replace("versus: saline, at: 8 d}", "versus: saline, at: 8 d, positive_controls: [fm_igg]}")
    study = read_study(text, "x", "x.yaml")

    def healthy(**more):
        result = simulate_study(study, body, integrate=integrate, design=DESIGN, observables=["change"], **more)
        return result.observable("change", arm="healthy_igg").value

    assert healthy() == 0.0
    assert np.isnan(healthy(edges={"gate": 0.0}))


def test_output_ratio_knows_units(study_text, body, integrate):
    text = study_text + "  both: {kind: output_ratio, endpoint: plasma, over: depot, arm: fm_igg, at: 1 d}\n"
    depot = "also_draw: {depot: {label: depot, output: body.depot, unit: mg}}\nobservables:\n"
    study = read_study(text.replace("observables:\n", depot, 1), "x", "x.yaml")
    result = simulate_study(study, body, integrate=integrate, design=DESIGN, observables=["both"])
    plasma = result.readings.true("plasma", "fm_igg", [1.0])[..., 0].mean(axis=(1, 2)) / 1000.0
    depots = result.readings.measured("depot", "fm_igg", [1.0])[..., 0].mean(axis=(1, 2))
    assert result.observable("both").value == pytest.approx(np.median(plasma / depots), rel=1e-12)


def test_what_is_not_there_is_refused_with_the_nearest(expected):
    with pytest.raises(InvalidInput, match="unknown observable 'pol'; did you mean 'pool'"):
        expected.observable("pol")
    with pytest.raises(InvalidInput, match="unknown arm 'fm_ig'; did you mean 'fm_igg'"):
        expected.observable("over_baseline", arm="fm_ig", at="48 h")
    with pytest.raises(InvalidInput, match="needs an arm"):
        expected.observable("over_baseline", at="48 h")
    with pytest.raises(InvalidInput, match="needs a time: at"):
        expected.observable("over_baseline", arm="fm_igg")
    with pytest.raises(InvalidInput, match="after the end of follow-up"):
        expected.observable("over_baseline", arm="fm_igg", at="40 d")
    with pytest.raises(InvalidInput, match="not sampled"):
        expected.observable("over_baseline", arm="fm_igg", at="7.3 d")
    with pytest.raises(InvalidInput, match="not a number with a unit"):
        expected.observable("over_baseline", arm="fm_igg", at="soon")
