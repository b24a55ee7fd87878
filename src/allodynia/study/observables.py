"""The named statistics of a study, read from data: which arms, which times, which statistic."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allodynia.cohort import DonorGroup, Layout
from allodynia.errors import InvalidInput, unknown
from allodynia.model.units import parse
from allodynia.study.plan import Plan
from allodynia.study.quantities import Magnitude, parse_time
from allodynia.study.readings import Readings, scaled_unit
from allodynia.study.statistics.ask import Ask, cut_in, unit_of_quantity
from allodynia.study.statistics.measures import OF_A_LEVEL, Measure, unit_of_level
from allodynia.study.statistics.observable import Observable
from allodynia.study.statistics.terms import Condition, Quantity, Reference
from allodynia.study.statistics.worlds import Worlds
from allodynia.study.units import ascending, days, even_times, time_of

When = str | float | Magnitude | None
"""A time as a caller may give it: "48 h", or a number in the model's time unit."""


class Observer:
    """Answers what a study's observables are, in the arms and at the times asked.

    ``plan`` binds the study; names of arms may leave out the hypothesis where the plan was crossed with several.
    """

    def __init__(self, plan: Plan, time_unit: str) -> None:
        self.plan, self.time_unit, self.days = plan, time_unit, days(time_unit)
        self.specs = plan.study.spec.observables

    def spec(self, name: str) -> Observable:
        """What the study says of an observable; unknown names are refused with the nearest."""
        if name not in self.specs:
            raise unknown("observable", name, self.specs, where=self.plan.study.where("observables"))
        return self.specs[name]

    def arm(self, name: str, hypothesis: str | None) -> str:
        """The full name of an arm."""
        full = [arm for arm in self.plan.arms if name in (arm.name, arm.spec_name)]
        fitting = [arm for arm in full if hypothesis in (None, arm.hypothesis)]
        if not full:
            raise unknown("arm", name, {arm.spec_name for arm in self.plan.arms})
        if len(fitting) != 1:
            listed = ", ".join(str(arm.hypothesis) for arm in full)
            raise InvalidInput(f"the arm {name!r} was run under {listed}: say which hypothesis is meant")
        return fitting[0].name

    # -------------------------------------------------------------------------------------------- times
    def time(self, given: When, name: str) -> float:
        """A time in the model's unit."""
        if given is None:
            raise InvalidInput(
                f"the observable {name!r} needs a time: at", where=self.plan.study.where("observables", name)
            )
        if isinstance(given, int | float):
            return float(given)
        try:
            magnitude = parse_time(given)
        except ValueError as error:
            raise InvalidInput(f"at: {error}") from None
        where = self.plan.study.where("observables", name, "at")
        return time_of(magnitude, self.time_unit, "at", where, end=self.plan.end)

    def grid(self, every: Magnitude, name: str, key: str, start: float = 0.0, end: float | None = None) -> list[float]:
        """Times from ``start`` to ``end`` (of follow-up) in steps of ``every``, both ends among them."""
        where = self.plan.study.where("observables", name, key)
        until = self.plan.end if end is None else end
        step = time_of(every, self.time_unit, "every", where, end=self.plan.end)
        return ascending([*(start + time for time in even_times(step, until - start, str(every), where)), until])

    def window(self, measure: Measure, name: str) -> list[float]:
        """The times at which a measure looks at a course."""
        start = 0.0 if measure.start is None else self.time(measure.start, name)
        end = self.plan.end if measure.until is None else self.time(measure.until, name)
        if not end > start:
            where = self.plan.study.where("observables", name)
            raise InvalidInput(f"from: {measure.start} to until: {measure.until} is no time at all", where=where)
        every = measure.every or self.plan.study.spec.sampling.every
        return self.grid(every, name, "measure", start, end)

    def needs(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Endpoint to the times at which it must be sampled, for these observables and any ``at`` among its own
        times.
        """
        wanted: dict[str, list[float]] = {}
        for name in names:
            for key, quantity in self._quantities(name):
                bound = self.plan.endpoint(quantity.endpoint, self.plan.study.where("observables", name, key))
                times = wanted.setdefault(quantity.endpoint, [*bound.times, *bound.baseline])
                times += self._times(quantity, name)
        return {endpoint: np.array(ascending(times)) for endpoint, times in wanted.items()}

    def parameters(self, names: Iterable[str]) -> list[str]:
        """The parameters of subjects by which these observables form sub-groups."""
        found = [one.of for name in names for one in self._conditions(name) if not self.plan.has_endpoint(one.of)]
        return list(dict.fromkeys(found))

    # -------------------------------------------------------------------------------------------- answers
    def arms(self, name: str, arm: str | None, hypothesis: str | None) -> list[str]:
        """The arms that an observable looks at, what it is asked of first."""
        spec = self.spec(name)
        named = [given for _, given in self._arm_names(name)]
        asked = arm or getattr(spec, "arm", None)
        if asked is None and hasattr(spec, "arm"):
            raise InvalidInput(
                f"the observable {name!r} needs an arm", where=self.plan.study.where("observables", name)
            )
        whole = [*([asked] if asked is not None else []), *named]
        inner = [one for part in spec.parts() for one in self.arms(part, arm, hypothesis)]
        return list(dict.fromkeys([*(self.arm(one, hypothesis) for one in whole), *inner]))

    def observe(self, readings: Readings, name: str, arm: str | None, at: When, hypothesis: str | None) -> Worlds:
        """The observable called ``name`` in every world of ``readings``.

        Raises
        ------
        InvalidInput
            An unknown observable or arm, a time that is missing or was not sampled, an option that the kind does
            not take.
        """
        return self.ask(readings, name, arm, at, hypothesis)[0]

    def ask(
        self, readings: Readings, name: str, arm: str | None, at: When, hypothesis: str | None
    ) -> tuple[Worlds, int | None]:
        """The observable, and how many subjects of the first group it looks at have a number (None: not counted)."""
        self.arms(name, arm, hypothesis)
        ask = Ask(self, readings, name, arm, at, hypothesis)
        return self.spec(name).compute(ask), ask.counted

    def good(self, name: str) -> int:
        """Which way is better for the subject: 1 up, -1 down, 0 where the study does not say."""
        spec = self.spec(name)
        if spec.parts():
            return self.good(spec.parts()[0])
        return self.plan.endpoint(spec.good()).good if spec.good() else 0

    def check(self) -> None:
        """Refuse observables whose arms, endpoints or options do not fit the study, with file and line."""
        for name, spec in self.specs.items():
            where = self.plan.study.where("observables", name)
            for part in spec.parts():
                if part not in self.specs:
                    raise unknown("observable", part, self.specs, where=where)
                if part == name or name in self._made_of(part, (name,)):
                    raise InvalidInput(f"the observable {name!r} is made of itself", where=where)
        for name, spec in self.specs.items():
            where = self.plan.study.where("observables", name)
            for path, given in self._arm_names(name):
                if given not in self.plan.study.spec.arms:
                    at = self.plan.study.where("observables", name, *path)
                    raise unknown("arm", given, self.plan.study.spec.arms, where=at)
            self.needs([name])
            if self.plan.study.spec.baseline is None and spec.baseline():
                raise InvalidInput(f"{spec.baseline()} needs a baseline: of the study", where=where)
            for condition in self._conditions(name):
                self._check_condition(condition, name)
            for _, quantity in self._quantities(name):
                self._check_measure(quantity, name)
            spec.check(self.plan, where)

    def units_of(self, layout: Layout, arms: Iterable[str], worlds: int) -> tuple[int, int]:
        """Experimental units and subjects behind the arms of an observable, in all worlds."""
        units = subjects = 0
        for arm in arms:
            cohort = layout.arm(arm)
            units += worlds * (
                cohort.donors if isinstance(cohort.source, DonorGroup) and cohort.donors > 1 else cohort.size
            )
            subjects += worlds * cohort.size
        return units, subjects

    # -------------------------------------------------------------------------------------------- inner
    def _arm_names(self, name: str) -> list[tuple[tuple[str | int, ...], str]]:
        """Where an observable names arms, those of cut-offs included."""
        found = list(self.spec(name).arm_names())
        for condition in self.spec(name).conditions():
            found += [((), cut.arm) for cut in condition.cuts.values() if isinstance(cut, Reference)]
        return found

    def _made_of(self, name: str, seen: tuple[str, ...]) -> set[str]:
        found = set(self.spec(name).parts())
        for part in [one for one in found if one in self.specs and one not in seen]:
            found |= self._made_of(part, (*seen, part))
        return found

    def _conditions(self, name: str) -> list[Condition]:
        spec = self.spec(name)
        return [*spec.conditions(), *(one for part in spec.parts() for one in self._conditions(part))]

    def _quantities(self, name: str) -> list[tuple[str, Quantity]]:
        """The quantities that an observable reads, by the key that names each."""
        spec = self.spec(name)
        found = list(spec.quantities().items())
        for condition in spec.conditions():
            if self.plan.has_endpoint(condition.of) or condition.of not in self.plan.parameters:
                found += [("where", condition.quantity)]
        return [*found, *(one for part in spec.parts() for one in self._quantities(part))]

    def _times(self, quantity: Quantity, name: str) -> list[float]:
        """The times that a quantity's own definition names."""
        if quantity.measure is not None:
            return self.window(quantity.measure, name)
        if quantity.at is None:
            return []
        return [self.time(one, name) for one in (quantity.at if isinstance(quantity.at, list) else [quantity.at])]

    def _check_condition(self, condition: Condition, name: str) -> None:
        where = self.plan.study.where("observables", name)
        if not condition.cuts:
            raise InvalidInput(
                f"the condition on {condition.of!r} needs below, at_most, above or at_least", where=where
            )
        for cut in condition.cuts.values():
            if isinstance(cut, Reference) and (cut.percentile is None) == (cut.sd is None):
                raise InvalidInput("a cut-off from an arm is its percentile: or so many sd:", where=where)
        if not self.plan.has_endpoint(condition.of) and condition.of not in self.plan.parameters:
            raise unknown("endpoint or parameter", condition.of, self.plan.names(), where=where)
        for cut in condition.cuts.values():
            if not isinstance(cut, Reference):
                unit = (
                    unit_of_quantity(self.plan, condition.quantity)
                    if self.plan.has_endpoint(condition.of)
                    else self.plan.parameters[condition.of]
                )
                self._check_level(cut, unit, name)

    def _check_measure(self, quantity: Quantity, name: str) -> None:
        measure = quantity.measure
        if isinstance(measure, OF_A_LEVEL):
            where = self.plan.study.where("observables", name)
            levels = [level for level in (measure.above, measure.below) if level is not None]
            if len(levels) != 1:
                raise InvalidInput(f"{measure.kind} needs a level: above: or below:", where=where)
            unit = scaled_unit(self.plan.endpoint(quantity.endpoint).unit, quantity.scale)
            self._check_level(levels[0], unit_of_level(measure, unit), name)

    def _check_level(self, level: float | Magnitude, unit: str, name: str) -> None:
        """A level without unit is refused for what has one."""
        where = self.plan.study.where("observables", name)
        if not isinstance(level, Magnitude) and not parse("dimensionless" if unit == "1" else unit).dimensionless:
            raise InvalidInput(f"the level {level:g} needs its unit, such as '{level:g} {unit}'", where=where)
        cut_in(level, unit, where)
