"""The share of donors whose material does something, each judged by a test on its own subjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from allodynia.study.readings import Readings
from allodynia.study.statistics import moments
from allodynia.study.statistics.student import paired_less, welch_less
from allodynia.study.statistics.worlds import Worlds


def share_of_donors_positive(
    readings: Readings,
    endpoint: str,
    arm: str,
    times: Sequence[float],
    test: Literal["paired", "welch"],
    versus: str | None,
    direction: Literal["down", "up"],
    alpha: float,
) -> Worlds:
    """The share of donors with a one-sided p below ``alpha``, in each world.

    A subject's reading is the mean of its readings at ``times``. ``paired``: against the same subject's baseline;
    ``welch``: the donor's subjects against all subjects of ``versus``. Always on readings, for a test sees the
    assay. A donor that cannot be tested (fewer than two subjects solved) is left out.
    """
    sign = 1.0 if direction == "down" else -1.0
    after = sign * readings.measured(endpoint, arm, times).mean(axis=-1)
    if test == "paired":
        before = sign * readings.measured(endpoint, arm, readings.plan.endpoint(endpoint).baseline).mean(axis=-1)
        p = paired_less(after, before)
    else:
        other = sign * readings.measured(endpoint, versus or arm, times).mean(axis=-1)
        p = welch_less(after, other.reshape(other.shape[0], 1, -1))
    positive = np.where(np.isnan(p), np.nan, np.where(p < alpha, 1.0, 0.0))
    return Worlds(moments.mean(positive, 1), "1", donors=positive)
