"""A study meets a system: every name in the file is looked up, every unit converted; what does not fit is refused
here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from allodynia.errors import InvalidInput, unknown
from allodynia.study.bind_arms import ArmBinder
from allodynia.study.bind_endpoints import EndpointBinder
from allodynia.study.design import Design, Expectation
from allodynia.study.load import Study
from allodynia.study.plan import Plan
from allodynia.study.system_like import SystemLike
from allodynia.study.units import ascending, even_times, time_of


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
    _check_design(design)
    species = getattr(system, "species", study.spec.species)
    if species != study.spec.species:
        raise InvalidInput(f"a study in the {study.spec.species}, not the {species}", where=study.where("species"))
    arms = ArmBinder(study, system, design)
    if not arms.compiler.end > 0.0:
        raise InvalidInput(f"follow_up: {study.spec.follow_up} is no time at all", where=study.where("follow_up"))
    arms.check_edges(edges or {}, None)
    arms.check_published()
    names = _hypotheses(study, system, hypothesis)
    bound = tuple(arms.arm(name, one, edges or {}, several=len(names) > 1) for one in names for name in study.spec.arms)
    ends = EndpointBinder(study, system.ode, arms.compiler.end)
    endpoints = {name: ends.endpoint(name, spec) for name, spec in study.spec.endpoints.items()}
    plots = {name: ends.plot(name, spec) for name, spec in study.spec.also_draw.items()}
    drawn = tuple((plot.output, plot.label, plot.unit, plot.factor) for plot in plots.values())
    measured = [time for endpoint in endpoints.values() for time in (*endpoint.times, *endpoint.baseline)]
    grid = np.array(ascending([*_grid(study, ends), *measured]))
    units = {quantity.id: quantity.unit for quantity in system.ode.parameters}
    return Plan(study, bound, endpoints, grid, arms.compiler.end, drawn, plots, units, system.ode.time_unit)


def _check_design(design: Design) -> None:
    counts = {"subjects": design.subjects}
    if isinstance(design, Expectation):
        counts |= {"worlds": design.worlds, "donors": design.donors, "people": design.people}
    for what, count in counts.items():
        if count is not None and count < 1:
            raise InvalidInput(f"{what} must be at least 1, not {count}")


def _hypotheses(study: Study, system: SystemLike, hypothesis: str | None) -> list[str | None]:
    """Under which rival explanations the arms are run."""
    listed = [*system.hypotheses] if study.spec.hypotheses == "all" else study.spec.hypotheses
    names: list[str | None] = [hypothesis] if hypothesis is not None else [*listed]
    if not names:
        names = [getattr(system, "default_hypothesis", None)]
    for number, name in enumerate(names):
        if name is not None and name not in system.hypotheses:
            where = None if hypothesis is not None else study.where("hypotheses", number)
            raise unknown("hypothesis", name, system.hypotheses, where=where)
    return names


def _grid(study: Study, ends: EndpointBinder) -> list[float]:
    """When trajectories are kept, but for the times of endpoints."""
    sampling = study.spec.sampling
    where = study.where("sampling", "every")
    every = time_of(sampling.every, ends.ode.time_unit, "every", where)
    also = [ends.time(time, ("sampling", "also", number)) for number, time in enumerate(sampling.also)]
    return [*even_times(every, ends.end, str(sampling.every), where), ends.end, *also]
