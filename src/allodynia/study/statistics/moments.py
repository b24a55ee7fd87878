"""Means, spreads and quantiles that leave out what is missing (NaN), and are NaN where nothing is left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
Axis = int | tuple[int, ...]


def mean(values: F8, axis: Axis) -> F8:
    """The mean over ``axis`` of what is there; NaN where nothing is."""
    here = ~np.isnan(values)
    count = here.sum(axis=axis)
    total = np.where(here, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def variance(values: F8, axis: Axis) -> F8:
    """The variance (n - 1) over ``axis`` of what is there; NaN where fewer than two are."""
    here = ~np.isnan(values)
    count = here.sum(axis=axis, keepdims=True)
    middle = np.where(here, values, 0.0).sum(axis=axis, keepdims=True) / np.maximum(count, 1)
    spread = np.where(here, (values - middle) ** 2, 0.0).sum(axis=axis)
    count = count.reshape(spread.shape)
    return np.asarray(np.where(count > 1, spread / np.maximum(count - 1, 1), np.nan))


def over_donors(values: F8) -> F8:
    """The mean over donors of each donor's mean over its subjects: [world, donor, subject, ...] to [world, ...]."""
    return mean(mean(values, 2), 1)


def quantiles(values: F8, levels: list[float]) -> list[float]:
    """Quantiles of what is there, infinities included (a time beyond the end); NaN where nothing is."""
    kept = np.sort(values[~np.isnan(values)].reshape(-1))
    if kept.size == 0:
        return [float("nan")] * len(levels)
    out: list[float] = []
    for level in levels:
        place = level * (kept.size - 1)
        below, above = float(kept[int(np.floor(place))]), float(kept[int(np.ceil(place))])
        part = float(place - np.floor(place))
        if np.isfinite(below) and np.isfinite(above):
            out.append(below + part * (above - below))
        else:
            # Between a number and infinity there is no middle: the nearer of the two.
            out.append(above if part >= 0.5 else below)
    return out
