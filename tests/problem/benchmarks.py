"""Where the PEtab benchmark problems lie, and what their own simulation files say."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from allodynia.problem.tsv import parse

NAMES = (
    "Alkan_SciSignal2018", "Bachmann_MSB2011", "Bertozzi_PNAS2020", "Boehm_JProteomeRes2014", "Brannmark_JBC2010",
    "Elowitz_Nature2000", "Giordano_Nature2020", "Liu_IFACPapersOnLine2025", "Okuonghae_ChaosSolitonsFractals2020",
    "Perelson_Science1996", "Raia_CancerResearch2011", "SalazarCavazos_MBoC2020", "Smith_BMCSystBiol2013",
)  # fmt: skip

PROBLEMS = (*NAMES, "Liu_IFACPapersOnLine2025/individual-based")
"""All of them; the last is the model of another, with one condition a mouse."""


def folder() -> Path:
    """The folder of the benchmark problems; skips the test where it is not there."""
    given = os.environ.get("PETAB_BENCHMARKS")
    path = Path(given) if given else Path(__file__).parents[3] / "shared" / "petab-benchmarks"
    if not path.is_dir():
        pytest.skip(f"no PEtab benchmark problems at {path}; set PETAB_BENCHMARKS to their folder")
    return path


def yaml_of(name: str) -> Path:
    """The problem's YAML file."""
    (found,) = folder().joinpath(name).glob("*.yaml")
    return found


Key = tuple[str, str, str, float, str]


def simulated(name: str) -> dict[Key, list[float]]:
    """What the problem's own file of simulations says, by observable, conditions, time and data set; sorted."""
    (path,) = [path for path in folder().joinpath(name).glob("*.tsv") if path.name.lower().startswith("simul")]
    _, rows = parse(path.read_text(encoding="utf-8"), path.name, ("observableId", "simulation", "time"))
    found: dict[Key, list[float]] = defaultdict(list)
    for row in rows:
        condition = row.get("simulationConditionId") or row.get("simulationCondition")
        before = row.get("preequilibrationConditionId")
        key = (row.text("observableId"), condition, before, row.number("time"), row.get("datasetId"))
        found[key].append(row.number("simulation"))
    return {key: sorted(values) for key, values in found.items()}
