"""Events, jumps and algebraic rows: the same bits in any company, and the plain integrator over random systems."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hybrid_systems import ball, hybrid, robertson_dae, square_wave, thermostat
from hypothesis import given, settings
from hypothesis import strategies as st
from object_symbols import undefined_symbols

from allodynia.engine import ActionKind, Actions, Solution, Status, simulate
from allodynia.engine.compile import to_object
from allodynia.engine.ir.driver import write_module
from allodynia.engine.machine import Machine
from allodynia.engine.plan import make_plan
from allodynia.engine.reference import integrate
from allodynia.engine.tableaux import RODAS5P
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, OdeSystem

Nodes = list[Node]
TIMES = list(np.linspace(0.0, 6.0, 13))


@cache
def everything() -> OdeSystem:
    """An oscillator with an algebraic energy, a drive with jumps, a counter, and events of every kind."""

    def equations(b: Builder, y: Nodes, p: Nodes) -> Nodes:
        x, v, energy, _, store = y
        t = b.time()
        phase = b.sub(t, b.call(Op.FLOOR, t))
        push = b.select(b.less(phase, p[2]), p[3], b.const(0.0))
        drag = b.select(b.less(b.const(0.4), energy), b.mul(b.const(0.3), v), b.const(0.0))
        force = b.sub(b.sub(push, drag), b.mul(p[0], x))
        kinetic = b.mul(b.const(0.5), b.add(b.mul(v, v), b.mul(p[0], b.mul(x, x))))
        return [v, force, b.sub(energy, kinetic), b.const(0.0), b.neg(b.mul(b.const(0.1), store))]

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        x, v, energy, n, store = y
        one = b.add(n, b.const(1.0))
        return [
            Event("up", b.less(p[1], x), ((3, one),), priority=v),
            Event("late", b.less(v, b.neg(p[1])), ((4, b.add(store, x)), (3, one)), delay=b.mul(p[2], b.const(0.7)),
                  persistent=False, values_at_trigger=False, priority=energy),
            Event("limit", b.less(b.const(2.0), energy), ((0, b.mul(x, b.const(0.5))), (1, b.mul(v, b.const(0.5))))),
            Event("even", b.both(b.less(b.const(1.5), n), b.less(store, p[1])), ((4, b.add(store, b.const(1.0))),),
                  initially=False),
        ]  # fmt: skip

    return hybrid(
        "everything", ["x", "v", "energy", "n", "store"], ["stiffness", "threshold", "width", "push"], equations,
        ["threshold", 0.0, 0.0, 0.0, "width"], events, algebraic=["energy"], nominal=[4.0, 0.4, 0.3, 1.0],
    )  # fmt: skip


def cohort(n: int, seed: int = 0) -> np.ndarray:
    """Random subjects of `everything`."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [rng.lognormal(1.5, 1.0, n), rng.uniform(0.05, 0.9, n), rng.uniform(0.1, 0.9, n), rng.normal(0, 3, n)], axis=1
    )


def doses(n: int) -> Actions:
    return Actions.from_lists(
        [[(0.3 + 0.1 * (i % 7), ActionKind.ADD_STATE, 1, 0.5), (2.0, ActionKind.SET_PARAMETER, 1, 0.2)][: i % 3]
         for i in range(n)]
    )  # fmt: skip


def solve(parameters: np.ndarray, actions: Actions, **options: int) -> Solution:
    return simulate(everything(), parameters, TIMES, [q.id for q in everything().states], actions=actions, **options)


def same(a: Solution, b: Solution) -> bool:
    parts = ("values", "status", "failed_at", "steps", "rejected", "final")
    return all(np.array_equal(getattr(a, part), getattr(b, part), equal_nan=True) for part in parts)


@cache
def alone() -> Solution:
    return solve(cohort(24), doses(24), width=1, threads=1)


def test_the_cohort_does_what_it_is_for() -> None:
    found = alone()
    assert found.solved.all(), found.counts()
    counter, store = found.output("n")[:, -1], found.output("store")[:, -1]
    assert (counter > 2).sum() > 8
    assert (store > 1).any()
    assert len(np.unique(counter)) > 5


@pytest.mark.parametrize("width", [2, 4, 8])
def test_same_bits_at_any_width(width: int) -> None:
    assert same(alone(), solve(cohort(24), doses(24), width=width, threads=1))


def test_same_bits_on_any_number_of_threads() -> None:
    assert same(alone(), solve(cohort(24), doses(24), threads=3))


def test_same_bits_in_any_order_and_company() -> None:
    order = np.random.default_rng(3).permutation(24)
    lists = [doses(24).of(int(i)) for i in order]
    found = solve(cohort(24)[order], Actions.from_lists(lists))
    assert found.values.tobytes() == alone().values[order].tobytes()
    for i in (0, 7, 23):
        single = solve(cohort(24)[i : i + 1], doses(24).rows(i, i + 1))
        assert single.values[0].tobytes() == alone().values[i].tobytes()


