"""One observable asked of readings: names and times of the study turned into numbers of subjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from allodynia.errors import InvalidInput, Where
from allodynia.study.quantities import Magnitude
from allodynia.study.readings import Readings, scaled_unit
from allodynia.study.statistics import moments
from allodynia.study.statistics.measures import OF_A_LEVEL, Measure, Rate, unit_of_level, unit_of_measure
from allodynia.study.statistics.terms import Condition, Quantity, Reference
from allodynia.study.units import convert

if TYPE_CHECKING:
    from allodynia.study.observables import Observer, When
    from allodynia.study.plan import Plan
    from allodynia.study.statistics.worlds import Worlds

F8 = NDArray[np.float64]


class Ask:
    """A question: the observable ``name`` in the arm and at the time asked for, under a hypothesis."""

    def __init__(
        self, observer: Observer, readings: Readings, name: str, arm: str | None, at: When, hypothesis: str | None
    ) -> None:
        self.observer, self.readings, self.name = observer, readings, name
        self.asked_arm, self.asked_at, self.hypothesis = arm, at, hypothesis
        self.counted: int | None = None
        """Subjects with a number in the first group looked at."""
        self._inside = 0

    # -------------------------------------------------------------------------------------------- names
    def arm(self, own: str | None) -> str:
        """The arm that is asked about, by its full name."""
        found = self.asked_arm or own
        if found is None:
            raise InvalidInput(f"the observable {self.name!r} needs an arm", where=self.where())
        return self.observer.arm(found, self.hypothesis)

    def other(self, name: str) -> str:
        """Another arm, by its full name."""
        return self.observer.arm(name, self.hypothesis)

    def where(self, *keys: str | int) -> Where:
        """The line of the observable."""
        return self.observer.plan.study.where("observables", self.name, *keys)

    def refuse(self, said: str) -> NoReturn:
        """Refuse the observable, at its line."""
        raise InvalidInput(f"{self.name}: {said}", where=self.where())

    def part(self, name: str) -> Worlds:
        """Another observable, asked in the same way."""
        return self.observer.observe(self.readings, name, self.asked_arm, self.asked_at, self.hypothesis)

    # -------------------------------------------------------------------------------------------- numbers
    def times(self, quantity: Quantity) -> list[float]:
        """When a quantity is read: as asked, else as the study says."""
        if self.asked_at is not None:
            return [self.observer.time(self.asked_at, self.name)]
        if quantity.at is None:
            return [self.observer.time(None, self.name)]
        given = quantity.at if isinstance(quantity.at, list) else [quantity.at]
        return [self.observer.time(one, self.name) for one in given]

    def values(
        self, quantity: Quantity, arm: str, where: Sequence[Condition] = (), *, measured: bool | None = None
    ) -> F8:
        """The quantity of every subject of ``arm``, f8[world, donor, subject]; NaN outside the sub-group ``where``.

        ``measured`` None takes true values in an expectation where the assay averages out, else readings.
        """
        found: F8
        if quantity.measure is None:
            found = self.readings.scaled(
                quantity.endpoint, arm, self.times(quantity), quantity.scale, measured=measured
            ).mean(axis=-1)  # a subject that misses one of the times misses all
        else:
            found = self._course(quantity, quantity.measure, arm)
        for condition in where:
            found = np.where(self.holds(condition, arm) == 1.0, found, np.nan)
        self.count(found)
        return found

    def count(self, found: F8) -> None:
        """Take note of how many subjects have a number, in the first group that the statistic is of."""
        if self.counted is None and not self._inside:
            self.counted = int(np.count_nonzero(~np.isnan(found)))

    def units(self, quantity: Quantity) -> str:
        """The unit of :meth:`values`."""
        return unit_of_quantity(self.observer.plan, quantity)

    def holds(self, condition: Condition, arm: str) -> F8:
        """1 for each subject that meets the condition, 0 for the others, NaN where nothing is known."""
        self._inside += 1  # subjects are looked at to compare them, not counted
        try:
            return self._holds(condition, arm)
        finally:
            self._inside -= 1

    def _holds(self, condition: Condition, arm: str) -> F8:
        plan = self.observer.plan
        if condition.of in plan.parameters and not plan.has_endpoint(condition.of):
            values = self.readings.parameter(condition.of, arm)
            unit = plan.parameters[condition.of]
        else:
            values = self.values(condition.quantity, arm, measured=True)
            unit = self.units(condition.quantity)
        met = np.ones(values.shape, dtype=bool)
        unknown = np.isnan(values)
        for side, cut in condition.cuts.items():
            limit = self._cut(condition, cut, unit)
            unknown = unknown | np.isnan(limit)
            match side:
                case "below":
                    met &= values < limit
                case "at_most":
                    met &= values <= limit
                case "above":
                    met &= values > limit
                case _:
                    met &= values >= limit
        return np.where(unknown, np.nan, met.astype(np.float64))

    # -------------------------------------------------------------------------------------------- inner
    def _course(self, quantity: Quantity, measure: Measure, arm: str) -> F8:
        grid = np.array(self.observer.window(measure, self.name))
        curves = self.readings.scaled(quantity.endpoint, arm, grid, quantity.scale, measured=False)
        level = 0.0
        unit = self.readings.unit(quantity.endpoint, quantity.scale)
        if isinstance(measure, OF_A_LEVEL):
            given = measure.above if measure.above is not None else measure.below
            if given is not None:
                level = self.number(given, unit_of_level(measure, unit))
        elif isinstance(measure, Rate):
            level = convert(measure.per, "d", "per", self.where("measure"))
        return measure.reduce(grid * self.observer.days, curves, level)

    def number(self, given: float | Magnitude, unit: str) -> float:
        """A cut-off in ``unit``."""
        return cut_in(given, unit, self.where())

    def _cut(self, condition: Condition, cut: float | Magnitude | Reference, unit: str) -> F8 | float:
        if not isinstance(cut, Reference):
            return self.number(cut, unit)
        readings = self.values(condition.quantity, self.other(cut.arm), measured=True)
        flat = readings.reshape(readings.shape[0], -1)
        return _reference(cut, flat)[:, None, None]


def unit_of_quantity(plan: Plan, quantity: Quantity) -> str:
    """The unit of a quantity; "1" where it has none."""
    unit = scaled_unit(plan.endpoint(quantity.endpoint).unit, quantity.scale)
    return unit if quantity.measure is None else unit_of_measure(quantity.measure, unit)


def cut_in(given: float | Magnitude, unit: str, where: Where) -> float:
    """A cut-off as a number of ``unit``."""
    if isinstance(given, Magnitude):
        return convert(given, "dimensionless" if unit == "1" else unit, "the cut-off", where)
    return float(given)


def _reference(cut: Reference, values: F8) -> F8:
    """The cut-off that each world's readings f8[world, subject] give."""
    if cut.sd is None and cut.shape == "empirical":
        level = (cut.percentile or 50.0) / 100.0
        return np.array([moments.quantiles(row, [level])[0] for row in values])
    z = cut.sd if cut.sd is not None else float(ndtri((cut.percentile or 50.0) / 100.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.log(values) if cut.shape == "lognormal" else values
    limit = moments.mean(scaled, 1) + z * np.sqrt(moments.variance(scaled, 1))
    return np.exp(limit) if cut.shape == "lognormal" else limit
