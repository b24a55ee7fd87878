"""Jumps in the right-hand side: located, for each subject on its own, at no cost to those that have none."""

from __future__ import annotations

import numpy as np
import pytest
from hybrid_systems import ball, hybrid, less, robertson_dae, run, square_wave, thermostat
from ode_systems import cascade, decay

from allodynia.engine import Action, ActionKind, Status, simulate
from allodynia.engine import machine as machines
from allodynia.engine.ir.driver import write_module
from allodynia.engine.plan import make_plan
from allodynia.engine.switches import find_hybrid
from allodynia.engine.tableaux import RODAS5P
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op

Nodes = list[Node]


def pulsed(k: float, period: float, width: float, end: float) -> float:
    """y at ``end`` of y' = [on] - k y from 0, on for ``width`` of each ``period``."""
    y = t = 0.0
    while t < end - 1e-13:
        for length, on in ((width, 1.0), (period - width, 0.0)):
            step = max(min(length, end - t), 0.0)
            y, t = on / k + (y - on / k) * np.exp(-k * step), t + step
    return y


@pytest.mark.parametrize("width", [0.5, 0.01])
def test_a_square_wave_is_its_closed_form(width: float) -> None:
    """Pulses far shorter than a step are not missed, since their edges are foretold."""
    times = list(np.linspace(0, 20, 41))
    found = run(square_wave(), [0.7, 2.0, width], times, rtol=1e-8, atol=1e-12)
    exact = [pulsed(0.7, 2.0, width, t) for t in times]
    np.testing.assert_allclose(found[:, 0], exact, rtol=1e-7, atol=1e-12)


def test_steps_are_spent_on_edges_only() -> None:
    """A wave of 10 periods costs a few steps an edge; a smoothed one of the same kind cost hundreds."""
    solution = simulate(square_wave(), [[0.7, 2.0, 0.5]], [20.0], ["y"], rtol=1e-8)
    assert solution.rejected[0] == 0
    assert solution.steps[0] < 20 * 12


def test_each_subject_has_its_own_edges() -> None:
    rng = np.random.default_rng(5)
    parameters = np.stack([rng.uniform(0.3, 2, 40), rng.uniform(0.5, 3, 40), rng.uniform(0.05, 0.45, 40)], axis=1)
    times = [1.0, 4.7, 11.0]
    found = simulate(square_wave(), parameters, times, ["y"], rtol=1e-9, atol=1e-12)
    exact = [[pulsed(k, period, width, t) for t in times] for k, period, width in parameters]
    np.testing.assert_allclose(found.output("y"), exact, rtol=1e-7)


def test_a_condition_on_a_state() -> None:
    """x' = -1 above 1, -x below: x = 3 - t until t = 2, then e^(2 - t); a jump of the slope's slope only."""
    system = hybrid(
        "brake", ["x"], ["level"],
        lambda b, y, p: [b.neg(b.select(b.less(p[0], y[0]), b.const(2.0), y[0]))], [3.0],
    )  # fmt: skip
    times = [0.5, 0.999, 1.001, 2.0, 5.0]
    found = run(system, [1.0], times, rtol=1e-9, atol=1e-12)
    t = np.array(times)
    np.testing.assert_allclose(found[:, 0], np.where(t < 1, 3 - 2 * t, np.exp(1 - t)), rtol=1e-8)


def test_what_lies_beyond_a_jump_is_not_asked() -> None:
    """x' = -1/2 while x > 1/4, with sqrt(x - 1/4) in that branch: held beyond the jump it is not a number."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        above = b.sub(y[0], b.const(0.25))
        branch = b.neg(b.add(b.const(0.5), b.mul(b.const(1e-3), b.call(Op.SQRT, above))))
        return [b.select(b.less(b.const(0.0), above), branch, b.const(1.0))]

    found = simulate(hybrid("root", ["x"], [], equations, [1.0]), np.zeros((1, 0)), [1.0], ["x"], rtol=1e-6)
    assert found.solved[0]
    np.testing.assert_allclose(found.values[0, 0, 0], 0.5, rtol=1e-2)


def test_floor_of_a_state_jumps_where_it_must() -> None:
    """x' = floor(x) from 1: slope 1 for a unit of time, slope 2 for half a unit, 3 for a third, ..."""
    system = hybrid("stairs", ["x"], [], lambda b, y, p: [b.call(Op.FLOOR, y[0])], [1.0])
    ends = np.cumsum([1.0 / k for k in range(1, 7)])
    found = run(system, [], sorted([*(ends - 1e-6), *(ends + 1e-6)]), rtol=1e-9)
    np.testing.assert_allclose(found[::2, 0], np.arange(2, 8), atol=1e-5)
    np.testing.assert_allclose(found[::2, 0], np.arange(2, 8) - 1e-6 * np.arange(1, 7), atol=1e-9)


