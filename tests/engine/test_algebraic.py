"""Systems with algebraic rows (index 1): closed forms, consistency, and the plain integrator."""

from __future__ import annotations

import numpy as np
import pytest
from hybrid_systems import at_least, hybrid, less, robertson_dae, run
from ode_systems import stiff

from allodynia.engine import Action, ActionKind, Status, simulate
from allodynia.engine.pivots import algebraic_pivots
from allodynia.engine.reference import fixed_steps
from allodynia.errors import UnsupportedModel
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, OdeSystem

Nodes = list[Node]


def test_robertson_with_its_total_instead_of_the_third_equation() -> None:
    """Reference values at t = 0.4 and 4e5: Hairer and Wanner, Solving ODE II, 1996."""
    found = run(robertson_dae(), [0.04, 3e7, 1e4], [0.4, 4e5], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found[0], [0.9851721, 3.386395e-5, 1.479402e-2], rtol=1e-6)
    np.testing.assert_allclose(found[1], [4.938283e-3, 1.984994e-8, 0.9950617], rtol=1e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)


def test_the_total_in_place_of_an_equation_costs_no_steps() -> None:
    parameters, times = [[0.04, 3e7, 1e4]], [4e5]
    whole = simulate(stiff(), parameters, times, ["A"], rtol=1e-7, atol=1e-12)
    reduced = simulate(robertson_dae(), parameters, times, ["A"], rtol=1e-7, atol=1e-12)
    assert reduced.steps[0] < 1.2 * whole.steps[0]


def implicit() -> OdeSystem:
    """x' = -z, 0 = z^3 + z - (x^3 + x), which only z = x solves: x = x0 e^-t. The guess is far off."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        def odd(v: Node) -> Node:
            return b.add(b.mul(b.mul(v, v), v), v)

        return [b.neg(y[1]), b.sub(odd(y[1]), odd(y[0]))]

    return hybrid("implicit", ["x", "z"], ["x0", "guess"], equations, ["x0", "guess"], algebraic=["z"])


@pytest.mark.parametrize("guess", [1.0, 0.0, -40.0, 1e6])
def test_a_consistent_start_from_a_wild_guess(guess: float) -> None:
    times = [0.0, 0.5, 3.0]
    found = run(implicit(), [2.0, guess], times, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[:, 1], found[:, 0], rtol=1e-8)
    np.testing.assert_allclose(found[:, 0], 2.0 * np.exp(-np.array(times)), rtol=1e-8)


@pytest.mark.parametrize(("method", "order"), [("Rodas5P", 5), ("Rodas5", 5), ("Rodas4", 4)])
def test_the_order_of_the_method_holds_for_algebraic_states(method: str, order: int) -> None:
    exact = 2.0 * np.exp(-1.0)
    start = np.array([2.0, 2.0])
    errors = [
        np.abs(fixed_steps(implicit(), np.zeros(2), start, 0.0, 1 / n, n, method) - exact).max() for n in (8, 16, 32)
    ]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (slopes > order - 0.4).all(), slopes


def test_a_start_that_nothing_solves_is_a_status() -> None:
    """0 = z^2 + x has no real z while x > 0."""
    system = hybrid(
        "no way", ["x", "z"], ["x0"], lambda b, y, p: [b.const(-1.0), b.add(b.mul(y[1], y[1]), y[0])], ["x0", 1.0],
        algebraic=["z"],
    )  # fmt: skip
    found = run(system, [1.0], [0.0, 1.0], status=Status.NO_CONSISTENT_START)
    assert np.isnan(found).all()


def test_where_the_algebraic_rows_become_singular_the_subject_fails() -> None:
    """x' = -1, 0 = z^2 - x: z = sqrt(1 - t), and at t = 1 dg/dz = 0 and no solution goes on."""
    system = hybrid(
        "fold", ["x", "z"], [], lambda b, y, p: [b.const(-1.0), b.sub(b.mul(y[1], y[1]), y[0])], [1.0, 1.0],
        algebraic=["z"],
    )  # fmt: skip
    solution = simulate(system, np.zeros((1, 0)), [0.75, 0.99, 2.0], ["z"], rtol=1e-8, max_steps=5000)
    np.testing.assert_allclose(solution.values[0, :2, 0], [0.5, 0.1], rtol=1e-6)
    assert Status(solution.status[0]) in {Status.STEP_TOO_SMALL, Status.NOT_FINITE, Status.STEP_LIMIT}
    assert 0.999 < solution.failed_at[0] <= 1.001


def network(n: int) -> OdeSystem:
    """A chain of cells with capacity 1; algebraic: the potential of each node, with nothing on the diagonal.

    0 = z_(i+1) + z_(i-1) - x_i in a ring of odd length; x_i' = z_i - x_i.
    """

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        x, z = y[:n], y[n:]
        moves = [b.sub(z[i], x[i]) for i in range(n)]
        return moves + [b.sub(b.add(z[(i + 1) % n], z[i - 1]), x[i]) for i in range(n)]

    start = [1.0 + 0.3 * i for i in range(n)] + [0.0] * n
    states = [f"x{i}" for i in range(n)] + [f"z{i}" for i in range(n)]
    return hybrid("network", states, [], equations, start, algebraic=states[n:])


