"""Every model of the PEtab benchmarks, as its file has it, solved by COPASI, libRoadRunner, SciPy and the reference.

COPASI and libRoadRunner read the SBML file themselves, so that our reading of it is compared too. Errors are shares of
the largest value of each state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from allodynia.engine import Status, simulate
from allodynia.engine.reference import integrate
from allodynia.engine.typical import typical_sizes
from allodynia.model import ModelText, OdeSystem, read_sbml, to_ode
from allodynia.problem import load_problem
from allodynia.problem.read import read_tables

from ..problem.benchmarks import NAMES, yaml_of  # noqa: TID252
from .other_engines import copasi_of_file, given, radau, roadrunner_of_file

AGREE_TIGHTLY = 1e-7
"""With engines run at a relative tolerance of 1e-10; measured: at most 4e-9."""

AGREE = 1e-5
"""With SciPy and the reference, in Python, at 1e-7; measured: at most 4e-7."""

SMALLEST = 1e-12
"""A state that stays below this share of the largest of all is zero but for rounding."""

LARGE = {"Alkan_SciSignal2018", "SalazarCavazos_MBoC2020", "Smith_BMCSystBiol2013"}
"""Too slow in Python for every run of the tests."""


@dataclass(frozen=True)
class Solved:
    """A model by our engine at a relative tolerance of 1e-11."""

    path: Path
    text: ModelText
    system: OdeSystem
    parameters: np.ndarray
    times: np.ndarray
    sizes: np.ndarray
    values: np.ndarray

    @property
    def ids(self) -> list[str]:
        return [state.id for state in self.system.states]


def worst(ours: np.ndarray, theirs: np.ndarray, ids: list[str]) -> tuple[float, str]:
    """The largest difference as a share of the state's largest value, and the state."""
    largest = np.abs(ours).max(axis=0)
    error = np.abs(ours - theirs).max(axis=0) / np.maximum(largest, SMALLEST * largest.max())
    state = int(np.argmax(error))
    return float(error[state]), ids[state]


def as_in_formulas(values: np.ndarray, text: ModelText, ids: list[str], sizes: dict[str, float]) -> np.ndarray:
    """Other engines give concentrations; the id of a species with only substance units means its amount."""
    own = {item.id: sizes.get(item.id, item.size) for item in text.compartments}
    found = values.copy()
    for species in text.species:
        if species.only_substance and species.id in ids:
            found[:, ids.index(species.id)] *= own[species.compartment]
    return found


@cache
def solved(name: str) -> Solved:
    tables = read_tables(yaml_of(name))
    text = read_sbml(tables.model_text, tables.model_file)
    system = to_ode(text)
    end = max(row.time for row in tables.measurements)
    times = np.linspace(0, end, 41)
    parameters = np.array([quantity.value for quantity in system.parameters])
    sizes = typical_sizes(system, parameters[None], end)
    ids = [state.id for state in system.states]
    ours = simulate(system, parameters[None], times, ids, rtol=1e-11, atol=1e-15 * sizes)
    assert ours.status[0] == Status.SOLVED
    return Solved(Path(tables.model_file), text, system, parameters, times, sizes, ours.values[0])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", [copasi_of_file, roadrunner_of_file], ids=["COPASI", "libroadrunner"])
def test_engines_that_read_the_file_themselves_agree(name: str, engine: Callable[..., np.ndarray]) -> None:
    model = solved(name)
    theirs = engine(model.path, model.ids, model.times)
    error, state = worst(model.values, as_in_formulas(theirs, model.text, model.ids, {}), model.ids)
    assert error < AGREE_TIGHTLY, f"{state}: {error:.1e} of its maximum"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in LARGE else name for name in NAMES]
)
def test_radau_of_scipy_agrees(name: str) -> None:
    """SciPy is given no events: at the files' own values those of Liu and Smith set to zero what is zero already."""
    model = solved(name)
    theirs = radau(model.system, model.parameters, model.times, rtol=1e-7, atol=1e-11 * model.sizes)
    error, state = worst(model.values, theirs, model.ids)
    assert error < AGREE, f"{state}: {error:.1e} of its maximum"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in LARGE else name for name in NAMES]
)
def test_the_plain_reference_agrees(name: str) -> None:
    model = solved(name)
    theirs = integrate(
        model.system, model.parameters, model.times.tolist(), model.ids, rtol=1e-7, atol=1e-12 * model.sizes
    )
    assert theirs.status is Status.SOLVED
    error, state = worst(model.values, theirs.values, model.ids)
    assert error < AGREE, f"{state}: {error:.1e} of its maximum"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("which", "engine"), [("first", copasi_of_file), ("last", roadrunner_of_file)], ids=["COPASI", "libroadrunner"]
)
def test_a_condition_is_what_its_table_says(
    name: str, which: str, engine: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    """Values of the tables written into the SBML file by hand, and that file given to the other engine."""
    problem = load_problem(yaml_of(name))
    tables, values = problem.tables, problem.nominal
    condition = list(tables.conditions)[0 if which == "first" else -1]
    cells = tables.conditions[condition]
    known = {item.id for item in solved(name).text.parameters} | set(solved(name).ids)
    known |= {item.id for group in (solved(name).text.species, solved(name).text.compartments) for item in group}
    overrides = values | {key: problem.number(cell, values, cells.where) for key, cell in cells.values.items()}
    path = tmp_path / "given.xml"
    path.write_text(given(tables.model_text, {k: v for k, v in overrides.items() if k in known}), encoding="utf-8")

    row = problem.row(condition, values)[None, : len(problem.system.parameters)]
    times = np.linspace(0, max(row.time for row in tables.measurements), 25)
    ids = [state.id for state in problem.system.states]
    ours = simulate(problem.system, row, times, ids, rtol=1e-11, atol=1e-15 * problem.sizes)
    assert ours.status[0] == Status.SOLVED
    theirs = as_in_formulas(engine(path, ids, times), solved(name).text, ids, overrides)
    error, state = worst(ours.values[0], theirs, ids)
    assert error < AGREE_TIGHTLY, f"{condition}, {state}: {error:.1e} of its maximum"
