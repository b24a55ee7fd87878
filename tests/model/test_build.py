"""The builders may shorten an expression, never change a bit of its value."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allodynia.model import Builder, Dag, Op, evaluate

AWKWARD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    0.5,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    -5e-324,
    1.7976931348623157e308,
    1e-200,
]
VALUES = st.one_of(st.sampled_from(AWKWARD), st.floats(width=64))
BINARY = {
    Op.ADD: Builder.add, Op.SUB: Builder.sub, Op.MUL: Builder.mul, Op.DIV: Builder.div, Op.POW: Builder.pow,
    Op.MIN: Builder.min, Op.MAX: Builder.max,
}  # fmt: skip


def bits(value: float) -> bytes:
    """The bits of a double; all NaN are one."""
    return struct.pack("<d", math.nan if math.isnan(value) else value)


def plain(op: Op, a: float, b: float) -> float:
    dag = Dag()
    return float(evaluate(dag, [dag.add(op, dag.param(0), dag.param(1))], 0.0, [], [a, b])[0])


def argument(builder: Builder, index: int, value: float, form: str) -> int:
    """``value`` as a literal, as a parameter, or as a parameter negated twice over."""
    if form == "literal":
        return builder.const(value)
    if form == "parameter":
        return builder.param(index)
    return builder.neg(builder.param(2 + index))


@given(st.sampled_from(sorted(BINARY)), VALUES, VALUES, st.sampled_from(["literal", "parameter", "negated"]),
       st.sampled_from(["literal", "parameter", "negated"]))  # fmt: skip
@example(Op.ADD, -0.0, 0.0, "parameter", "literal")
@example(Op.ADD, 0.0, -0.0, "negated", "negated")
@example(Op.SUB, -0.0, -0.0, "parameter", "literal")
@example(Op.MUL, math.nan, 0.0, "parameter", "literal")
@example(Op.MUL, math.inf, 0.0, "literal", "parameter")
@example(Op.POW, math.nan, 0.0, "parameter", "literal")
@example(Op.POW, -0.0, -1.0, "parameter", "literal")
@example(Op.DIV, 1.0, -0.0, "literal", "literal")
def test_binary_builders_keep_every_bit(op: Op, a: float, b: float, left: str, right: str) -> None:
    builder = Builder()
    node = BINARY[op](builder, argument(builder, 0, a, left), argument(builder, 1, b, right))
    built = float(evaluate(builder.dag, [node], 0.0, [], [a, b, -a, -b])[0])
    assert bits(built) == bits(plain(op, a, b))


@given(st.sampled_from([Op.NEG, Op.ABS, Op.SQRT, Op.FLOOR, Op.CEIL, Op.EXP, Op.LOG, Op.TANH]), VALUES)
@example(Op.CEIL, -0.5)
@example(Op.FLOOR, -0.0)
def test_functions_of_literals_keep_every_bit(op: Op, a: float) -> None:
    builder, dag = Builder(), Dag()
    built = evaluate(builder.dag, [builder.call(op, builder.const(a))], 0.0, [], [])[0]
    assert bits(float(built)) == bits(float(evaluate(dag, [dag.add(op, dag.param(0))], 0.0, [], [a])[0]))


def test_what_would_lose_a_nan_or_a_sign_stays() -> None:
    b = Builder()
    x, zero = b.param(0), b.const(0.0)
    assert b.dag.ops[b.mul(x, zero)] is Op.MUL
    assert b.dag.ops[b.add(x, zero)] is Op.ADD
    assert b.dag.ops[b.sub(x, x)] is Op.SUB
    assert b.dag.ops[b.div(x, x)] is Op.DIV
    assert b.dag.ops[b.negation(b.less(x, zero))] is Op.NOT  # not (x < 0) is true for NaN, 0 <= x is not


def test_functions_that_machines_round_differently_are_left_to_the_machine() -> None:
    b = Builder()
    for op in (Op.EXP, Op.LOG, Op.SIN, Op.TANH):
        assert b.dag.ops[b.call(op, b.const(0.3))] is op
    assert b.dag.ops[b.pow(b.const(3.0), b.const(0.3))] is Op.POW


def test_equal_expressions_are_one_node() -> None:
    b = Builder()
    x, y = b.state(0), b.param(0)
    assert b.mul(x, y) == b.mul(y, x)
    assert b.add(x, y) == b.add(y, x)
    assert b.sub(x, y) != b.sub(y, x)
    assert b.const(0.0) != b.const(-0.0)
    assert b.const(math.nan) == b.const(math.nan)


@pytest.mark.parametrize(("a", "b"), [(True, True), (True, False), (False, True), (False, False)])
def test_logic_of_known_truths(a: bool, b: bool) -> None:
    builder = Builder()
    x, y = builder.truth(a), builder.truth(b)
    assert builder.both(x, y) == builder.truth(a and b)
    assert builder.either(x, y) == builder.truth(a or b)
    assert builder.negation(x) == builder.truth(not a)
    assert builder.select(x, builder.const(1.0), builder.const(2.0)) == builder.const(1.0 if a else 2.0)


def test_a_choice_between_truths_is_a_truth() -> None:
    b = Builder()
    c, x, y = (b.less(b.param(i), b.const(0.0)) for i in range(3))
    chosen = b.select(c, x, y)
    assert b.is_truth(chosen)
    p = np.array([[-1, -1, 1, 1, 1], [-1, 1, 1, 1, -1], [1, -1, -1, 1, 1]], float)
    assert evaluate(b.dag, [chosen], 0.0, [], p)[0].tolist() == [1, 0, 1, 0, 0]
