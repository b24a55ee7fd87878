"""What became of an analysis, one code a replicate: a number that cannot be had is NaN and says why."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]


class Status(IntEnum):
    """Why a replicate has a result or none; :attr:`sentence` says it in words."""

    ESTIMATED = 0
    TOO_FEW = 1
    NO_VARIANCE = 2
    SINGULAR = 3
    NOT_CONVERGED = 4
    NO_EVENT = 5

    @property
    def sentence(self) -> str:
        """The code in words, with what to do."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.ESTIMATED: "the effect is known, and nothing says how exact it is",
    Status.TOO_FEW: "an arm has no subject with a value, or fewer values than the model has terms: enrol more",
    Status.NO_VARIANCE: "the values do not vary within arms, so nothing says how exact the effect is",
    Status.SINGULAR: "a covariate does not vary or follows from the others: leave it out",
    Status.NOT_CONVERGED: "the likelihood has no maximum that could be reached: use fewer visits or covariance terms",
    Status.NO_EVENT: "no subject had the event",
}


def reasons(codes: Codes, gone: NDArray[np.bool_]) -> dict[Status, int]:
    """In how many replicates (the first axis) a result is ``gone``, by why; a reason that did not occur is left out."""
    found = {}
    for one in Status:
        here = (gone & (codes == one)).reshape(len(codes), -1).any(axis=1)
        if here.any():
            found[one] = int(here.sum())
    return found


def without_result(what: str, why: dict[Status, int], replicates: int) -> list[str]:
    """A warning for each reason for which ``what`` gave no result."""
    return [
        f"{what} gave no result in {count} of {replicates} replicates, which count as failures: {one.sentence}"
        for one, count in why.items()
    ]
