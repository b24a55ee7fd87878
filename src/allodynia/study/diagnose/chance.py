"""Which people are drawn, and who is in which fold: by counter, so that the same seed gives the same bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.philox import stream_key, uniforms

SAMPLES = 1000
"""Samples of a bootstrap."""


def resample(seed: int, group: str, people: int, samples: int = SAMPLES) -> NDArray[np.int64]:
    """Who of ``people`` is in each sample of a bootstrap, i8[sample, person]. The same whatever the test."""
    key = stream_key(seed, "diagnose", "bootstrap", group)
    draws, _ = uniforms(key, np.arange(samples)[:, None], np.arange(people)[None, :])
    return np.minimum((draws * people).astype(np.int64), people - 1)


def folds(seed: int, group: str, people: int, count: int, level: int = 0) -> NDArray[np.int64]:
    """The fold of each of ``people``, by chance and as even as can be; ``level`` tells foldings apart."""
    draws, _ = uniforms(stream_key(seed, "diagnose", "folds", group), np.arange(people), level)
    order = np.argsort(draws, kind="stable")
    found = np.empty(people, dtype=np.int64)
    found[order] = np.arange(people) % count
    return found
