"""Elementary functions on arrays: held against 60 digits, at their edges, and to the bit whatever the vector."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
import pytest
from high_precision import oracle, power
from hypothesis import given, settings
from hypothesis import strategies as st
from object_symbols import undefined_symbols
from scipy import special

from allodynia.engine import compile as compiler
from allodynia.engine import elementary
from allodynia.engine import machine as machines
from allodynia.engine.elementary import Functions, expm1, log1p_of, log_of, ndtr, ndtri, pow_of
from allodynia.engine.ir.elementary import FUNCTIONS, write_elementary
from allodynia.engine.machine import Machine

LIMITS = {"exp": 1.0, "expm1": 1.0, "log": 1.0, "log1p": 2.0, "expit": 2.0, "logit": 2.5, "ndtr": 4.5}
"""Units in the last place. That of the normal share is 1e-15 of its value."""

TINY = st.floats(-700.0, 0.0).map(math.exp)
ANY = st.floats(-700.0, 700.0) | TINY | TINY.map(lambda x: -x)
ARGUMENTS = {
    "exp": ANY,
    "expm1": ANY,
    "log": st.floats(5e-324, 1.7e308),
    "log1p": st.floats(-1.0, 1e6, exclude_min=True) | TINY | TINY.map(lambda x: -x).filter(lambda x: x > -1.0),
    "expit": ANY,
    "logit": st.floats(1e-300, 1.0, exclude_max=True),
    "ndtr": st.floats(-37.5, 37.5) | ANY.filter(lambda z: abs(z) < 1.0),
}
WIDTHS = [width for width in machines.WIDTHS if width <= machines.host().width]


@cache
def of_width(width: int) -> Functions:
    return Functions(machines.host(width))


def ulps(found: float, exact: Decimal) -> float:
    with localcontext(Context(prec=60, Emin=-(10**6), Emax=10**6)):
        return float(abs(Decimal(found) - exact) / Decimal(math.ulp(float(exact))))


@pytest.mark.parametrize("name", ARGUMENTS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_within_a_few_units_of_the_last_place(name: str, data: st.DataObject) -> None:
    x = data.draw(ARGUMENTS[name])
    assert ulps(float(getattr(elementary, name)(x)), oracle(name.upper(), x)) <= LIMITS[name]


@settings(max_examples=300, deadline=None)
@given(st.floats(0.0, 1.0, exclude_min=True, exclude_max=True) | TINY.filter(lambda u: 1e-300 < u < 1.0))
def test_the_place_of_a_share_has_that_share_below_it(u: float) -> None:
    """The error of the place, from that of its share: |share(z) - u| / density(z), within 1e-15 of z."""
    z = float(ndtri(u))
    with localcontext(Context(prec=60, Emin=-(10**6), Emax=10**6)):
        density = (-(Decimal(z) ** 2) / 2).exp() / (2 * Decimal(math.pi)).sqrt()
        assert abs(oracle("NDTR", z) - Decimal(u)) / density <= Decimal("1e-15") * max(abs(Decimal(z)), Decimal("1e-3"))


def test_rising_shares_have_rising_places() -> None:
    """Also where one rational function takes over from another."""
    for middle in (0.075, 0.925, math.exp(-25.0)):
        u = middle * (1.0 + 1e-12 * np.arange(-500, 501))
        assert (np.diff(ndtri(u)) >= 0.0).all()
    for middle in (0.67448975, -0.67448975, -math.sqrt(32.0)):
        assert (np.diff(ndtr(middle + 1e-11 * np.arange(-500, 501))) >= 0.0).all()


EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 750.0, -750.0,
                  1e300, -1e300, 40.0, -39.5])  # fmt: skip


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "pow"])
def test_edges_are_those_of_scipy(name: str) -> None:
    with np.errstate(all="ignore"):
        wanted = getattr(np, name, getattr(special, name, None))(EDGES)
    np.testing.assert_allclose(getattr(elementary, name)(EDGES), wanted, rtol=1e-14)


def test_powers_are_those_of_the_models() -> None:
    x, y = np.array([2.0, 0.3, 7.0, 0.0, 1.5]), np.array([0.5, -1.7, 30.0, 2.0, math.inf])
    for a, b, found in zip(x[:3].tolist(), y[:3].tolist(), elementary.power(x, y)[:3].tolist(), strict=True):
        assert ulps(found, power(a, b)) <= 2.0
    assert elementary.power(x, y)[3:].tolist() == [0.0, math.inf]
    assert elementary.power(x[:, None], 2.0).shape == (5, 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FUNCTIONS)), st.integers(0, 50), st.sampled_from(WIDTHS), st.integers(1, 3), st.data())
def test_every_number_by_itself_whatever_the_vector(
    name: str, count: int, width: int, step: int, data: st.DataObject
) -> None:
    """Any length, any stride, any width: the bits of one number alone."""
    x = np.random.default_rng(data.draw(st.integers(0, 99))).uniform(0.001, 0.999, 150)[: count * step : step]
    given_ = [x] * FUNCTIONS[name][1]
    whole = of_width(width)(name, *given_)
    alone = np.array([of_width(1)(name, *[one[i] for one in given_]) for i in range(x.size)])
    assert whole.tobytes() == alone.tobytes()


def test_shapes_stay() -> None:
    assert expm1(0.0).shape == ()
    assert ndtr(np.zeros((0, 3))).shape == (0, 3)
    grid = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(elementary.exp(grid), elementary.exp(grid.ravel()).reshape(3, 4))


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-200, 1e200))
def test_single_numbers_are_rightly_rounded(x: float) -> None:
    assert ulps(log_of(x), oracle("LOG", x)) <= 0.5
    assert ulps(log1p_of(x), oracle("LOG1P", x)) <= 0.5
    assert ulps(pow_of(x, 0.75), power(x, 0.75)) <= 0.5


@pytest.mark.parametrize(
    "machine",
    [Machine("x86_64-pc-windows-msvc", "haswell", "", 4), Machine("arm64-apple-macosx11.0.0", "apple-m1", "", 2),
     Machine("aarch64-unknown-linux-gnu", "cortex-a72", "", 2)],
    ids=["windows x64", "macos arm64", "linux arm64"],
)  # fmt: skip
def test_no_library_is_needed_on_other_machines(machine: Machine) -> None:
    assert undefined_symbols(compiler.to_object(write_elementary(machine), machine, cross=True)) == set()