def test_the_plain_integrator_agrees() -> None:
    names = [q.id for q in everything().states]
    for i in range(6):
        plain = integrate(everything(), cohort(24)[i], TIMES, names, actions=doses(24).of(i))
        assert abs(plain.steps - alone().steps[i]) <= 2  # a crossing may fall on either side of a step's end
        np.testing.assert_allclose(alone().values[i], plain.values, rtol=1e-7, atol=1e-8)


def test_one_that_fails_leaves_the_others_alone() -> None:
    """Among sound subjects: NaN, a start without solution, a storm. Only they have another status."""
    parameters = cohort(24)
    parameters[[3, 11]] = [[np.nan, 0.4, 0.3, 1.0], [np.inf, 0.4, 0.3, 1.0]]
    found = solve(parameters, doses(24))
    sound = np.ones(24, dtype=bool)
    sound[[3, 11]] = False
    assert found.values[sound].tobytes() == alone().values[sound].tobytes()
    assert not found.solved[~sound].any()
    assert np.isnan(found.values[~sound, 1:]).all()


def test_outputs_asked_for_change_nothing() -> None:
    few = simulate(everything(), cohort(24), TIMES, ["n"], actions=doses(24))
    assert few.values[:, :, 0].tobytes() == alone().output("n").tobytes()
    assert np.array_equal(few.steps, alone().steps)


@given(
    rates=st.lists(st.floats(-2.0, 2.0), min_size=4, max_size=4),
    thresholds=st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3),
    delay=st.one_of(st.just(0.0), st.floats(0.0, 2.0)),
    persistent=st.booleans(),
    at_trigger=st.booleans(),
    initially=st.booleans(),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_random_thresholds(
    rates: list[float], thresholds: list[float], delay: float, persistent: bool, at_trigger: bool, initially: bool
) -> None:
    """A linear system with two events that kick it and a jump: kernel and plain integrator take the same steps."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [
            Event("kick", b.less(p[4], y[0]), ((1, b.sub(y[1], b.const(1.0))), (2, b.add(y[2], b.const(1.0)))),
                  delay=p[7], persistent=persistent, values_at_trigger=at_trigger, initially=initially),
            Event("back", b.less_equal(y[1], p[5]), ((0, b.mul(y[0], b.const(0.5))), (2, b.add(y[2], b.const(10.0)))),
                  initially=initially),
        ]  # fmt: skip

    system = hybrid(
        "kicked", ["x", "v", "n"], ["a", "b", "c", "d", "t0", "t1", "t2", "delay"],
        lambda b, y, p: [
            b.add(b.mul(p[0], y[0]), b.mul(p[1], y[1])),
            b.add(
                b.add(b.mul(p[2], y[0]), b.mul(p[3], y[1])),
                b.select(b.less(y[0], p[6]), b.const(1.0), b.const(-1.0)),
            ),
            b.const(0.0),
        ],
        [0.5, 0.2, 0.0], events,
    )  # fmt: skip
    parameters = [*rates, *thresholds, delay]
    fast = simulate(system, [parameters], TIMES[:9], ["x", "v", "n"], max_steps=2000)
    plain = integrate(system, parameters, TIMES[:9], ["x", "v", "n"], max_steps=2000)
    assert fast.status[0] == plain.status
    if plain.status is Status.SOLVED and plain.steps < 500:
        np.testing.assert_allclose(fast.values[0], plain.values, rtol=1e-4, atol=1e-4)


def test_random_thresholds_of_many_subjects_at_all_widths() -> None:
    """500 thermostats and balls with random marks, rates and speeds: bit for bit, at widths 1 and 8."""
    rng = np.random.default_rng(8)
    for system, table in (
        (thermostat(), np.stack([rng.uniform(0.2, 1, 250), rng.uniform(12, 60, 250)], axis=1)),
        (ball(), np.stack([rng.uniform(3, 12, 250), rng.uniform(0.3, 0.7, 250), rng.uniform(4, 9, 250)], axis=1)),
        (square_wave(), np.stack([rng.uniform(0.2, 1, 99), rng.uniform(0.3, 3, 99), rng.uniform(0, 4, 99)], axis=1)),
        (robertson_dae(), np.stack([np.full(50, 0.04), rng.lognormal(17, 1, 50), np.full(50, 1e4)], axis=1)),
    ):
        times = [0.5, 1.0, 2.5]
        names = [q.id for q in system.states]
        one, eight = (simulate(system, table, times, names, width=w, max_steps=4000) for w in (1, 8))
        assert same(one, eight)
        assert one.solved.mean() > 0.7


@pytest.mark.parametrize(
    "machine",
    [
        Machine("x86_64-pc-windows-msvc", "haswell", "", 4),
        Machine("arm64-apple-macosx11.0.0", "apple-m1", "", 2),
        Machine("aarch64-unknown-linux-gnu", "cortex-a72", "", 2),
    ],
)
def test_kernels_for_other_machines_need_no_library(machine: Machine) -> None:
    names = [q.id for q in everything().states]
    code = to_object(write_module(make_plan(everything(), names, RODAS5P), machine), machine, cross=True)
    assert undefined_symbols(code) <= {"memcpy", "memset", "_memcpy", "_memset", "bzero", "_bzero"}
