"""Time to loss of response: Kaplan-Meier curves and restricted mean times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.estimate import Estimate
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Times:
    """Time to the event or to the end of observation, f8[replicate, subject], NaN for those not at risk; and whether
    it is the event, bool[replicate, subject].
    """

    time: F8
    event: Flags


def times_to_loss(
    responding: ArrayLike, visits: ArrayLike, *, dropout: Literal["event", "censored"] = "event"
) -> Times:
    """When a response that was there at the first visit is lost.

    Parameters
    ----------
    responding
        f8[replicate, subject, visit]: 1 responding, 0 not, NaN not seen.
    visits
        f8[visit], ascending, in any unit of time; the times returned are counted from the first in that unit.
    dropout
        ``event``: the first visit missed with no later one seen is a loss; ``censored``: observation ends at the last
        visit seen (independent censoring is then an assumption).

    Returns
    -------
    Times
        Subjects not responding, or not seen, at the first visit are not at risk (NaN). A gap before a later visit is
        passed over: the loss falls on the first visit at which it is seen (times are right-ended, as visits find them).
    """
    state = layout.values(responding, "responding", 3)
    when = np.asarray(visits, dtype=np.float64)
    if when.shape != state.shape[2:] or (np.diff(when) <= 0.0).any():
        raise InvalidInput(f"visits are {state.shape[2]} ascending times, got {when.tolist()}")
    if dropout not in {"event", "censored"}:
        raise InvalidInput(f"dropout {dropout!r}: give 'event' or 'censored'")
    count = len(when)
    lost = state == 0.0
    first_lost = np.where(lost.any(axis=2), lost.argmax(axis=2), count)
    last_seen = count - 1 - (~np.isnan(state))[:, :, ::-1].argmax(axis=2)
    gone = (last_seen < count - 1) & (first_lost == count)
    end = np.where(gone, last_seen + 1 if dropout == "event" else last_seen, count - 1)
    place = np.where(first_lost < count, first_lost, end)
    event = (first_lost < count) | (gone & (dropout == "event"))
    at_risk = state[:, :, 0] == 1.0
    return Times(np.where(at_risk, when[place] - when[0], np.nan), event & at_risk)


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve of one arm, f8[replicate, subject], in the order of time.

    ``time`` ascending (NaN at the end for places nobody holds), ``at_risk`` just before, ``surviving`` the share still
    without event just after, ``se`` Greenwood's standard error of it.
    """

    time: F8
    at_risk: F8
    surviving: F8
    se: F8


