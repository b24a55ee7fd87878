"""Tests for a disease: areas, intervals, combinations, sizes, each against a closed form, another library, or noise."""

from __future__ import annotations

import math
from importlib import resources

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from tests.study.people import STUDY, person

from allodynia.cohort.distributions import Z_975
from allodynia.errors import AllodyniaError
from allodynia.study import AsPlanned, Expectation, read_study, simulate_study
from allodynia.study.check import check_study
from allodynia.study.diagnose import panel, roc, samplesize
from allodynia.study.diagnose.area import area
from allodynia.study.diagnose.candidates import candidates, diagnosis_of
from allodynia.study.diagnose.chance import folds, resample
from allodynia.study.diagnose.compare import compare

DIAGNOSIS = """\
diagnosis:
  disease: ill
  versus: [healthy, mild]
  specificity: 0.8
  prevalence:
    population: {share: 0.02, evidence: assumed}
    clinic: {share: 0.2, evidence: assumed}
  markers:
    pain: {label: Pain, of: [pain], points: up}
    calm: {label: Calm, of: [pain], points: down}
    noise: {label: Noise, of: [a, b]}
  together:
    both: {label: Both, of: [pain, noise]}
"""
ENDPOINTS = "".join(
    f"  {name}: {{label: {name}, output: drugs.blocker_central, unit: mg, measured: [0 d], "
    "noise: {additive: 1 mg, evidence: assumed}}\n"
    for name in "ab"
)
TEXT = STUDY.replace(
    "endpoints:\n",
    "  mild: {people: ill, inputs: {switch.gain: 2.6 dimensionless}}\nendpoints:\n" + ENDPOINTS,
    1,
).replace("observables:\n", DIAGNOSIS + "observables:\n")


def read(text=TEXT):
    return read_study(text, "switch", "switch.yaml")


@pytest.fixture(scope="module")
def simulated():
    return simulate_study(read(), person(), subjects=60)


def compared(result, names=None, seed=1, versus=("healthy", "mild")):
    spec = diagnosis_of(result.plan.study)
    share = {place: one.share for place, one in spec.prevalence.items()}
    tests = candidates(spec, names)
    return compare(result, tests, spec.disease, versus, specificity=spec.specificity, prevalence=share, seed=seed)


# ------------------------------------------------------------------------------------------------ the curve
def test_the_curve_is_that_of_another_library_and_its_area_too():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(1)
    ill, others = random.normal(1, 1, 70).round(1), random.normal(0, 1, 50).round(1)
    sick, scores = np.repeat([1, 0], [70, 50]), np.concatenate([ill, others])
    alarms, found, _ = metrics.roc_curve(sick, scores, drop_intermediate=False)
    ours = roc.curve(ill, others)
    assert ours.alarms == pytest.approx(alarms)
    assert ours.found == pytest.approx(found)
    assert np.trapezoid(ours.found, ours.alarms) == pytest.approx(area(ill, others), rel=1e-12)
    assert [one.mean() for one in roc.placements(ill, others)] == pytest.approx([area(ill, others)] * 2)


def test_the_interval_of_an_area_is_delongs_and_the_bootstraps():
    random = np.random.default_rng(2)
    ill, others = random.normal(1, 1.3, 80), random.normal(0, 1, 60)
    # DeLong's variance by its definition: the kernel of every pair.
    kernel = (ill[:, None] > others[None, :]).astype(float)
    variance = kernel.mean(1).var(ddof=1) / 80 + kernel.mean(0).var(ddof=1) / 60
    found = roc.area_interval(*roc.placements(ill, others))
    assert found.value == pytest.approx(kernel.mean(), rel=1e-12)
    slope = found.value * (1 - found.value)
    logits = [math.log(one / (1 - one)) for one in (found.lo, found.hi)]
    assert (logits[1] - logits[0]) / (2 * Z_975) * slope == pytest.approx(math.sqrt(variance), rel=1e-9)
    drawn = resample(5, "ill", 80, 2000), resample(5, "others", 60, 2000)
    areas = [area(ill[a], others[b]) for a, b in zip(*drawn, strict=True)]
    assert np.quantile(areas, [0.025, 0.975]) == pytest.approx([found.lo, found.hi], abs=0.015)


