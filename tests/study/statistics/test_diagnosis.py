"""Statistics of tests for a disease, each against a closed form, another library, or a case with nothing to find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from tests.study.people import STUDY, person

from allodynia.errors import AllodyniaError
from allodynia.study import Expectation, read_study, simulate_study
from allodynia.study.diagnose.area import area
from allodynia.study.diagnose.logistic import NoWeights, logistic
from allodynia.study.diagnose.predictive import negative_value, positive_value
from allodynia.study.diagnose.scale import Standard, logs

OBSERVABLES = """\
observables:
  up: {kind: auc, quantity: {endpoint: pain, at: 0 d}, arm: ill, versus: healthy}
  down: {kind: auc, quantity: {endpoint: pain, at: 0 d}, arm: ill, versus: healthy, points: down}
  found: {kind: sensitivity, quantity: {endpoint: pain, at: 0 d}, arm: ill, versus: mild, specificity: 0.9}
  ppv: {kind: predictive_value, sensitivity: 0.93, specificity: 0.89, prevalence: 0.0178, evidence: assumed}
  npv: {kind: predictive_value, of: negative, sensitivity: found, specificity: 0.9, prevalence: 0.2, evidence: assumed}
  real: {kind: standardised_effect, endpoint: pain, arm: ill, versus: mild, at: 0 d}
  none: {kind: standardised_effect, endpoint: pain, arm: ill, versus: ill, at: 0 d}
  raised: {kind: share_raised, of: [real, none, none, real]}
  apart: {kind: minus, of: real, less: none}
  raised_apart: {kind: share_raised, of: [apart, none]}
  apparent: {kind: panel_auc, of: [&n {endpoint: noise, at: 0 d}, {endpoint: other, at: 0 d}], arm: ill, versus: mild,
             estimate: apparent}
  corrected: {kind: panel_auc, of: [{endpoint: noise, at: 0 d}, {endpoint: other, at: 0 d}], arm: ill, versus: mild}
  with_pain: {kind: panel_auc, of: [{endpoint: noise, at: 0 d}, {endpoint: pain, at: 0 d}], arm: ill, versus: mild}
  pain_alone: {kind: auc, quantity: {endpoint: pain, at: 0 d}, arm: ill, versus: mild}
"""
# Nobody is given the drug: what is read of it is the assay's noise.
ENDPOINTS = """\
  noise:
    label: Noise
    output: drugs.blocker_central
    unit: mg
    measured: [0 d]
    noise: {additive: 1 mg, evidence: assumed}
  other:
    label: Other
    output: drugs.blocker_central
    unit: mg
    measured: [0 d]
    noise: {additive: 1 mg, evidence: assumed}
"""
ARMS = "  mild: {people: ill, inputs: {switch.gain: 2.6 dimensionless}}\n"
TEXT = (
    STUDY[: STUDY.index("observables:")].replace("endpoints:\n", ARMS + "endpoints:\n" + ENDPOINTS, 1)
    + OBSERVABLES.replace("&n ", "")
)  # fmt: skip


@pytest.fixture(scope="module")
def result():
    study = read_study(TEXT, "switch", "switch.yaml")
    return simulate_study(study, person(), design=Expectation(worlds=24, people=40))


def read(result, endpoint, arm):
    return result.readings.measured(endpoint, arm, [0.0])[:, 0, :, 0]


def test_the_area_of_two_normal_shapes_is_the_closed_form():
    random = np.random.default_rng(1)
    ill, others = random.normal(1.2, 1.5, 40_000), random.normal(0, 1, 40_000)
    assert area(ill, others) == pytest.approx(ndtr(1.2 / np.sqrt(1.5**2 + 1)), abs=0.004)
    assert area(np.array([1.0, 1.0, np.nan]), np.array([1.0])) == 0.5
    assert np.isnan(area(np.array([np.nan]), np.array([1.0])))


def test_the_area_and_the_weights_are_those_of_another_library():
    linear_model = pytest.importorskip("sklearn.linear_model")
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(2)
    x = random.normal(size=(90, 4)).round(1)
    ill = random.random(90) < 1 / (1 + np.exp(-x @ [1, -0.5, 0, 2]))
    score = x[:, 0]
    assert area(score[ill], score[~ill]) == pytest.approx(roc_auc_score(ill, score), rel=1e-12)
    theirs = linear_model.LogisticRegression(C=1 / 0.7, class_weight="balanced", tol=1e-10, max_iter=1000).fit(x, ill)
    start, weights = logistic(x, ill, penalty=0.7)
    assert weights == pytest.approx(theirs.coef_[0], abs=1e-4)
    assert start == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_groups_that_do_not_overlap_have_finite_weights():
    x = np.linspace(-1, 1, 20)[:, None]
    _, weights = logistic(x, x[:, 0] > 0)
    assert 1 < weights[0] < 10


@pytest.mark.parametrize("seed", [1606, 3271])
def test_whole_steps_that_lead_away_from_the_minimum_are_cut(seed):
    """Readings with far outliers and next to no penalty, for which whole steps of Newton's method run to and fro."""
    random = np.random.default_rng(seed)
    x = random.standard_t(1.2, size=(16, 5))
    x, ill = (x - x.mean(axis=0)) / x.std(axis=0), np.arange(16) < 5
    start, weights = logistic(x, ill, penalty=1e-3)
    share = 1.0 / (1.0 + np.exp(-(start + x @ weights)))
    slope = x.T @ (np.where(ill, 16 / 10, 16 / 22) * (share - ill)) + 1e-3 * weights
    assert np.abs(slope).max() < 1e-8


