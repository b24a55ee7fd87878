"""Flow cytometry: the mean fluorescence of counted cells over background, or the share of them that is positive."""

from __future__ import annotations

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


class FlowCytometry(Spec):
    """``cells`` are counted.

    ``read: fluorescence``: the mean over the cells, whose fluorescence differs by ``cell_cv``, times what the
    instrument and the stain differ by from day to day (``instrument_cv``), less the ``background`` of unstained cells,
    which is read with the same errors. ``read: share``: how many of the cells are positive, over those counted.
    """

    kind: Literal["flow_cytometry"]
    read: Literal["fluorescence", "share"] = "fluorescence"
    cells: Annotated[int, Field(ge=1)] = 10_000
    cell_cv: Annotated[float, Field(ge=0)] = 0.5
    instrument_cv: Annotated[float, Field(ge=0)] = 0.0
    background: Amount | None = None

    def method(self, bench: Bench) -> Fluorescence | PositiveCells:  # noqa: D102
        if self.read == "share":
            return PositiveCells(self.cells, bench.need("dimensionless", "a share of cells"))
        background = 0.0 if self.background is None else bench.amount(self.background, "background")
        return Fluorescence(self.cell_cv / self.cells**0.5, self.instrument_cv, background)


@dataclass(frozen=True, slots=True)
class Fluorescence(Method):
    """Mean fluorescence over background, in the endpoint's unit; ``mean_cv`` is that of a mean over the cells."""

    mean_cv: float
    instrument_cv: float
    background: float
    unbiased: bool = True

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        gain = draws.factor(1, self.instrument_cv)
        stained = (values[0] + self.background) * (1.0 + self.mean_cv * draws.normal(0))
        unstained = self.background * (1.0 + self.mean_cv * draws.normal(2))
        return gain * (stained - unstained)


@dataclass(frozen=True, slots=True)
class PositiveCells(Method):
    """A share of counted cells; ``unit`` is what one unit of the endpoint is as a share."""

    cells: int
    unit: float
    unbiased: bool = True

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings: binomial."""
        from scipy.stats import binom

        share = np.clip(values[0] * self.unit, 0.0, 1.0)
        counted = binom.ppf(draws.uniform(0), self.cells, share)
        return np.where(np.isnan(values[0]), np.nan, counted / self.cells / self.unit)
