"""The area under the ROC curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


def area(ill: F8, others: F8) -> float:
    """The chance that a score is higher in one of the ``ill`` than in one of the ``others``, ties counting half.

    Missing scores (NaN) are left out; NaN where nobody is left on one side.
    """
    from scipy.stats import rankdata

    ill, others = ill[~np.isnan(ill)], others[~np.isnan(others)]
    if not ill.size or not others.size:
        return float("nan")
    ranks = rankdata(np.concatenate([ill, others]))[: ill.size].sum()
    return float((ranks - 0.5 * ill.size * (ill.size + 1)) / (ill.size * others.size))
