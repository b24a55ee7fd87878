"""Crossings that come and go between two looks: none is missed, and what cannot be followed is a status."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hybrid_systems import hybrid, run
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.engine import Status, simulate
from allodynia.engine.reference import integrate
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, OdeSystem

Nodes = list[Node]
Trigger = Callable[[Builder, Node, Nodes], Node]


def ruler(trigger: Trigger, parameters: tuple[str, ...] = (), start: float = 0.0) -> OdeSystem:
    """y' = 1, so y is time to the last digit; n counts how often ``trigger`` turns true, last when it did so."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [Event("e", trigger(b, y[0], p), ((1, b.add(y[1], b.const(1.0))), (2, y[0])))]

    return hybrid(
        "ruler", ["y", "n", "last"], list(parameters), lambda b, y, p: [b.const(1.0), b.const(0.0), b.const(0.0)],
        [start, 0.0, 0.0], events,
    )  # fmt: skip


def sine(b: Builder, x: Node, frequency: float) -> Node:
    return b.call(Op.SIN, b.mul(b.const(frequency), x))


def rises(signs: np.ndarray) -> int:
    return int(((signs[1:] > 0) & (signs[:-1] <= 0)).sum())


@pytest.mark.parametrize("frequency", [3.0, 40.0, 217.0])
def test_a_fast_sine_is_counted_to_the_last(frequency: float) -> None:
    """sin(f y) > 0 turns true at 2 pi k / f, k = 0, 1, 2, ..., below 10."""
    system = ruler(lambda b, y, p: b.less(b.const(0.0), sine(b, y, frequency)))
    found = run(system, [], [10.0], ["n", "last"])[0]
    last = np.floor(10.0 * frequency / (2 * np.pi))
    assert found[0] == last + 1  # it holds just after 0
    np.testing.assert_allclose(found[1], 2 * np.pi * last / frequency, rtol=1e-12)


@pytest.mark.parametrize(("first", "second"), [(7.1, 11.3), (40.3, 41.1), (90.0, 3.7)])
def test_a_product_of_fast_sines(first: float, second: float) -> None:
    """Its zeros are those of the factors; between any two of them it has one sign."""
    system = ruler(lambda b, y, p: b.less(b.const(0.0), b.mul(sine(b, y, first), sine(b, y, second))), start=0.01)
    zeros = np.sort([np.pi * k / f for f in (first, second) for k in range(1, int(6.01 * f / np.pi) + 1)])
    middles = np.convolve(np.concatenate([[0.01], zeros, [6.01]]), [0.5, 0.5], mode="valid")
    signs = np.sin(first * middles) * np.sin(second * middles)
    assert run(system, [], [6.0], ["n"])[0, 0] == rises(signs)


@pytest.mark.parametrize("margin", [1e-3, 1e-6, 1e-9, -1e-9, -1e-6])
def test_what_nearly_touches(margin: float) -> None:
    """sin(40 y) > 1 - margin holds 64 times for 2 sqrt(2 margin) / 40 each, or never."""
    system = ruler(lambda b, y, p: b.less(b.const(1.0 - margin), sine(b, y, 40.0)))
    assert run(system, [], [10.0], ["n"])[0, 0] == (64 if margin > 0 else 0)


def test_a_touch_is_no_crossing_and_no_obstacle() -> None:
    """(y - 1)^2 (y - 2)^2 reaches 0 twice and sin(40 y) reaches 1 sixty-four times; neither goes beyond."""

    def double(b: Builder, y: Node, p: Nodes) -> Node:
        product = b.mul(b.sub(y, b.const(1.0)), b.sub(y, b.const(2.0)))
        return b.less(b.mul(product, product), b.const(0.0))

    assert run(ruler(double), [], [10.0], ["n"])[0, 0] == 0
    top = ruler(lambda b, y, p: b.less(b.const(1.0), sine(b, y, 40.0)))
    assert run(top, [], [10.0], ["n"])[0, 0] == 0


@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-6])
def test_a_pulse_far_shorter_than_a_step(width: float) -> None:
    """exp(-((y - 3) / width)^2) > 1/2 within width sqrt(ln 2) of 3."""

    def pulse(b: Builder, y: Node, p: Nodes) -> Node:
        x = b.mul(b.sub(y, b.const(3.0)), b.const(1.0 / width))
        return b.less(b.const(0.5), b.call(Op.EXP, b.neg(b.mul(x, x))))

    found = run(ruler(pulse), [], [10.0], ["n", "last"])[0]
    assert found[0] == 1
    np.testing.assert_allclose(found[1], 3.0 - width * np.sqrt(np.log(2.0)), rtol=1e-12)


@given(roots=st.lists(st.integers(1, 4999), min_size=1, max_size=8, unique=True), turned=st.booleans())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_polynomial_turns_at_its_roots(roots: list[int], turned: bool) -> None:
    """Roots anywhere on a grid of 1/1000, in a step of order one: each is a crossing of its own."""
    places = np.sort(roots) / 1000.0

    def trigger(b: Builder, y: Node, p: Nodes) -> Node:
        product = b.const(-1.0 if turned else 1.0)
        for k in range(len(roots)):
            product = b.mul(product, b.sub(y, p[k]))
        return b.less(b.const(0.0), product)

    system = ruler(trigger, tuple(f"r{k}" for k in range(len(roots))))
    middles = np.convolve(np.concatenate([[0.0], places, [5.0]]), [0.5, 0.5], mode="valid")
    signs = np.prod(middles[:, None] - places, axis=1) * (-1.0 if turned else 1.0)
    options = {"rtol": 1e-6, "atol": 1e-9}
    fast = simulate(system, [list(places)], [5.0], ["n"], **options)
    plain = integrate(system, list(places), [5.0], ["n"], **options)
    assert fast.values[0, 0, 0] == plain.values[0, 0] == rises(signs)


