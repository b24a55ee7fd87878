"""Elementary functions: within 2 ulp over the whole range, right at the edges, the same bits at every width."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest
from high_precision import oracle, power
from vector_functions import VectorFunction

from allodynia.engine import machine as machines
from allodynia.engine.ir.vecmath.power import LARGEST_WHOLE
from allodynia.model.expr import Op

LIMIT = 2.0
COUNT = 400

RANGES: dict[Op, list[tuple[float, float]]] = {
    Op.EXP: [(-745.2, 709.8), (-1.0, 1.0), (-745.2, -708.0), (-1e-9, 1e-9)],
    Op.LOG: [(5e-324, 1.7e308), (5e-324, 1e-308), (0.7, 1.4), (0.999, 1.001)],
    Op.SQRT: [(5e-324, 1.7e308)],
    Op.SIN: [(1e-320, 1.0), (0.1, 10.0), (1.0, 1e6), (1e5, 1e9), (1e9, 1.7e308)],
    Op.COS: [(1e-320, 1.0), (0.1, 10.0), (1.0, 1e6), (1e5, 1e9), (1e9, 1.7e308)],
    Op.TAN: [(1e-320, 1.0), (0.1, 10.0), (1.0, 1e6), (1e5, 1e9), (1e9, 1.7e308)],
    Op.ASIN: [(1e-320, 1.0), (0.3, 1.0), (0.99, 1.0)],
    Op.ACOS: [(1e-320, 1.0), (0.3, 1.0), (0.99, 1.0)],
    Op.ATAN: [(1e-320, 1e300), (0.1, 10.0)],
    Op.SINH: [(1e-320, 1.0), (0.1, 30.0), (600.0, 710.4)],
    Op.COSH: [(1e-320, 1.0), (0.1, 30.0), (600.0, 710.4)],
    Op.TANH: [(1e-320, 1.0), (0.01, 25.0)],
    Op.ASINH: [(1e-320, 1e300), (0.01, 10.0)],
    Op.ACOSH: [(1.0, 1e300), (1.0, 2.0), (1.0, 1.001)],
    Op.ATANH: [(1e-320, 1.0), (0.1, 0.99)],
}
POSITIVE_ONLY = {Op.LOG, Op.SQRT, Op.ACOSH}


def draws(low: float, high: float, rng: np.random.Generator, *, signed: bool) -> np.ndarray:
    """Spread over the exponents of a positive range (signs at random if ``signed``), evenly over any other."""
    if low <= 0:
        return rng.uniform(low, high, COUNT)
    x = np.clip(np.exp(rng.uniform(math.log(low), math.log(high), COUNT)), low, high)
    return x * rng.choice([-1.0, 1.0], COUNT) if signed else x


def ulps(found: float, exact: Decimal) -> float:
    """The distance in units of the last place of the exact value."""
    with localcontext(Context(prec=60, Emin=-(10**6), Emax=10**6)):
        nearest = float(exact)
        if math.isinf(nearest) or not math.isfinite(found):
            return 0.0 if found == nearest else math.inf
        return float(abs(Decimal(found) - exact) / Decimal(math.ulp(nearest)))


@pytest.mark.parametrize("op", RANGES)
def test_within_two_ulp_over_the_whole_range(op: Op) -> None:
    function, rng = VectorFunction(op), np.random.default_rng(int(op))
    for low, high in RANGES[op]:
        x = draws(low, high, rng, signed=op not in POSITIVE_ONLY)
        for argument, found in zip(x.tolist(), function(x).tolist(), strict=True):
            assert ulps(found, oracle(op.name, argument)) <= LIMIT, (op.name, argument, found)


def test_general_power_within_two_ulp() -> None:
    function, rng = VectorFunction(Op.POW), np.random.default_rng(15)
    cases = [
        (np.exp(rng.uniform(-10, 10, COUNT)), rng.uniform(-30, 30, COUNT)),
        (1 + 1e-5 * rng.normal(size=COUNT), 1e5 * rng.normal(size=COUNT)),
        (np.exp(rng.uniform(-744, 709, COUNT)), rng.uniform(-1, 1, COUNT)),
        (np.exp(rng.uniform(-300, 300, COUNT)), rng.uniform(-2.4, 2.4, COUNT)),
    ]
    for x, y in cases:
        for a, b, found in zip(x.tolist(), y.tolist(), function(x, y).tolist(), strict=True):
            assert ulps(found, power(a, b)) <= LIMIT, (a, b, found)


@pytest.mark.parametrize("exponent", [*range(2, LARGEST_WHOLE + 1), 0.5])
def test_powers_by_products_within_two_ulp(exponent: float) -> None:
    function, rng = VectorFunction(Op.POW, exponent=exponent), np.random.default_rng(3)
    x = np.exp(np.clip(rng.uniform(-744 / exponent, 709 / exponent, COUNT), -744, 709))
    x = np.maximum(x, 5e-324)
    for a, found in zip(x.tolist(), function(x).tolist(), strict=True):
        assert ulps(found, power(a, exponent)) <= LIMIT, (a, exponent, found)


EDGES = [
    0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1.7976931348623157e308,
    -1.7976931348623157e308, 2.2250738585072014e-308, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 709.782712893384,
    709.7827128933841, -745.13, -745.14, 1e300, -1e300, 9007199254740994.0, -7.0, 1e-300, 20.0, -20.0, 22.0, 711.0,
]  # fmt: skip
PYTHON = {
    Op.EXP: math.exp, Op.LOG: math.log, Op.SQRT: math.sqrt, Op.SIN: math.sin, Op.COS: math.cos, Op.TAN: math.tan,
    Op.ASIN: math.asin, Op.ACOS: math.acos, Op.ATAN: math.atan, Op.SINH: math.sinh, Op.COSH: math.cosh, Op.TANH:
    math.tanh, Op.ASINH: math.asinh, Op.ACOSH: math.acosh, Op.ATANH: math.atanh,
}  # fmt: skip


def expected(op: Op, x: float) -> float:
    """What C says at the edges, where Python raises instead."""
    try:
        return float(PYTHON[op](x))
    except OverflowError:
        return math.copysign(math.inf, x) if op is Op.SINH else math.inf
    except ValueError:
        if op is Op.LOG and x == 0:
            return -math.inf
        return math.copysign(math.inf, x) if op is Op.ATANH and abs(x) == 1 else math.nan


def alike(found: float, wanted: float) -> bool:
    if math.isnan(wanted) or math.isnan(found):
        return math.isnan(wanted) and math.isnan(found)
    if found == wanted:
        return math.copysign(1.0, found) == math.copysign(1.0, wanted)
    return math.isfinite(wanted) and math.isfinite(found) and abs(found - wanted) <= 3 * math.ulp(wanted)


@pytest.mark.parametrize("op", PYTHON)
def test_edges(op: Op) -> None:
    found = VectorFunction(op)(np.array(EDGES)).tolist()
    wrong = [(x, y, expected(op, x)) for x, y in zip(EDGES, found, strict=True) if not alike(y, expected(op, x))]
    assert not wrong


def c_power(x: float, y: float) -> float:
    odd = math.isfinite(y) and y == math.floor(y) and math.fmod(y, 2.0) != 0
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and odd else math.inf
    except ValueError:
        return math.nan if x != 0 else math.copysign(math.inf, x) if odd else math.inf


def test_edges_of_the_power() -> None:
    x, y = (grid.ravel() for grid in np.meshgrid(EDGES, EDGES))
    found = VectorFunction(Op.POW)(x, y).tolist()
    wrong = [(a, b, c, c_power(a, b)) for a, b, c in zip(x, y, found, strict=True) if not alike(c, c_power(a, b))]
    assert not wrong


@pytest.mark.parametrize("exponent", [2, 3, 4, 7, 16, 0.5])
def test_edges_of_powers_by_products(exponent: float) -> None:
    found = VectorFunction(Op.POW, exponent=exponent)(np.array(EDGES)).tolist()
    wrong = [(x, y) for x, y in zip(EDGES, found, strict=True) if not alike(y, c_power(x, exponent))]
    assert not wrong


def test_the_hardest_arguments_of_the_trigonometric_reduction() -> None:
    """Doubles closest to multiples of pi/2 (J.-M. Muller, Elementary Functions, 2016)."""
    x = np.array([6381956970095103.0 * 2.0**797, 5.0e22, math.pi, 1e22, 2.0**1023])
    for op in (Op.SIN, Op.COS, Op.TAN):
        for argument, found in zip(x.tolist(), VectorFunction(op)(x).tolist(), strict=True):
            assert ulps(found, oracle(op.name, argument)) <= LIMIT


def test_exact_where_an_exact_answer_exists() -> None:
    n = np.arange(-1022.0, 1024.0)
    twos = np.full(len(n), 2.0)
    np.testing.assert_array_equal(VectorFunction(Op.POW)(twos, n), [2.0 ** int(k) for k in n])
    np.testing.assert_array_equal(VectorFunction(Op.EXP)(np.zeros(3)), np.ones(3))
    x = np.arange(1.0, 200.0)
    np.testing.assert_array_equal(VectorFunction(Op.POW, exponent=3)(x), x**3)


@pytest.mark.parametrize("op", [*PYTHON, Op.POW])
def test_same_bits_at_every_width(op: Op) -> None:
    rng = np.random.default_rng(9)
    columns = [np.concatenate([EDGES, rng.normal(size=200), 1e7 * rng.normal(size=50)]) for _ in range(2)]
    columns[1] = rng.permutation(columns[1])
    widths = [w for w in machines.WIDTHS if w <= machines.host().width]
    functions = [VectorFunction(op, width=w) for w in widths]
    results = [f(*columns[: f.arguments]) for f in functions]
    for other in results[1:]:
        ordered = ~np.isnan(results[0])
        assert (np.isnan(other) == ~ordered).all()
        assert other[ordered].tobytes() == results[0][ordered].tobytes()
