"""Steady states found for many at a time, against the equations' roots and against the engine's own search."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.cohort import Settler
from allodynia.engine.steady_state import find_steady_state
from allodynia.errors import InvalidInput
from allodynia.model.build import Builder
from allodynia.model.ode import OdeSystem, Quantity, complete


def switch(*, timed: bool = False) -> OdeSystem:
    """dx/dt = gain x² / (1 + x²) - x, at rest at 0 or at (gain + sqrt(gain² - 4)) / 2; y follows slowly."""
    b = Builder()
    gain, slow = b.param(0), b.param(1)
    x, y = b.state(0), b.state(1)
    square = b.mul(x, x)
    rhs = [b.sub(b.div(b.mul(gain, square), b.add(b.const(1.0), square)), x), b.mul(slow, b.sub(x, y))]
    if timed:
        rhs[1] = b.add(rhs[1], b.dag.time())
    return complete(
        "switch", b.dag, states=[Quantity("x", "dimensionless"), Quantity("y", "dimensionless")],
        parameters=[Quantity("gain", "dimensionless", 3.0), Quantity("slow", "1/d", 0.01)],
        initial=[b.const(0.0), b.const(0.0)], rhs=rhs,
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(1)
    return np.column_stack([rng.uniform(2.2, 6.0, 60), np.exp(rng.uniform(np.log(3e-4), 0.0, 60))])


def test_the_basin_of_the_start_decides_and_slow_states_have_their_time(drawn):
    settler = Settler(switch(), ["y"])
    up = settler.settle(drawn, settler.start(drawn, {0: 5.0}))
    root = 0.5 * (drawn[:, 0] + np.sqrt(drawn[:, 0] ** 2 - 4.0))
    assert (up.status == 0).all()
    assert up.states[:, 0] == pytest.approx(root, rel=1e-5)
    # A time constant of nine years and the rule of no more than 1e-4 in the last half of the time.
    assert up.states[:, 1] == pytest.approx(root, rel=3e-4)
    assert (up.values[:, 0] == up.states[:, 1]).all()
    down = settler.settle(drawn, settler.start(drawn, {}))
    assert (down.states == 0.0).all()


def test_it_agrees_with_the_search_that_polishes(drawn):
    settler = Settler(switch())
    start = settler.start(drawn, {0: 5.0})
    polished = find_steady_state(switch(), drawn, start)
    assert (polished.status == 0).all()
    assert settler.settle(drawn, start).states == pytest.approx(polished.states, rel=3e-4)


def test_the_same_bits_alone_and_among_others(drawn):
    settler = Settler(switch())
    start = settler.start(drawn, {0: 5.0})
    together = settler.settle(drawn, start).states
    for part in (slice(7, 8), slice(3, 20), slice(0, 60, 7)):
        assert (settler.settle(drawn[part], start[part]).states == together[part]).all()


def test_what_never_rests_has_a_status_and_no_state():
    never = np.array([[3.0, 1e-9], [3.0, 1e-5], [3.0, 1.0]])
    settler = Settler(switch())
    found = settler.settle(never, settler.start(never, {0: 5.0}))
    # Time constants of three million years, of three centuries, and of a day: from 0, the slow ones still double.
    assert [bool(status) for status in found.status] == [True, True, False]
    assert np.isnan(found.states[:2]).all()


def test_equations_that_depend_on_time_have_no_steady_state(drawn):
    settler = Settler(switch(timed=True))
    with pytest.raises(InvalidInput, match="depend on time itself; begin as_stated"):
        settler.settle(drawn, settler.start(drawn, {}))
