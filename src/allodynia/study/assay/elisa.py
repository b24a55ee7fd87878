"""Enzyme-linked immunosorbent assay: a concentration read back from a standard curve, down to a limit of detection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.engine.elementary import power
from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Amount

F8 = NDArray[np.float64]


class Elisa(Spec):
    """The colour of a well follows a four-parameter logistic curve of the concentration, and is read with an error.

    ``half`` is the concentration that gives half of the most colour, ``slope`` the steepness, ``background`` the colour
    without antigen and ``colour_sd`` the error of reading, both as shares of the most colour, ``colour_cv`` an error in
    proportion to the colour. ``wells`` are averaged; ``plate_cv`` is what plates differ by (standards made up anew),
    shared by the ``plate`` subjects that are on one. A reading below ``limit`` is set to the limit, or to it over the
    square root of 2; one above ``highest`` (the highest standard) to that. Findlay and Dillard 2007, AAPS J 9:E260.
    """

    kind: Literal["elisa"]
    limit: Amount
    below: Literal["limit", "limit_over_sqrt2"] = "limit"
    highest: Amount
    half: Amount
    slope: Annotated[float, Field(gt=0)] = 1.0
    background: Annotated[float, Field(ge=0, lt=0.5)] = 0.03
    colour_sd: Annotated[float, Field(ge=0, lt=0.5)] = 0.005
    colour_cv: Annotated[float, Field(ge=0, lt=1)] = 0.05
    wells: Annotated[int, Field(ge=1, le=8)] = 2
    plate_cv: Annotated[float, Field(ge=0, lt=1)] = 0.0
    plate: Annotated[int, Field(ge=1)] = 40

    def method(self, bench: Bench) -> ElisaReading:  # noqa: D102
        limit, highest, half = (
            bench.amount(given, key)
            for given, key in ((self.limit, "limit"), (self.highest, "highest"), (self.half, "half"))
        )
        if not 0.0 < limit < highest:
            raise bench.refuse(f"limit: {self.limit} is not below highest: {self.highest}", "limit")
        if not half > 0.0:
            raise bench.refuse(f"half: {self.half} is no concentration", "half")
        low = limit if self.below == "limit" else limit / math.sqrt(2.0)
        return ElisaReading(
            limit, low, highest, half, self.slope, self.background, self.colour_sd, self.colour_cv, self.wells,
            self.plate_cv, self.plate,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ElisaReading(Method):
    """See :class:`Elisa`; concentrations in the endpoint's unit."""

    limit: float
    low: float
    highest: float
    half: float
    slope: float
    background: float
    colour_sd: float
    colour_cv: float
    wells: int
    plate_cv: float
    plate: int
    unbiased: bool = False

    def colour(self, concentration: F8) -> F8:
        """The colour of a well, as a share of the most."""
        with np.errstate(divide="ignore", over="ignore"):
            bound = 1.0 / (1.0 + power(self.half / np.maximum(concentration, 1e-300), self.slope))
        return self.background + (1.0 - self.background) * bound

    def concentration(self, colour: F8) -> F8:
        """The concentration that a colour stands for: 0 at or below the background, infinite at or above the most."""
        share = np.clip((colour - self.background) / (1.0 - self.background), 0.0, 1.0)
        with np.errstate(divide="ignore"):
            return np.asarray(self.half * power(share / (1.0 - share), 1.0 / self.slope))

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        true = values[0] * self._plate(draws)
        colour = self.colour(true)
        error = sum(self._error(colour, draws, well) for well in range(self.wells)) / self.wells
        found = self.concentration(colour + error)
        found = np.where(found < self.limit, self.low, np.minimum(found, self.highest))
        return np.where(np.isnan(values[0]), np.nan, found)

    def _error(self, colour: F8, draws: Draws, well: int) -> F8:
        """Two errors of one well: of the reader, and in proportion to the colour (of pipetting)."""
        pipetted = self.colour_cv * colour * draws.normal(4 + 2 * well)
        return np.asarray(self.colour_sd * draws.normal(5 + 2 * well) + pipetted)

    def _plate(self, draws: Draws) -> F8 | float:
        """What the plate of each subject adds: the same for all that are on it, at all times."""
        if self.plate_cv == 0.0:
            return 1.0
        number = np.asarray(draws.subject, dtype=np.int64) // self.plate
        plates = replace(draws, endpoint=f"{draws.endpoint} plate", subject=number, time=0.0)
        return plates.factor(0, self.plate_cv)
