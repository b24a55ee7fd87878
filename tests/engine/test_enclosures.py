"""Bounds hold what they bound: every operation, over stretches of random courses, against many points within."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allodynia.engine.enclosures import Course, Encloser, along
from allodynia.engine.ranges import Range, Ranges
from allodynia.engine.reference.bounds import Numbers
from allodynia.model.build import Builder
from allodynia.model.evaluate import Evaluator
from allodynia.model.expr import ARITY, BOOLEAN, Node, Op

UNARY = [op for op, count in ARITY.items() if count == 1 and op not in BOOLEAN]
BINARY = [op for op, count in ARITY.items() if count == 2 and op not in BOOLEAN]


def course_of(b: Builder, root: Node, powers: np.ndarray, share: float, width: float, p: list[float]) -> Course:
    """Of a node over states that are polynomials in the share of the step; time is the share itself."""
    a = Numbers()
    ends = Range(np.float64(share), np.float64(share + width))
    encloser = Encloser(
        a, b.dag, time=Course(ends, Ranges(a).one), state=lambda i: along(a, list(powers[i]), share, width),
        parameter=lambda i: np.float64(p[i]),
    )  # fmt: skip
    with np.errstate(all="ignore"):
        return encloser.course(root)


def check(b: Builder, root: Node, powers: np.ndarray, share: float, width: float, p: list[float]) -> Course:
    """The course, after its values and slopes at 201 points were seen to lie within."""
    found = course_of(b, root, powers, share, width, p)
    x = np.linspace(share, share + width, 201)
    y = np.array([np.polyval(row[::-1], x) for row in powers])
    values = Evaluator(b.dag, [root])(x, y, np.repeat(np.array(p)[:, None], len(x), axis=1))[0]
    lo, hi = float(found.value.lo), float(found.value.hi)
    if np.isnan(values).all() and np.isnan(lo) and np.isnan(hi):
        return found
    if np.isnan(values).any():
        assert (lo, hi) == (-np.inf, np.inf)
        return found
    finite = np.isfinite(values)
    slack = 1e-12 * np.abs(values[finite]).max(initial=1.0)
    assert (values[finite] >= lo - slack).all() and (values[finite] <= hi + slack).all()
    if finite.all():  # between two points the mean slope is one that the course must allow
        slopes = np.diff(values) / np.diff(x)
        noise = 1e-9 * max(np.abs(values).max(), 1e-6) / width
        slope = found.slope or Range(0.0, 0.0)
        assert (slopes >= slope.lo - noise - 1e-9 * np.abs(slopes)).all()
        assert (slopes <= slope.hi + noise + 1e-9 * np.abs(slopes)).all()
    return found


def polynomials(rng: np.random.Generator, size: float) -> np.ndarray:
    return size * rng.normal(size=(2, 5)) * np.array([1.0, 1.0, 0.5, 0.3, 0.1])


@pytest.mark.parametrize("op", [*UNARY, *BINARY], ids=lambda op: op.name)
@pytest.mark.parametrize("size", [0.3, 3.0, 30.0])
def test_every_operation_stays_within_its_bounds(op: Op, size: float) -> None:
    rng = np.random.default_rng(int(op))
    seen = 0
    for _ in range(60):
        b = Builder()
        y = [b.state(0), b.state(1)]
        root = b.dag.add(op, *y[: ARITY[op]])
        width = 0.5 ** rng.integers(0, 7)
        share = width * rng.integers(0, round(1 / width))
        powers = polynomials(rng, size)
        powers[:, 0] += rng.choice([0.0, 2.0 * size, 0.5])
        found = check(b, root, powers, share, width, [])
        seen += bool(np.isfinite(found.value.lo) and np.isfinite(found.value.hi))
    assert seen > 5 or op in (Op.ACOSH, Op.POW, Op.ASIN, Op.ACOS, Op.ATANH)


@pytest.mark.parametrize("exponent", [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.7, 2.0, 3.0, 4.0])
def test_powers_with_an_exponent_at_rest(exponent: float) -> None:
    rng = np.random.default_rng(8)
    for as_parameter in (True, False):
        for _ in range(40):
            b = Builder()
            power = b.param(0) if as_parameter else b.const(exponent)
            powers = polynomials(rng, 1.0)
            powers[:, 0] += rng.choice([-3.0, 0.0, 3.0])
            check(b, b.dag.add(Op.POW, b.state(0), power), powers, 0.25, 0.125, [exponent])


@example(seed=12645, depth=5)  # the arc tangent of what is no number within the stretch
@given(seed=st.integers(0, 2**31), depth=st.integers(2, 6))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_random_expressions_stay_within_their_bounds(seed: int, depth: int) -> None:
    rng = np.random.default_rng(seed)
    b = Builder()
    pool = [b.state(0), b.state(1), b.time(), b.param(0), b.const(float(rng.normal()))]
    for _ in range(depth):
        op = rng.choice(np.array([*UNARY, *BINARY, Op.SELECT], dtype=object))
        picks = [pool[int(i)] for i in rng.integers(0, len(pool), 4)]
        if op is Op.SELECT:
            relation = rng.choice(np.array([Op.LT, Op.LE, Op.EQ, Op.NE], dtype=object))
            condition = b.dag.add(relation, picks[2], picks[3])
            pool.append(b.dag.add(op, condition, picks[0], picks[1]))
        else:
            pool.append(b.dag.add(op, *picks[: ARITY[op]]))
    width = 0.5 ** int(rng.integers(0, 6))
    share = width * int(rng.integers(0, round(1 / width)))
    check(b, pool[-1], polynomials(rng, 1.0), share, width, [float(rng.normal())])


def test_bounds_close_in_on_a_smooth_function() -> None:
    """The excess over the true range falls with the stretch: halving ends."""
    b = Builder()
    x = b.state(0)
    root = b.mul(b.call(Op.SIN, b.mul(b.const(7.0), x)), b.call(Op.EXP, b.neg(x)))
    powers = np.array([[0.0, 1.0, 0.0, 0.0, 0.0]])
    excess = []
    for k in range(1, 12):
        found = course_of(b, root, powers, 0.25, 2.0**-k, [])
        x_inside = np.linspace(0.25, 0.25 + 2.0**-k, 1001)
        values = np.sin(7 * x_inside) * np.exp(-x_inside)
        excess.append((found.value.hi - found.value.lo) - np.ptp(values))
    assert all(after <= 0.6 * before for before, after in pairwise(excess[3:]))
