"""The share of people whose reading lies below what healthy people of their age and sex have, at any of some sites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.study.readings import Readings
from allodynia.study.statistics.arguments import ShareBelowNorm
from allodynia.study.statistics.worlds import Worlds

F8 = NDArray[np.float64]
LEAST_NORM = 20
"""Healthy people with readings below which a laboratory has no norm."""


def share_below_norm(
    readings: Readings, spec: ShareBelowNorm, arm: str, norm: str, versus: str | None, time: float
) -> Worlds:
    """The share of ``arm`` below the norm of ``norm`` as ``spec`` says, less that of ``versus`` where it is given.

    Always on readings: a laboratory counts, and takes its norm from counts. A cut-off needs many people in each
    world; NaN where fewer than :data:`LEAST_NORM` healthy people were read.
    """
    found = _share(readings, spec, arm, norm, time)
    if versus is None:
        return Worlds(found, "1")
    return Worlds(difference_of_shares(found, _share(readings, spec, versus, norm, time)), "SD")


def _share(readings: Readings, spec: ShareBelowNorm, arm: str, norm: str, time: float) -> F8:
    covariates, norm_covariates = (
        np.stack([_people(readings, name, one, time, measured=False) for name in spec.adjust], axis=-1)
        if spec.adjust
        else np.zeros((*_people(readings, spec.sites[0], one, time).shape, 0))
        for one in (arm, norm)
    )
    positive = {
        site: below_norm(
            _people(readings, site, arm, time),
            covariates,
            _people(readings, site, norm, time),
            norm_covariates,
            spec.level,
        )
        for site in {*spec.sites, *spec.among}
    }
    chosen = None
    if spec.select is not None:
        shown = _people(readings, spec.select.endpoint, arm, time)
        chosen = extreme(shown, spec.select.part, spec.select.side)
    return share([positive[site] for site in spec.sites], chosen, [positive[site] for site in spec.among])


def _people(readings: Readings, endpoint: str, arm: str, time: float, *, measured: bool = True) -> F8:
    take = readings.measured if measured else readings.true
    values = take(endpoint, arm, [time])[..., 0]
    return values.reshape(values.shape[0], -1)


def below_norm(values: F8, covariates: F8, norm: F8, norm_covariates: F8, level: float) -> F8:
    """1 where a reading lies below the norm, 0 where it does not, NaN where either is missing; f8[world, person].

    In each world the norm is a least-squares line of the healthy readings ``norm`` f8[world, healthy] on their
    ``norm_covariates`` f8[world, healthy, k], less what leaves a share ``level`` of them below.
    """
    found = np.full(values.shape, np.nan)
    for world in range(values.shape[0]):
        known = ~np.isnan(norm[world]) & ~np.isnan(norm_covariates[world]).any(axis=1)
        if np.count_nonzero(known) < LEAST_NORM:
            continue
        design = _design(norm_covariates[world, known])
        line, *_ = np.linalg.lstsq(design, norm[world, known], rcond=None)
        cut = np.quantile(norm[world, known] - design @ line, level)
        limit = _design(covariates[world]) @ line + cut
        here = ~np.isnan(values[world]) & ~np.isnan(limit)
        found[world, here] = values[world, here] < limit[here]
    return found


def share(positive: Sequence[F8], chosen: NDArray[np.bool_] | None, among: Sequence[F8]) -> F8:
    """The share of people positive in any of ``positive`` (each f8[world, person] of 1, 0, NaN), f8[world].

    Of those ``chosen``, and of those positive in any of ``among`` where there are some. NaN where nobody is left.
    """
    anywhere = _any(positive)
    kept = ~np.isnan(anywhere)
    if chosen is not None:
        kept &= chosen
    if among:
        kept &= _any(among) == 1.0
    count = kept.sum(axis=1)
    hits = ((anywhere == 1.0) & kept).sum(axis=1)
    return np.asarray(np.where(count > 0, hits / np.maximum(count, 1), np.nan))


def extreme(values: F8, part: float, side: str) -> NDArray[np.bool_]:
    """Who of each world is among the ``part`` with the ``lowest`` or ``highest`` value, bool[world, person].

    Somebody without a value is not.
    """
    signed = values if side == "lowest" else -values
    chosen = np.zeros(values.shape, dtype=bool)
    for world in range(values.shape[0]):
        known = np.flatnonzero(~np.isnan(signed[world]))
        order = known[np.argsort(signed[world, known], kind="stable")]
        chosen[world, order[: max(1, round(part * known.size))]] = True
    return chosen


def difference_of_shares(share_here: F8, share_there: F8) -> F8:
    """Cohen's h: the difference of two shares on the arcsine scale, on which a small effect is 0.2 as for means."""
    return np.asarray(2.0 * (np.arcsin(np.sqrt(share_here)) - np.arcsin(np.sqrt(share_there))))


def _any(positive: Sequence[F8]) -> F8:
    """1 where one is positive, 0 where all are known not to be, NaN where one is missing and none is positive."""
    stacked = np.stack(positive)
    hit = (stacked == 1.0).any(axis=0)
    return np.where(hit, 1.0, np.where(np.isnan(stacked).any(axis=0), np.nan, 0.0))


def _design(covariates: F8) -> F8:
    return np.column_stack([np.ones(len(covariates)), covariates])
