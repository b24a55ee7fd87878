"""The kernel and the plain integrator walk the same road, step for step."""

from __future__ import annotations

import numpy as np
import pytest
from ode_systems import cascade, closed_form, make, one_compartment, stiff

from allodynia.engine import Action, ActionKind, Actions, simulate
from allodynia.engine.reference import integrate
from allodynia.model.build import Builder
from allodynia.model.expr import Node

SCHEDULE = [
    Action(0.0, ActionKind.ADD_STATE, 1, 1.0),
    Action(3.3, ActionKind.ADD_STATE, 0, 5.0),
    Action(3.3, ActionKind.SET_STATE, 1, 0.5),
    Action(8.0, ActionKind.SET_PARAMETER, 3, 2.0),
    Action(8.1, ActionKind.ADD_PARAMETER, 2, 0.5),
]


@pytest.mark.parametrize("method", ["Rodas5P", "Rodas5", "Rodas4"])
@pytest.mark.parametrize("rtol", [1e-3, 1e-6, 1e-9])
def test_same_steps_and_values_with_actions(method: str, rtol: float) -> None:
    for system in (cascade(12), one_compartment()):
        rng = np.random.default_rng(1)
        parameters = np.exp(0.5 * rng.normal(size=(3, len(system.parameters))))
        times, names = list(np.linspace(0, 12, 10)), [q.id for q in system.states]
        actions = Actions.shared(3, SCHEDULE)
        fast = simulate(system, parameters, times, names, actions=actions, rtol=rtol, method=method)
        for i in range(3):
            plain = integrate(system, parameters[i], times, names, actions=SCHEDULE, rtol=rtol, method=method)
            assert (plain.steps, plain.rejected) == (fast.steps[i], fast.rejected[i])
            np.testing.assert_allclose(fast.values[i], plain.values, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(fast.final[i], plain.final, rtol=1e-10, atol=1e-12)


def test_same_steps_where_steps_are_refused() -> None:
    """A reaction that ignites: y' = y^2 - y^3 from 1e-3 (L. F. Shampine), scaled in time."""
    times = [500.0, 1000.0, 1100.0, 2000.0]

    def flame(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        square = b.mul(y[0], y[0])
        return [b.mul(p[0], b.sub(square, b.mul(square, y[0])))]

    system = make("flame", ["y"], ["k"], flame, lambda b, p: [b.const(1e-3)])
    for k in (1.0, 1.3):
        fast = simulate(system, [[k]], times, ["y"], rtol=1e-5)
        plain = integrate(system, [k], times, ["y"], rtol=1e-5)
        assert fast.rejected[0] > 0
        assert (plain.steps, plain.rejected) == (fast.steps[0], fast.rejected[0])
        np.testing.assert_allclose(fast.values[0], plain.values, rtol=1e-8)


def test_same_steps_when_time_enters() -> None:
    times = list(np.linspace(0, 3, 7))
    fast = simulate(closed_form(), np.zeros((1, 0)), times, ["a", "b"], rtol=1e-8)
    plain = integrate(closed_form(), [], times, ["a", "b"], rtol=1e-8)
    assert (plain.steps, plain.rejected) == (fast.steps[0], fast.rejected[0])
    np.testing.assert_allclose(fast.values[0], plain.values, rtol=1e-12)


def test_robertson_keeps_its_total_and_its_published_end() -> None:
    """Robertson's problem at t = 4e5; reference values of Hairer and Wanner, Solving ODE II, 1996."""
    found = simulate(stiff(), [[0.04, 3e7, 1e4]], [0.4, 4e5], ["A", "B", "C"], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found.values[0].sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(found.values[0, 0], [0.9851721, 3.386395e-5, 1.479402e-2], rtol=1e-6)
    np.testing.assert_allclose(found.values[0, 1], [4.938283e-3, 1.984994e-8, 0.9950617], rtol=1e-5)
