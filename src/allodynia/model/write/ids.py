"""Names as other formats take them, and the values that are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from allodynia.errors import InvalidInput, unknown
from allodynia.model.ode import OdeSystem, Quantity


def identifier(name: str) -> str:
    """``name`` as an SBML identifier: ``igg.plasma`` becomes ``igg__plasma``."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name.replace(".", "__"))
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned


def distinct_ids(names: Sequence[str]) -> dict[str, str]:
    """An SBML identifier for every name, distinct where the names are."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        ids[name] = free(identifier(name), taken)
        taken.add(ids[name])
    return ids


def ids_of(system: OdeSystem) -> dict[str, str]:
    """The identifier of every state, parameter and observable, as every written form of the system has it."""
    quantities = (*system.states, *system.parameters, *system.observables)
    return distinct_ids([quantity.id for quantity in quantities])


def free(name: str, taken: Collection[str]) -> str:
    """``name``, lengthened until it is none of those ``taken``."""
    while name in taken:
        name += "_"
    return name


def given_values(system: OdeSystem, values: Mapping[str, float] | None) -> dict[str, float]:
    """``values`` by parameter id.

    Raises
    ------
    InvalidInput
        They name a parameter that the system lacks; the nearest are offered.
    """
    given = dict(values or {})
    known = {parameter.id for parameter in system.parameters}
    for name in given:
        if name not in known:
            raise unknown("parameter", name, known)
    return given


def value_of(quantity: Quantity, given: Mapping[str, float]) -> float:
    """The value of a parameter: that given, or its nominal one.

    Raises
    ------
    InvalidInput
        It has neither.
    """
    value = given.get(quantity.id, quantity.value)
    if value is None:
        raise InvalidInput(f"parameter {quantity.id!r} has no value to write", where=quantity.where)
    return float(value)
