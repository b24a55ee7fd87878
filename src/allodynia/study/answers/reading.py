"""What a person answers: one rating at a visit, or the mean of a week's diary."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from allodynia.errors import InvalidInput
from allodynia.study.assay.questionnaire import SCALES

F8 = NDArray[np.float64]

LEAST_ENTRIES = 4
"""Days of a seven-day diary that trials of fibromyalgia ask for before they take its mean."""


def answers(
    true: ArrayLike,
    course: F8,
    scale: str | tuple[float, float, float] = "nrs",
    period: int = 1,
    *,
    kept: NDArray[np.bool_] | None = None,
    least: int = LEAST_ENTRIES,
) -> F8:
    """Ratings of ``true`` values under a person's ``course``.

    Parameters
    ----------
    true
        What the model says, in points of the scale: f8[replicate, person, time], or with a last axis of days.
    course
        From :func:`allodynia.study.answers.course.course`: f8[replicate, person, time] for a rating at a visit, or
        f8[replicate, person, time, day] for a diary.
    scale
        A questionnaire by name, or (lowest, highest, step).
    period
        Days of the diary: 1 is one rating.
    kept
        bool[replicate, person, time, day]: diary days that were filled in. A diary with fewer than ``least`` of them
        has no mean.

    Returns
    -------
    f8[replicate, person, time] in points: a rating is a whole number of steps, a diary the mean of such ratings. NaN
    where there is none.

    Raises
    ------
    InvalidInput
        A course without an axis of ``period`` days.
    """
    lowest, highest, step = SCALES[scale] if isinstance(scale, str) else scale
    said, diary = np.asarray(true, dtype=np.float64), course.ndim == 4
    if (course.shape[-1] if diary else 1) != period:
        raise InvalidInput(f"a diary of {period} days needs a course of as many days for each reading")
    if diary and said.ndim < 4:
        said = said[..., None]
    share = np.clip((said - lowest) / (highest - lowest), 0.0, 1.0)  # rounding of the solver at the scale's ends
    with np.errstate(divide="ignore"):
        felt = expit(logit(share) + course)
    steps = np.rint(felt * (highest - lowest) / step)
    rated = np.minimum(lowest + step * steps, highest)
    if not diary:
        return np.asarray(rated)
    if kept is None:
        return np.asarray(rated.mean(axis=-1))
    count = kept.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(kept, rated, 0.0).sum(axis=-1) / count
    return np.where(count >= least, mean, np.nan)
