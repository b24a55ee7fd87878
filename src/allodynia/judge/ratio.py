"""An answer of one study over that of another, for claims that compare two experiments."""

from __future__ import annotations

import math

import numpy as np

from allodynia.judge.criteria import Estimate


def over(above: Estimate, below: Estimate) -> Estimate:
    """The ratio of two estimates, world by world where both have as many.

    The draws of the two studies are those of the same uncertain values under one seed, so worlds are paired; otherwise
    only the ratio of the centres is known.
    """
    why = above.why or below.why
    if why:
        return Estimate.missing(why)
    if below.value == 0.0 or not math.isfinite(below.value):
        return Estimate.missing("the estimate below the line is 0 or unknown")
    values, lo, hi, error = (), math.nan, math.nan, math.nan
    if len(above.values) == len(below.values) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.array(above.values) / np.array(below.values)
        known = ratio[np.isfinite(ratio)]
        values = tuple(ratio.tolist())
        if known.size > 1:
            lo, hi = (float(one) for one in np.quantile(known, [0.025, 0.975]))
            error = float(known.std(ddof=1)) / math.sqrt(known.size)
    return Estimate(
        above.value / below.value, lo, hi, error, "1" if above.unit == below.unit else f"({above.unit})/({below.unit})",
        min(above.units, below.units), above.subjects + below.subjects, above.failed + below.failed, 0, values,
    )  # fmt: skip
