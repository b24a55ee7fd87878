"""What the replicates of an animal experiment show: by endpoint and day, and by how many donors and animals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allodynia.study.analysis.ancova import ancova
from allodynia.study.analysis.donor_mixed import donor_mixed
from allodynia.study.analysis.estimate import Estimate
from allodynia.study.analysis.power import Better, Power, power
from allodynia.study.analysis.status import Status, reasons
from allodynia.study.readings import places
from allodynia.study.statistics.student import Interval, mean_interval
from allodynia.study.trial.animal_course import Course, courses
from allodynia.study.trial.animals import Experiment, Measured

F8 = NDArray[np.float64]
FEWEST_DONORS = 2


@dataclass(frozen=True)
class DayRow:
    """One endpoint on one day: test less control, in ``unit``; ``icc`` is the share of variance that lies between
    donors, ``truth`` the mean difference of true values, ``assurance`` the share of replicates with a draw of their own
    of what is uncertain that show the effect (None: there are none); ``why`` says in how many replicates there is no
    result.
    """

    endpoint: str
    label: str
    day: float
    unit: str
    effect: Interval
    truth: float
    spread: float
    icc: float
    power: Power
    primary: bool
    why: dict[Status, int]
    assurance: Power | None = None


@dataclass(frozen=True)
class DesignPoint:
    """Power of the primary reading with so many donors an arm and animals a donor."""

    donors: int
    mice: int
    animals: int
    power: Power


@dataclass(frozen=True)
class AnimalResult:
    """An experiment in all its replicates."""

    experiment: Experiment
    replicates: int
    uncertainty: bool
    days: tuple[DayRow, ...]
    designs: tuple[DesignPoint, ...]
    courses: tuple[Course, ...]

    @property
    def word(self) -> str:
        """What the share of successful replicates is called."""
        return "assurance" if self.uncertainty else "power"


def summarise_animals(
    experiment: Experiment, data: Measured, *, uncertainty: bool, drawn: Measured | None = None
) -> AnimalResult:
    """Everything that is reported of the replicates ``data``; ``uncertainty`` and ``drawn`` as for a trial of people
    (:func:`allodynia.study.trial.result.summarise`).
    """
    first = next(iter(experiment.plan.endpoints))
    days = []
    for name, one in experiment.plan.endpoints.items():
        for number, day in enumerate(one.times):
            if one.summary != "value" and np.isclose(one.baseline, day).any():
                continue  # a reading against itself
            primary = name == first and bool(np.isclose(day, one.table_at))
            row = _day(experiment, data, name, number, float(day), primary=primary)
            if drawn is not None:
                found, _ = compare(experiment, drawn.readings[name][..., number])
                row = replace(row, assurance=power(found.p[:, 0], found.effect[:, 0], better=better(row.truth)))
            days.append(replace(row, assurance=row.power) if uncertainty else row)
    designs, course = _designs(experiment, data, first), courses(experiment, data)
    return AnimalResult(experiment, int(data.world.size), uncertainty, tuple(days), designs, course)


def compare(experiment: Experiment, values: F8) -> tuple[Estimate, F8]:
    """Test less control from ``values`` f8[replicate, arm, donor, animal], and the share of variance between donors.

    A mixed model with random donors: the donor is the unit, and its own control where both arms get its material.
    Animals without donors are units themselves, and so is the only animal of a donor of one arm.
    """
    replicates, arms, donors, mice = values.shape
    flat = values.reshape(replicates, -1)
    arm = np.repeat(np.arange(arms), donors * mice)
    if not experiment.mixed(mice):
        return ancova(flat, arm, arms=2), np.full(replicates, np.nan)
    donor = np.arange(arms * donors).repeat(mice)
    if experiment.shared:
        donor %= donors
    for number, name in enumerate(experiment.arms):
        if not experiment.given(name):
            donor[arm == number] = 1_000_000 + np.arange(donors * mice)
    found = donor_mixed(flat, arm, {"donor": donor}, arms=2)
    return found.effect, found.icc


def better(truth: float) -> Better:
    """In which direction a test shows the effect: that of the truth (patients' material does harm, a drug good)."""
    return "lower" if truth < 0.0 else "higher" if truth > 0.0 else "either"


def _day(experiment: Experiment, data: Measured, name: str, number: int, day: float, *, primary: bool) -> DayRow:
    bound = experiment.plan.endpoints[name]
    found, icc = compare(experiment, data.readings[name][..., number])
    true = data.true[name][..., number]
    with np.errstate(invalid="ignore"):
        truth = float(np.nanmean(true[:, 1]) - np.nanmean(true[:, 0]))
    effect = found.effect[:, 0]
    known = effect[~np.isnan(effect)]
    unit = "%" if bound.summary == "percent_of_baseline" else bound.unit
    return DayRow(
        name, bound.label, day, unit, mean_interval(effect), truth,
        float(known.std(ddof=1)) if known.size > 1 else np.nan,
        float(np.nanmean(icc)) if not np.isnan(icc).all() else np.nan,
        power(found.p[:, 0], effect, better=better(truth)), primary,
        reasons(found.status, np.isnan(found.p)),
    )  # fmt: skip


def _designs(experiment: Experiment, data: Measured, endpoint: str) -> tuple[DesignPoint, ...]:
    """Smaller designs, taken out of the simulated one: the first donors, and their first animals."""
    bound = experiment.plan.endpoints[endpoint]
    number = int(places(bound.times, [bound.table_at], endpoint)[0])
    values, true = data.readings[endpoint][..., number], data.true[endpoint][..., number]
    truth = float(np.nanmean(true[:, 1]) - np.nanmean(true[:, 0]))
    points = []
    for donors in _ladder(experiment.donors, FEWEST_DONORS):
        for mice in _ladder(experiment.mice, 1):
            found, _ = compare(experiment, values[:, :, :donors, :mice])
            shown = power(found.p[:, 0], found.effect[:, 0], better=better(truth))
            points.append(DesignPoint(donors, mice, 2 * donors * mice, shown))
    return tuple(points)


def _ladder(most: int, least: int) -> list[int]:
    """A few numbers from ``least`` to ``most``."""
    steps = {max(least, round(most * share)) for share in (0.25, 0.5, 0.75, 1.0)} | {min(least, most)}
    return sorted(one for one in steps if one <= most)
