"""Who leaves a trial, when and why; and who only misses a day.

Each cause has a threshold of its own for each person, a unit exponential number keyed (seed, cause, world, person): the
person leaves when the cause's hazard, summed up over time, passes it. The same person has the same thresholds in every
arm, so a treatment that does nothing makes nobody leave who would have stayed, and arms can be compared person by
person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.philox import open_unit, philox, stream_key
from allodynia.engine.elementary import exp, log
from allodynia.errors import InvalidInput
from allodynia.study.analysis.imputation import last_carried_forward
from allodynia.study.answers.course import FIRST_DAY, uniform_numbers, whole_days
from allodynia.study.answers.numbers import Numbers
from allodynia.study.answers.traits import Traits, places

F8 = NDArray[np.float64]


class Cause(IntEnum):
    """Why a person left."""

    NONE = 0
    ADVERSE_EVENT = 1
    LACK_OF_EFFICACY = 2
    OTHER = 3


@dataclass(frozen=True)
class Left:
    """``time`` f8[replicate, person] in days (inf: stayed) and ``cause`` i1[replicate, person] (:class:`Cause`)."""

    time: F8
    cause: NDArray[np.int8]


def dropout(
    hazards: Numbers,
    exposure: ArrayLike,
    scores: F8,
    baseline: F8,
    belief: ArrayLike,
    traits: Traits,
    times: ArrayLike,
    until: float,
    seed: int,
    worlds: ArrayLike,
    people: ArrayLike,
) -> Left:
    """Who leaves between the first of ``times`` and ``until``.

    Parameters
    ----------
    hazards
        The numbers of the replicates: ``adverse_rate``, ``inefficacy_rate``, ``inefficacy_slope``, ``other_rate``.
    exposure
        Side effects that the drug itself brings, over those that full belief brings: 0 on placebo. Broadcasts to
        f8[replicate, person, time].
    scores
        What the trial saw at ``times``, f8[replicate, person, time], lower being better; the last one seen stands where
        one is NaN, and the baseline before the first.
    baseline
        f8[replicate, person], above 0.
    belief
        0 to 1 (:func:`allodynia.study.answers.belief.expectation`). Broadcasts to f8[replicate, person, time].
    traits, seed, worlds, people
        Who.
    times
        Days of the readings, f8[time], going up; every hazard stands from one to the next.
    until
        Day of the last visit.

    Notes
    -----
    Hazards, a day: adverse event ``adverse_rate`` x nocebo x (belief + exposure); lack of efficacy ``inefficacy_rate``
    x exp(-``inefficacy_slope`` x share of the baseline gained); other ``other_rate``. Nobody leaves for lack of
    efficacy who was promised nothing: the hazard is there where belief or exposure is above 0.

    Raises
    ------
    InvalidInput
        Times that do not go up, or ``until`` before them.
    """
    starts = np.asarray(times, dtype=np.float64)
    lengths = np.diff(np.append(starts, until))
    if starts.size == 0 or (lengths[:-1] <= 0.0).any() or lengths[-1] < 0.0:
        raise InvalidInput("times of readings go up, and the trial ends after them")
    value = hazards.value
    believed = np.broadcast_to(np.asarray(belief, dtype=np.float64), scores.shape)
    brought = np.broadcast_to(np.asarray(exposure, dtype=np.float64), scores.shape)
    # Whoever began at next to nothing can lose any multiple of it; from fifty times on the hazard stays, and is finite.
    gained = np.maximum(1.0 - last_carried_forward(scores, baseline) / baseline[..., None], -50.0)
    treated = (believed > 0.0) | (brought > 0.0)
    rates = {
        Cause.ADVERSE_EVENT: value["adverse_rate"][..., None] * traits.nocebo[..., None] * (believed + brought),
        Cause.LACK_OF_EFFICACY: treated
        * value["inefficacy_rate"][..., None]
        * exp(-value["inefficacy_slope"][..., None] * gained),
        Cause.OTHER: np.broadcast_to(value["other_rate"][..., None], scores.shape),
    }
    when = np.stack(
        [_passed(rate, lengths, starts, _threshold(seed, cause, worlds, people)) for cause, rate in rates.items()]
    )
    first = when.argmin(axis=0)
    time = np.take_along_axis(when, first[None], axis=0)[0]
    codes = np.array([int(cause) for cause in rates], dtype=np.int8)[first]
    return Left(time, np.where(np.isfinite(time), codes, np.int8(Cause.NONE)).astype(np.int8))


def _threshold(seed: int, cause: Cause, worlds: ArrayLike, people: ArrayLike) -> F8:
    words = philox(stream_key(seed, "answers", "dropout", cause.name), *places(worlds, people))
    return np.asarray(-log(open_unit(words[0])))


def _passed(rate: F8, lengths: F8, starts: F8, threshold: F8) -> F8:
    """When the hazard summed up passes the threshold; inf where it does not."""
    summed = np.cumsum(rate * lengths, axis=-1)
    over = summed > threshold[..., None]
    step = over.argmax(axis=-1)
    at = np.take_along_axis(np.broadcast_to(rate, summed.shape), step[..., None], axis=-1)[..., 0]
    end = np.take_along_axis(summed, step[..., None], axis=-1)[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        time = starts[step] + lengths[step] - (end - threshold) / at
    return np.where(over.any(axis=-1), time, np.inf)


def missing(
    table: Numbers, times: ArrayLike, seed: int, worlds: ArrayLike, people: ArrayLike, *, kind: str = "visit"
) -> NDArray[np.bool_]:
    """Which readings a person who is still in the trial misses, whatever they would have been.

    ``kind`` is ``visit`` or ``entry`` (one day of a diary), each with a share of its own. ``times`` are days, f8[time]
    or f8[time, day]. Returns bool[replicate, person, time] or bool[replicate, person, time, day].

    Raises
    ------
    InvalidInput
        A time before the first day of people's courses.
    """
    days = whole_days(times)
    numbers = days.reshape(-1) - FIRST_DAY
    drawn = uniform_numbers(stream_key(seed, "answers", "missing", kind), places(worlds, people), numbers)
    missed = drawn < table.value[f"missed_{kind}"][..., None]
    return np.asarray(missed.reshape(*missed.shape[:-1], *days.shape))
