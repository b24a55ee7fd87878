"""The likelihood against integrals done another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from allodynia.infer.data import Mouse
from allodynia.infer.emulator import Courses, grid
from allodynia.infer.likelihood import prior_weights, tabulate

DAYS = np.array([0.0, 2.0, 8.0])


def test_a_mouse_by_numerical_integration_over_its_own_threshold(courses: dict[str, Courses]) -> None:
    """Two animals, so that the mean over animals is in it too."""
    two = replace(courses["fm"], log_ratio=courses["fm"].log_ratio[:, :2])
    grams = np.array([95.0, 80.0, 70.0])
    found = tabulate([Mouse("1", "a", "fm", DAYS, grams)], {"fm": two}, 0.08, ["a"])
    noise, place = 12, 1 + grid().size // 2
    assert found.log_noise[noise] == pytest.approx(np.log(0.08))
    sd = np.sqrt(np.log1p(0.08**2))
    course = two.on_grid(two.at(DAYS))[place]

    def integrand(log_threshold: float) -> float:
        each = [np.prod(norm.pdf(np.log(grams), log_threshold + one, sd)) for one in course]
        return float(np.mean(each)) / np.log(1000.0)

    value, _ = quad(integrand, np.log(60.0), np.log(160.0), epsabs=1e-12)
    assert found.donors[0, noise, 0, place] == pytest.approx(np.log(value), abs=1e-6)


def test_one_reading_a_mouse_says_nothing_of_the_donor(courses: dict[str, Courses]) -> None:
    mouse = Mouse("1", "a", "fm", np.array([8.0]), np.array([70.0]))
    found = tabulate([mouse], {"fm": courses["fm"]}, 0.08, ["a"])
    assert np.ptp(found.donors[0]) == pytest.approx(0.0, abs=1e-9)


def test_grams_or_ounces_make_no_difference(courses: dict[str, Courses]) -> None:
    mice = [Mouse("1", "a", "fm", DAYS, factor * np.array([95.0, 80.0, 70.0])) for factor in (1.0, 1.0 / 28.35)]
    grams, ounces = (tabulate([mouse], {"fm": courses["fm"]}, 0.08, ["a"]).donors[0] for mouse in mice)
    np.testing.assert_allclose(grams, ounces, atol=1e-9)


def test_the_prior_of_donors_sums_to_one_and_has_its_median(courses: dict[str, Courses]) -> None:
    weights = np.exp(prior_weights(np.array([0.1, -3.0]), np.array([0.2, 0.9]), 0.7))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    np.testing.assert_allclose(weights[:, 0], 0.3)
    assert grid()[np.searchsorted(np.cumsum(weights[0, 1:]), 0.35)] == pytest.approx(0.1, abs=0.04)
