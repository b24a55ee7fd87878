"""Blood cells in a dish with a mitogen: what they release, in wells that do not hold quite the same cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Amount

F8 = NDArray[np.float64]


class MitogenDish(Spec):
    """``cells_cv`` is the error of counting the cells that are plated (one for all wells of a person), ``well_cv`` that
    of a well with its assay, ``wells`` are averaged; an average below ``limit`` is set to the limit (or to it over the
    square root of 2).
    """

    kind: Literal["mitogen_dish"]
    wells: Annotated[int, Field(ge=1, le=24)] = 3
    well_cv: Annotated[float, Field(ge=0, lt=2)]
    cells_cv: Annotated[float, Field(ge=0, lt=2)] = 0.0
    limit: Amount | None = None
    below: Literal["limit", "limit_over_sqrt2"] = "limit"

    def method(self, bench: Bench) -> Wells:  # noqa: D102
        limit = 0.0 if self.limit is None else bench.amount(self.limit, "limit")
        low = limit if self.below == "limit" else limit / math.sqrt(2.0)
        return Wells(self.wells, self.well_cv, self.cells_cv, limit, low, self.limit is None)


@dataclass(frozen=True, slots=True)
class Wells(Method):
    """In the endpoint's unit; see :class:`MitogenDish`."""

    wells: int
    well_cv: float
    cells_cv: float
    limit: float
    low: float
    unbiased: bool

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        mean = sum(draws.factor(1 + well, self.well_cv) for well in range(self.wells)) / self.wells
        found = values[0] * draws.factor(0, self.cells_cv) * mean
        return np.where(found < self.limit, self.low, found)
