"""The luck of subjects: unit exponentials, each at a place of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from allodynia.cohort.luck import waits


def test_they_are_unit_exponentials_and_independent():
    drawn = waits(1, "colds", "fm", np.arange(50)[:, None], np.arange(40), 10)
    assert drawn.shape == (50, 40, 10)
    assert stats.kstest(drawn.reshape(-1), "expon").pvalue > 1e-3
    flat = drawn.reshape(-1, 10)
    assert np.abs(np.corrcoef(flat.T) - np.eye(10)).max() < 5.0 / np.sqrt(len(flat))
    counts = (np.cumsum(drawn, axis=-1) <= 3.0).sum(axis=-1).reshape(-1)
    assert counts.mean() == pytest.approx(3.0, abs=4.0 * np.sqrt(3.0 / counts.size))
    assert counts.var() == pytest.approx(3.0, rel=0.15)


def test_a_place_depends_on_nothing_else():
    whole = waits(1, "colds", "fm", np.arange(4)[:, None], np.arange(6), 11)
    assert np.array_equal(waits(1, "colds", "fm", 2, 3, 11), whole[2, 3])
    assert np.array_equal(waits(1, "colds", "fm", np.array([3, 1]), np.array([0, 5]), 7), whole[[3, 1], [0, 5], :7])
    for other in ((2, "colds", "fm"), (1, "stressors", "fm"), (1, "colds", "healthy")):
        assert not (waits(*other, np.arange(4)[:, None], np.arange(6), 11) == whole).any()