def test_a_dip_of_a_condition_within_one_step_is_seen() -> None:
    """x counts the time that (t - 1)^2 < 0.0025, a tenth of a unit: the only feature of a smooth system."""
    system = hybrid(
        "dip", ["x", "h"], [],
        lambda b, y, p: [
            b.select(less(b, y[1], 0.0025), b.const(1.0), b.const(0.0)),
            b.mul(b.const(2.0), b.sub(b.time(), b.const(1.0))),
        ],
        [0.0, 1.0],
    )  # fmt: skip
    np.testing.assert_allclose(run(system, [], [4.0], rtol=1e-6)[0, 0], 0.1, rtol=1e-9)


def test_actions_move_thresholds_and_edges() -> None:
    """Width 0.5 until t = 3, then 1.5 (of a period of 2)."""
    actions = [Action(3.0, ActionKind.SET_PARAMETER, 2, 1.5)]
    found = run(square_wave(), [1e-12, 2.0, 0.5], [3.0, 6.0], actions=actions)
    np.testing.assert_allclose(found[:, 0], [1.0, 1.0 + 0.5 + 1.5], rtol=1e-9)


def test_sliding_ends_in_a_status_not_in_a_hang() -> None:
    """x' = -sign(x) reaches 0 at t = 1 and would slide for ever."""
    system = hybrid(
        "slide", ["x"], [],
        lambda b, y, p: [b.select(b.less(b.const(0.0), y[0]), b.const(-1.0), b.const(1.0))], [1.0],
    )  # fmt: skip
    solution = simulate(system, np.zeros((1, 0)), [0.5, 2.0], ["x"], max_steps=2000)
    assert Status(solution.status[0]) in {Status.STEP_LIMIT, Status.STEP_TOO_SMALL}
    assert solution.values[0, 0, 0] == pytest.approx(0.5)
    assert solution.failed_at[0] == pytest.approx(1.0, abs=1e-3)


def test_what_counts_as_a_switch() -> None:
    def count(equations: object) -> int:
        system = hybrid("s", ["x", "c"], ["p"], equations, [1.0, 0.0])  # type: ignore[arg-type]
        found = find_hybrid(system)
        return 0 if found is None else len(found.switches)

    rest = "c"
    assert rest  # c never moves by itself
    zero = lambda b: b.const(0.0)  # noqa: E731
    assert count(lambda b, y, p: [b.max(y[0], p[0]), zero(b)]) == 0
    assert count(lambda b, y, p: [b.call(Op.ABS, y[0]), zero(b)]) == 0
    assert count(lambda b, y, p: [b.select(b.less(y[1], p[0]), y[0], p[0]), zero(b)]) == 0  # constant in between
    assert count(lambda b, y, p: [b.select(b.equal(y[0], p[0]), y[0], p[0]), zero(b)]) == 0
    assert count(lambda b, y, p: [b.select(b.less(y[0], p[0]), y[0], p[0]), zero(b)]) == 1
    assert count(lambda b, y, p: [b.call(Op.CEIL, b.mul(p[0], b.time())), zero(b)]) == 1
    assert count(lambda b, y, p: [b.select(b.less(b.call(Op.FLOOR, b.time()), p[0]), y[0], p[0]), zero(b)]) == 1


def test_systems_without_any_of_this_pay_nothing() -> None:
    """No function, no lane variable and no call of the machinery is in the kernel of a smooth system."""
    machine = machines.host()
    for system in (decay(), cascade(12)):
        plan = make_plan(system, [system.states[0].id], RODAS5P)
        assert plan.hybrid is None
        text = write_module(plan, machine)
        for word in ("watch", "occur", "observe", "locate", "judge", "consistent", "revive", "resume", "mass", "event"):
            assert word not in text
    for system in (ball(), square_wave(), robertson_dae(), thermostat()):
        text = write_module(make_plan(system, [system.states[0].id], RODAS5P), machine)
        assert "@watch" in text and "@occur" in text
