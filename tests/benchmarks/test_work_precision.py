"""Ratios between engines are interpolated as a scientist would by hand, and never made up."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.efficiency import lanes_at_work
from benchmarks.problem import population
from benchmarks.task import Task
from benchmarks.work_precision import Point, envelope, ratios, seconds_at


def points(*pairs: tuple[float, float]) -> list[Point]:
    return [Point("only", 0.0, error, seconds, 0.0, 1, 0) for error, seconds in pairs]


def test_a_power_law_is_interpolated_exactly() -> None:
    curve = points(*((error, 3e-6 * error**-0.25) for error in (1e-8, 1e-6, 2e-4, 1e-2)))
    for error in (1e-7, 1e-5, 1e-3):
        assert seconds_at(curve, error) == pytest.approx(3e-6 * error**-0.25)


def test_nothing_is_extrapolated_to_errors_never_reached() -> None:
    curve = points((1e-4, 2.0), (1e-2, 1.0))
    assert seconds_at(curve, 1e-5) is None
    assert seconds_at(curve, 1e-1) == 1.0
    assert seconds_at([], 1e-3) is None


def test_only_the_best_settings_count() -> None:
    curve = points((1e-2, 1.0), (1e-3, 5.0), (1e-4, 3.0), (1e-5, 4.0), (float("inf"), 0.1), (1e-2, 2.0))
    assert [(p.error, p.seconds) for p in envelope(curve)] == [(1e-5, 4.0), (1e-4, 3.0), (1e-2, 1.0)]


def test_ratios_say_how_many_times_longer_the_other_takes() -> None:
    ours = points((1e-8, 1e-5), (1e-2, 1e-6))
    assert ratios(ours, points((1e-8, 4e-4), (1e-2, 4e-5))) == pytest.approx({"0.001": 40, "1e-05": 40, "1e-07": 40})
    assert ratios(ours, points((1e-4, 1.0), (1e-2, 0.5)))["1e-07"] is None


def test_the_achieved_error_is_the_worst_over_states_and_times() -> None:
    reference = np.zeros((2, 3, 2))
    reference[:, :, 0] = [1.0, 2.0, 4.0]
    task = Task(problem=None, reference=reference, size=np.array([4.0, 0.0]))
    values = reference.copy()
    values[0, 1, 0] += 0.04
    values[1, 2, 0] = np.nan
    errors = task.errors(values, slice(0, 2))
    assert errors[0] == pytest.approx(0.01)
    assert errors[1] == np.inf


def test_a_population_grows_without_changing_who_was_there() -> None:
    nominal = np.array([1.0, 2.0, 3.0])
    few, many = (population(nominal, (0, 2), n, seed=3) for n in (5, 500))
    assert (few == many[:5]).all()
    assert (many[:, 1] == 2.0).all()
    assert np.log(many[:, 0]).std() == pytest.approx(0.3, rel=0.1)


def test_lanes_idle_only_at_the_end() -> None:
    assert lanes_at_work(np.array([5, 5, 5, 5]), 4) == 1.0
    assert lanes_at_work(np.array([1, 1, 1, 9]), 2) == pytest.approx(12 / 20)
