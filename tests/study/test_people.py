"""People: who they are, that they begin at rest in the basin of their stated start, and that the implausible go."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import Status
from allodynia.errors import AllodyniaError, InvalidInput
from allodynia.study import Expectation, read_study, simulate_study

from .people import STUDY, person


@pytest.fixture(scope="module")
def system():
    return person()


def run(system, text=STUDY, **options):
    return simulate_study(read_study(text, "switch", "switch.yaml"), system, **options)


def rows(result, arm):
    return result.layout.view(np.arange(result.layout.rows), arm).reshape(-1)


def true(result, endpoint, arm, time):
    return result.readings.true(endpoint, arm, [time])[0, 0, :, 0]


def test_they_begin_at_rest_in_the_basin_of_their_start(system):
    result = run(system)
    assert not result.failed
    for time in (0.0, 60.0):
        assert true(result, "x", "healthy", time) == pytest.approx(0.0, abs=1e-12)
    ill = true(result, "x", "ill", 0.0)
    assert (ill > 1.0).mean() > 0.9
    assert true(result, "x", "ill", 60.0) == pytest.approx(ill, rel=1e-3)
    # The slow one has followed all the way: a run-in of some time constants would not do.
    assert true(result, "y", "ill", 0.0) == pytest.approx(ill, rel=1e-3, abs=1e-6)


def test_as_stated_they_do_not_rest(system):
    result = run(system, STUDY.replace("follow_up:", "begin: as_stated\nfollow_up:"))
    assert true(result, "x", "ill", 0.0) == pytest.approx(3.0)
    assert true(result, "y", "ill", 0.0) == pytest.approx(0.0)
    assert (true(result, "y", "ill", 60.0) > 0.5).mean() > 0.9


def test_what_sets_an_arm_apart_acts_from_the_beginning_of_a_run_in(system):
    arms = "arms:\n  cut: {people: ill, twins_of: ill, edges: {push: 0}, begin: {run_in: 10 d}}\n"
    result = run(system, STUDY.replace("arms:\n", arms))
    before, after = true(result, "x", "ill", 0.0), true(result, "x", "cut", 0.0)
    assert after == pytest.approx(before * np.exp(-10.0), rel=1e-3)
    cut_for_ever = run(system, STUDY.replace("arms:\n", arms.replace("begin: {run_in: 10 d}", "label: cut")))
    assert true(cut_for_ever, "x", "cut", 0.0) == pytest.approx(0.0, abs=1e-6)


def test_the_implausible_are_left_out_counted_and_nobody_else_changes(system):
    strict = STUDY.replace("{people: ill}", "{people: strict}")
    result = run(system, strict)
    pain = true(result, "pain", "ill", 0.0)
    assert ((pain >= 6.5) & (pain <= 8.0)).all()
    tally = result.tallies["ill"]
    assert tally.tried - tally.rejected == 40
    assert 0.02 < tally.accepted < 0.9
    assert tally.outside == {"symptom.pain": tally.rejected}
    # Person i is the same however many are wanted, and whoever else is in the study.
    fewer = run(system, strict.replace("subjects: 40", "subjects: 7").replace("  healthy: {people: healthy}\n", ""))
    assert true(fewer, "pain", "ill", 60.0).tolist() == true(result, "pain", "ill", 60.0)[:7].tolist()


def test_a_population_that_hardly_anybody_belongs_to_is_refused_with_its_numbers(system):
    with pytest.raises(InvalidInput, match=r"'nobody' cannot be drawn: 0 of 256 candidates .* symptom.pain 256"):
        run(system, STUDY.replace("{people: ill}", "{people: nobody}"))


def test_subjects_that_never_rest_are_failed_and_shown(system, monkeypatch):
    from allodynia.cohort import rest

    monkeypatch.setattr(rest, "STRETCHES", 2)
    monkeypatch.setattr(rest, "FIRST_STRETCH", 10.0)
    result = run(system)
    ill = rows(result, "ill")
    assert (result.status[ill] == int(Status.NO_STEADY_STATE)).all()
    assert np.isnan(true(result, "pain", "ill", 0.0)).all()
    assert (result.status[rows(result, "healthy")] == 0).all()


def test_worlds_of_an_expectation_are_the_same_in_any_range(system):
    text = STUDY.replace("{people: ill}", "{people: strict}")
    few = run(system, text, design=Expectation(worlds=3, people=16))
    many = run(system, text, design=Expectation(worlds=6, people=24))
    series = [result.layout.view(result.readings.series["symptom.pain"].values, "ill") for result in (few, many)]
    assert series[0].shape[:3] == (3, 1, 16)
    assert (series[0] == series[1][:3, :, :16]).all()


def test_twins_are_the_same_people_and_populations_are_not(system):
    arms = "arms:\n  twin: {people: ill, twins_of: ill}\n  other: {people: ill}\n"
    result = run(system, STUDY.replace("arms:\n", arms))
    ill, twin, other = (true(result, "pain", name, 0.0) for name in ("ill", "twin", "other"))
    assert (ill == twin).all()
    assert (ill != other).mean() > 0.9


def test_a_dose_for_each_kilogram_goes_by_the_persons_weight(system):
    dosed = (
        "ill:\n    people: ill\n    doses:\n"
        "      - {drug: blocker, route: oral, amount: 2 mg/kg, at: 30 d}\n  ill2: {people: ill, twins_of: ill}"
    )
    text = STUDY.replace("ill: {people: ill}", dosed).replace(
        "observables:", "also_draw: {drug: {output: drugs.blocker_central, label: Drug, unit: mg},\n"
        "  weight: {output: body.weight, label: Weight, unit: kg}}\nobservables:"
    ).replace("every: 10 d", "every: 1 d")  # fmt: skip
    result = run(system, text)
    weight, drug = (true(result, name, "ill", 31.0) for name in ("weight", "drug"))
    assert drug == pytest.approx(2.0 * weight * np.exp(-1.0), rel=1e-4)
    assert weight.std() > 5.0
    assert (true(result, "pain", "ill", 60.0) <= true(result, "pain", "ill2", 60.0)).all()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{people: ill}", "{people: il}", "switch.yaml:8: unknown population of people 'il'; did you mean 'ill'"),
        ("{people: ill}", "{people: ill, donors: fm}", "the arm 'ill' holds people"),
        ("{people: ill}", "{people: ill, twins_of: healthy}", "the arm 'healthy' holds subjects of another population"),
        ("{people: ill}", "{people: ill, begin: steady}", "switch.yaml:8"),
        ("{people: ill}", "{people: ill, begin: {run_in: 0 d}}", "run_in: 0 d is no time at all"),
        ("good: lower", "summary: change", "summary: change needs a baseline"),
        ("kind: mean,", "kind: mean, scale: change,", "scale: change needs a baseline"),
        ("{people: ill}", "{people: ill, doses: [{drug: bloker, amount: 1 mg, at: 0 d}]}", "did you mean 'blocker'"),
        ("{people: ill}", "{people: ill, doses: [{drug: blocker, amount: 1 mL, at: 0 d}]}", "measures something else"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_line(system, old, new, said):
    assert old in STUDY
    with pytest.raises(AllodyniaError) as refused:
        run(system, STUDY.replace(old, new, 1))
    assert said in str(refused.value)
