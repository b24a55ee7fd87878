"""Endpoints in the terms of a system: the output behind them, when they are read, and what the assay adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.ode import OdeSystem
from allodynia.study.assay import Assay
from allodynia.study.load import Study
from allodynia.study.plan import BoundEndpoint
from allodynia.study.quantities import Magnitude
from allodynia.study.spec import Endpoint, Plot
from allodynia.study.units import ascending, convert, factor, time_of, unit_of


class EndpointBinder:
    """Binds the endpoints of a study; ``end`` is the end of follow-up in the model's time unit."""

    def __init__(self, study: Study, ode: OdeSystem, end: float) -> None:
        self.study, self.spec, self.ode, self.end = study, study.spec, ode, end
        self.units = {quantity.id: quantity.unit for quantity in (*ode.parameters, *ode.observables, *ode.states)}

    def time(self, given: Magnitude, path: tuple[str | int, ...]) -> float:
        """A time within follow-up, in the model's unit; ``path`` is where it stands."""
        what = str(path[-2] if isinstance(path[-1], int) else path[-1])
        return time_of(given, self.ode.time_unit, what, self.study.where(*path), end=self.end)

    def output(self, name: str, unit: str, path: tuple[str | int, ...]) -> float:
        """The factor from an output of the model to ``unit``."""
        if name not in self.units:
            raise unknown("output", name, self.units, where=self.study.where(*path, "output"))
        where = self.study.where(*path, "unit")
        factor(unit, self.units[name], name, where)
        return unit_of(self.units[name], where).factor_to(unit_of(unit, where))

    def endpoint(self, name: str, spec: Endpoint) -> BoundEndpoint:
        """The endpoint called ``name``."""
        path: tuple[str | int, ...] = ("endpoints", name)
        where = self.study.where
        unit_of(spec.unit, where(*path, "unit"))
        scale = self.output(spec.output, spec.unit, path)
        times = np.array(
            ascending(self.time(one, (*path, "measured", number)) for number, one in enumerate(spec.measured))
        )
        baseline = self.baseline()
        if spec.summary != "value" and not baseline.size:
            raise InvalidInput(f"summary: {spec.summary} needs a baseline: of the study", where=where(*path, "summary"))
        table_at = float(times[-1]) if spec.table_at is None else self.time(spec.table_at, (*path, "table_at"))
        if not np.isclose(times, table_at, rtol=1e-9, atol=1e-9).any():
            raise InvalidInput(
                f"table_at: {spec.table_at} is not among the times measured", where=where(*path, "table_at")
            )
        return BoundEndpoint(
            name,
            spec.label,
            spec.output,
            spec.unit,
            scale,
            times,
            baseline,
            self.assay(name, spec),
            spec.summary,
            table_at,
            {None: 0, "higher": 1, "lower": -1}[spec.good],
        )

    def baseline(self) -> np.ndarray:
        """The times whose mean is a subject's own reference; none where the study has no baseline."""
        if self.spec.baseline is None:
            return np.empty(0)
        given = enumerate(self.spec.baseline.at)
        return np.array(ascending(self.time(one, ("baseline", "at", number)) for number, one in given))

    def plot(self, name: str, spec: Plot) -> BoundEndpoint:
        """An output that nobody measures: no times of its own, no assay."""
        path = ("also_draw", name)
        if name in self.spec.endpoints:
            raise InvalidInput(f"{name!r} is an endpoint already; it is drawn anyway", where=self.study.where(*path))
        scale, end = self.output(spec.output, spec.unit, path), self.end
        none = np.empty(0)
        return BoundEndpoint(
            name, spec.label, spec.output, spec.unit, scale, none, self.baseline(), Assay(name), "value", end
        )

    def assay(self, name: str, spec: Endpoint) -> Assay:
        """Its assay, in the endpoint's unit."""
        path, where, noise = ("endpoints", name), self.study.where, spec.noise
        assay = Assay(name, noise.proportional or 0.0)
        if noise.additive is not None:
            sd = convert(noise.additive, spec.unit, "additive noise", where(*path, "noise", "additive"))
            if sd < 0.0:
                raise InvalidInput(f"additive: {noise.additive} is negative", where=where(*path, "noise", "additive"))
            assay = replace(assay, additive=sd)
        if noise.counted_over is not None:
            assay = replace(
                assay,
                counted_over=self.counted_over(noise.counted_over, spec.unit, where(*path, "noise", "counted_over")),
            )
        if spec.floor is not None:
            assay = replace(assay, floor=convert(spec.floor, spec.unit, "floor", where(*path, "floor")))
        if spec.ceiling is not None:
            assay = replace(assay, ceiling=convert(spec.ceiling, spec.unit, "ceiling", where(*path, "ceiling")))
        if not assay.floor < assay.ceiling:
            raise InvalidInput(f"floor: {spec.floor} is not below ceiling: {spec.ceiling}", where=where(*path, "floor"))
        return assay

    def counted_over(self, tissue: Magnitude, unit: str, where: Where) -> float:
        """How many items one unit of the endpoint means in the tissue counted."""
        counted = unit_of(tissue.unit, where) * unit_of(unit, where)
        item = unit_of("item", where)
        if tissue.value <= 0.0:
            raise InvalidInput(f"counted_over: {tissue} is no tissue at all", where=where)
        if not (counted.same_dimension(item) or counted.dimensionless):
            raise InvalidInput(f"counted_over: {tissue} of tissue times {unit!r} is not a number of items", where=where)
        return tissue.value * float(counted.factor)
