"""What a person answers: one rating at a visit, or the mean of a week's diary."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.engine.elementary import expit, logit
from allodynia.study.assay.questionnaire import SCALES

F8 = NDArray[np.float64]

LEAST_A_WEEK = 4
"""Days of a seven-day diary that trials of fibromyalgia ask for before they take its mean; of others as large a
share.
"""


def answers(
    true: ArrayLike,
    course: F8,
    scale: str | tuple[float, float, float] = "nrs",
    *,
    kept: NDArray[np.bool_] | None = None,
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
    kept
        bool[replicate, person, time, day]: diary days that were filled in. A diary with fewer than four days in seven
        has no mean.

    Returns
    -------
    f8[replicate, person, time] in points: a rating is a whole number of steps, a diary the mean of such ratings. NaN
    where there is none.
    """
    lowest, highest, step = SCALES[scale] if isinstance(scale, str) else scale
    said, diary = np.asarray(true, dtype=np.float64), course.ndim == 4
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
    return np.where(7 * count >= LEAST_A_WEEK * kept.shape[-1], mean, np.nan)
