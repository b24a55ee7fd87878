"""A study meets a system: every name in the file is looked up, every unit converted; what does not fit is refused
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import CohortArm, DonorGroup, Pool
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.ode import OdeSystem
from allodynia.study.assay import Assay
from allodynia.study.design import Design, Expectation
from allodynia.study.load import Study
from allodynia.study.quantities import Magnitude
from allodynia.study.regimen import Act, Compiler
from allodynia.study.spec import Endpoint
from allodynia.study.units import ascending, convert, factor, time_of, unit_of

F8 = NDArray[np.float64]


class SystemLike(Protocol):
    """What a study needs of a system."""

    @property
    def ode(self) -> OdeSystem:
        """The equations."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameter id to its table row."""
        ...

    @property
    def edges(self) -> Mapping[str, Any]:
        """Edge id to its row."""
        ...

    @property
    def hypotheses(self) -> Mapping[str, Any]:
        """Hypothesis name to the gains of edges it sets."""
        ...

    @property
    def populations(self) -> Mapping[str, Any]:
        """Donor population to its rows."""
        ...


@dataclass(frozen=True)
class BoundArm:
    """An arm that can be simulated. ``unit`` is the experimental unit: ``donor``, or ``subject`` where no donors
    are compared.
    """

    name: str
    label: str
    spec_name: str
    cohort: CohortArm
    acts: tuple[Act, ...]
    hypothesis: str | None
    unit: str


@dataclass(frozen=True)
class BoundEndpoint:
    """An endpoint in the model's terms: reading = ``factor`` x output, through ``assay``, at ``times`` (model time
    unit).
    """

    name: str
    label: str
    output: str
    unit: str
    factor: float
    times: F8
    baseline: F8
    assay: Assay
    summary: str
    table_at: float


