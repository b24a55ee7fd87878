"""How large states get, and the tolerance that follows: what it buys is measured."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import simulate
from allodynia.engine.typical import default_atol, typical_sizes
from allodynia.model import read_antimony, to_ode


def system(text: str):
    return to_ode(read_antimony(text, "sizes.ant", strict_units=False))


def test_sizes_span_many_orders_of_magnitude() -> None:
    ode = system("a' = -a; b' = 1e-9*a - b; c' = 1e12*b - 0.1*c; d' = 0; a = 5; b = 0; c = 0; d = 0")
    sizes = typical_sizes(ode, np.zeros((1, 0)), 10.0)
    # b = 5e-9 t exp(-t) peaks at t = 1.
    assert sizes[0] == 5.0
    assert sizes[1] == pytest.approx(5e-9 / np.e, rel=2e-3)
    assert 2e3 < sizes[2] < 5e3  # the integral of its source is 5000
    assert sizes[3] == sizes[:3].min()  # nobody knows the scale of what stays at zero


def test_sizes_are_over_all_subjects_and_survive_one_that_runs_away() -> None:
    ode = system("x' = a*x^2; x = 1; a = 0")
    assert typical_sizes(ode, [[0.0], [-1.0]], 5.0)[0] == 1.0
    assert typical_sizes(ode, [[0.0], [1.0]], 5.0)[0] >= 1.0


def test_a_system_at_rest_at_zero_has_sizes_of_one() -> None:
    assert typical_sizes(system("x' = -x; x = 0"), np.zeros((1, 0)), 1.0).tolist() == [1.0]


@pytest.mark.parametrize("scale", [1e-14, 1.0, 1e14])
def test_the_unit_of_a_state_does_not_change_its_accuracy(scale: float) -> None:
    """A predator and its prey in units 28 orders of magnitude apart are solved equally well."""
    text = "x' = x - x*y/s; y' = 0.01*x*y/s - 0.5*y; x = 20*s; y = 2*s; s = 1"
    ode = system(text)
    row, times = np.array([[scale]]), np.linspace(0, 30, 61)
    exact = simulate(ode, row, times, ["x", "y"], rtol=1e-12, atol=1e-18 * scale).values[0]
    atol = default_atol(typical_sizes(ode, row, 30.0), 1e-6)
    ours = simulate(ode, row, times, ["x", "y"], rtol=1e-6, atol=atol).values[0]
    assert (np.abs(ours - exact).max(axis=0) / np.abs(exact).max(axis=0)).max() < 2e-5
    fixed = simulate(ode, row, times, ["x", "y"], rtol=1e-6, atol=1e-9).values[0]
    if scale == 1e-14:  # what one number for all states does
        assert (np.abs(fixed - exact).max(axis=0) / np.abs(exact).max(axis=0)).max() > 1e-2


def test_the_tolerance_never_asks_for_less_than_rounding() -> None:
    sizes = np.array([1.0, 1e3])
    assert default_atol(sizes, 1e-4).tolist() == pytest.approx([1e-10, 1e-7], rel=1e-15)
    assert default_atol(sizes, 1e-12).tolist() == pytest.approx([1e-15, 1e-12], rel=1e-15)
