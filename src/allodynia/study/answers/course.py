"""How a person's pain goes up and down by itself: a slow course over weeks, and one day unlike the next.

The slow course is an Ornstein-Uhlenbeck process, stationary from the first day on; what one day differs from it is
independent from day to day. Both are normal on the logit of the pain scale, so that no course leaves the scale. Since
courses are stationary, a person who is let in on a bad day is better on a later one: nobody has to be told of
regression to the mean.

Every value has a place of its own in a counter stream keyed (seed, world, person, day). To give any day without walking
through all days before it, the slow course is laid down at the end of each week by its exact recursion from a fixed
first week, and the days between are drawn given the two weeks' ends (an Ornstein-Uhlenbeck bridge).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.philox import Key, open_unit, philox, stream_key
from allodynia.engine.elementary import exp, expm1, ndtri
from allodynia.errors import InvalidInput
from allodynia.study.answers.traits import Traits, places

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

FIRST_DAY = -364
"""The first day of every course: 52 weeks before the day that a trial calls 0."""

_WORDS = 4  # random words for each counter


def course(traits: Traits, times: ArrayLike, seed: int, worlds: ArrayLike, people: ArrayLike) -> F8:
    """The deviation of a person's pain from what the model says, on the logit of the scale.

    Parameters
    ----------
    traits
        Of the same people.
    times
        Days, f8[time] or f8[time, day] (see :func:`diary_days`); a course has one value a day, that of the day a time
        lies in.
    seed, worlds, people
        Who, as in :func:`allodynia.study.answers.traits.traits`.

    Returns
    -------
    f8[replicate, person, time] or f8[replicate, person, time, day].

    Raises
    ------
    InvalidInput
        A time before :data:`FIRST_DAY`.
    """
    asked = whole_days(times)
    days, back = np.unique(asked, return_inverse=True)
    who = places(worlds, people)
    unit = _logit_per_point(traits.stated_at)[..., None]
    out = np.asarray(traits.variability[..., None] * unit * _daily(seed, who, days))
    out += traits.slow[..., None] * unit * _slow(seed, who, days, traits.slow_time)
    return np.asarray(out[..., back.reshape(-1)].reshape(*out.shape[:-1], *asked.shape))


def diary_days(times: ArrayLike, period: int) -> F8:
    """The days of a diary of ``period`` days that is read at ``times``: those before, f8[time, day]."""
    return np.asarray(np.asarray(times, dtype=np.float64)[..., None] - np.arange(period, 0, -1))


def whole_days(times: ArrayLike) -> I8:
    """The day that each time lies in; a time that only a conversion of units keeps from a day counts as on it.

    Raises
    ------
    InvalidInput
        A time before :data:`FIRST_DAY`.
    """
    days = np.floor(np.asarray(times, dtype=np.float64) + 1e-9).astype(np.int64)
    if days.size and days.min() < FIRST_DAY:
        raise InvalidInput(f"day {days.min()} lies before day {FIRST_DAY}, where people's courses begin")
    return days


def _logit_per_point(pain: F8) -> F8:
    """Units of logit to a point of a 0 to 10 scale, at ``pain``."""
    share = pain / 10.0
    return np.asarray(0.1 / (share * (1.0 - share)))


def uniform_numbers(key: Key, who: tuple[I8, I8], numbers: I8) -> F8:
    """The numbers ``numbers`` (0 and up, i8[number]) of every person's stream, between 0 and 1, f8[replicate, person,
    number].
    """
    blocks, back = np.unique(numbers // _WORDS, return_inverse=True)
    world, person = (one[..., None] for one in who)
    words = np.stack(philox(key, world, person, blocks), axis=-1)
    return open_unit(words[..., back.reshape(-1), numbers % _WORDS])


def _normals(key: Key, who: tuple[I8, I8], numbers: I8) -> F8:
    """The same as standard normal numbers."""
    return ndtri(uniform_numbers(key, who, numbers))


def _daily(seed: int, who: tuple[I8, I8], days: I8) -> F8:
    return _normals(stream_key(seed, "answers", "day"), who, days - FIRST_DAY)


def _slow(seed: int, who: tuple[I8, I8], days: I8, time: F8) -> F8:
    """The slow course of standard deviation 1 on ``days``, f8[replicate, person, day]."""
    since = days - FIRST_DAY
    weeks = np.unique(since // 7)
    last = int(weeks[-1]) + 1 if weeks.size else 0
    steps = _normals(stream_key(seed, "answers", "week"), who, np.arange(last + 1))
    kept, noise = exp(-7.0 / time), np.sqrt(-expm1(-14.0 / time))
    ends = np.empty_like(steps)
    ends[..., 0] = steps[..., 0]
    for week in range(last):
        ends[..., week + 1] = kept * ends[..., week] + noise * steps[..., week + 1]
    out = np.empty((*ends.shape[:-1], days.size))
    for week in weeks.tolist():
        here = np.flatnonzero(since // 7 == week)
        if (since[here] % 7 == 0).all():
            out[..., here] = ends[..., week, None]
            continue
        drawn = _normals(stream_key(seed, "answers", "weekday"), who, week * 8 + np.arange(6))
        whole = _bridge(ends[..., week], ends[..., week + 1], drawn, time)
        out[..., here] = whole[..., since[here] % 7]
    return out


def _bridge(start: F8, stop: F8, drawn: F8, time: F8) -> F8:
    """The seven days from one week's end to the day before the next's, given both ends and six normal numbers."""
    days = [start]
    for left in range(7, 1, -1):  # days from here to the week's end
        kept = exp(-1.0 / time)
        whole = -expm1(-2.0 * left / time)
        after = -expm1(-2.0 * (left - 1) / time)
        one = -expm1(-2.0 / time)
        mean = (kept * after * days[-1] + exp(-(left - 1) / time) * one * stop) / whole
        days.append(mean + np.sqrt(one * after / whole) * drawn[..., 7 - left])
    return np.stack(days, axis=-1)
