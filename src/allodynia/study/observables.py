"""The named statistics of a study, read from data: which arms, which times, which function."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allodynia.cohort import DonorGroup, Layout
from allodynia.errors import InvalidInput, unknown
from allodynia.model.units import parse
from allodynia.study.plan import Plan
from allodynia.study.quantities import Magnitude, parse_time
from allodynia.study.readings import Readings
from allodynia.study.statistics import arguments as kinds
from allodynia.study.statistics.effect import standardised_effect
from allodynia.study.statistics.mean import mean_over_donors
from allodynia.study.statistics.positive import share_of_donors_positive
from allodynia.study.statistics.ratio import effect_ratio, output_ratio
from allodynia.study.statistics.recovery import first_day_at
from allodynia.study.statistics.worlds import Worlds
from allodynia.study.units import ascending, even_times, factor, time_of

When = str | float | Magnitude | None
"""A time as a caller may give it: "48 h", or a number in the model's time unit."""


class Observer:
    """Answers what a study's observables are, in the arms and at the times asked.

    ``plan`` binds the study; names of arms may leave out the hypothesis where the plan was crossed with several.
    """

    def __init__(self, plan: Plan, time_unit: str) -> None:
        self.plan, self.time_unit = plan, time_unit
        self.specs = plan.study.spec.observables

    def spec(self, name: str) -> kinds.Observable:
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

    def needs(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """Endpoint to the times at which it must be sampled, for these observables and any ``at`` among its own
        times.
        """
        wanted: dict[str, list[float]] = {}
        for name in names:
            spec = self.spec(name)
            for key, endpoint in self._endpoints(spec).items():
                bound = self.plan.endpoint(endpoint, self.plan.study.where("observables", name, key))
                times = wanted.setdefault(endpoint, [*bound.times, *bound.baseline])
                times += self._times(spec, name)
        return {endpoint: np.array(ascending(times)) for endpoint, times in wanted.items()}

    def arms(self, name: str, arm: str | None, hypothesis: str | None) -> list[str]:
        """The arms that an observable looks at, what it is asked of first."""
        spec = self.spec(name)
        first = list(spec.arms) if isinstance(spec, kinds.EffectRatio) else [self._asked(name, spec.arm, arm)]
        rest: list[str] = []
        if isinstance(spec, kinds.EffectRatio):
            rest = [*spec.over, *([spec.control] if spec.control else [])]
        elif isinstance(spec, kinds.StandardisedEffect):
            rest = [spec.versus, *spec.positive_controls]
        elif isinstance(spec, kinds.ShareOfDonorsPositive) and spec.versus:
            rest = [spec.versus]
        return [self.arm(one, hypothesis) for one in (*first, *rest)]

    def observe(self, readings: Readings, name: str, arm: str | None, at: When, hypothesis: str | None) -> Worlds:
        """The observable called ``name`` in every world of ``readings``.

        Raises
        ------
        InvalidInput
            An unknown observable or arm, a time that is missing or was not sampled, an option that the kind does
            not take.
        """
        spec = self.spec(name)
        arms = self.arms(name, arm, hypothesis)
        match spec:
            case kinds.Mean():
                return mean_over_donors(readings, spec.endpoint, arms[0], self.time(at or spec.at, name), spec.scale)
            case kinds.StandardisedEffect():
                when = self.time(at or spec.at, name)
                return standardised_effect(
                    readings, spec.endpoint, arms[0], arms[1], when, spec.scale, arms[2:], spec.control_effect
                )
            case kinds.ShareOfDonorsPositive():
                times = [self.time(at, name)] if at is not None else self._times(spec, name)
                versus = arms[1] if len(arms) > 1 else None
                return share_of_donors_positive(
                    readings, spec.endpoint, arms[0], times, spec.test, versus, spec.direction, spec.alpha
                )
            case kinds.FirstDayAt():
                low, high = spec.spread
                grid = np.array(self._times(spec, name))
                return first_day_at(
                    readings, spec.endpoint, arms[0], grid, spec.level, spec.of, (low, high), days(self.time_unit)
                )
            case kinds.EffectRatio():
                times = [self.time(at, name)] if at is not None else self._times(spec, name)
                above, below = len(spec.arms), len(spec.arms) + len(spec.over)
                control = arms[below] if len(arms) > below else None
                return effect_ratio(
                    readings, spec.endpoint, arms[:above], arms[above:below], control, times, spec.least_effect
                )
            case kinds.OutputRatio():
                when = self.time(at or spec.at, name)
                return output_ratio(readings, spec.endpoint, spec.over, arms[0], when, self._units(spec, name))

    def check(self) -> None:
        """Refuse observables whose arms, endpoints or options do not fit the study, with file and line."""
        where = self.plan.study.where
        for name, spec in self.specs.items():
            self.needs([name])
            known = self.plan.study.spec.arms
            for key in ("arm", "versus", "control"):
                given = getattr(spec, key, None)
                if given is not None and given not in known:
                    raise unknown("arm", given, known, where=where("observables", name, key))
            for key in ("arms", "over", "positive_controls"):
                listed = getattr(spec, key, [])
                for number, given in enumerate(listed if isinstance(listed, list) else []):
                    if given not in known:
                        raise unknown("arm", given, known, where=where("observables", name, key, number))
            if self.plan.study.spec.baseline is None and (said := _over_baseline(spec)):
                raise InvalidInput(f"{said} needs a baseline: of the study", where=where("observables", name))
            if isinstance(spec, kinds.OutputRatio):
                self._units(spec, name)
            if isinstance(spec, kinds.ShareOfDonorsPositive) and spec.test == "welch" and spec.versus is None:
                raise InvalidInput(
                    "test: welch needs versus:, the arm to test against", where=where("observables", name, "test")
                )

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

    def _asked(self, name: str, own: str | None, arm: str | None) -> str:
        found = arm or own
        if found is None:
            raise InvalidInput(
                f"the observable {name!r} needs an arm", where=self.plan.study.where("observables", name)
            )
        return found

    def _units(self, spec: kinds.OutputRatio, name: str) -> float:
        """The number that turns the unit of the output above the line into that of the one below."""
        above, below = (self.plan.endpoint(one).unit for one in (spec.endpoint, spec.over))
        return factor(above, below, spec.over, self.plan.study.where("observables", name, "endpoint"))

    def _endpoints(self, spec: kinds.Observable) -> dict[str, str]:
        """The endpoints that an observable reads, by the key that names each."""
        both = {"over": spec.over} if isinstance(spec, kinds.OutputRatio) else {}
        return {"endpoint": spec.endpoint, **both}

    def _times(self, spec: kinds.Observable, name: str) -> list[float]:
        """The times that an observable's own definition names."""
        where = self.plan.study.where
        if isinstance(spec, kinds.FirstDayAt):
            at = where("observables", name, "every")
            every = time_of(spec.every, self.time_unit, "every", at, end=self.plan.end)
            return even_times(every, self.plan.end, str(spec.every), at)
        if isinstance(spec, kinds.ShareOfDonorsPositive | kinds.EffectRatio):
            return [
                time_of(one, self.time_unit, "at", where("observables", name, "at", number), end=self.plan.end)
                for number, one in enumerate(spec.at)
            ]
        return [] if spec.at is None else [self.time(spec.at, name)]


def _over_baseline(spec: kinds.Observable) -> str:
    """What of an observable compares with a subject's baseline; empty where nothing does."""
    if getattr(spec, "scale", "value") != "value":
        return f"scale: {getattr(spec, 'scale', '')}"
    paired = isinstance(spec, kinds.ShareOfDonorsPositive) and spec.test == "paired"
    return f"kind: {spec.kind}" if paired or isinstance(spec, kinds.FirstDayAt | kinds.EffectRatio) else ""


def days(time_unit: str) -> float:
    """How many days one unit of the model's time is."""
    return parse(time_unit).factor_to(parse("d"))
