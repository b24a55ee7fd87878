"""What was simulated, as statistics see it: by endpoint, arm and time, in the axes world, donor, subject, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import Layout
from allodynia.errors import InvalidInput
from allodynia.study.assay import Draws
from allodynia.study.plan import BoundEndpoint, Plan

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One output of every subject: ``values`` f8[row, time] in the model's unit at ``times``."""

    times: F8
    values: F8


@dataclass(frozen=True)
class Readings:
    """True and measured values of the endpoints of a plan.

    ``series`` by output id; ``expectation`` says that means are taken of true values (the assay averages out) and
    not of readings; ``first_world`` numbers the worlds for the assay's streams.
    """

    plan: Plan
    layout: Layout
    series: Mapping[str, Series]
    seed: int
    expectation: bool
    first_world: int = 0
    parameters: Mapping[str, F8] = field(default_factory=dict)
    """Parameters of subjects by id, f8[row], that sub-groups are formed by."""

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return self.layout.worlds

    def true(self, endpoint: str, arm: str, times: Sequence[float] | F8) -> F8:
        """Values without assay noise, f8[world, donor, subject, time], in the endpoint's unit.

        Raises
        ------
        InvalidInput
            A time at which the endpoint was not sampled.
        """
        return self.plan.endpoint(endpoint).assay.truth(self._values(endpoint, arm, times))

    def measured(self, endpoint: str, arm: str, times: Sequence[float] | F8) -> F8:
        """Readings with assay noise, in the axes of :meth:`true`; the same reading whenever it is asked for."""
        values = self._values(endpoint, arm, times)
        worlds, donors, subjects, _ = values[0].shape
        draws = Draws(
            self.seed,
            endpoint,
            np.arange(self.first_world, self.first_world + worlds)[:, None, None, None],
            self.plan.arm(arm).spec_name,  # the same under every hypothesis
            np.arange(donors)[None, :, None, None],
            np.arange(subjects)[None, None, :, None],
            np.asarray(times, dtype=np.float64),
        )
        return self.plan.endpoint(endpoint).assay.read(values, draws)

    def _values(self, endpoint: str, arm: str, times: Sequence[float] | F8) -> list[F8]:
        """The outputs that an endpoint reads, each f8[world, donor, subject, time] in the endpoint's unit."""
        bound = self.plan.endpoint(endpoint)
        found: list[F8] = []
        for output, factor in ((bound.output, bound.factor), *bound.companions):
            series = self.series[output]
            chosen = places(series.times, times, endpoint)
            found.append(np.asarray(self.layout.view(series.values, self.plan.arm(arm).name)[..., chosen] * factor))
        return found

    def scaled(
        self, endpoint: str, arm: str, times: Sequence[float] | F8, scale: str, *, measured: bool | None = None
    ) -> F8:
        """Values or readings as they are (``value``), over the subject's own baseline (``ratio``, ``percent``, or as
        ``percent_change`` from it), or less it (``change``).

        ``measured`` None takes readings; in an expectation true values, where readings scatter about them.
        """
        if measured is None:
            measured = not (self.expectation and self.plan.endpoint(endpoint).assay.unbiased)
        take = self.measured if measured else self.true
        values = take(endpoint, arm, times)
        if scale == "value":
            return values
        baseline = take(endpoint, arm, self.plan.endpoint(endpoint).baseline).mean(axis=-1, keepdims=True)
        if scale == "change":
            return np.asarray(values - baseline)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: F8 = np.where(baseline > 0.0, values / baseline, np.nan)
        return ratio if scale == "ratio" else 100.0 * ratio if scale == "percent" else 100.0 * (ratio - 1.0)

    def parameter(self, name: str, arm: str) -> F8:
        """A parameter of every subject of ``arm``, f8[world, donor, subject]."""
        return self.layout.view(self.parameters[name], self.plan.arm(arm).name)

    def unit(self, endpoint: str, scale: str) -> str:
        """The unit of :meth:`scaled`."""
        return scaled_unit(self.plan.endpoint(endpoint).unit, scale)


def scaled_unit(unit: str, scale: str) -> str:
    """The unit of something in ``unit`` on a scale."""
    return {"ratio": "1", "percent": "%", "percent_change": "%"}.get(scale, unit)


def places(times: F8, wanted: Sequence[float] | F8, what: str) -> NDArray[np.int64]:
    """The positions of ``wanted`` in ``times`` (within a part in 10^9)."""
    wanted = np.asarray(wanted, dtype=np.float64)
    near = np.clip(np.searchsorted(times, wanted), 0, times.size - 1)
    near = np.where((near > 0) & (np.abs(times[near - 1] - wanted) < np.abs(times[near] - wanted)), near - 1, near)
    wrong = np.abs(times[near] - wanted) > 1e-9 * np.maximum(1.0, np.abs(wanted))
    if wrong.any():
        listed = ", ".join(f"{time:g}" for time in times[:20]) + (", ..." if times.size > 20 else "")
        raise InvalidInput(f"{what} was not sampled at {wanted[wrong][0]:g}; sampled at {listed}")
    return near


def endpoint_times(bound: BoundEndpoint) -> list[float]:
    """When an endpoint is read: at its times, and for the baseline."""
    return [*bound.times, *bound.baseline]