@pytest.mark.parametrize("n", [3, 7, 45])
def test_rows_without_a_diagonal(n: int) -> None:
    """The linear system has a closed form: x' = (A^-1 - 1) x. With n = 45 the elimination is driven by tables."""
    system = network(n)
    ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    from scipy.linalg import expm

    exact = expm(0.4 * (np.linalg.inv(ring) - np.eye(n))) @ (1.0 + 0.3 * np.arange(n))
    names = [q.id for q in system.states]
    found = run(system, [], [0.4], names, rtol=1e-8)[0] if n < 20 else (
        simulate(system, np.zeros((1, 0)), [0.4], names, rtol=1e-8).values[0, 0]
    )  # fmt: skip
    np.testing.assert_allclose(found[:n], exact, rtol=1e-6)
    np.testing.assert_allclose(ring @ found[n:], found[:n], rtol=1e-7)
    rows, columns = zip(*algebraic_pivots(system), strict=True)
    assert sorted(rows) == sorted(columns) == list(range(n, 2 * n))
    assert any(row != column for row, column in algebraic_pivots(system))


def test_pivots_that_cancel_are_not_taken() -> None:
    """[[1, 1, 0], [1, 1, 1], [0, 1, 1]] is regular, but going down its diagonal the second pivot is 1 - 1."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        x, z = y[:3], y[3:]
        return [
            *(b.neg(z[i]) for i in range(3)), b.sub(b.add(z[0], z[1]), x[0]),
            b.sub(b.add(b.add(z[0], z[1]), z[2]), x[1]), b.sub(b.add(z[1], z[2]), x[2]),
        ]  # fmt: skip

    system = hybrid(
        "cancels", ["x0", "x1", "x2", "z0", "z1", "z2"], [], equations, [1.0, 2.0, 3.0, 0.0, 0.0, 0.0],
        algebraic=["z0", "z1", "z2"],
    )  # fmt: skip
    found = run(system, [], [0.0, 1.0])
    np.testing.assert_allclose(found[0, 3:], np.linalg.solve([[1, 1, 0], [1, 1, 1], [0, 1, 1]], [1, 2, 3]), atol=1e-12)


def test_equations_that_do_not_determine_their_variables_are_refused() -> None:
    def index_two(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        return [y[1], b.sub(y[0], b.time())]

    with pytest.raises(UnsupportedModel, match="do not determine"):
        run(hybrid("index 2", ["x", "z"], [], index_two, [0.0, 0.0], algebraic=["z"]), [], [1.0])

    def twice(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        total = b.sub(b.add(y[1], y[2]), y[0])
        return [b.neg(y[0]), total, b.mul(b.const(2.0), total)]

    with pytest.raises(UnsupportedModel, match="do not determine"):
        run(hybrid("twice", ["x", "u", "v"], [], twice, [1.0, 0.0, 0.0], algebraic=["u", "v"]), [], [1.0])


def test_algebraic_states_follow_events_and_actions_at_once() -> None:
    """z = c + x with c set by an event at t = 1, x by an action at t = 2; an event on z itself fires at both."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [
            Event("c", at_least(b, b.time(), 1.0), ((1, b.const(10.0)),)),
            Event("z", b.less(b.const(9.0), y[2]), ((3, b.add(y[3], y[2])),)),
            Event("z again", b.less(b.const(50.0), y[2]), ((3, b.add(y[3], b.const(1000.0))),)),
        ]

    system = hybrid(
        "sum", ["x", "c", "z", "seen"], [],
        lambda b, y, p: [b.neg(y[0]), b.const(0.0), b.sub(y[2], b.add(y[0], y[1])), b.const(0.0)],
        [1.0, 0.0, 0.0, 0.0], events, algebraic=["z"],
    )  # fmt: skip
    actions = [Action(2.0, ActionKind.SET_STATE, 0, 100.0)]
    found = run(system, [], [0.5, 1.0, 2.0, 2.5], actions=actions, rtol=1e-9)
    x = [np.exp(-0.5), np.exp(-1), np.exp(-2), 100 * np.exp(-0.5)]
    np.testing.assert_allclose(found[:, 2], np.array(x) + np.array([0, 10, 10, 10]), rtol=1e-8)
    np.testing.assert_allclose(
        found[:, 3], np.array([0, 10, 10, 1010]) + np.exp(-1) * np.array([0, 1, 1, 1]), rtol=1e-8
    )


def test_a_jump_moves_algebraic_states_with_it() -> None:
    """z = 1 or 2 as t is below 1.5 or not: x' = z."""
    system = hybrid(
        "jump", ["x", "z"], [],
        lambda b, y, p: [y[1], b.sub(y[1], b.select(less(b, b.time(), 1.5), b.const(1.0), b.const(2.0)))],
        [0.0, 0.0], algebraic=["z"],
    )  # fmt: skip
    found = run(system, [], [1.0, 1.5, 2.0, 4.0])
    np.testing.assert_allclose(found[:, 0], [1.0, 1.5, 2.5, 6.5], rtol=1e-12)
    np.testing.assert_allclose(found[:, 1], [1.0, 2.0, 2.0, 2.0], rtol=1e-12)


def test_a_pendulum_on_its_circle() -> None:
    """In polar angle, with its height and the pull of its string as algebraic states (index 1): energy is kept."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        angle, speed, height, pull = y
        return [
            speed, b.neg(b.mul(p[0], b.call(Op.SIN, angle))), b.add(height, b.call(Op.COS, angle)),
            b.sub(pull, b.sub(b.mul(speed, speed), b.mul(p[0], height))),
        ]  # fmt: skip

    system = hybrid(
        "pendulum", ["angle", "speed", "height", "pull"], ["g"], equations, [2.0, 0.0, 0.0, 0.0],
        algebraic=["height", "pull"],
    )  # fmt: skip
    found = run(system, [9.81], list(np.linspace(0, 5, 21)), rtol=1e-9, atol=1e-12)
    energy = 0.5 * found[:, 1] ** 2 + 9.81 * found[:, 2]
    np.testing.assert_allclose(energy, -9.81 * np.cos(2.0), rtol=1e-7)
    np.testing.assert_allclose(found[:, 3], found[:, 1] ** 2 - 9.81 * found[:, 2], atol=1e-7)