def test_the_interval_holds_the_area_of_two_normal_shapes_as_often_as_it_says():
    random = np.random.default_rng(3)
    true, held = float(ndtr(1.2 / math.sqrt(2))), 0
    for _ in range(800):
        found = roc.area_interval(*roc.placements(random.normal(1.2, 1, 40), random.normal(0, 1, 40)))
        held += found.lo <= true <= found.hi
    assert 0.925 < held / 800 < 0.975


def test_groups_that_do_not_overlap_are_not_known_to_be_told_apart_for_certain():
    small, large = (
        roc.area_interval(*roc.placements(np.arange(n) + 100.0, np.arange(n, dtype=float))) for n in (10, 100)
    )
    assert (small.value, small.hi) == (1.0, 1.0)
    assert 0.7 < small.lo < 0.9 < large.lo < 1.0
    # The limit is where the area seen lies 1.96 standard errors away.
    assert 1.0 - small.lo == pytest.approx(Z_975 * math.sqrt(roc.area_variance(small.lo, 10, 10)), rel=1e-6)
    worst = roc.area_interval(*roc.placements(np.zeros(10), np.ones(10)))
    assert (worst.value, worst.lo) == (0.0, 0.0)
    assert worst.hi == pytest.approx(1.0 - small.lo, rel=1e-6)


def test_sensitivity_at_a_specificity_is_the_closed_form_and_its_interval_holds_it():
    random = np.random.default_rng(4)
    true = float(ndtr(1.5 - ndtri(0.9)))
    drawn = resample(1, "a", 20_000, 2), resample(1, "b", 20_000, 2)
    found = roc.sensitivity(random.normal(1.5, 1, 20_000), random.normal(0, 1, 20_000), 0.9, drawn)
    assert found.value == pytest.approx(true, abs=0.015)
    drawn, held = (resample(1, "a", 60, 400), resample(1, "b", 60, 400)), 0
    for _ in range(300):
        one = roc.sensitivity(random.normal(1.5, 1, 60), random.normal(0, 1, 60), 0.9, drawn)
        held += one.lo <= true <= one.hi
    assert held / 300 > 0.9  # the cut-off is found anew in every sample; with it fixed 0.8 would be


# ------------------------------------------------------------------------------------------------ combinations
def test_noise_chosen_and_weighed_in_the_same_people_tells_nothing_in_others():
    """Selection of the penalty is inside the folds: outside, or with weights of everybody, the area would rise."""
    random = np.random.default_rng(5)
    corrected, apparent = [], []
    for seed in range(10):
        found = panel.judge(random.normal(size=(40, 15)), random.normal(size=(40, 15)), seed, ("ill", "others"))
        corrected.append(roc.area_interval(*found.placements).value)
        apparent.append(found.apparent)
    error = np.std(corrected, ddof=1) / math.sqrt(10)
    assert abs(np.mean(corrected) - 0.5) < 3 * error < 0.1
    assert np.mean(apparent) > 0.7


def test_two_markers_that_each_tell_something_tell_more_together():
    random = np.random.default_rng(6)
    ill, others = random.normal(0.8, 1, (400, 2)), random.normal(0, 1, (400, 2))
    found = roc.area_interval(*panel.judge(ill, others, 1, ("ill", "others")).placements)
    # Independent: the best score has a distance of 0.8 sqrt 2, and an area of Phi(that / sqrt 2) = Phi(0.8).
    assert found.lo < float(ndtr(0.8)) < found.hi
    assert found.value > area(ill[:, 0], others[:, 0]) + 0.03


def test_folds_are_even_and_by_the_seed_alone():
    found = folds(1, "ill", 103, 10)
    assert sorted(np.bincount(found).tolist()) == [10] * 7 + [11] * 3
    assert (found == folds(1, "ill", 103, 10)).all()
    for other in (folds(2, "ill", 103, 10), folds(1, "others", 103, 10), folds(1, "ill", 103, 10, level=1)):
        assert (found != other).mean() > 0.5
    drawn = resample(1, "ill", 50)
    assert (drawn.min(), drawn.max(), drawn.shape) == (0, 49, (1000, 50))
    assert np.bincount(drawn.reshape(-1)).std() < 60  # each of fifty about a thousand times


