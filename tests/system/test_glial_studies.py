"""What the studies of glial drugs rest on: each result is the target's, and goes with the edge to it."""

from __future__ import annotations

import pytest

from allodynia.study import Expectation, load_study, simulate_study
from allodynia.study.systems import system_for

PAIN, WIND_UP = "all_twelve_with_interval_and_grade", "summation_change"


@pytest.fixture(scope="module")
def screened():
    """The screen in few people: as it is, and with the edges from drugs to two targets cut."""
    study = load_study("glial-drug-screen")
    design = Expectation(worlds=2, people=8)
    cut = {"drug-cord-nmda-block": 0.0, "drug-cord-microglia-block": 0.0}
    return [simulate_study(study, system_for(study), design=design, edges=edges) for edges in (None, cut)]


def rats(edges=None):
    study = load_study("minocycline-timing")
    design = Expectation(worlds=16, donors=2)
    return simulate_study(study, system_for(study), design=design, edges=edges)


def test_minocycline_before_the_cord_has_changed_helps_and_after_calms_microglia_only():
    found = rats()
    assert found.observable("minocycline_early_minus_late_effect").value > 0.2
    assert found.observable("late_effect").value < 0.1
    assert found.observable("late_microglia").value < 0.8
    without = rats({"drug-cord-microglia-block": 0.0})
    # twins take different steps, and means are integrated at 1e-4
    assert without.observable("early_effect").value == pytest.approx(0.0, abs=1e-3)
    assert without.observable("late_microglia").value == pytest.approx(1.0, abs=1e-4)


def test_dextromethorphan_lowers_wind_up_through_the_channel_alone(screened):
    whole, cut = screened
    name = "dextromethorphan_60_to_90_mg_wind_up"
    less, more = (whole.observable(name, arm=f"dextromethorphan_{dose}").value for dose in (60, 90))
    assert more < less < 0.0
    assert cut.observable(name, arm="dextromethorphan_90").value == pytest.approx(0.0, abs=1e-6)


def test_through_tlr4_naltrexone_does_nothing_and_rifampicin_next_to_nothing(screened):
    whole, _ = screened
    assert abs(whole.observable("naltrexone_4_5_mg_effect_through_tlr4_nrs").value) < 1e-4
    assert whole.observable("tlr4_occupancy", arm="naltrexone").value < 1e-5
    assert 1e-5 < whole.observable("tlr4_occupancy", arm="rifampicin").value < 0.05


def test_what_reaches_its_target_moves_pain_and_what_does_not_leaves_it(screened):
    whole, cut = screened
    pain = {arm: whole.observable(PAIN, arm=arm).value for arm in ("minocycline", "jnj_54175446", "etanercept")}
    assert all(value < -0.01 for value in pain.values()), pain
    for arm in ("ganciclovir", "rifampicin", "pentoxifylline", "propentofylline", "cannabidiol"):
        assert abs(whole.observable(PAIN, arm=arm).value) < 0.01, arm
    assert cut.observable(PAIN, arm="minocycline").value == pytest.approx(0.0, abs=1e-5)
    assert cut.observable(WIND_UP, arm="minocycline").value == pytest.approx(0.0, abs=1e-4)
    # What acts elsewhere does not mind: P2X7 has its own edge.
    assert cut.observable(PAIN, arm="jnj_54175446").value < -0.01


def test_etanercept_binds_the_tnf_of_blood_and_a_small_share_of_the_cord_s(screened):
    whole, _ = screened
    found = whole.observable("etanercept_sc_cns_tnf_occupancy")
    assert 0.0 < found.value < 0.4