@dataclass(frozen=True)
class Plan:
    """All that is needed to simulate a study: arms, endpoints, and what to sample when."""

    study: Study
    arms: tuple[BoundArm, ...]
    endpoints: Mapping[str, BoundEndpoint]
    grid: F8
    end: float
    drawn: tuple[tuple[str, str, str, float], ...]
    """Further outputs to keep: output id, label, unit, factor."""

    def arm(self, name: str, where: Where | None = None) -> BoundArm:
        """The arm called ``name``; unknown names are refused with the nearest."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise unknown("arm", name, (arm.name for arm in self.arms), where=where)

    def endpoint(self, name: str, where: Where | None = None) -> BoundEndpoint:
        """The endpoint called ``name``; unknown names are refused with the nearest."""
        if name not in self.endpoints:
            raise unknown("endpoint", name, self.endpoints, where=where)
        return self.endpoints[name]


def bind(
    study: Study,
    system: SystemLike,
    design: Design,
    *,
    edges: Mapping[str, float] | None = None,
    hypothesis: str | None = None,
) -> Plan:
    """The plan of ``study`` in ``system``.

    ``edges`` are gains set in every arm (an arm's own knock-outs come after them), ``hypothesis`` the rival
    explanation under which all arms are run; None means those that the study lists, or the system's default.

    Raises
    ------
    InvalidInput
        A name that nobody knows, a dose that cannot be given, a time outside follow-up: one line, with file and line.
    UnitMismatch
        A unit of the wrong dimension.
    """
    binder = _Binder(study, system, design)
    binder.check_edges(edges or {}, None)
    names: list[str | None] = [hypothesis] if hypothesis is not None else [*study.spec.hypotheses]
    if not names:
        names = [getattr(system, "default_hypothesis", None)]
    for number, name in enumerate(names):
        if name is not None and name not in system.hypotheses:
            where = None if hypothesis is not None else study.where("hypotheses", number)
            raise unknown("hypothesis", name, system.hypotheses, where=where)
    arms = tuple(
        binder.arm(name, one, edges or {}, several=len(names) > 1) for one in names for name in study.spec.arms
    )
    endpoints = {name: binder.endpoint(name, spec) for name, spec in study.spec.endpoints.items()}
    drawn = tuple(
        (plot.output, plot.label, plot.unit, binder.output(plot.output, plot.unit, ("also_draw", name)))
        for name, plot in study.spec.also_draw.items()
    )
    every = time_of(study.spec.sampling.every, binder.ode.time_unit, "every", study.where("sampling", "every"))
    if not every > 0.0 or binder.end / every > 100_000:
        raise InvalidInput(
            f"every: {study.spec.sampling.every} gives no usable grid", where=study.where("sampling", "every")
        )
    also = [binder.time(time, ("sampling", "also", number)) for number, time in enumerate(study.spec.sampling.also)]
    measured = [time for endpoint in endpoints.values() for time in (*endpoint.times, *endpoint.baseline)]
    steps = [number * every for number in range(int(binder.end / every * (1.0 + 1e-12)) + 1)]
    grid = np.array(ascending([*steps, binder.end, *also, *measured]))
    binder.check_published()
    return Plan(study, arms, endpoints, grid, binder.end, drawn)


class _Binder:
    def __init__(self, study: Study, system: SystemLike, design: Design) -> None:
        self.study, self.system, self.design = study, system, design
        self.spec, self.ode = study.spec, system.ode
        self.compiler = Compiler(study, system.ode)
        self.end = self.compiler.end
        if not self.end > 0.0:
            raise InvalidInput(f"follow_up: {self.spec.follow_up} is no time at all", where=study.where("follow_up"))
        self.units = {
            quantity.id: quantity.unit for quantity in (*self.ode.parameters, *self.ode.observables, *self.ode.states)
        }

    def time(self, given: Magnitude, path: tuple[str | int, ...]) -> float:
        return time_of(
            given,
            self.ode.time_unit,
            str(path[-2] if isinstance(path[-1], int) else path[-1]),
            self.study.where(*path),
            end=self.end,
        )

    def output(self, name: str, unit: str, path: tuple[str | int, ...]) -> float:
        """The factor from an output of the model to ``unit``."""
        if name not in self.units:
            raise unknown("output", name, self.units, where=self.study.where(*path, "output"))
        return factor(self.units[name], unit, name, self.study.where(*path, "unit"))

    # arms ---------------------------------------------------------------------------------------------------------------
    def arm(self, name: str, hypothesis: str | None, edges: Mapping[str, float], *, several: bool) -> BoundArm:
        spec = self.spec.arms[name]
        where = self.study.where
        self.check_edges(spec.edges, ("arms", name, "edges"))
        gains = {**edge_gains(self.system, hypothesis), **edges, **spec.edges}
        settings = {f"edge.{edge}": float(gain) for edge, gain in gains.items()}
        units = {quantity.id: quantity.unit for quantity in self.ode.parameters}
        for parameter, amount in spec.inputs.items():
            if parameter not in units:
                raise unknown("parameter", parameter, units, where=where("arms", name, "inputs", parameter))
            settings[parameter] = convert(amount, units[parameter], parameter, where("arms", name, "inputs", parameter))
        source, donors = self.source(name)
        family = self.family(name)
        subjects = spec.subjects or self.spec.subjects
        unit = "donor" if isinstance(source, DonorGroup) and donors > 1 else "subject"
        if isinstance(self.design, Expectation):
            donors, subjects, family = self.design.donors, self.design.subjects or subjects, "twins"
        else:
            subjects = self.design.subjects or subjects
        full = f"{name}[{hypothesis}]" if several else name
        label = f"{spec.label or name} ({hypothesis})" if several else spec.label or name
        cohort = CohortArm(full, donors, subjects, source, family, settings)
        return BoundArm(full, label, name, cohort, self.compiler.arm(name), hypothesis, unit)

    def family(self, name: str) -> str:
        """The arm whose animals ``name`` uses, following twins of twins."""
        seen = [name]
        while (other := self.spec.arms[seen[-1]].twins_of) is not None:
            where = self.study.where("arms", seen[-1], "twins_of")
            if other not in self.spec.arms:
                raise unknown("arm", other, self.spec.arms, where=where)
            if other in seen:
                raise InvalidInput(
                    f"arms are twins of each other in a circle: {' -> '.join([*seen, other])}", where=where
                )
            seen.append(other)
        return seen[-1]

    def source(self, name: str) -> tuple[DonorGroup | Pool | None, int]:
        """The material of an arm, and how many different ones it has."""
        spec, where = self.spec.arms[name], self.study.where
        if spec.donors is not None and spec.pool is not None:
            raise InvalidInput(
                f"the arm {name!r} gets either donors: or pool:, not both", where=where("arms", name, "pool")
            )
        if spec.donors is not None:
            if spec.donors not in self.spec.donors:
                raise unknown("donors", spec.donors, self.spec.donors, where=where("arms", name, "donors"))
            return self.group(spec.donors), self.spec.donors[spec.donors].n
        if spec.pool is None:
            return None, 1
        if spec.pool not in self.spec.pools:
            raise unknown("pool", spec.pool, self.spec.pools, where=where("arms", name, "pool"))
        return self.pool(spec.pool), 1

    def group(self, name: str) -> DonorGroup:
        population = self.spec.donors[name].population
        if population not in self.system.populations:
            where = self.study.where("donors", name, "population")
            raise unknown("population", population, self.system.populations, where=where)
        return DonorGroup(name, population)

    def pool(self, name: str) -> Pool:
        spec, where = self.spec.pools[name], self.study.where
        if spec.of not in self.spec.donors:
            raise unknown("donors", spec.of, self.spec.donors, where=where("pools", name, "of"))
        known = {quantity.id for quantity in self.ode.parameters}
        for parameter, key in ((spec.titre, "titre"), *((one, "potency") for one in spec.potency)):
            if parameter not in known:
                raise unknown("parameter", parameter, known, where=where("pools", name, key))
        members = self.spec.donors[spec.of].n
        return Pool(name, self.group(spec.of), members, spec.titre, tuple(spec.potency), spec.specificity)

    def check_edges(self, edges: Mapping[str, float], path: tuple[str | int, ...] | None) -> None:
        known = {quantity.id for quantity in self.ode.parameters}
        for edge, gain in edges.items():
            where = None if path is None else self.study.where(*path, edge)
            if f"edge.{edge}" not in known:
                raise unknown(
                    "edge",
                    edge,
                    (name.removeprefix("edge.") for name in known if name.startswith("edge.")),
                    where=where,
                )
            if not np.isfinite(gain):
                raise InvalidInput(f"the gain of edge {edge!r} must be a finite number, not {gain!r}", where=where)

    # endpoints ----------------------------------------------------------------------------------------------------------
    def endpoint(self, name: str, spec: Endpoint) -> BoundEndpoint:
        path: tuple[str | int, ...] = ("endpoints", name)
        where = self.study.where
        unit_of(spec.unit, where(*path, "unit"))
        scale = self.output(spec.output, spec.unit, path)
        times = np.array(
            ascending(self.time(one, (*path, "measured", number)) for number, one in enumerate(spec.measured))
        )
        baseline = np.array(
            ascending(self.time(one, ("baseline", "at", number)) for number, one in enumerate(self.spec.baseline.at))
        )
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
        )

    def assay(self, name: str, spec: Endpoint) -> Assay:
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
        for end, amount in (("floor", spec.floor), ("ceiling", spec.ceiling)):
            if amount is not None:
                assay = replace(assay, **{end: convert(amount, spec.unit, end, where(*path, end))})
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

    def check_published(self) -> None:
        for name, arm in self.spec.arms.items():
            for endpoint in arm.published:
                if endpoint not in self.spec.endpoints:
                    raise unknown(
                        "endpoint",
                        endpoint,
                        self.spec.endpoints,
                        where=self.study.where("arms", name, "published", endpoint),
                    )


def edge_gains(system: SystemLike, hypothesis: str | None) -> dict[str, float]:
    """The gains of edges that a hypothesis sets."""
    if hypothesis is None:
        return {}
    found = system.hypotheses[hypothesis]
    gains: Mapping[str, float] = found if isinstance(found, Mapping) else found.edges
    return {edge: float(gain) for edge, gain in gains.items()}
