"""An error in proportion to the value, one that is added, and counting: what most readings amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from allodynia.engine.elementary import exp, ndtri
from allodynia.study.assay.bench import Bench, Spec
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.method import Method
from allodynia.study.quantities import Amount, Magnitude
from allodynia.study.units import unit_of

F8 = NDArray[np.float64]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Plain(Spec):
    """What the assay adds to the true value.

    ``proportional`` is a coefficient of variation (lognormal, mean 1), ``additive`` a standard deviation in the
    endpoint's unit, ``counted_over`` the length or amount of tissue in which items are counted (Poisson).
    """

    kind: Literal["plain"] = "plain"
    proportional: NotNegative | None = None
    additive: Amount | None = None
    counted_over: Amount | None = None

    def method(self, bench: Bench) -> PlainError:  # noqa: D102
        additive = 0.0 if self.additive is None else bench.amount(self.additive, "additive")
        counted = 0.0 if self.counted_over is None else items(self.counted_over, bench, "counted_over")
        return PlainError(self.proportional or 0.0, additive, counted)


def items(tissue: Magnitude, bench: Bench, key: str) -> float:
    """How many items one unit of the endpoint means in the tissue counted."""
    where = bench.place(key)
    counted = unit_of(tissue.unit, where) * unit_of(bench.unit, where)
    if tissue.value <= 0.0:
        raise bench.refuse(f"{key}: {tissue} is no tissue at all", key)
    if not (counted.same_dimension(unit_of("item", where)) or counted.dimensionless):
        raise bench.refuse(f"{key}: {tissue} of tissue times {bench.unit!r} is not a number of items", key)
    return tissue.value * float(counted.factor)


@dataclass(frozen=True, slots=True)
class PlainError(Method):
    """In the endpoint's unit: ``proportional`` coefficient of variation, ``additive`` standard deviation,
    ``counted_over`` the tissue in which items are counted (0: nothing is counted).

    What is counted is counted first; then the reading is multiplied by a lognormal factor of mean 1, then the additive
    error is added.
    """

    proportional: float = 0.0
    additive: float = 0.0
    counted_over: float = 0.0
    unbiased: bool = True

    def read(self, values: Sequence[F8], draws: Draws) -> F8:
        """Readings."""
        value = values[0]
        if self.counted_over > 0.0:
            value = poisson(draws.uniform(0), value * self.counted_over) / self.counted_over
        value = value * draws.factor(1, self.proportional)
        if self.additive > 0.0:
            value = value + self.additive * draws.normal(2)
        return value


def poisson(u: F8, mean: F8) -> F8:
    """Poisson counts by their quantile function, exact up to a mean of 500; above that the normal one, rounded."""
    mean, u = np.broadcast_arrays(np.maximum(mean, 0.0), u)
    count = np.where(np.isnan(mean), np.nan, 0.0)
    exact = mean <= 500.0
    term = exp(-np.where(exact, mean, 0.0))
    total = term.copy()
    waiting = exact & (u > total)
    number = 0
    while waiting.any() and number < 2000:
        number += 1
        term = term * np.where(exact, mean, 0.0) / number
        total = total + term
        count = np.where(waiting, number, count)
        waiting = waiting & (u > total)
    large = mean > 500.0
    if large.any():
        count = np.where(large, np.maximum(np.rint(mean + np.sqrt(mean) * ndtri(u)), 0.0), count)
    return count
