"""Derivatives against the complex step, exact to rounding, over random expressions; and the delicate places."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from allodynia.model import Builder, Node, Op, derivative, evaluate, gradients

SMOOTH = [Op.EXP, Op.LOG, Op.SQRT, Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN, Op.SINH, Op.COSH, Op.TANH,
          Op.ASINH, Op.ACOSH, Op.ATANH, Op.NEG, Op.ABS]  # fmt: skip
STEP = 1e-150


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[object, ...]]:
    """A random expression as a list of steps, each on what came before."""
    count = draw(st.integers(1, 12))
    steps: list[tuple[object, ...]] = []
    for index in range(count):
        pick = st.integers(0, 4 + index)
        kind = draw(st.sampled_from(["+", "-", "*", "/", "^", "min", "max", "select", "f", "f"]))
        if kind == "f":
            steps.append(("f", draw(st.sampled_from(SMOOTH)), draw(pick)))
        else:
            steps.append((kind, draw(pick), draw(pick), draw(pick), draw(pick)))
    return steps


def build(b: Builder, steps: list[tuple[object, ...]]) -> Node:
    nodes = [b.state(0), b.state(1), b.time(), b.param(0), b.const(1.75)]
    for kind, *rest in steps:
        if kind == "f":
            op, index = rest
            nodes.append(b.call(op, nodes[index]))
            continue
        x, y, u, v = (nodes[i] for i in rest)
        binary = {"+": b.add, "-": b.sub, "*": b.mul, "/": b.div, "^": b.pow, "min": b.min, "max": b.max}
        nodes.append(b.select(b.less(u, v), x, y) if kind == "select" else binary[kind](x, y))
    return nodes[-1]


def away_from_kinks(b: Builder, root: Node, point: list[float]) -> bool:
    """Whether every comparison would come out the same a little to either side: at a kink there is no one slope."""
    compared = [b.dag.args[node] for node in b.dag.reachable([root]) if b.dag.ops[node] in (Op.LT, Op.MIN, Op.MAX)]
    compared += [(b.dag.args[n][0], b.const(0.0)) for n in b.dag.reachable([root]) if b.dag.ops[n] is Op.ABS]
    flat = [node for pair in compared for node in pair]
    values = evaluate(b.dag, flat, point[2], point[:2], point[3:]).reshape(-1, 2)
    return bool(np.all(np.abs(values[:, 0] - values[:, 1]) > 1e-6 * (1.0 + np.abs(values).sum(axis=1))))


@settings(max_examples=400, deadline=None)
@given(programs(), st.lists(st.floats(0.1, 3.0), min_size=4, max_size=4))
def test_gradients_are_those_of_the_complex_step(steps: list[tuple[object, ...]], point: list[float]) -> None:
    b = Builder()
    root = build(b, steps)
    leaves = [b.state(0), b.state(1), b.time(), b.param(0)]
    value = float(evaluate(b.dag, [root], point[2], point[:2], point[3:])[0])
    assume(math.isfinite(value) and abs(value) < 1e8)
    assume(away_from_kinks(b, root, point))
    found = gradients(b.dag, [root], leaves)[0]
    for place, leaf in enumerate(leaves):
        shifted = np.array(point, dtype=complex)
        shifted[place] += 1j * STEP
        # a complex argument leads functions out of their real domain; NaN there says the point is no test
        expected = evaluate(b.dag, [root], shifted[2], shifted[:2], shifted[3:])[0].imag / STEP
        assume(math.isfinite(expected) and abs(expected) < 1e8)
        if leaf in found:
            exact = float(evaluate(b.dag, [found[leaf]], point[2], point[:2], point[3:])[0])
            assume(math.isfinite(exact))  # a slope of a piece at its edge, such as sqrt at 0
            assert exact == pytest.approx(expected, rel=1e-7, abs=1e-7 * max(1.0, abs(value)))
        else:
            assert expected == 0.0


def value(b: Builder, node: Node | None, *p: float) -> float:
    assert node is not None
    return float(evaluate(b.dag, [node], 0.0, [], list(p))[0])


def test_a_structural_zero_is_no_node() -> None:
    b = Builder()
    x, y = b.param(0), b.param(1)
    root = b.add(b.mul(b.const(3.0), x), b.call(Op.FLOOR, y))
    assert gradients(b.dag, [root], [x, y]) == [{x: b.const(3.0)}]
    assert derivative(b.dag, b.time(), x) is None
    assert derivative(b.dag, b.select(b.less(x, y), b.const(1.0), b.const(2.0)), x) is None


@pytest.mark.parametrize("n", [0.5, 1.5, 2.0, 3.0, 4.0, -1.0, -2.0, 7.0])
@pytest.mark.parametrize("x", [0.3, 2.0, 0.0])
def test_power_rule(n: float, x: float) -> None:
    b = Builder()
    slope = derivative(b.dag, b.pow(b.param(0), b.const(n)), b.param(0))
    expected = math.inf if x == 0.0 and n < 1 else n * x ** (n - 1)
    found = value(b, slope, x)
    assert abs(found) == math.inf if math.isinf(expected) else found == pytest.approx(expected, rel=1e-15)


def test_power_rule_does_not_divide_by_the_base() -> None:
    """The slope n·xⁿ/x would be NaN at 0, the start of half of all states."""
    b = Builder()
    x, n = b.param(0), b.param(1)
    by_x, by_n = gradients(b.dag, [b.pow(x, n)], [x, n])[0].values()
    assert value(b, by_x, 0.0, 3.0) == 0.0
    assert value(b, by_x, 0.0, 1.0) == 1.0
    assert value(b, by_x, 0.0, 0.0) == 0.0
    assert value(b, by_n, 0.0, 3.0) == 0.0
    assert value(b, by_n, 2.0, 3.0) == pytest.approx(8 * math.log(2), rel=1e-15)


def test_hill_function_at_zero_concentration() -> None:
    b = Builder()
    x, n, k = b.state(0), b.param(0), b.param(1)
    power = b.pow(x, n)
    hill = b.div(power, b.add(b.pow(k, n), power))
    slope = derivative(b.dag, hill, x)
    assert evaluate(b.dag, [slope], 0.0, [0.0], [2.0, 0.7])[0] == 0.0
    assert evaluate(b.dag, [slope], 0.0, [0.0], [1.0, 0.7])[0] == pytest.approx(1 / 0.7, rel=1e-15)


def test_the_piece_not_taken_does_not_poison_the_slope() -> None:
    """sqrt has an infinite slope at 0; where the other piece is taken, nothing of it may remain."""
    b = Builder()
    x, zero = b.param(0), b.const(0.0)
    root = b.select(b.less(zero, x), b.call(Op.SQRT, x), b.mul(b.const(2.0), x))
    slope = derivative(b.dag, root, x)
    assert value(b, slope, 0.0) == 2.0
    assert value(b, slope, -1.0) == 2.0
    assert value(b, slope, 4.0) == 0.25
    low = derivative(b.dag, b.min(b.call(Op.SQRT, x), b.mul(b.const(2.0), x)), x)
    high = derivative(b.dag, b.max(b.call(Op.SQRT, x), b.mul(b.const(2.0), x)), x)
    assert [value(b, low, 0.01), value(b, low, 4.0)] == [2.0, 0.25]
    assert [value(b, high, 0.01), value(b, high, 4.0)] == [pytest.approx(5.0), 2.0]


@pytest.mark.parametrize(("x", "slope"), [(-2.0, -1.0), (3.0, 1.0), (0.0, 1.0)])
def test_slope_of_abs(x: float, slope: float) -> None:
    b = Builder()
    assert value(b, derivative(b.dag, b.call(Op.ABS, b.param(0)), b.param(0)), x) == slope


def test_shared_subexpressions_are_differentiated_once() -> None:
    """x ↦ x + sin x, 300 times over: written out, 2³⁰⁰ terms."""
    b = Builder()
    node = x = b.state(0)
    for _ in range(300):
        node = b.add(node, b.call(Op.SIN, node))
    slope = derivative(b.dag, node, x)
    assert len(b.dag) < 3000
    step = evaluate(b.dag, [node], 0.0, [0.5 + 1j * STEP], [])[0].imag / STEP
    assert evaluate(b.dag, [slope], 0.0, [0.5], [])[0] == pytest.approx(step, rel=1e-10)
