"""The methods have the order they claim: on steps, on dense output, and in the compiled kernel."""

from __future__ import annotations

import numpy as np
import pytest
from ode_systems import closed_form, closed_form_solution

from allodynia.engine import simulate
from allodynia.engine.reference import Equations, fixed_steps, rosenbrock_step
from allodynia.engine.tableaux import TABLEAUX, tableau
from allodynia.errors import InvalidInput

NO_PARAMETERS = np.zeros(0)


def slope_of_logs(x: list[float], y: list[float]) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


@pytest.mark.parametrize("method", TABLEAUX)
def test_order_of_steps(method: str) -> None:
    system = closed_form()
    counts = [10, 20, 40, 80]
    start, end = closed_form_solution(np.array(0.0)), closed_form_solution(np.array(1.0))
    errors = [
        float(np.abs(fixed_steps(system, NO_PARAMETERS, start, 0.0, 1.0 / n, n, method) - end).max()) for n in counts
    ]
    assert -slope_of_logs([float(n) for n in counts], errors) == pytest.approx(tableau(method).order, abs=0.2)


@pytest.mark.parametrize("method", TABLEAUX)
def test_order_of_dense_output(method: str) -> None:
    """One step from an exact point: the local error of dense output falls as h^(order + 1)."""
    equations, rule = Equations(closed_form()), tableau(method)
    sizes, errors = [0.4, 0.2, 0.1, 0.05], []
    for h in sizes:
        step = rosenbrock_step(equations, rule, 0.7, closed_form_solution(np.array(0.7)), NO_PARAMETERS, h)
        inside = 0.7 + h * np.array([0.2, 0.5, 0.8])
        errors.append(max(np.abs(step.dense(rule, t) - closed_form_solution(t)).max() for t in inside))
    assert slope_of_logs(sizes, errors) == pytest.approx(rule.dense_order + 1, abs=0.5)


@pytest.mark.parametrize("method", TABLEAUX)
def test_dense_output_meets_the_step_at_both_ends(method: str) -> None:
    equations, rule = Equations(closed_form()), tableau(method)
    step = rosenbrock_step(equations, rule, 0.7, closed_form_solution(np.array(0.7)), NO_PARAMETERS, 0.1)
    np.testing.assert_array_equal(step.dense(rule, 0.7), step.y)
    np.testing.assert_allclose(step.dense(rule, 0.7 + 0.1), step.y_new, rtol=1e-14)


@pytest.mark.parametrize("method", TABLEAUX)
def test_error_of_the_kernel_follows_the_tolerance(method: str) -> None:
    system = closed_form()
    times = np.linspace(0.05, 3.0, 60)  # most samples lie inside steps
    tolerances = [1e-6, 1e-8, 1e-10, 1e-12]
    errors, steps = [], []
    for rtol in tolerances:
        solution = simulate(system, np.zeros((1, 0)), times, ["a", "b"], rtol=rtol, atol=rtol, method=method)
        errors.append(float(np.abs(solution.values[0] - closed_form_solution(times)).max()))
        steps.append(float(solution.steps[0]))
    assert all(error < 20 * rtol for error, rtol in zip(errors, tolerances, strict=True))
    assert slope_of_logs(tolerances, errors) == pytest.approx(1.0, abs=0.3)
    assert -1 / slope_of_logs(tolerances, steps) == pytest.approx(tableau(method).order, abs=1.0)


@pytest.mark.parametrize("method", TABLEAUX)
def test_without_the_time_derivative_the_order_is_lost(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order tests can fail: leaving df/dt out is seen at once."""
    monkeypatch.setattr(Equations, "time_derivative", lambda self, t, y, p: np.zeros(self.n))
    with pytest.raises(AssertionError):
        test_order_of_steps(method)


def test_an_unknown_method_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(InvalidInput, match="Rodas5P"):
        simulate(closed_form(), np.zeros((1, 0)), [1.0], ["a"], method="Rodas6")
