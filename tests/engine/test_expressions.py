"""What is printed for the nodes of a model computes what the plain evaluator computes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ode_systems import make

from allodynia.engine import simulate
from allodynia.engine.plan import make_plan
from allodynia.engine.tableaux import RODAS5P
from allodynia.model.build import Builder
from allodynia.model.evaluate import Evaluator
from allodynia.model.expr import ARITY, BOOLEAN, Node, Op
from allodynia.model.ode import OdeSystem

NUMBERS = [op for op in Op if op not in BOOLEAN and ARITY[op] > 0 and op is not Op.SELECT]


def observe(build, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    """An expression of state, time and four parameters, by the kernel (in the dense output's lanes) and plainly."""
    system = make(
        "observed", ["y"], ["p0", "p1", "p2", "p3"], lambda b, y, p: [b.const(0.0)], lambda b, p: [p[0]],
        lambda b, y, p: {"x": build(b, y[0], p)},
    )  # fmt: skip
    times = [0.0, 0.7]
    fast = simulate(system, parameters, times, ["x"])
    evaluator = Evaluator(system.dag, system.observable_nodes)
    plain = np.stack([evaluator(t, parameters[:, :1].T, parameters.T)[0] for t in times], axis=1)
    return fast.values[:, :, 0], plain


@pytest.mark.parametrize("op", NUMBERS)
def test_every_operation(op: Op) -> None:
    """On states (printed in the loop), on parameters (computed once a subject), and on both."""
    rng = np.random.default_rng(int(op))
    parameters = rng.normal(size=(400, 4)) * np.exp(rng.normal(size=(400, 4)))

    def build(b: Builder, y: Node, p: list[Node]) -> Node:
        arity = ARITY[op]
        of_state = b.dag.add(op, *[y, p[1]][:arity])
        of_parameters = b.dag.add(op, *[p[2], p[3]][:arity])
        return b.add(of_state, b.mul(of_parameters, b.time()))

    fast, plain = observe(build, parameters)
    np.testing.assert_allclose(fast, plain, rtol=1e-13, atol=1e-300)
    assert np.isfinite(plain).any()


def test_comparisons_choices_and_logic() -> None:
    rng = np.random.default_rng(1)
    parameters = rng.integers(-2, 3, size=(200, 4)).astype(float)

    def build(b: Builder, y: Node, p: list[Node]) -> Node:
        d = b.dag
        tests = [
            d.add(Op.LT, y, p[1]),
            d.add(Op.LE, p[1], p[2]),  # of parameters only
            d.add(Op.AND, d.add(Op.EQ, y, p[3]), d.add(Op.NE, p[1], p[2])),
            d.add(Op.OR, d.add(Op.NOT, d.add(Op.LT, p[2], y)), d.add(Op.LT, b.time(), b.const(0.5))),
        ]
        total = b.const(0.0)
        for weight, test in enumerate(tests, start=1):
            total = b.add(total, d.add(Op.SELECT, test, b.const(2.0**weight), b.mul(y, b.const(100.0))))
        return total

    fast, plain = observe(build, parameters)
    np.testing.assert_array_equal(fast, plain)
    assert len(np.unique(plain)) > 10


def test_smaller_and_larger_let_nan_through() -> None:
    parameters = np.array([[0.0, a, b, 0.0] for a in (np.nan, 1.0, -1.0) for b in (np.nan, 2.0, -2.0)])
    for op in (Op.MIN, Op.MAX):
        fast, plain = observe(lambda b, y, p, op=op: b.dag.add(op, b.add(p[1], y), p[2]), parameters)
        np.testing.assert_array_equal(fast, plain)


@settings(max_examples=25, deadline=None)
@given(
    choices=st.lists(
        st.tuples(st.sampled_from([Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.NEG]), st.integers(0, 99), st.integers(0, 99)),
        min_size=1,
        max_size=25,
    )
)
def test_random_expressions(choices: list[tuple[Op, int, int]]) -> None:
    """Fused products, shared terms, hoisted terms and reciprocals in any combination."""

    def build(b: Builder, y: Node, p: list[Node]) -> Node:
        nodes = [y, *p, b.time(), b.const(3.0)]
        for op, i, j in choices:
            first, second = nodes[i % len(nodes)], nodes[j % len(nodes)]
            nodes.append(b.dag.add(op, *[first, second][: ARITY[op]]))
        return b.add(nodes[-1], nodes[len(nodes) // 2])

    parameters = np.exp(np.random.default_rng(0).normal(size=(16, 4)))
    fast, plain = observe(build, parameters)
    ordinary = np.isfinite(plain) & (np.abs(plain) > 1e-6) & (np.abs(plain) < 1e6)
    np.testing.assert_allclose(fast[ordinary], plain[ordinary], rtol=1e-7)


def test_whole_powers_and_their_neighbours_agree() -> None:
    parameters = np.abs(np.random.default_rng(4).normal(size=(40, 4)))
    for exponent in (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 16.0, 17.0, 2.5):
        fast, plain = observe(lambda b, y, p, n=exponent: b.dag.add(Op.POW, b.add(y, p[1]), b.const(n)), parameters)
        np.testing.assert_allclose(fast, plain, rtol=1e-14)


def day() -> OdeSystem:
    """Hours since midnight: t - 24 floor(t / 24), and half of the time in days."""
    return make(
        "clock", ["y"], ["length"], lambda b, y, p: [b.const(0.0)],
        observables=lambda b, y, p: {
            "hour": b.sub(b.time(), b.mul(p[0], b.call(Op.FLOOR, b.div(b.time(), p[0])))),
            "half": b.mul(b.const(0.5), b.div(b.time(), p[0])),
        },
    )  # fmt: skip


def test_a_whole_number_of_days_is_midnight() -> None:
    """t / 24 under a floor is a true division; elsewhere it may be a product with 1 / 24."""
    lengths = np.arange(1.0, 120.0)
    for days in (3.0, 49.0, 1001.0):
        found = np.array([simulate(day(), [[n]], [n * days], ["hour"]).values[0, 0, 0] for n in lengths[::7]])
        np.testing.assert_array_equal(found, 0.0)
    plan = make_plan(day(), ("hour", "half"), RODAS5P)
    assert not plan.quotients  # one node, used in both places: the exact way wins


def test_what_depends_on_parameters_only_is_computed_once() -> None:
    system = make(
        "hoisted", ["y"], ["a", "b"],
        lambda b, y, p: [b.neg(b.mul(b.pow(p[0], p[1]), b.div(y[0], p[1])))],
        lambda b, p: [b.const(1.0)],
    )  # fmt: skip
    plan = make_plan(system, ("y",), RODAS5P)
    stack, at_every_step = [*plan.system.rhs, *plan.system.jacobian.nodes], set()
    while stack:
        node = stack.pop()
        if node not in plan.hoisted:
            at_every_step.add(plan.dag.ops[node])
            stack.extend(plan.dag.args[node])
    assert at_every_step == {Op.NEG, Op.MUL, Op.STATE}
