"""Who varies: the parameters of a system as the sampler sees them, once read, with their distributions understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import Distribution
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.weighting import Weighting
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.ode import OdeSystem

F8 = NDArray[np.float64]
Level = Literal["shared", "donor", "subject"]
LEVELS: tuple[Level, ...] = ("shared", "donor", "subject")


class Row(Protocol):
    """What is read of a parameter's table entry."""

    @property
    def value(self) -> float:
        """The centre, in the unit of the model."""
        ...

    @property
    def between(self) -> Any:
        """The distribution between subjects, as data."""
        ...

    @property
    def uncertainty(self) -> Any:
        """The distribution of the centre itself, as data."""
        ...

    @property
    def level(self) -> str:
        """Who varies: ``shared``, ``donor`` or ``subject``."""
        ...

    @property
    def where(self) -> Where | None:
        """The line it stands on."""
        ...


@dataclass(frozen=True, slots=True)
class Variable:
    """A parameter that is not the same number everywhere.

    ``between`` is the spread among the subjects of its ``level`` about the centre, ``uncertainty`` what is not
    known about the centre itself: one draw of it is a *world*.
    """

    id: str
    column: int
    level: Level
    value: float
    between: Distribution | None
    uncertainty: Distribution | None


@dataclass(frozen=True)
class PeopleTable:
    """A population of people: what of them differs from the table, where they start, and who is plausible.

    ``variables`` stand instead of the table's own; ``start`` is the value of some states (by column) in the stated
    start, which decides the steady state where there is more than one; ``plausible`` holds the range in which an output
    (by id, in its own unit) must lie at the steady state for a candidate to be one of them. With a ``weighting`` each
    plausible candidate is taken with a chance in proportion to its weight. ``also`` names further outputs whose values
    at rest are kept.
    """

    variables: tuple[Variable, ...]
    start: Mapping[int, float]
    plausible: Mapping[str, tuple[float, float]]
    weighting: Weighting | None = None
    also: tuple[str, ...] = ()

    @property
    def looked_at(self) -> tuple[str, ...]:
        """The outputs whose values at rest are asked for: first those that say who is plausible."""
        weighed = self.weighting.outputs if self.weighting is not None else ()
        return tuple(dict.fromkeys([*self.plausible, *weighed, *self.also]))


@dataclass(frozen=True)
class ParameterTable:
    """Every parameter in the order of the system, with those that vary and the populations.

    ``nominal`` f8[n_parameters] are the centres; ``populations[name]`` holds the donor-level variables that a
    population of donors gives instead of the table's own, ``people[name]`` a population of people. ``luck[cause]`` are
    the columns of a cause's waits (:mod:`allodynia.cohort.luck`), in their order.
    """

    ids: tuple[str, ...]
    nominal: F8
    variables: tuple[Variable, ...]
    populations: Mapping[str, tuple[Variable, ...]]
    people: Mapping[str, PeopleTable] = field(default_factory=dict)
    luck: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, int]:
        """Parameter id to its column."""
        return {name: column for column, name in enumerate(self.ids)}

    def column(self, parameter: str, where: Where | None = None) -> int:
        """The column of ``parameter``.

        Raises
        ------
        InvalidInput
            Nobody knows the parameter; the nearest names are offered.
        """
        try:
            return self.ids.index(parameter)
        except ValueError:
            raise unknown("parameter", parameter, self.ids, where=where) from None


class People(Protocol):
    """What is read of a population of people."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameter id to the row that stands instead of the table's."""
        ...

    @property
    def start(self) -> Mapping[str, float]:
        """State id to its value at the stated start, in the unit of the state."""
        ...

    @property
    def plausible(self) -> Mapping[str, tuple[float | None, float | None]]:
        """Output id to the range of it that is plausible; an end may be open."""
        ...


