"""Whether nothing turns twice within a stretch of a step: the enclosures with plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from allodynia.engine.enclosures import Course, Encloser, along, turns_at_most_once
from allodynia.engine.ranges import Range
from allodynia.engine.reference.equations import Step, Vector
from allodynia.engine.switches import Hybrid
from allodynia.model.evaluate import FUNCTIONS
from allodynia.model.expr import Op

Number = np.float64 | np.bool_

_COMPARISONS: dict[str, Callable[[Number, Number], Number]] = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip


class Numbers:
    """One number a value; see `allodynia.engine.enclosures.Arithmetic`."""

    const, add, sub, mul, div = np.float64, np.add, np.subtract, np.multiply, np.divide
    neg, abs, floor = np.negative, np.abs, np.floor
    both, either, invert = np.logical_and, np.logical_or, np.logical_not

    def compare(self, predicate: str, a: Number, b: Number) -> Number:
        """LLVM's comparisons: ordered ones are false, unordered ones true, where either side is NaN."""
        unordered = np.isnan(a) or np.isnan(b)
        if predicate in ("uno", "ord"):
            return np.bool_(unordered == (predicate == "uno"))
        if unordered:
            return np.bool_(predicate[0] == "u")
        return _COMPARISONS[predicate[1:]](a, b)

    def select(self, mask: Number, yes: Number, no: Number) -> Number:
        """``yes`` where ``mask`` is set, else ``no``."""
        return yes if mask else no

    def function(self, op: Op, values: Sequence[Number]) -> Number:
        """Any operation of the graph on numbers."""
        return np.float64(FUNCTIONS[op](*values))


def is_certain(hybrid: Hybrid, step: Step, powers: Vector, share: float, width: float, p: Vector, live: bool) -> bool:
    """Whether the ends tell of everything that counts what it does from ``share`` to ``share + width`` of a step.

    ``powers`` are those of `Step.powers`.
    """
    a = Numbers()
    low, high, h = (np.float64(x) for x in (step.t + share * step.h, step.t + (share + width) * step.h, step.h))
    with np.errstate(all="ignore"):
        encloser = Encloser(
            a,
            hybrid.system.dag,
            time=Course(Range(low, high), Range(h, h)),
            state=lambda index: along(a, list(powers[:, index]), np.float64(share), np.float64(width)),
            parameter=lambda index: np.float64(p[index]),
        )
        counted = (gap for gap in hybrid.gaps if not (live and gap.of_switch))
        return all(turns_at_most_once(a, encloser, gap, np.float64(width)) for gap in counted)
