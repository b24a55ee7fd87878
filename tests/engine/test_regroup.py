"""Equations regrouped into coefficients and products: the same function, with less left to do at every step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ode_systems import cascade, closed_form, make, one_compartment, stiff

from allodynia.engine import Status, simulate
from allodynia.engine.plan import Plan, make_plan
from allodynia.engine.regroup import regroup
from allodynia.engine.tableaux import RODAS5P
from allodynia.model.build import Builder
from allodynia.model.evaluate import Evaluator
from allodynia.model.expr import Dag, Node, Op
from allodynia.model.ode import OdeSystem

Leaf = Callable[[Op, int], Fraction]


def exactly(dag: Dag, roots: list[Node], leaf: Leaf) -> list[Fraction]:
    """The values of nodes in rational numbers; divisions by zero raise."""
    known: dict[Node, Fraction] = {}
    for node in dag.reachable(roots):
        values = [known[a] for a in dag.args[node]]
        match dag.ops[node]:
            case Op.CONST:
                known[node] = Fraction(float(dag.payload[node]))
            case Op.ADD:
                known[node] = values[0] + values[1]
            case Op.SUB:
                known[node] = values[0] - values[1]
            case Op.MUL:
                known[node] = values[0] * values[1]
            case Op.DIV:
                known[node] = values[0] / values[1]
            case Op.NEG:
                known[node] = -values[0]
            case Op.POW:
                known[node] = values[0] ** int(values[1])
            case op:
                known[node] = leaf(op, int(dag.payload[node]) if op is not Op.TIME else 0)
    return [known[root] for root in roots]


def grown(b: Builder, leaves: list[Node], seed: int, operations: int) -> list[Node]:
    """Random sums, products and quotients of leaves and of each other; the last ones, which use the most."""
    random = np.random.default_rng(seed)
    nodes = list(leaves)
    for _ in range(operations):
        a, c = (nodes[-1 - int(min(random.geometric(0.15), len(nodes)) - 1)] for _ in range(2))
        kind = random.choice(["add", "sub", "mul", "mul", "mul", "div", "neg", "square"])
        match kind:
            case "neg":
                nodes.append(b.neg(a))
            case "square":
                nodes.append(b.pow(a, b.const(2.0)))
            case "div":  # by what is positive for positive leaves
                nodes.append(b.div(a, leaves[int(random.integers(len(leaves)))]))
            case _:
                nodes.append(getattr(b, kind)(a, c))
    return nodes[-3:]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 100_000), operations=st.integers(3, 40))
def test_regrouping_is_exact_in_the_rational_numbers(seed: int, operations: int) -> None:
    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        return grown(b, [*y, *p, b.time(), b.const(3.0)], seed, operations)

    system = make("grown", ["x", "y", "z"], ["a", "b", "c"], equations)
    random = np.random.default_rng(seed + 1)
    numbers = {op: [Fraction(int(i), 7) for i in random.integers(1, 30, 3)] for op in (Op.STATE, Op.PARAM, Op.TIME)}

    def leaf(op: Op, index: int) -> Fraction:
        return numbers[op][index]

    def all_of(system: OdeSystem) -> list[Fraction]:
        slopes = [node for node in system.time_derivative if node is not None]
        return exactly(system.dag, [*system.rhs, *system.jacobian.nodes, *slopes], leaf)

    assert all_of(regroup(system)) == all_of(system)


@pytest.mark.parametrize("system", [cascade(), stiff(), closed_form(), one_compartment()], ids=lambda s: s.name)
def test_functions_come_through_to_rounding(system: OdeSystem) -> None:
    changed = regroup(system)
    random = np.random.default_rng(3)
    states, parameters = random.uniform(0.5, 2.0, len(system.states)), random.uniform(0.5, 2.0, len(system.parameters))
    for before, after in ((system.rhs, changed.rhs), (system.jacobian.nodes, changed.jacobian.nodes)):
        old = np.array(Evaluator(system.dag, before)(0.7, states, parameters), dtype=float)
        new = np.array(Evaluator(changed.dag, after)(0.7, states, parameters), dtype=float)
        np.testing.assert_allclose(new, old, rtol=1e-12, atol=1e-12)


def at_every_step(plan: Plan) -> list[Op]:
    """The operations of the right-hand side and the Jacobian that are not done once a subject."""
    seen: set[Node] = set()
    stack = [*plan.system.rhs, *plan.system.jacobian.nodes]
    while stack:
        node = stack.pop()
        if node not in seen and node not in plan.hoisted:
            seen.add(node)
            stack.extend(plan.dag.args[node])
    return sorted(plan.dag.ops[node] for node in seen if plan.dag.args[node])


def test_a_rate_in_a_compartment_is_one_coefficient_times_one_product() -> None:
    """V' of x: p (k (x (p y))) / V, the same flux out of x as into y."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        flux = b.mul(p[0], b.mul(p[1], b.mul(y[0], b.mul(p[0], y[1]))))
        return [b.neg(b.div(flux, p[2])), b.div(flux, p[2])]

    plan = make_plan(make("flux", ["x", "y"], ["p", "k", "V"], equations), ("x",), RODAS5P)
    # x y, its coefficient and the sign; and in the Jacobian the coefficient times x and times y, with their signs
    assert at_every_step(plan) == [*[Op.MUL] * 4, *[Op.NEG] * 3]
    assert plan.reciprocals == ()


