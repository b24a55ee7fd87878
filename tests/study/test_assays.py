"""Each assay against what its error must amount to, in closed form or by counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from allodynia.errors import AllodyniaError, Where
from allodynia.study import read_study, simulate_study
from allodynia.study.assay import Draws
from allodynia.study.assay.bench import Bench
from allodynia.study.assay.criteria import met
from allodynia.study.assay.kinds import AssaySpec

from .people import STUDY, person

N = 40_000
READ = TypeAdapter(AssaySpec)
OUTPUTS = {"other": "dimensionless", "depot": "mg"}


def method(unit, **given):
    spec = READ.validate_python({"evidence": "assumed", **given})
    return spec.method(Bench(unit, "x", OUTPUTS, lambda key: Where("s.yaml", 1)))


def read(found, *true, n=N, endpoint="x", subject=None):
    place = np.arange(n) if subject is None else subject
    return found.read([np.full(n, one) for one in true], Draws(1, endpoint, 0, "a", 0, place, 0.0))


# ------------------------------------------------------------------------------------------------ elisa
ELISA = {
    "kind": "elisa", "limit": "1 pg/mL", "highest": "500 pg/mL", "half": "80 pg/mL", "background": 0.03,
    "colour_sd": 0.004, "colour_cv": 0.05,
}  # fmt: skip


def test_elisa_reads_the_middle_of_its_curve_well_and_its_foot_badly():
    assay = method("pg/mL", **ELISA)
    middle, foot = read(assay, 80.0), read(assay, 3.0)
    # d ln c / d colour at the middle: 4 / (1 - background); two wells, errors of 0.004 and 5 % of 0.515
    error = np.hypot(0.004, 0.05 * 0.515) / np.sqrt(2) * 4 / 0.97
    assert np.log(middle).std() == pytest.approx(error, rel=0.03)
    assert np.median(middle) == pytest.approx(80.0, rel=0.01)
    assert foot.std() / foot.mean() > 1.3 * error


@pytest.mark.parametrize(("below", "value"), [("limit", 1.0), ("limit_over_sqrt2", 1 / np.sqrt(2))])
def test_elisa_below_the_limit_of_detection(below, value):
    found = read(method("pg/mL", **ELISA, below=below), 0.2)
    low = found[found < 1.0 + 1e-12]
    assert low.size / N > 0.6
    assert np.unique(low) == pytest.approx([value])
    assert read(method("pg/mL", **ELISA), 1e6).max() == 500.0


def test_elisa_plates_are_shared_and_only_by_those_on_them():
    spec = {**ELISA, "colour_sd": 0.0, "colour_cv": 0.0}
    found = read(method("pg/mL", **spec, plate_cv=0.1, plate=40), 50.0, n=400)
    assert np.ptp(found.reshape(10, 40), axis=1).max() < 1e-9
    assert np.unique(found.round(6)).size == 10
    exact = read(method("pg/mL", **spec), 50.0, n=4)
    assert exact == pytest.approx(50.0)


# ------------------------------------------------------------------------------------------------ cells and fibres
def test_flow_cytometry_counts_cells_and_takes_background_off():
    bright = read(
        method("dimensionless", kind="flow_cytometry", cells=100, cell_cv=0.5, background="20 dimensionless"), 80.0
    )
    assert bright.mean() == pytest.approx(80.0, rel=0.002)
    assert bright.std() == pytest.approx(np.hypot(100 * 0.05, 20 * 0.05), rel=0.02)
    share = read(method("%", kind="flow_cytometry", read="share", cells=50), 30.0)
    law = stats.binom(50, 0.3)
    values, seen = np.unique(np.rint(share * 0.5), return_counts=True)
    common = N * law.pmf(values) > 100
    assert (np.abs(seen - N * law.pmf(values))[common] < 5 * np.sqrt(N * law.pmf(values)[common])).all()


def test_a_biopsy_counts_along_all_sections():
    found = read(method("1/mm", kind="skin_biopsy", section="3 mm", sections=3), 5.0)
    assert np.abs(found * 9 - np.rint(found * 9)).max() < 1e-9
    assert found.var() == pytest.approx(5.0 / 9.0, rel=0.03)
    more = read(method("1/mm", kind="skin_biopsy", section="3 mm", sections=3, section_cv=0.3, observer_cv=0.1), 5.0)
    assert more.var() == pytest.approx((5 / 9 + 25 * 0.03) * 1.01 + 25 * 0.01, rel=0.04)


# ------------------------------------------------------------------------------------------------ nerves, brain
def test_conduction_velocity_errs_more_over_a_short_stretch():
    spec = {"kind": "nerve_conduction", "distance_sd": "2 mm", "latency_sd": "0.05 ms"}
    far, near = (read(method("m/s", **spec, distance=f"{length} mm"), 50.0) for length in (400, 80))
    for found, length in ((far, 0.4), (near, 0.08)):
        assert found.std() / 50.0 == pytest.approx(np.hypot(0.002 / length, 5e-5 * 50.0 / length), rel=0.05)
    assert (read(method("m/s", **spec, distance="400 mm"), 0.0) == 0.0).all()


def test_pet_genotype_and_a_reference_region_that_rises():
    spec = {"kind": "pet", "binding": 2.0, "region_cv": 0.05}
    vt = method("dimensionless", **spec, read="vt", free="1.5 dimensionless", affinity="other", input_cv=0.1)
    high, low = (vt.truth([np.array(1.3), np.array(affinity)]) for affinity in (1.0, 0.5))
    assert (high, low) == pytest.approx((1.5 * 3.6, 1.5 * 2.3))
    assert read(vt, 1.3, 1.0).std() / high == pytest.approx(np.hypot(0.05, 0.1), rel=0.03)
    dvr = method("dimensionless", **spec, read="dvr", reference="other")
    before, after = (float(dvr.truth([np.array(1.0), np.array(there)])) for there in (1.0, 1.2))
    assert before == 1.0
    assert after < 1.0, "the region did not change; its reference did"
    assert read(dvr, 1.0, 1.0).std() == pytest.approx(0.05 * np.sqrt(2), rel=0.03)


def test_spectroscopy_is_over_a_reference():
    found = read(method("mmol/L", kind="spectroscopy", fit_cv=0.06, reference_cv=0.03), 8.0)
    assert found.std() / 8.0 == pytest.approx(np.hypot(0.06, 0.03), rel=0.03)


# ------------------------------------------------------------------------------------------------ sensory tests
def test_method_of_limits_overshoots_by_the_reaction():
    spec = {"kind": "method_of_limits", "trials": 4, "trial_sd": "2 degC", "rate": "1 degC", "each": "1 s"}
    cold = read(method("degC", **spec, reaction="0.4 s", direction="falling"), 15.0)
    assert cold.mean() == pytest.approx(14.6, abs=0.03)
    assert cold.std() == pytest.approx(1.0, rel=0.02)
    press = read(method("kPa", kind="method_of_limits", trials=3, trial_cv=0.15), 300.0)
    assert press.std() / 300.0 == pytest.approx(0.15 / np.sqrt(3), rel=0.03)


def test_up_down_finds_the_force_that_half_answer_to():
    forces = [f"{2.0**k / 10} g" for k in range(9)]  # 0.1 to 25.6 g
    assay = method("g", kind="up_down", filaments=forces, steepness=4.0)
    for threshold in (0.8, 1.6, 3.0):
        logs = np.log(read(assay, threshold, n=8000))
        assert logs.mean() == pytest.approx(np.log(threshold), abs=0.12)
        assert 0.1 < logs.std() < 0.6
    assert read(assay, 1e-6, n=50) == pytest.approx(0.1)
    assert read(assay, 1e6, n=50) == pytest.approx(25.6)
    certain = method("g", kind="up_down", filaments=forces, steepness=100.0)
    # An animal that always answers to 1.6 g and never to 0.8 g: 1.6, 0.8, 1.6, 0.8, 1.6, 0.8, and 1.6 would be next.
    assert read(certain, 1.13, n=50) == pytest.approx(0.8 * 2.0 ** (4 / 7))


def test_two_readings_err_twice():
    spec = {"kind": "conditioned_modulation", "sd": "3 dimensionless"}
    difference = read(method("dimensionless", **spec), 12.0)
    assert difference.std() == pytest.approx(3.0 * np.sqrt(2), rel=0.02)
    both = read(method("dimensionless", **spec, first="other"), 40.0, 28.0)
    assert both.mean() == pytest.approx(12.0, abs=0.1)
    rated = read(
        method("dimensionless", kind="temporal_summation", sd="1 dimensionless", step="1 dimensionless", first="other"),
        6.0,
        4.0,
    )
    assert np.abs(rated - np.rint(rated)).max() == 0.0
    assert rated.mean() == pytest.approx(2.0, abs=0.05)


def test_cut_off_latency_never_exceeds_it():
    found = read(method("s", kind="cut_off", cut_off="30 s", trial_cv=0.3, trials=2), 29.0)
    assert found.max() == 30.0
    assert found.mean() < 29.0


def test_mitogen_wells_are_averaged_but_the_cells_are_counted_once():
    found = read(method("pg/mL", kind="mitogen_dish", wells=4, well_cv=0.2, cells_cv=0.1), 100.0)
    assert found.std() / 100.0 == pytest.approx(np.hypot(0.1, 0.1), rel=0.04)
    assert (read(method("pg/mL", kind="mitogen_dish", well_cv=0.1, limit="5 pg/mL"), 1.0) == 5.0).all()


# ------------------------------------------------------------------------------------------------ answers
@settings(max_examples=40)
@given(st.sampled_from(["nrs", "hads", "fiqr", "wpi", "sss", "psqi"]), st.floats(-5, 110), st.floats(0, 10))
def test_a_questionnaire_stays_on_its_scale_and_steps(scale, true, sd):
    from allodynia.study.assay.questionnaire import SCALES

    lowest, highest, step = SCALES[scale]
    found = read(method("dimensionless", kind="questionnaire", scale=scale, sd=sd), true, n=200)
    assert found.min() >= lowest
    assert found.max() <= highest
    steps = (found - lowest) / step
    assert np.abs(steps - np.rint(steps)).max() < 1e-9


@pytest.mark.parametrize(
    ("wpi", "sss", "yes"),
    [(7, 5, 1), (7, 4, 0), (6, 9, 1), (6, 8, 0), (4, 9, 1), (3, 12, 0), (19, 12, 1), (19, 4, 0), (np.nan, 9, np.nan)],
)
def test_the_criteria_of_2016(wpi, sss, yes):
    assert np.array_equal(met(np.array(float(wpi)), np.array(float(sss))), yes, equal_nan=True)


def test_nobody_has_a_reading_who_was_not_solved():
    specs = [
        ("pg/mL", ELISA), ("1/mm", {"kind": "skin_biopsy", "section": "3 mm"}),
        ("m/s", {"kind": "nerve_conduction", "distance": "80 mm", "distance_sd": "2 mm", "latency_sd": "0.05 ms"}),
        ("g", {"kind": "up_down", "filaments": ["1 g", "2 g", "4 g", "8 g"], "steepness": 4.0}),
        ("dimensionless", {"kind": "questionnaire", "scale": "nrs", "sd": 1.0}),
        ("%", {"kind": "flow_cytometry", "read": "share"}), ("pg/mL", {"kind": "mitogen_dish", "well_cv": 0.1}),
    ]  # fmt: skip
    for unit, spec in specs:
        assert np.isnan(read(method(unit, **spec), np.nan, n=5)).all(), spec["kind"]


def test_a_study_chooses_an_assay_and_its_means_are_those_of_readings_where_they_are_biased():
    scored = STUDY.replace(
        "noise: {additive: 0.5 dimensionless, evidence: assumed}",
        "assay: {kind: questionnaire, scale: nrs, sd: 1.5, evidence: assumed}",
    )
    assert scored != STUDY
    from allodynia.study import Expectation

    result = simulate_study(read_study(scored, "s", "s.yaml"), person(), design=Expectation(worlds=2, people=64))
    read_there = result.readings.measured("pain", "ill", [0.0])
    assert np.abs(read_there - np.rint(read_there)).max() == 0.0
    assert result.observable("pain_ill").value == pytest.approx(read_there.mean())


@pytest.mark.parametrize(
    ("unit", "spec", "said"),
    [
        ("pg/mL", {**ELISA, "limit": "900 pg/mL"}, "limit: 900 pg/mL is not below highest"),
        ("pg/mL", {**ELISA, "half": "80 kPa"}, "measures something else"),
        ("kPa", {"kind": "nerve_conduction", "distance": "8 cm", "distance_sd": "2 mm", "latency_sd": "1 s"}, "velo"),
        ("kPa", {"kind": "questionnaire", "scale": "nrs", "sd": 1.0}, "a score is in dimensionless"),
        ("dimensionless", {"kind": "questionnaire", "sd": 1.0}, "a scale: of its own"),
        ("dimensionless", {"kind": "pet", "read": "dvr", "binding": 1.0, "region_cv": 0.1}, "needs a reference"),
        ("g", {"kind": "up_down", "filaments": ["4 g", "2 g", "1 g", "8 g"], "steepness": 4.0}, "softest to"),
        ("kPa", {"kind": "method_of_limits", "rate": "30 kPa"}, "go together"),
        ("kPa", {"kind": "skin_biopsy", "section": "3 mm"}, "is not a number of items"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(unit, spec, said):
    with pytest.raises(AllodyniaError) as refused:
        method(unit, **spec)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("assay: {kind: elysa, evidence: assumed}", "unknown kind of assay 'elysa'; did you mean 'elisa'"),
        ("assay: {scale: nrs, sd: 1, evidence: assumed}", "assay.kind is missing"),
        ("assay: {kind: questionnaire, scale: nrs, sd: 1.0}", "evidence is missing"),
        ("label2: x", "unknown key 'label2'"),
        ("good: lower", "needs either assay: (with its kind) or noise:"),
        ("assay: {kind: acr2016, severity: symptom.sss, wpi_sd: 1, sss_sd: 1, evidence: assumed}", "unknown output"),
    ],
)
def test_a_study_that_gets_its_assay_wrong_is_told_at_the_line(given, said):
    text = STUDY.replace("noise: {additive: 0.5 dimensionless, evidence: assumed}", given).replace(
        "    good: lower\n", "", 1
    )
    with pytest.raises(AllodyniaError) as refused:
        simulate_study(read_study(text, "s", "s.yaml"), person())
    assert said in str(refused.value)
    assert str(refused.value).startswith("s.yaml:1")
