"""The models that are measured, by name."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allodynia.model import OdeSystem, Op, read_antimony, read_sbml, to_ode
from allodynia.model.write.sbml import to_sbml
from benchmarks.problem import F8, Problem, population, starts

MODELS = Path(__file__).parent / "models"
SAMPLES = 25
SEED = 1


class Missing(Exception):
    """A model whose text is not on this machine; says what to do."""


@dataclass(frozen=True)
class FromPetab:
    """A model of the PEtab benchmark collection, at its nominal parameters under one of its conditions."""

    folder: str
    condition: str
    end: float


PETAB = {
    "bachmann": FromPetab("Bachmann_MSB2011", "model1_data1", 240.0),
    "boehm": FromPetab("Boehm_JProteomeRes2014", "model1_data1", 240.0),
    "raia": FromPetab("Raia_CancerResearch2011", "model1_data4", 120.0),
    "smith": FromPetab("Smith_BMCSystBiol2013", "figure3C__5_0__0_0", 900.0),
}
"""Smith: its events (all set by the clock, none before minute 960) are left out, for every engine."""

TEXTS = {
    "robertson": ("Robertson", np.concatenate([[0.0], np.geomspace(1e-2, 1e5, SAMPLES - 1)])),
    "hires": ("HIRES", np.linspace(0.0, 321.8122, SAMPLES)),
    "pollu": ("POLLU", np.linspace(0.0, 60.0, SAMPLES)),
}

TO_BEHAVIOUR = ("igg", "anti_human", "ganglion", "satellite_glia", "mast_cell", "medium", "small_fibre", "symptom")
"""Modules that stand between a dose of IgG and what a mouse does."""

NAMES = (*PETAB, *TEXTS, "passive-transfer")


def problem(name: str, subjects: int) -> Problem:
    """The problem called ``name`` with a population of ``subjects``.

    Raises
    ------
    Missing
        When the text of the model is not on this machine.
    """
    if name in PETAB:
        return _petab(name, PETAB[name], subjects)
    if name in TEXTS:
        return _text(name, subjects)
    return _passive_transfer(subjects)


def petab_folder() -> Path:
    """Where the PEtab benchmark collection is: the folder in PETAB_BENCHMARKS, or beside the repository."""
    return Path(os.environ.get("PETAB_BENCHMARKS") or Path(__file__).parents[2] / "shared" / "petab-benchmarks")


def petab_text(folder: str) -> str:
    """The SBML text of a model of the collection, without its events."""
    found = sorted((petab_folder() / folder).glob("model*.xml"))
    if not found:
        raise Missing(f"{folder} is not in {petab_folder().name}/; set PETAB_BENCHMARKS to the benchmark collection")
    return re.sub(r"<listOfEvents>.*?</listOfEvents>", "", found[0].read_text(encoding="utf-8"), flags=re.DOTALL)


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    (path,) = folder.glob(pattern)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _petab(name: str, source: FromPetab, subjects: int) -> Problem:
    sbml = petab_text(source.folder)
    text = read_sbml(sbml, source.folder)
    system = to_ode(text)
    folder = petab_folder() / source.folder
    values = {row["parameterId"]: float(row["nominalValue"]) for row in _rows(folder, "parameters*.tsv")}
    conditions = {row["conditionId"]: row for row in _rows(folder, "experimentalCondition*.tsv")}
    condition = {
        key: values.get(text) if text in values else float(text)
        for key, text in conditions[source.condition].items()
        if key not in {"conditionId", "conditionName"} and text
    }
    given = {**values, **{key: float(value) for key, value in condition.items() if value is not None}}
    kinetic = [identifier for identifier in _read_by_rhs(system) if identifier not in condition]
    if any(identifier in values for identifier in kinetic):
        kinetic = [identifier for identifier in kinetic if identifier in values]
    times = np.linspace(0.0, source.end, SAMPLES)
    sizes = {compartment.id: compartment.size or 1.0 for compartment in text.compartments}
    amounts = {species.id: sizes[species.compartment] for species in text.species if species.only_substance}
    return _finish(name, source.folder, system, lambda: sbml, {}, times, given, kinetic, subjects, amounts)


def antimony_to_sbml(text: str) -> str:
    """SBML of an Antimony text."""
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ValueError(antimony.getLastError())
    return str(antimony.getSBMLString(antimony.getMainModuleName()))


def _text(name: str, subjects: int) -> Problem:
    title, times = TEXTS[name]
    text = (MODELS / f"{name}.ant").read_text(encoding="utf-8")
    system = to_ode(read_antimony(text, f"{name}.ant", strict_units=False))
    return _finish(name, title, system, lambda: antimony_to_sbml(text), {}, times, {}, _read_by_rhs(system), subjects)


def _passive_transfer(subjects: int) -> Problem:
    """A mouse given 8 mg of a patient's IgG once, followed for 14 days: the part from antibody to behaviour."""
    from allodynia.system import load_system

    loaded = load_system(modules=TO_BEHAVIOUR)
    system = loaded.ode
    gains = {f"edge.{edge}": gain for edge, gain in loaded.gains().items()}
    # A nociceptor's lasting change goes by the third power of a strain that may be a rounding below 0.
    kept = "ganglion.lasting_steepness"
    kinetic = [name for name in _read_by_rhs(system) if not name.startswith("edge.") and name != kept]
    ids = _written_ids(system)
    given = {**gains, "igg.peritoneum": 8.0}
    times = np.linspace(0.0, 14.0, SAMPLES)
    return _finish(
        "passive-transfer",
        "passive-transfer",
        system,
        lambda: to_sbml(system, gains),
        ids,
        times,
        given,
        kinetic,
        subjects,
    )


def _written_ids(system: OdeSystem) -> dict[str, str]:
    named = (*system.states, *system.parameters)
    return {quantity.id: re.sub(r"[^A-Za-z0-9_]", "_", quantity.id.replace(".", "__")) for quantity in named}


def _read_by_rhs(system: OdeSystem) -> list[str]:
    """Parameters that the right-hand side depends on, but for the sizes of compartments."""
    used = system.dag.leaves(system.rhs, Op.PARAM)
    names = [system.parameters[index].id for index in sorted(used)]
    sizes = {"cyt", "nuc", "vessel", "air", "default_compartment", "compartment", "extracellular", "cellsurface"}
    return [
        name for name in names if name not in sizes and system.parameters[system.parameter_index(name)].value != 0.0
    ]


def _finish(
    name: str,
    title: str,
    system: OdeSystem,
    write_sbml: Callable[[], str],
    ids: Mapping[str, str],
    times: F8,
    given: Mapping[str, float],
    kinetic: list[str],
    subjects: int,
    amounts: Mapping[str, float] | None = None,
) -> Problem:
    nominal = np.array([given.get(q.id, q.value if q.value is not None else np.nan) for q in system.parameters])
    varied = tuple(system.parameter_index(identifier) for identifier in kinetic)
    parameters = population(nominal, varied, subjects, SEED)
    initial = starts(system, parameters).copy()
    for index, state in enumerate(system.states):
        if state.id in given:
            initial[:, index] = given[state.id]
    return Problem(name, title, system, write_sbml, ids, times, nominal, varied, parameters, initial, amounts or {})
