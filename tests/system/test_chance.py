"""What happens by chance: when the integrated hazard says, the same in every arm, and nothing unasked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from allodynia import engine
from allodynia.api.export import export
from allodynia.cohort import Settler, read_table
from allodynia.cohort.luck import waits
from allodynia.engine import Status
from allodynia.errors import InvalidInput
from allodynia.model import Edge, compose, read_antimony_modules
from allodynia.study import AsPlanned, read_study, simulate_study
from allodynia.study.begin import Beginner
from allodynia.study.bind import bind
from allodynia.study.check import check_study
from allodynia.study.systems import system_for
from allodynia.system import load_system
from allodynia.system.chance import DRAWS, chance_module

MOOD = """model mood
  unit time_unit = 86400 second
  unit per_d = 1 / time_unit
  const base has per_d
  const more has dimensionless
  const k has per_d
  hazard := base * (1 dimensionless + more * low);  hazard has per_d
  var low = 1 dimensionless
  low' = -k * low
end
"""
STUDY = """
title: Colds and strains
question: What happens to whom?
species: human
modules: [infection, sleep_stress]
chance: [colds, stressors]
follow_up: 200 d
sampling: {every: 10 d}
subjects: 6
arms:
  one: {people: healthy}
  same: {people: healthy, twins_of: one}
  sedated: {people: healthy, twins_of: one, inputs: {sleep_stress.sedation: 0.3 dimensionless}}
