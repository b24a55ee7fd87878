"""The logarithm and the exponential behind the size of a step: to ten digits, with the same bits at every width."""

from __future__ import annotations

import numpy as np
import pytest
from vector_functions import VectorFunction

from allodynia.engine import control
from allodynia.engine import machine as machines
from allodynia.engine.ir.growth import rough_exp, rough_log

ERRORS = np.concatenate([
    np.exp(np.random.default_rng(4).uniform(np.log(control.SMALLEST_ERROR), 709.0, 2000)),
    np.random.default_rng(5).uniform(0.5, 2.0, 2000),
    [control.SMALLEST_ERROR, 1.0, np.sqrt(0.5), np.sqrt(2.0), 2.0, 1.7976931348623157e308],
])  # fmt: skip


def test_logarithm_to_ten_digits() -> None:
    found = VectorFunction(rough_log)(ERRORS)
    np.testing.assert_allclose(found, np.log(ERRORS), rtol=1e-10, atol=1e-15)
    assert found[ERRORS == 1.0] == 0.0


def test_exponential_to_ten_digits() -> None:
    x = np.concatenate([np.random.default_rng(6).uniform(-700.0, 700.0, 2000), np.linspace(-3.0, 3.0, 2001)])
    np.testing.assert_allclose(VectorFunction(rough_exp)(x), np.exp(x), rtol=1e-10)
    assert VectorFunction(rough_exp)(np.array([0.0]))[0] == 1.0


@pytest.mark.parametrize(("function", "x"), [(rough_log, ERRORS), (rough_exp, np.log(ERRORS[:2000]) / 2)])
def test_same_bits_at_every_width(function: object, x: np.ndarray) -> None:
    widths = [w for w in machines.WIDTHS if w <= machines.host().width]
    found = {VectorFunction(function, width=width)(x).tobytes() for width in widths}  # type: ignore[arg-type]
    assert len(found) == 1
