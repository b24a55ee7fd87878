"""A study as a PEtab problem: arms as conditions, endpoints as observables, a simulated sample as measurements.

PEtab version 1 (Schmiester et al. 2021, doi 10.1371/journal.pcbi.1008646). What is estimated are the values of the
tables that are not known exactly, with their uncertainty as prior.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from allodynia.cohort.distributions import Z_975
from allodynia.errors import InvalidInput
from allodynia.export.scheduled import Scheduled, of_plan
from allodynia.export.typical import typical_values
from allodynia.model.write import to_sbml
from allodynia.model.write.annotations import Terms
from allodynia.model.write.ids import identifier, ids_of
from allodynia.study.plan import BoundArm, BoundEndpoint
from allodynia.study.result import StudyResult
from allodynia.study.system_like import SystemLike

YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
  - sbml_files: [model.xml]
    condition_files: [conditions.tsv]
    observable_files: [observables.tsv]
    measurement_files: [measurements.tsv]
"""
AT_REST = "_at_rest"
"""Ends the id of the condition in which an arm's subject comes to rest before the study."""


def petab_problem(result: StudyResult, system: SystemLike, terms: Terms | None = None) -> dict[str, str]:
    """File name to text: ``problem.yaml``, the model and the four tables.

    Measurements are the means over experimental units of one simulated sample, with their standard error as noise.

    Raises
    ------
    InvalidInput
        The study has people with a run-in, which PEtab cannot say.
    """
    plan = result.plan
    for arm in plan.arms:
        if arm.begin.run_in:
            raise InvalidInput(
                f"the arm {arm.spec_name!r} has a run-in before time 0, which PEtab cannot say",
                where=plan.study.where("arms", arm.spec_name),
            )
    model = of_plan(system.ode, plan)
    ids = ids_of(model.ode)
    return {
        "problem.yaml": YAML,
        "model.xml": to_sbml(model.ode, terms=terms),
        "conditions.tsv": _table(_conditions(plan.arms, model, system, ids)),
        "observables.tsv": _table(_observables(plan.endpoints.values(), ids)),
        "measurements.tsv": _table(_measurements(result)),
        "parameters.tsv": _table(_parameters(plan.arms, model, system, ids)),
    }


def condition_values(arm: BoundArm, model: Scheduled, system: SystemLike) -> dict[str, float]:
    """What sets the typical subject of ``arm`` apart, its doses included, by parameter id."""
    return {**typical_values(system, arm), **model.values[arm.name]}


def _conditions(
    arms: Sequence[BoundArm], model: Scheduled, system: SystemLike, ids: Mapping[str, str]
) -> Iterable[Sequence[object]]:
    nominal = {quantity.id: quantity.value for quantity in model.ode.parameters}
    rows: dict[str, dict[str, float]] = {}
    for arm in arms:
        name = identifier(arm.name)
        rows[name] = condition_values(arm, model, system)
        if arm.begin.at_rest:
            rows[name + AT_REST] = {**rows[name], **model.untreated}
    columns = [key for key in nominal if any(row.get(key, nominal[key]) != nominal[key] for row in rows.values())]
    yield ("conditionId", *(ids[key] for key in columns))
    for name, row in rows.items():
        yield (name, *(row.get(key, nominal[key]) for key in columns))


def _observables(endpoints: Iterable[BoundEndpoint], ids: Mapping[str, str]) -> Iterable[Sequence[object]]:
    yield ("observableId", "observableName", "observableFormula", "noiseFormula", "noiseDistribution")
    for endpoint in endpoints:
        name, output = identifier(endpoint.name), ids[endpoint.output]
        formula = output if endpoint.factor == 1.0 else f"{endpoint.factor!r} * {output}"
        noise = f"noiseParameter1_observable_{name}"
        yield (f"observable_{name}", f"{endpoint.label} ({endpoint.unit})", formula, noise, "normal")


def _measurements(result: StudyResult) -> Iterable[Sequence[object]]:
    yield ("observableId", "preequilibrationConditionId", "simulationConditionId", "measurement", "time",
           "noiseParameters")  # fmt: skip
    for arm in result.plan.arms:
        for endpoint in result.plan.endpoints.values():
            values = result.readings.measured(endpoint.name, arm.name, endpoint.times)[0]
            units = values.mean(axis=1) if arm.unit == "donor" else values.reshape(-1, endpoint.times.size)
            with np.errstate(invalid="ignore"):
                mean = np.nanmean(units, axis=0)
                error = np.nanstd(units, axis=0, ddof=1) / math.sqrt(len(units)) if len(units) > 1 else mean * math.nan
            for time, value, noise in zip(endpoint.times, mean, error, strict=True):
                if math.isfinite(value) and math.isfinite(noise) and noise > 0.0:
                    name = identifier(arm.name)
                    rest = name + AT_REST if arm.begin.at_rest else ""
                    observable = f"observable_{identifier(endpoint.name)}"
                    yield (observable, rest, name, float(value), float(time), float(noise))


def _parameters(
    arms: Sequence[BoundArm], model: Scheduled, system: SystemLike, ids: Mapping[str, str]
) -> Iterable[Sequence[object]]:
    yield ("parameterId", "parameterName", "parameterScale", "lowerBound", "upperBound", "nominalValue", "estimate",
           "objectivePriorType", "objectivePriorParameters")  # fmt: skip
    set_by_arms = {key for arm in arms for key in condition_values(arm, model, system)}
    for name, row in system.parameters.items():
        spread = row.uncertainty
        if name in set_by_arms or not spread or not row.value > 0.0:
            continue
        ((kind, arguments),) = spread.items()
        if kind == "lognormal" and arguments.get("factor", 1.0) > 1.0:
            factor = arguments["factor"]
            prior = f"{math.log10(row.value)!r};{math.log10(factor) / Z_975!r}"
            bounds = (row.value / factor**2, row.value * factor**2)
            yield (ids[name], name, "log10", *bounds, row.value, 1, "parameterScaleNormal", prior)
        elif kind == "uniform":
            lower, upper = arguments["lower"], arguments["upper"]
            yield (ids[name], name, "lin", lower, upper, row.value, 1, "uniform", f"{lower!r};{upper!r}")


def _table(rows: Iterable[Sequence[object]]) -> str:
    return "".join("\t".join(_cell(cell) for cell in row) + "\n" for row in rows)


def _cell(value: object) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value).replace("\t", " ").replace("\n", " ")