def kaplan_meier(times: Times, member: ArrayLike) -> Curve:
    """The product-limit estimate among the subjects ``member`` bool[subject] or bool[replicate, subject].

    Kaplan and Meier 1958, JASA 53:457; Greenwood 1926. Subjects with the same time have the curve after all of them.
    """
    time, event = _chosen(times, member)
    order = np.argsort(time, axis=1, kind="stable")  # NaN last
    t, e = np.take_along_axis(time, order, 1), np.take_along_axis(event, order, 1)
    known = ~np.isnan(t)
    n = known.sum(axis=1, keepdims=True)
    place = np.arange(t.shape[1])
    first = np.maximum.accumulate(np.where(_new(t), place, 0), axis=1)
    at_risk = np.where(known, n - first, 0).astype(np.float64)
    last = _last(t)
    happened = np.where(last, _within(e.astype(np.float64), first), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(happened > 0.0, 1.0 - happened / at_risk, 1.0)
        term = np.where(happened > 0.0, happened / (at_risk * (at_risk - happened)), 0.0)
    surviving: F8 = np.asarray(np.cumprod(factor, axis=1), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        se = np.where(surviving > 0.0, surviving * np.sqrt(np.cumsum(term, axis=1)), 0.0)
    return Curve(
        t, np.where(known, at_risk, np.nan), np.where(known, _tied(surviving, last), np.nan),
        np.where(known, _tied(se, last), np.nan),
    )  # fmt: skip


def restricted_mean(
    times: Times, arm: ArrayLike, horizon: float, *, arms: int | None = None, level: float = 0.95
) -> Estimate:
    """Mean time without the event up to ``horizon`` in every arm less that in the control, f8[replicate, arm - 1].

    In the unit of the times, with a normal interval. The area under the Kaplan-Meier curve and its variance (with the
    factor d / (d - 1) for d events left out): Royston and Parmar 2013, BMC Med. Res. Methodol. 13:152. TOO_FEW where an
    arm is empty or where its last time at risk lies before the horizon with the curve above 0, since the area is then
    unknown; NO_EVENT where no arm of the pair has an event before the horizon.
    """
    if not horizon > 0.0:
        raise InvalidInput(f"a horizon of {horizon}: give a time above 0 in the unit of the times")
    group, found = layout.arms(arm, times.time.shape)
    count = layout.number_of_arms(found, arms)
    parts = [_area(times, group == k, horizon) for k in range(count)]
    mean, variance, known = (np.stack([part[i] for part in parts], axis=1) for i in range(3))
    effect = mean[:, 1:] - mean[:, :1]
    se = np.sqrt(variance[:, 1:] + variance[:, :1])
    codes: Codes = np.full(effect.shape, Status.ESTIMATED, np.int8)
    codes[se == 0.0] = Status.NO_EVENT
    codes[(known[:, 1:] == 0.0) | (known[:, :1] == 0.0)] = Status.TOO_FEW
    good = codes == Status.ESTIMATED
    effect = np.where(codes == Status.TOO_FEW, np.nan, effect)
    se = np.where(good, se, np.nan)
    z = effect / se
    half = ndtri(0.5 + 0.5 * level) * se
    at_risk = np.stack([((group == k) & ~np.isnan(times.time)).sum(axis=1) for k in range(count)], axis=1)
    return Estimate(
        effect, se, np.where(good, np.inf, np.nan), z, 2.0 * ndtr(-np.abs(z)), effect - half, effect + half,
        at_risk[:, 1:] + at_risk[:, :1], codes,
    )  # fmt: skip


def _area(times: Times, member: Flags, horizon: float) -> tuple[F8, F8, F8]:
    """Area under the curve up to the horizon, its variance, and 1 where both are known."""
    curve = kaplan_meier(times, member)
    known = ~np.isnan(curve.time)
    clipped = np.minimum(np.where(known, curve.time, horizon), horizon)
    step = np.diff(clipped, axis=1, append=horizon)
    level = np.where(known, curve.surviving, 0.0)
    # Beyond the last time the curve stays where it is: known only if nothing is left or the horizon has been reached.
    end = np.where(known, curve.time, -np.inf).max(axis=1, initial=-np.inf)
    left = np.where(known, curve.surviving, 1.0).min(axis=1, initial=1.0)
    fine = known.any(axis=1) & ((end >= horizon) | (left == 0.0))
    pieces = level * step
    area = clipped[:, 0] + pieces.sum(axis=1) if clipped.shape[1] else np.full(len(step), np.nan)
    after = np.cumsum(pieces[:, ::-1], axis=1)[:, ::-1]  # area from each time to the horizon
    before = np.concatenate([np.ones((len(level), 1)), level[:, :-1]], axis=1)
    drop = known & _last(curve.time) & (curve.time <= horizon)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = _tied_first(before, curve.time)
        ratio = np.where(drop, level / base, 1.0)
        happened = curve.at_risk * (1.0 - ratio)
        term = np.where(
            drop & (level > 0.0) & (happened > 0.0), happened / (curve.at_risk * curve.at_risk * ratio), 0.0
        )
    variance = (np.where(term > 0.0, after**2 * term, 0.0)).sum(axis=1)
    return area, variance, fine.astype(np.float64)


def _chosen(times: Times, member: ArrayLike) -> tuple[F8, Flags]:
    inside = np.broadcast_to(np.asarray(member, dtype=bool), times.time.shape)
    time = np.where(inside, times.time, np.nan)
    if (time < 0.0).any():
        raise InvalidInput("a time to loss lies before 0: times are counted from the start of risk")
    return time, times.event & ~np.isnan(time)


def _new(t: F8) -> Flags:
    """Where a time begins that the place before does not have."""
    out = np.ones(t.shape, bool)
    out[:, 1:] = ~(t[:, 1:] == t[:, :-1]) & ~(np.isnan(t[:, 1:]) & np.isnan(t[:, :-1]))
    return out


def _last(t: F8) -> Flags:
    """Where a time ends that the place after does not have."""
    return np.concatenate([_new(t)[:, 1:], np.ones((len(t), 1), bool)], axis=1)


def _within(values: F8, first: NDArray[np.intp]) -> F8:
    """Sum of ``values`` from the first place with the same time up to each place."""
    total = np.cumsum(values, axis=1)
    return total - np.take_along_axis(total - values, first, 1)


def _tied(values: F8, last: Flags) -> F8:
    """Every place has the value of the last one with its time."""
    place = np.where(last, np.arange(values.shape[1]), values.shape[1] - 1)
    final = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    return np.take_along_axis(values, final, 1)


def _tied_first(values: F8, t: F8) -> F8:
    """Every place has the value of the first one with its time."""
    first = np.maximum.accumulate(np.where(_new(t), np.arange(t.shape[1]), 0), axis=1)
    return np.take_along_axis(values, first, 1)