def test_a_difference_in_equilibrium_is_exactly_zero() -> None:
    """k (a - b) / V written as k/V a - k/V b would leave a rounding where a is b."""
    system = make(
        "exchange", ["a", "b"], ["k", "V"],
        lambda b, y, p: [b.div(b.mul(p[0], b.sub(y[1], y[0])), p[1]), b.div(b.mul(p[0], b.sub(y[0], y[1])), p[1])],
        lambda b, p: [b.const(0.1), b.const(0.1)],
    )  # fmt: skip
    found = simulate(system, [[0.3, 0.7], [1e9 / 3, 0.1]], [1.0, 1e6], ["a", "b"])
    assert (found.values == 0.1).all()


def test_a_population_at_its_carrying_capacity_stays_there() -> None:
    """x times the reciprocal of K is not always 1 where x is K, which x / K is."""
    system = make(
        "logistic", ["x"], ["r", "K"],
        lambda b, y, p: [b.mul(p[0], b.mul(y[0], b.sub(b.const(1.0), b.div(y[0], p[1]))))],
        lambda b, p: [p[1]],
    )  # fmt: skip
    capacity = np.random.default_rng(4).uniform(1.0, 100.0, 64)
    found = simulate(system, np.column_stack([np.full(64, 3.0), capacity]), [1.0, 1e3], ["x"])
    assert (found.values[:, :, 0] == capacity[:, None]).all()


def test_nothing_is_cancelled() -> None:
    """V / V stays: a volume of 0 is not a number, not 1."""
    system = make("volume", ["x"], ["V"], lambda b, y, p: [b.div(b.mul(p[0], y[0]), p[0])], lambda b, p: [b.const(1.0)])
    found = simulate(system, [[0.0], [2.0]], [1.0], ["x"])
    assert found.status.tolist() == [Status.NOT_FINITE, Status.SOLVED]


def test_what_decides_is_left_as_it_is() -> None:
    """floor(t / 24) with t * (1/24) in place of t / 24 could be a day early."""

    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        day = b.call(Op.FLOOR, b.div(b.mul(b.time(), p[0]), p[1]))
        return [b.mul(p[0], b.mul(day, p[1]))]

    system = make("days", ["x"], ["a", "b"], equations)
    changed = regroup(system)
    (day,) = (node for node in system.dag.reachable(system.rhs) if system.dag.ops[node] is Op.FLOOR)
    assert day in changed.dag.reachable(changed.rhs)


def test_a_sum_that_is_used_twice_is_computed_once() -> None:
    def equations(b: Builder, y: list[Node], p: list[Node]) -> list[Node]:
        total = b.add(b.mul(p[0], y[0]), b.mul(p[1], y[1]))
        return [b.mul(p[2], total), b.mul(p[3], total)]

    plan = make_plan(make("shared", ["x", "y"], list("abcd"), equations), ("x",), RODAS5P)
    ops = [op for op in at_every_step(plan) if op is Op.ADD]
    assert len(ops) == 1
