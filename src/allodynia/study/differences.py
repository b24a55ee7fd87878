"""What differs between the subjects of a system: the table that cohorts are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allodynia.cohort import ParameterTable, read_table
from allodynia.study.system_like import SystemLike


def population_rows(system: SystemLike) -> dict[str, Mapping[str, Any]]:
    """Donor population to its parameter rows."""
    return {name: getattr(entry, "parameters", entry) for name, entry in system.populations.items()}


def table_of(system: SystemLike, people: Mapping[str, Any] | None = None, *, weighted: bool = False) -> ParameterTable:
    """What differs between subjects of ``system``: its parameters, donors, people (or only those given, by name) and
    the causes that happen by chance; ``weighted`` takes people by the weights of their population.

    Raises
    ------
    InvalidInput
        As :func:`allodynia.cohort.read_table`.
    """
    known = getattr(system, "people", None) if people is None else people
    luck = {name: cause.draws for name, cause in getattr(system, "chance", {}).items()}
    return read_table(system.ode, system.parameters, population_rows(system), known, luck, weighted=weighted)
