"""What a simulated study gives back: trajectories, the endpoint table, its summary, and the observables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Layout, Tally
from allodynia.cohort.layout import donor_label
from allodynia.study.design import Design
from allodynia.study.observables import Observer, When
from allodynia.study.plan import BoundArm, BoundEndpoint, Plan
from allodynia.study.readings import Readings
from allodynia.study.sink import Output
from allodynia.study.statistics import moments
from allodynia.study.statistics.student import mean_interval
from allodynia.study.statistics.worlds import ObservableValue, summarise
from allodynia.study.units import days

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One endpoint in one arm at one time: the mean over experimental units with its 95 % t interval.

    ``inference_unit`` says what the interval counts: ``donor`` (means of donors, whose subjects are nested in
    them), or ``subject`` where the subjects of an arm share no donor, or all the same material, so that it speaks
    of that material only. ``statistic`` is ``value``, ``percent_of_baseline`` or ``change``; ``failed`` subjects
    are left out of the mean.
    """

    arm: str
    arm_label: str
    endpoint: str
    endpoint_label: str
    day: float
    statistic: str
    mean: float
    lo: float
    hi: float
    unit: str
    inference_unit: str
    n_units: int
    n_subjects: int
    failed: int
    in_table: bool


@dataclass(frozen=True)
class StudyResult:
    """A study that was simulated.

    ``times`` f8[time] in ``time_unit``; ``outputs`` name the last axis of ``trajectories`` f8[subject, time,
    output] (None for an expectation, which keeps only what its observables need); ``status`` i4[subject], 0 =
    solved; ``failed_at`` f8[subject].
    """

    plan: Plan
    design: Design
    seed: int
    layout: Layout
    times: F8
    time_unit: str
    outputs: tuple[Output, ...]
    trajectories: F8 | None
    status: NDArray[np.int32]
    failed_at: F8
    readings: Readings
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    """How many candidates were looked at for the people of each arm, and how many of them were not plausible."""

    @cached_property
    def cohort(self) -> Mapping[str, NDArray[Any]]:
        """Who each subject is: columns ``subject``, ``arm``, ``donor``, ``population``, ``world``."""
        return self.layout.columns()

    @property
    def failed(self) -> int:
        """Subjects that were not solved."""
        return int(np.count_nonzero(self.status))

    @cached_property
    def endpoints(self) -> dict[str, NDArray[Any]]:
        """The endpoint table, one row a subject, endpoint and day, as columns of one length.

        ``subject``, ``arm``, ``donor``, ``endpoint``, ``day``, ``true_value``, ``measured_value``, ``unit``; NaN
        where the subject had failed.
        """
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
        rows = np.arange(self.layout.rows)
        per_unit = days(self.time_unit)
        for arm in self.plan.arms:
            subject = self.layout.view(rows, arm.name)[0].reshape(-1)
            who = [donor_label(arm.cohort, number) for number in range(arm.cohort.donors)]
            donor = np.repeat(np.array(who, dtype=np.str_), arm.cohort.subjects)
            for bound in self.plan.endpoints.values():
                count = bound.times.size
                size = subject.size * count
                columns: dict[str, NDArray[Any]] = {
                    "subject": np.repeat(subject, count),
                    "arm": np.full(size, arm.name),
                    "donor": np.repeat(donor, count),
                    "endpoint": np.full(size, bound.name),
                    "day": np.tile(bound.times * per_unit, subject.size),
                    "true_value": self.readings.true(bound.name, arm.name, bound.times)[0].reshape(-1),
                    "measured_value": self.readings.measured(bound.name, arm.name, bound.times)[0].reshape(-1),
                    "unit": np.full(size, bound.unit),
                }
                for name, column in columns.items():
                    parts[name].append(column)
        return {name: np.concatenate(columns) for name, columns in parts.items()}

    def summary(self) -> list[SummaryRow]:
        """Every endpoint in every arm at every time it is read, from readings with assay noise.

        The donor is the experimental unit: a donor's value is the mean over its subjects, and the interval is that
        of the mean over donors.
        """
        return [
            row
            for endpoint in self.plan.endpoints.values()
            for arm in self.plan.arms
            for row in self._rows(arm, endpoint)
        ]

    def _rows(self, arm: BoundArm, endpoint: BoundEndpoint) -> list[SummaryRow]:
        scale = {"value": "value", "percent_of_baseline": "ratio", "change": "change"}[endpoint.summary]
        values = self.readings.scaled(endpoint.name, arm.name, endpoint.times, scale, measured=True)[0]
        unit = "%" if scale == "ratio" else endpoint.unit
        values = values * (100.0 if scale == "ratio" else 1.0)
        failed = int(np.count_nonzero(self.layout.view(self.status, arm.name)[0]))
        rows: list[SummaryRow] = []
        days_of = endpoint.times * days(self.time_unit)
        for number, time in enumerate(endpoint.times):
            here = values[..., number]
            units = moments.mean(here, 1) if arm.unit == "donor" else here.reshape(-1)
            found = mean_interval(units)
            rows.append(
                SummaryRow(
                    arm=arm.name,
                    arm_label=arm.label,
                    endpoint=endpoint.name,
                    endpoint_label=endpoint.label,
                    day=float(days_of[number]),
                    statistic=endpoint.summary,
                    mean=found.mean,
                    lo=found.lo,
                    hi=found.hi,
                    unit=unit,
                    inference_unit=arm.unit,
                    n_units=found.n,
                    n_subjects=int(np.count_nonzero(~np.isnan(here))),
                    failed=failed,
                    in_table=bool(np.isclose(time, endpoint.table_at, rtol=1e-9, atol=1e-9)),
                )
            )
        return rows

    def summary_columns(self) -> dict[str, list[Any]]:
        """:meth:`summary` as columns."""
        rows = [asdict(row) for row in self.summary()]
        return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}

    def observable(
        self, name: str, *, arm: str | None = None, at: When = None, hypothesis: str | None = None
    ) -> ObservableValue:
        """The named statistic of the study.

        Parameters
        ----------
        name
            An observable of the study.
        arm, at
            Instead of what the study says, where it leaves them open: an arm, and a time ("48 h"; a number is in
            the model's time unit) among those at which the endpoint is read.
        hypothesis
            Which, where the study was run under several.

        Raises
        ------
        InvalidInput
            Nobody knows the observable or arm, or a time is missing or was not sampled.
        """
        observer = Observer(self.plan, self.time_unit)
        found, counted = observer.ask(self.readings, name, arm, at, hypothesis)
        arms = observer.arms(name, arm, hypothesis)
        units, subjects = observer.units_of(self.layout, arms[:1], self.layout.worlds)
        if counted is not None and counted < subjects - int(np.count_nonzero(self.layout.view(self.status, arms[0]))):
            # A sub-group: its members are the units, unless donors are.
            units, subjects = (units if self.plan.arm(arms[0]).unit == "donor" else counted), counted
        failed = sum(int(np.count_nonzero(self.layout.view(self.status, one))) for one in dict.fromkeys(arms))
        return summarise(
            name, observer.spec(name).label, found, units=units, subjects=subjects, failed=failed,
            good=observer.good(name),
        )  # fmt: skip


_COLUMNS = ("subject", "arm", "donor", "endpoint", "day", "true_value", "measured_value", "unit")
