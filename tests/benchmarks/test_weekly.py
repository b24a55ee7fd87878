"""The year that is measured is the same for every engine: doses as actions, as an event, and as stops."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.task import EACH, ONE
from benchmarks.weekly import EVERY, weekly
from benchmarks.weekly_engines import ENGINES, checked, stretches

from allodynia.engine import simulate

AGREE = 1e-5


@pytest.fixture(scope="module")
def dosed():
    return weekly(2)


def test_a_year_has_a_dose_a_week_and_the_drug_is_there(dosed):
    assert (1 + len(dosed.doses.times)) * EVERY == pytest.approx(364)
    central = dosed.task.reference[:, :, dosed.doses.target]
    assert (central[:, 1:] > 0.0).all()
    total = [quantity.id for quantity in dosed.task.problem.system.states].index("igg.plasma_own")
    igg = dosed.task.reference[:, :, total]
    assert (igg[:, -1] < 0.6 * igg[:, 0]).all(), "a year of an FcRn blocker takes most IgG"


def test_doses_as_an_event_are_the_doses(dosed):
    task = dosed.as_events
    problem = task.problem
    found = simulate(
        problem.system, problem.parameters, problem.times, problem.states, initial=problem.initial, rtol=1e-9,
        atol=np.asarray(task.atol(EACH, 1e-9)),
    )  # fmt: skip
    assert found.solved.all()
    assert (task.errors(found.values, slice(0, 2)) < 1e-7).all()
    assert (found.output("next.dose") == task.reference[:, :, -1]).all()


def test_a_dose_left_out_is_seen(dosed):
    """The agreement above can fail."""
    task = dosed.task
    problem = task.problem
    found = simulate(
        problem.system, problem.parameters, problem.times, problem.states, initial=problem.initial, rtol=1e-6
    )
    assert (task.errors(found.values, slice(0, 2)) > 0.1).all()


def test_stretches_between_doses_hold_every_sample_once(dosed):
    times = dosed.task.problem.times
    parts = stretches(dosed)
    assert np.concatenate([times[part.rows] for part in parts]).tolist() == times[1:].tolist()
    assert [part.times[0] for part in parts] == [0.0, *dosed.doses.times]
    assert [part.times[-1] for part in parts] == [*dosed.doses.times, times[-1]]


def test_scipy_agrees_with_the_reference(dosed):
    assert float(checked(dosed, 1, 1e-9).split("by ")[1].split()[0]) < 1e-7


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in ENGINES if "allodynia" not in name and "scipy" not in name])
def test_another_engine_agrees_on_a_year_of_the_whole_person(dosed, name):
    task, solver = ENGINES[name](dosed)
    setting = next(one for one in solver.settings if one.endswith((EACH, ONE)))
    batch = solver.solve(setting, 1e-9, slice(0, 1), 600.0)
    assert (task.errors(batch.values, slice(0, 1)) < AGREE).all()