def test_too_few_people_and_a_missing_library_are_one_line(monkeypatch):
    with pytest.raises(AllodyniaError, match="19 people of 'others' are too few"):
        panel.judge(np.zeros((30, 2)), np.zeros((19, 2)), 1, ("ill", "others"))
    monkeypatch.setattr(panel, "find_spec", lambda _: None)
    with pytest.raises(AllodyniaError, match=r"needs scikit-learn; install it by: pip install 'allodynia\[study\]'"):
        panel.judge(np.zeros((30, 2)), np.zeros((30, 2)), 1, ("ill", "others"))


# ------------------------------------------------------------------------------------------------ sizes
def test_people_needed_give_the_interval_asked_for():
    a = math.sqrt(2) * ndtri(0.8)
    variance = 0.0099 * math.exp(-a * a / 2) * (6 * a * a + 16)
    assert samplesize.for_area(0.8) == (math.ceil(1.959964**2 * variance / 0.05**2),) * 2
    ill, others = samplesize.for_area(0.8, 0.06, ratio=2.0)
    assert others == 2 * ill
    random = np.random.default_rng(7)
    areas = [area(random.normal(a, 1, ill), random.normal(0, 1, others)) for _ in range(1500)]
    # Made for ratings on few steps, it asks for a little more than scores without steps need.
    assert 0.8 * 0.06 < Z_975 * np.std(areas) < 0.06
    assert samplesize.for_area(0.2) == samplesize.for_area(0.8)
    # Buderer 1996: 0.9 ± 0.05 needs 139 with the disease, which are in 1,390 where a tenth have it.
    assert samplesize.for_share(0.9) == 139
    assert samplesize.to_ask(0.9, 0.9, 0.1) == 1390
    assert samplesize.to_ask(0.999, 0.7, 0.5) == 2 * samplesize.for_share(0.7)
    with pytest.raises(AllodyniaError, match="half width"):
        samplesize.for_area(0.8, 0.0)


# ------------------------------------------------------------------------------------------------ a study
def test_every_test_against_every_group(simulated):
    rows = {(row.candidate.name, row.versus): row for row in compared(simulated)}
    assert len(rows) == 8
    pain, calm = rows["pain", "mild"], rows["calm", "mild"]
    readings = [simulated.readings.measured("pain", arm, [60.0])[0, 0, :, 0] for arm in ("ill", "mild")]
    assert pain.auc.value == pytest.approx(area(*readings))
    assert calm.auc.value == pytest.approx(1 - pain.auc.value)  # which way it points was said before
    assert (pain.apparent, pain.ill, pain.others, pain.specificity) == (None, 60, 60, 0.8)
    clinic = pain.meaning["clinic"]
    found = pain.sensitivity.value
    assert clinic.positive.value == pytest.approx(0.2 * found / (0.2 * found + 0.8 * 0.2))
    assert clinic.positive.lo == pytest.approx(0.2 * pain.sensitivity.lo / (0.2 * pain.sensitivity.lo + 0.16))
    assert pain.meaning["population"].positive.value < clinic.positive.value
    noise, both = rows["noise", "mild"], rows["both", "mild"]
    assert noise.auc.lo < 0.5 < noise.auc.hi
    assert noise.apparent > 0.5
    assert both.candidate.endpoints == ("pain", "a", "b")
    assert both.auc.value == pytest.approx(pain.auc.value, abs=0.05)


def test_the_same_seed_gives_the_same_bits_and_another_another_interval(simulated):
    one, again, other = (compared(simulated, ["noise"], seed, ["mild"])[0] for seed in (1, 1, 2))
    assert one.auc == again.auc
    assert one.sensitivity == again.sensitivity
    assert (one.curve.found == again.curve.found).all()
    assert one.sensitivity != other.sensitivity
    # A test beside it does not change it.
    beside = compared(simulated, ["pain", "noise"], 1, ["healthy", "mild"])
    assert next(row for row in beside if (row.candidate.name, row.versus) == ("noise", "mild")).auc == one.auc


