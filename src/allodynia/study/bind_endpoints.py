"""Endpoints in the terms of a system: the output behind them, when they are read, and what the assay adds."""

from __future__ import annotations

import math

import numpy as np

from allodynia.errors import InvalidInput, unknown
from allodynia.model.ode import OdeSystem
from allodynia.study.assay import Assay, Exact
from allodynia.study.assay.bench import Bench
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
        assay, companions = self.assay(name, spec)
        return BoundEndpoint(
            name,
            spec.label,
            spec.output,
            spec.unit,
            scale,
            times,
            baseline,
            assay,
            spec.summary,
            table_at,
            {None: 0, "higher": 1, "lower": -1}[spec.good],
            companions,
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
            name, spec.label, spec.output, spec.unit, scale, none, self.baseline(), Exact(name), "value", end
        )

    def assay(self, name: str, spec: Endpoint) -> tuple[Assay, tuple[tuple[str, float], ...]]:
        """Its assay, in the endpoint's unit, and the further outputs that it reads, each with its factor."""
        path, where = ("endpoints", name), self.study.where
        if (spec.noise is None) == (spec.assay is None):
            raise InvalidInput(
                f"the endpoint {name!r} needs either assay: (with its kind) or noise:", where=where(*path)
            )
        key = "noise" if spec.noise is not None else "assay"
        given = spec.noise or spec.assay
        if given is None:
            raise InvalidInput(f"the endpoint {name!r} has no assay", where=where(*path))
        bench = Bench(spec.unit, spec.output, self.units, lambda inner: where(*path, key, inner))
        assay = Assay(name, given.method(bench))
        floor = -math.inf if spec.floor is None else convert(spec.floor, spec.unit, "floor", where(*path, "floor"))
        ceiling = math.inf
        if spec.ceiling is not None:
            ceiling = convert(spec.ceiling, spec.unit, "ceiling", where(*path, "ceiling"))
        if not floor < ceiling:
            raise InvalidInput(f"floor: {spec.floor} is not below ceiling: {spec.ceiling}", where=where(*path, "floor"))
        others = given.companions()
        return assay.with_ends(floor, ceiling), tuple((one, bench.factor(one, inner)) for inner, one in others.items())