def read_table(
    ode: OdeSystem,
    rows: Mapping[str, Row],
    populations: Mapping[str, Mapping[str, Row]] | None = None,
    people: Mapping[str, People] | None = None,
    luck: Mapping[str, Sequence[str]] | None = None,
    *,
    weighted: bool = False,
) -> ParameterTable:
    """The table of a system: ``rows`` by parameter id, ``populations`` of donors by name, each a mapping of parameter
    id to its row, ``people`` by name, and ``luck`` by cause: the parameters that hold its waits; ``weighted`` takes
    people by the weights of their population, where it has them.

    Raises
    ------
    InvalidInput
        A parameter without a value, an unknown id, level or distribution, a start in no state, a plausible range of no
        output; the line is named.
    """
    ids = tuple(quantity.id for quantity in ode.parameters)
    column = {name: number for number, name in enumerate(ids)}
    nominal = np.full(len(ids), np.nan)
    for quantity in ode.parameters:
        if quantity.value is not None:
            nominal[column[quantity.id]] = quantity.value
    variables = tuple(_variables(rows.items(), column, None))
    for name, row in rows.items():
        nominal[column[name]] = row.value
    for number in np.flatnonzero(np.isnan(nominal)).tolist():
        raise InvalidInput(f"the parameter {ids[number]!r} has no value", where=ode.parameters[number].where)
    read = {name: tuple(_variables(rows.items(), column, "donor")) for name, rows in (populations or {}).items()}
    persons = {name: _people(entry, ode, column, weighted) for name, entry in (people or {}).items()}
    drawn = {cause: np.array([column[name] for name in names]) for cause, names in (luck or {}).items()}
    return ParameterTable(ids, nominal, tuple(v for v in variables if v.between or v.uncertainty), read, persons, drawn)


def _people(entry: People, ode: OdeSystem, column: Mapping[str, int], weighted: bool) -> PeopleTable:
    where = getattr(entry, "where", None)
    states = {quantity.id: number for number, quantity in enumerate(ode.states)}
    for name in entry.start:
        if name not in states:
            raise unknown("state", name, states, where=where)
    outputs = {quantity.id for quantity in (*ode.states, *ode.observables)}
    plausible: dict[str, tuple[float, float]] = {}
    for name, (low, high) in entry.plausible.items():
        if name not in outputs:
            raise unknown("output", name, outputs, where=where)
        plausible[name] = (-np.inf if low is None else float(low), np.inf if high is None else float(high))
        if not plausible[name][0] < plausible[name][1]:
            raise InvalidInput(f"plausible: {name} from {low} to {high} is no range", where=where)
    start = {states[name]: float(value) for name, value in entry.start.items()}
    given = getattr(entry, "weighting", None) if weighted else None
    return PeopleTable(
        tuple(_variables(entry.parameters.items(), column, "subject")), start, plausible,
        None if given is None else Weighting.of(given),
    )  # fmt: skip


def _variables(rows: Iterable[tuple[str, Row]], column: Mapping[str, int], level: Level | None) -> Iterable[Variable]:
    for name, row in rows:
        if name not in column:
            raise unknown("parameter", name, column, where=row.where)
        if level is None and row.level not in LEVELS:
            raise unknown("level", str(row.level), LEVELS, where=row.where)
        own: Level = level or row.level  # type: ignore[assignment]  # checked on the line above
        between = read_distribution(_with_share(row), row.where)
        if own == "shared" and between is not None:
            raise InvalidInput(
                f"{name}: a shared parameter has no spread between subjects; give its level", where=row.where
            )
        yield Variable(
            name, column[name], own, float(row.value), between, read_distribution(row.uncertainty, row.where)
        )


def _with_share(row: Row) -> Any:
    """The spread of a row, with the share of donors that has it at all where the row names one."""
    share = getattr(row, "share", None)
    if share is None:
        return row.between
    inner = {} if row.between in (None, "none") else dict(row.between)
    return {**inner, "share": share, "otherwise": getattr(row, "otherwise", None) or 0.0}
