"""A PEtab problem bound to its model: one system, and a row of parameters for every experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.typical import typical_sizes
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model import OdeSystem, read_sbml, to_ode
from allodynia.problem.observe import Formulas
from allodynia.problem.overrides import Started, identifiers, make_overridable
from allodynia.problem.read import read_tables
from allodynia.problem.tables import Tables, Value

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A condition, and the one it was brought to its steady state in before, if any."""

    preequilibration: str | None
    condition: str

    def __str__(self) -> str:
        return self.condition if self.preequilibration is None else f"{self.condition} after {self.preequilibration}"


@dataclass(frozen=True)
class Problem:
    """What was measured, in which conditions, and the system that is to explain it.

    ``experiments`` are the subjects of a simulation: one row of parameters each; ``unmeasured`` those of conditions in
    which nothing was measured. ``extra`` names the parameters that only formulas know (scalings, offsets, noise).
    """

    tables: Tables
    system: OdeSystem
    started: Mapping[str, Started]
    experiments: tuple[Experiment, ...]
    unmeasured: tuple[Experiment, ...]
    extra: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the problem is called."""
        return self.tables.name

    @cached_property
    def formulas(self) -> Formulas:
        """Observables and their noise as nodes."""
        return Formulas(self.tables, self.system, self.extra)

    @cached_property
    def experiment_of(self) -> NDArray[np.int64]:
        """i8[n_measurements]: the experiment that each measurement was made in."""
        index = {experiment: number for number, experiment in enumerate(self.experiments)}
        rows = [index[Experiment(m.preequilibration, m.condition)] for m in self.tables.measurements]
        return np.array(rows, dtype=np.int64)

    @cached_property
    def sizes(self) -> F8:
        """f8[n_states]: how large each state gets in any condition at the nominal parameters."""
        n, values = len(self.system.parameters), self.nominal
        rows = np.array([self.row(name, values)[:n] for name in self.tables.conditions])
        times = [row.time for row in self.tables.measurements if math.isfinite(row.time)]
        return typical_sizes(self.system, rows, max(times, default=0.0))

    @property
    def nominal(self) -> dict[str, float]:
        """The nominal value of every parameter of the parameter table, on the linear scale."""
        return {row.id: row.nominal for row in self.tables.parameters.values()}

    @property
    def estimated(self) -> tuple[str, ...]:
        """The parameters that are to be estimated."""
        return tuple(row.id for row in self.tables.parameters.values() if row.estimate)

    def complete(self, values: Mapping[str, float] | None) -> dict[str, float]:
        """``values`` (linear scale) with the nominal ones where it says nothing; an unknown id raises."""
        full = self.nominal
        for name, value in (values or {}).items():
            if name not in full:
                raise unknown("parameter", name, full)
            if not math.isfinite(value):
                raise InvalidInput(f"the value of {name!r} is {value!r}, not a finite number")
            full[name] = float(value)
        return full

    def row(self, condition: str, values: Mapping[str, float]) -> F8:
        """f8[n_parameters + n_extra]: the parameters of the system, then those of formulas, in one condition."""
        ids = [quantity.id for quantity in self.system.parameters]
        row = np.array(
            [math.nan if q.value is None else q.value for q in self.system.parameters] + [math.nan] * len(self.extra)
        )
        index = {name: number for number, name in enumerate([*ids, *self.extra])}

        def put(name: str, value: float) -> None:
            if name in self.started:
                start = self.started[name]
                row[index[start.value]] = value
                if start.switch is not None:
                    row[index[start.switch]] = 1.0
            elif name in index:
                row[index[name]] = value

        for name, value in values.items():
            put(name, value)
        given = self.tables.conditions[condition]
        for name, cell in given.values.items():
            put(name, self.number(cell, values, given.where))
        return row

    def number(self, value: Value, values: Mapping[str, float], where: Where) -> float:
        """A cell of a table as a number: its own, that of a parameter of the tables, or that of one of the model."""
        if not isinstance(value, str):
            return value
        if value in values:
            return values[value]
        for quantity in self.system.parameters:
            if quantity.id == value and quantity.value is not None:
                return quantity.value
        raise unknown("parameter", value, values, where=where)


def load_problem(path: str | Path) -> Problem:
    """Read the PEtab problem in a YAML file, and its model.

    Raises
    ------
    InvalidInput
        A file, an id or a number in it cannot be used; with file and line.
    UnsupportedModel, UnreadableModel
        The model cannot be simulated, or read.
    """
    return bind(read_tables(path))


def bind(tables: Tables) -> Problem:
    """The problem that ``tables`` pose; raises as :func:`load_problem`."""
    text = read_sbml(tables.model_text, tables.model_file)
    known = identifiers(text)
    named = dict.fromkeys((name for name in tables.overridden if name in known), tables.where)
    named |= {row.id: row.where for row in tables.parameters.values() if row.id in known}
    always = {name for name in named if all(name in c.values for c in tables.conditions.values())}
    text, started = make_overridable(text, named, always | set(tables.parameters))
    system = to_ode(text)
    decided = set(named) - set(started) - {quantity.id for quantity in system.parameters}
    for name in decided:
        raise InvalidInput(f"{name!r} follows from the model's own rules, so no table can give it", where=named[name])
    extra = dict.fromkeys(name for name in (*tables.parameters, *tables.overridden) if name not in known)
    pairs = dict.fromkeys(Experiment(m.preequilibration, m.condition) for m in tables.measurements)
    used = {name for pair in pairs for name in (pair.preequilibration, pair.condition)}
    unmeasured = tuple(Experiment(None, name) for name in tables.conditions if name not in used)
    problem = Problem(tables, system, started, tuple(pairs), unmeasured, tuple(extra))
    _check_cells(problem)
    return problem


def _check_cells(problem: Problem) -> None:
    """Every cell that names a parameter names one that is there."""
    values = problem.nominal
    for condition in problem.tables.conditions.values():
        for cell in condition.values.values():
            problem.number(cell, values, condition.where)
    for measurement in problem.tables.measurements:
        for cell in (*measurement.observable_parameters, *measurement.noise_parameters):
            problem.number(cell, values, measurement.where)
    _ = problem.formulas