def test_weights_that_are_not_found_are_not_handed_out(monkeypatch):
    monkeypatch.setitem(logistic.__globals__, "ROUNDS", 2)
    with pytest.raises(NoWeights, match="weights of 1 readings of 20 people were not found in 2 steps"):
        logistic(np.linspace(-1, 1, 20)[:, None], np.arange(20) < 10)


def test_a_low_value_can_speak_for_the_disease(result):
    up, down = (np.array(result.observable(name).values) for name in ("up", "down"))
    assert up + down == pytest.approx(1.0)
    assert (up > 0.95).all()


def test_sensitivity_is_counted_beyond_the_cut_off(result):
    ill, mild = read(result, "pain", "ill"), read(result, "pain", "mild")
    wanted = [(a > np.quantile(b, 0.9)).mean() for a, b in zip(ill, mild, strict=True)]
    assert result.observable("found").values == pytest.approx(wanted)


def test_predictive_values_are_bayes(result):
    # Of 100,000 people 1,780 have it; 1,655.4 of them are positive, as are 10,804.2 others.
    assert result.observable("ppv").value == pytest.approx(1655.4 / (1655.4 + 10804.2), rel=1e-9)
    found = np.array(result.observable("found").values)
    assert result.observable("npv").values == pytest.approx(0.8 * 0.9 / (0.8 * 0.9 + 0.2 * (1 - found)))
    assert positive_value(0.9, 0.9, 0.5) == pytest.approx(0.9)
    assert negative_value(1.0, 0.5, 0.3) == 1.0
    assert np.isnan(positive_value(0.0, 1.0, 0.3))


def test_numbers_alone_can_be_asked_of_a_study():
    study = read_study(TEXT, "switch", "switch.yaml")
    found = simulate_study(study, person(), design=Expectation(worlds=2, people=2), observables=["ppv"])
    assert found.observable("ppv").value == pytest.approx(0.13286, abs=1e-5)


def test_raised_is_counted_by_means_over_worlds(result):
    assert result.observable("raised_apart").value == 0.5  # an effect less an effect is one
    found = result.observable("raised")
    assert found.value == 0.5
    assert result.observable("real").value > 1
    assert len(found.values) == 24


def test_noise_looks_like_a_test_until_it_is_read_in_others(result):
    apparent, corrected = result.observable("apparent"), result.observable("corrected")
    assert apparent.value > 0.53
    assert apparent.value - 0.5 > 4 * apparent.standard_error
    assert abs(corrected.value - 0.5) < 3 * corrected.standard_error
    # A reading that tells something keeps what it tells, noise beside it or not.
    alone, both = result.observable("pain_alone"), result.observable("with_pain")
    assert alone.value > 0.8
    assert both.value == pytest.approx(alone.value, abs=0.03)


def test_readings_below_what_an_assay_sees_have_a_logarithm():
    x = np.array([[0.0, -1.0], [2.0, 5.0], [8.0, 3.0]])
    found = logs(x, [True, False], ["il6", "pain"])
    assert found[:, 0] == pytest.approx(np.log([1.0, 2.0, 8.0]))
    assert (found[:, 1] == x[:, 1]).all()
    with pytest.raises(AllodyniaError, match="'pain' is never above 0"):
        logs(x * [1.0, 0.0], [True, True], ["il6", "pain"])
    same = Standard(np.array([[1.0, 2.0], [1.0, 4.0]]))
    assert same.of(np.array([[3.0, 3.0]])).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raised: {kind: share_raised, of: [real, ppv]}", "'ppv' is no effect in standard deviations"),
        ("raised: {kind: share_raised, of: [over]}\n  over: {kind: ratio, above: real, below: none}",
         "'over' is no effect in standard deviations"),
        ("raised: {kind: share_raised, of: [off]}\n  off: {kind: minus, of: real, less: ppv}",
         "'off' is no effect in standard deviations"),
        ("ppv: {kind: predictive_value, sensitivity: 1.2, specificity: 0.9, prevalence: 0.1, evidence: assumed}",
         "1.2"),
        ("ppv: {kind: predictive_value, sensitivity: fond, specificity: 0.9, prevalence: 0.1, evidence: assumed}",
         "unknown observable 'fond'"),
        ("found: {kind: sensitivity, quantity: {endpoint: pain}, arm: ill, versus: mild, specificity: 1}",
         "less than 1"),
        ("apparent: {kind: panel_auc, of: [], arm: ill, versus: mild}", "at least 1 item"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused_at_its_line(line, said):
    name = line.partition(":")[0]
    lines = OBSERVABLES.replace("&n ", "").replace(",\n             estimate", ", estimate").splitlines()
    kept = [line if one.strip().startswith(f"{name}:") else one.strip() for one in lines[1:]]
    text = TEXT[: TEXT.index("observables:")] + "observables:\n" + "".join(f"  {one}\n" for one in kept)
    with pytest.raises(AllodyniaError, match=r"switch\.yaml:\d+") as caught:
        simulate_study(read_study(text, "switch", "switch.yaml"), person(), design=Expectation(worlds=2, people=2))
    assert said in str(caught.value)