def test_a_fast_condition_in_the_equations() -> None:
    """x' = 1 while sin(40 y) > 0: half of the time, in 63 pieces; z' = floor(3 sin(10 y)): the stairs of a sine."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        on = b.select(b.less(b.const(0.0), sine(b, y[0], 40.0)), b.const(1.0), b.const(0.0))
        stairs = b.call(Op.FLOOR, b.mul(b.const(3.0), sine(b, y[0], 10.0)))
        return [b.const(1.0), on, stairs]

    end = 9 * 2 * np.pi / 10
    found = run(hybrid("fast", ["y", "x", "z"], [], equations, [0.0, 0.0, 0.0]), [], [end], rtol=1e-7)[0]
    above = [(np.pi / 2 - np.arcsin(level / 3)) / np.pi for level in (-2, -1, 0, 1, 2)]  # share of time above
    np.testing.assert_allclose(found[1:], [end / 2, end * (-3 + sum(above))], rtol=1e-7)


def test_two_conditions_that_meet_within_a_step() -> None:
    """Both hold where the windows of two sines overlap: a trigger that neither of them is."""
    first, second = 13.0, 17.0
    system = ruler(lambda b, y, p: b.both(
        b.less(b.const(0.9), sine(b, y, first)), b.less(b.const(0.9), sine(b, y, second)),
    ))  # fmt: skip
    x = np.linspace(0.0, 20.0, 2_000_001)
    both = np.minimum(np.sin(first * x), np.sin(second * x)) - 0.9
    assert run(system, [], [20.0], ["n"])[0, 0] == rises(both)


def test_the_edge_of_a_domain() -> None:
    """log(y - 1) is not a number before 1; it passes -5 at 1 + e^-5."""
    system = ruler(lambda b, y, p: b.less(b.const(-5.0), b.call(Op.LOG, b.sub(y, b.const(1.0)))))
    found = run(system, [], [4.0], ["n", "last"])[0]
    assert found[0] == 1
    np.testing.assert_allclose(found[1], 1 + np.exp(-5.0), rtol=1e-12)


def test_more_crossings_than_steps_allowed_is_a_status() -> None:
    system = ruler(lambda b, y, p: b.less(b.const(0.0), sine(b, y, 1e9)))
    for engine in (
        simulate(system, np.zeros((1, 0)), [10.0], ["n"], max_steps=150).status[0],
        integrate(system, [], [10.0], ["n"], max_steps=150).status,
    ):
        assert Status(engine) is Status.STEP_LIMIT


def test_what_can_never_be_made_certain_is_a_status() -> None:
    """A negative number to a power that moves: nothing bounds it anywhere."""
    system = ruler(lambda b, y, p: b.less(b.const(5.0), b.pow(b.sub(b.const(-1.0), y), y)))
    fast = simulate(system, np.zeros((1, 0)), [0.0, 10.0], ["n"])
    plain = integrate(system, [], [0.0, 10.0], ["n"])
    assert Status(fast.status[0]) is plain.status is Status.UNRESOLVED
    assert fast.failed_at[0] == plain.failed_at
    assert np.isnan(fast.values[0, 1, 0])


def test_many_subjects_have_the_same_bits_at_any_width() -> None:
    """Each with a frequency of its own: lanes walk along their steps at different paces."""
    system = ruler(lambda b, y, p: b.less(p[1], b.call(Op.SIN, b.mul(p[0], y))), ("frequency", "level"))
    rng = np.random.default_rng(2)
    table = np.stack([rng.lognormal(2.5, 1.0, 60), rng.uniform(-1.0, 1.0, 60)], axis=1)
    one, eight = (simulate(system, table, [2.0, 5.0], ["n", "last"], width=width) for width in (1, 8))
    assert one.values.tobytes() == eight.values.tobytes()
    frequency, level = table.T
    turns = (5.0 * frequency - np.arcsin(level)) / (2 * np.pi)
    expected = np.floor(turns) + 1 - (level < 0)  # for a level below 0 it holds at the start
    np.testing.assert_array_equal(eight.output("n")[:, -1], np.maximum(expected, 0))


def test_a_state_at_rest_is_exact_between_steps() -> None:
    """29 rests while another state moves: dense output of it is 29, so that a trigger at 29 does not flicker."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [Event("below", b.less(y[0], b.const(29.0)), ((2, b.add(y[2], b.const(1.0))),))]

    system = hybrid(
        "rest", ["still", "moving", "n"], ["k"],
        lambda b, y, p: [b.mul(p[0], y[1]), b.neg(y[1]), b.const(0.0)], [29.0, 1.0, 0.0], events,
    )  # fmt: skip
    times = list(np.linspace(0.0, 7.0, 1001))
    found = run(system, [0.0], times)
    assert set(found[:, 0]) == {29.0}
    assert not found[:, 2].any()
    for third in (1 / 3, 1e-3, 29 / 7):
        still = hybrid("still", ["x", "y"], ["k"], lambda b, y, p: [b.mul(p[0], y[1]), b.neg(y[1])], [third, 1.0])
        assert set(run(still, [0.0], times)[:, 0]) == {third}
