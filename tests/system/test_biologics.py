"""Antibodies and IgG as drugs: how far they lower IgG and autoantibody, how fast they go, and which edge does it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.system.conftest import Bench

from allodynia.system import load_system

MONTH = 30.4
WEIGHT = 70.0


def bench(*names):
    system = load_system("human", modules=["igg", "bcell"], drugs=names)
    return Bench(system.ode, system)


def left(person, doses, days, **settings):
    """Share of the body's own IgG that is left, by day."""
    run = person.run([settings], days, ["igg.c_plasma_own"], doses)
    return run["igg.c_plasma_own"][0] / person.run([settings], [0.0], ["igg.c_plasma_own"])["igg.c_plasma_own"][0, 0]


def test_four_weeks_of_efgartigimod_take_three_quarters_of_igg():
    person = bench("efgartigimod")
    days = np.arange(0.5, 120.5, 0.5)
    weekly = [(7.0 * week, "drugs.efgartigimod_central", 10 * WEIGHT) for week in range(4)]
    course = left(person, weekly, days)
    assert 0.20 < course.min() < 0.35  # tuned to: -75 % after several doses
    assert 21 < days[course.argmin()] < 35
    assert left(person, weekly[:1], days).min() == pytest.approx(0.5, abs=0.06)  # -50 % at most after one dose
    assert course[days == 21 + 56][0] > 0.8  # about back eight weeks after the last
    cut = left(person, weekly, days, **{"edge.drug-igg-fcrn-block": 0.0})
    np.testing.assert_allclose(cut, 1.0, rtol=1e-6)


def test_an_fcrn_blocker_takes_autoantibody_as_it_takes_all_igg():
    # efgartigimod-myasthenia-igg: 55.9 % of one and 56.1 % of the other.
    person = bench("efgartigimod")
    start = 400.0
    weekly = [(start + 7.0 * week, "drugs.efgartigimod_central", 10 * WEIGHT) for week in range(4)]
    outputs = ["igg.c_plasma_auto", "igg.c_plasma_own"]
    run = person.run([{"bcell.auto_drive": 0.001}], [start, start + 28.0], outputs, weekly)
    auto, own = (run[name][0, 1] / run[name][0, 0] for name in outputs)
    assert auto == pytest.approx(own, rel=0.05)
    assert 0.2 < own < 0.5


def test_one_dose_of_rozanolixizumab_takes_half_of_igg():
    person = bench("rozanolixizumab")
    days = np.arange(0.5, 80.5, 0.5)
    course = left(person, [(0.0, "drugs.rozanolixizumab_subcutaneous", 7 * WEIGHT)], days)
    assert 0.45 < course.min() < 0.60  # tuned to: -48 %
    assert 7 < days[course.argmin()] < 13  # by day 10
    assert course[days == 57][0] > 0.85
    lower = left(person, [(0.0, "drugs.rozanolixizumab_subcutaneous", 4 * WEIGHT)], days)
    assert course.min() < lower.min() < 0.75


def test_rituximab_takes_autoantibody_and_leaves_igg():
    person = bench("rituximab")
    ill = {"bcell.auto_drive": 0.001}
    start = 400.0
    outputs = ["igg.c_plasma_auto", "igg.c_plasma_own", "bcell.b_cells", "drugs.rituximab_plasma"]
    doses = [(start + day, "drugs.rituximab_central", 1000.0) for day in (0.0, 14.0)]
    days = np.r_[0.0, np.arange(1, 721)]
    run = {name: values[0] for name, values in person.run([ill], start + days + 1e-6, outputs, doses).items()}
    auto, own, cells = (run[name] / run[name][0] for name in outputs[:3])
    month = int(MONTH)
    assert 0.30 < 1 - auto[month] < 0.60
    assert 0.04 < 1 - own[4 * month] ** (1 / 4) < 0.08  # cortazar2017: 6 % a month (4 to 8)
    assert cells[14] < 0.05
    assert cells[180] < 0.1  # gone for half a year or more
    assert cells[540] > 0.9
    plasma = run["drugs.rituximab_plasma"]
    half_life = -np.log(2) / np.polyfit(days[60:110], np.log(plasma[60:110]), 1)[0]
    assert half_life == pytest.approx(20.2, abs=1)  # tuned to
    cut = person.run([{**ill, "edge.drug-bcell-cd20-block": 0.0}], [start, start + 90.0], outputs[:1], doses)[
        outputs[0]
    ][0]
    assert cut[1] == pytest.approx(cut[0], rel=0.02)


def test_ivig_leaves_as_it_does_in_people_who_have_no_igg_of_their_own():
    system = load_system("human", modules=["igg"], drugs=["ivig"])
    person = Bench(system.ode, system)
    days = np.arange(1.0, 60.0)
    dose = [(0.0, system.drugs["ivig"].into("intravenous"), 500.0 * WEIGHT)]
    lanes = [{"igg.own_level": 2.0}, {}]
    given = person.run(lanes, days, ["igg.c_plasma_given"], dose)["igg.c_plasma_given"]
    lack, healthy = (-np.log(2) / np.polyfit(days[6:28], np.log(one[6:28]), 1)[0] for one in given)
    assert 20.6 < lack < 43.6  # people with immunodeficiency: 31 to 37 d, from 15 to 97
    assert healthy < lack  # FcRn is shared
    assert given[0, 0] == pytest.approx(500 / 42 * 0.8, rel=0.1)  # 42 mL of plasma a kg, part of it already in tissue


def test_much_ivig_makes_the_bodys_own_igg_go_faster():
    person = bench("ivig")
    course = left(person, [(0.0, "igg.plasma_given", 2000.0 * WEIGHT)], [14.0, 28.0])
    assert (course < 0.97).all()


def test_an_fcrn_blocker_takes_given_igg_too():
    person = bench("efgartigimod", "ivig")
    dose = [(0.0, "igg.plasma_given", 500.0 * WEIGHT)]
    blocker = [(7.0 * week, "drugs.efgartigimod_central", 10 * WEIGHT) for week in range(4)]
    alone = person.run([{}], [28.0], ["igg.c_plasma_given"], dose)["igg.c_plasma_given"][0, 0]
    both = person.run([{}], [28.0], ["igg.c_plasma_given"], [*dose, *blocker])["igg.c_plasma_given"][0, 0]
    assert both < 0.5 * alone