def test_markers_named_are_crossed():
    spec = diagnosis_of(read())
    assert [one.name for one in candidates(spec)] == ["pain", "calm", "noise", "both"]
    assert [one.name for one in candidates(spec, ["pain", "noise"])] == ["pain", "noise", "pain+noise"]
    assert [one.sign for one in candidates(spec, ["pain", "calm"])] == [1, -1, 0]
    assert candidates(spec, ["both"])[0].markers == ("pain", "noise")
    for names, said in (
        (["pian"], "unknown marker 'pian'; did you mean 'pain'"),
        (["pain", "pain"], "named twice"),
        ([], "no marker is named"),
    ):
        with pytest.raises(AllodyniaError, match=said):
            candidates(spec, names)


def test_people_of_whom_nobody_has_the_reading_are_named(simulated):
    gone = simulate_study(read(), person(), subjects=60)
    values = gone.readings.series["drugs.blocker_central"].values
    gone.layout.view(values, "mild")[...] = np.nan
    with pytest.raises(AllodyniaError, match="0 people of 'mild' have a reading of 'noise': nothing to compare"):
        compared(gone, ["noise"])
    assert len(compared(gone, ["pain"])) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("disease: ill", "disease: il", "unknown arm 'il'; did you mean 'ill'"),
        ("versus: [healthy, mild]", "versus: [healthy, ill]", "'ill' cannot be told from itself"),
        ("of: [a, b]", "of: [a, c]", "unknown endpoint 'c'"),
        ("of: [pain], points: up", "of: [pain]", "needs points: up or down"),
        ("of: [a, b]", "of: [a, b], points: up", "finds its weights itself"),
        ("of: [pain, noise]", "of: [pain, nose]", "unknown marker 'nose'; did you mean 'noise'"),
        ("share: 0.2,", "share: 2,", "less than 1"),
    ],
)
def test_what_a_study_says_of_tests_is_checked(old, new, said):
    with pytest.raises(AllodyniaError, match=r"switch\.yaml:\d+") as caught:
        diagnosis_of(read(TEXT.replace(old, new, 1)))
    assert said in str(caught.value)


def test_a_study_without_tests_says_so():
    with pytest.raises(AllodyniaError, match="says nothing of tests; it needs a diagnosis: section"):
        diagnosis_of(read(TEXT.replace(DIAGNOSIS, "")))


def test_people_drawn_one_by_one_scatter_as_chance_does_and_evenly_spread_ones_do_not():
    """What folds and intervals take for granted: a mean over n people has the variance of one over n."""
    study, means = read(), {}
    for independent in (True, False):
        found = [
            simulate_study(study, person(), design=AsPlanned(40, independent=independent), seed=seed)
            for seed in range(40)
        ]
        weights = [np.asarray(one.readings.true("x", "ill", [0.0])[0, 0, :, 0]) for one in found]
        means[independent] = np.var([one.mean() for one in weights]) / (np.var(np.concatenate(weights)) / 40)
    assert 0.5 < means[True] < 1.7
    assert means[False] < 0.3


def test_an_expectation_of_people_drawn_one_by_one_has_others_in_every_arm():
    for independent in (True, False):
        design = Expectation(2, 1, None, 4, independent)
        found = simulate_study(read(), person(), design=design, observables=["pain_ill"])
        families = {arm.cohort.family for arm in found.plan.arms}
        assert families == ({"ill", "healthy", "mild"} if independent else {"twins"})


def test_a_study_is_checked_with_its_tests(tmp_path):
    text = (resources.files("allodynia.system") / "studies" / "diagnostic-panel.yaml").read_text(encoding="utf-8")
    path = tmp_path / "panel.yaml"
    path.write_text(text, encoding="utf-8")
    said = check_study(path)[-1]
    assert said.startswith("Tests for the disease of people with fibromyalgia, against healthy people, people with")
    assert "anti_glia (antibody to satellite glia)" in said
    path.write_text(text.replace("of: [glia], points: up", "of: [gila], points: up"), encoding="utf-8")
    with pytest.raises(AllodyniaError, match=r"panel\.yaml:\d+: unknown endpoint 'gila'; did you mean 'glia'"):
        check_study(path)