endpoints:
"""
READ = {
    "colds": "colds_count", "strains": "stressors_count", "hazard": "stressors_hazard", "contacts": "colds_hazard"
}  # fmt: skip
for name, output in READ.items():
    STUDY += (
        f"  {name}: {{label: {name}, output: chance.{output}, unit: dimensionless, measured: [0 d, 200 d], "
        "noise: {evidence: assumed}}\n"
    )


@pytest.fixture(scope="module")
def clock():
    """A hazard of 0.1 a day, or one that decays from three times that, and the events it makes."""
    read = read_antimony_modules({"mood.ant": MOOD, "chance.ant": chance_module(["blows"])})
    waits_at_1 = {f"chance.blows_wait_{number}": 1.0 for number in range(1, DRAWS + 1)}
    return compose(
        {"mood": read["mood.ant"], "chance": read["chance.ant"]},
        [Edge("hazard", "mood.hazard", "chance.blows_rate", "1/d")],
        {"mood.base": 0.1, "mood.more": 0.0, "mood.k": 0.05, "chance.blows": 1.0, **waits_at_1},
    )


def rows(ode, drawn, **given):
    out = np.tile([quantity.value for quantity in ode.parameters], (len(drawn), 1))
    column = {quantity.id: number for number, quantity in enumerate(ode.parameters)}
    for number in range(DRAWS):
        out[:, column[f"chance.blows_wait_{number + 1}"]] = drawn[:, number]
    for name, value in given.items():
        out[:, column[name.replace("__", ".")]] = value
    return out


def counts(ode, parameters, times, **options):
    found = engine.simulate(ode, parameters, times, ("chance.blows_count",), **options)
    return found.values[..., 0] - 1.0, found.status


def test_under_a_constant_hazard_events_come_where_the_draws_say_and_so_are_a_poisson_process(clock):
    drawn = waits(3, "blows", "us", 0, np.arange(400), DRAWS)
    times = np.arange(0.0, 60.01, 0.5)
    found, status = counts(clock, rows(clock, drawn), times)
    assert (status == 0).all()
    happened = np.cumsum(drawn, axis=1)[:, None, :] / 0.1
    near = np.abs(happened - times[None, :, None]).min(axis=2) < 1e-6
    expected = (happened <= times[None, :, None]).sum(axis=2)
    assert (found == expected)[~near].all()
    last = found[:, -1]
    assert last.mean() == pytest.approx(6.0, abs=4.0 * np.sqrt(6.0 / last.size))
    assert last.var() == pytest.approx(6.0, rel=0.3)
    assert stats.kstest(happened[:, 0, 0] * 0.1, "expon").pvalue > 1e-3


def test_under_a_hazard_that_depends_on_the_state_they_come_where_its_integral_says(clock):
    drawn = waits(4, "blows", "us", 0, np.arange(100), DRAWS)
    times = np.arange(0.0, 80.01, 0.25)
    found, _ = counts(clock, rows(clock, drawn, mood__more=2.0), times)
    hazard = 0.1 * (times + 2.0 * -np.expm1(-0.05 * times) / 0.05)
    thresholds = np.cumsum(drawn, axis=1)
    near = np.abs(thresholds[:, None, :] - hazard[None, :, None]).min(axis=2) < 1e-5
    expected = (thresholds[:, None, :] <= hazard[None, :, None]).sum(axis=2)
    assert (found == expected)[~near].all()
    assert near.mean() < 0.01


def test_no_bit_depends_on_who_else_is_simulated(clock):
    parameters = rows(clock, waits(5, "blows", "us", 0, np.arange(37), DRAWS), mood__more=1.0)
    outputs = ("chance.blows_hazard", "chance.blows_further", "chance.blows_count", "mood.low")
    times = np.arange(0.0, 60.1, 7.0)
    whole = engine.simulate(clock, parameters, times, outputs).values
    backwards = engine.simulate(clock, parameters[::-1].copy(), times, outputs, threads=1).values[::-1]
    alone = np.concatenate([engine.simulate(clock, row[None], times, outputs).values for row in parameters[:5]])
    assert whole.tobytes() == backwards.tobytes()
    assert whole[:5].tobytes() == alone.tobytes()


def test_whose_draws_run_out_ends_with_a_status(clock):
    drawn = np.full((2, DRAWS), 0.01)
    drawn[1] = 1.0
    found, status = counts(clock, rows(clock, drawn), np.array([0.0, 0.1 * DRAWS + 1.0, 30.0]))
    assert status.tolist() == [Status.NOT_FINITE, Status.SOLVED]
    assert np.isnan(found[0, -1])


def test_next_to_nobody_runs_out_of_draws_in_half_a_year():
    system = load_system("human", chance=["colds", "stressors"])
    worst = {"life.contact_rate": 1.0, "life.event_rate": 1.0 + system.parameters["life.distress_brings"].value}
    z = np.linspace(-9.0, 9.0, 4001)
    for name, factor in worst.items():
        row = system.parameters[name]
        between = math.sqrt(math.log1p(row.between["lognormal"]["cv"] ** 2))
        unknown = math.log(row.uncertainty["lognormal"]["factor"]) / 1.96
        mean = factor * row.value * 182.0 * np.exp(math.hypot(between, unknown) * z)
        out = np.trapezoid(stats.poisson.sf(DRAWS - 1, mean) * stats.norm.pdf(z), z)
        assert out < 1e-9, name


def test_the_same_luck_in_every_arm_and_for_any_number_of_people():
    study = read_study(STUDY, "luck", "luck.yaml")
    system = system_for(study)
    few = simulate_study(study, system, seed=3)
    many = simulate_study(study, system, seed=3, subjects=9)
    times = few.times
    for endpoint in study.spec.endpoints:
        one = few.readings.true(endpoint, "one", times)
        assert one.tobytes() == few.readings.true(endpoint, "same", times).tobytes()
    contacts = few.readings.true("colds", "one", times)
    assert contacts[..., -1].sum() > 10
    # a drug that changes sleep changes the mood on which strains depend, and not how often others bring virus
    assert np.array_equal(contacts, few.readings.true("colds", "sedated", times))
    assert not np.array_equal(few.readings.true("hazard", "one", times), few.readings.true("hazard", "sedated", times))
    more = many.readings.true("colds", "one", times)
    assert more.shape[2] == 9
    assert many.cohort["subject"].size == 27
    other = simulate_study(study, system, seed=4)
    assert not np.array_equal(contacts, other.readings.true("colds", "one", times))


def test_nothing_happens_to_people_at_rest_before_the_study():
    study = read_study(STUDY, "luck", "luck.yaml")
    found = simulate_study(study, system_for(study), seed=3)
    for endpoint, start in (("colds", 1.0), ("strains", 1.0), ("hazard", 0.0), ("contacts", 0.0)):
        assert (found.readings.true(endpoint, "one", [0.0]) == start).all()
    lived = read_study(STUDY.replace("follow_up:", "begin: {run_in: 100 d}\nfollow_up:"), "luck", "luck.yaml")
    after = simulate_study(lived, system_for(lived), seed=3)
    later = found.readings.true("contacts", "one", [100.0])
    assert after.readings.true("contacts", "one", [0.0]) == pytest.approx(later, rel=1e-6)


def test_who_does_not_ask_has_none_of_it():
    plain = load_system("human", modules=["infection", "sleep_stress"])
    assert not plain.chance
    assert not plain.ode.events
    assert not {"life", "chance"} & set(plain.modules)
    assert "sleep_stress.stressor" in plain.inputs
    asked = load_system("human", modules=["infection", "sleep_stress"], chance=["colds"])
    assert [event.id for event in asked.ode.events] == ["chance.colds_happen"]
    assert asked.digest != plain.digest
    # switched off, nothing happens
    values = np.array([[quantity.value for quantity in asked.ode.parameters]])
    count = engine.simulate(asked.ode, values, [0.0, 1000.0], ("chance.colds_count",)).values[0, :, 0]
    assert count.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[colds, stressors]", "[colds, strezzors]", "luck.yaml:6.*did you mean 'stressors'"),
        ("[infection, sleep_stress]", "[sleep_stress]", "colds act on 'infection.virus'; add the module 'infection'"),
        ("species: human", "species: mouse", "life"),
    ],
)
def test_what_cannot_happen_is_refused(old, new, said):
    study = read_study(STUDY.replace(old, new), "luck", "luck.yaml")
    with pytest.raises(InvalidInput, match=said):
        system_for(study)


def test_every_wait_of_a_person_at_rest_is_their_own_and_so_is_the_first():
    study = read_study(STUDY, "luck", "luck.yaml")
    found = simulate_study(study, system_for(study), seed=3, subjects=300)
    times = found.times
    for count, hazard, cause in (("colds", "contacts", "colds"), ("strains", "hazard", "stressors")):
        passed = found.readings.true(hazard, "one", times)[0, 0]
        counted = found.readings.true(count, "one", times)[0, 0]
        drawn = waits(3, cause, "one", 0, np.arange(300), DRAWS)
        expected = 1.0 + (np.cumsum(drawn, axis=1)[:, None, :] <= passed[:, :, None]).sum(axis=2)
        near = np.abs(np.cumsum(drawn, axis=1)[:, None, :] - passed[:, :, None]).min(axis=2) < 1e-4
        assert (counted == expected)[~near].all()
        # whoever's first wait is short is not spared it: that of the mean is 1
        assert (counted[passed < 0.5] > 1.0).any()


def test_a_system_without_what_a_study_asks_for_is_refused():
    study = read_study(STUDY, "luck", "luck.yaml")
    with pytest.raises(InvalidInput, match=r"luck.yaml:6.*colds"):
        simulate_study(study, load_system("human", modules=["infection", "sleep_stress"]))


def test_luck_that_is_not_drawn_and_what_no_file_can_say_are_refused(tmp_path):
    study = read_study(STUDY, "luck", "luck.yaml")
    system = system_for(study)
    plan = bind(study, system, AsPlanned())
    table = read_table(system.ode, system.parameters, {}, system.people)
    with pytest.raises(InvalidInput, match="luck is drawn"):
        Beginner(plan.arms, table, Settler(system.ode)).begin(1, range(1), uncertainty=False)
    with pytest.raises(InvalidInput, match=r"natural-history.yaml:\d+.*drawn for each person"):
        export("natural-history", out=tmp_path / "out.xml")


def test_a_study_is_told_with_what_happens_in_it(tmp_path):
    file = tmp_path / "luck.yaml"
    file.write_text(STUDY, encoding="utf-8")
    assert "colds (virus comes from others); stressors" in " ".join(check_study(file))
