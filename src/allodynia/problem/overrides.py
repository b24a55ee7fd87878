"""The model's text with what may be given from outside made into parameters.

A condition or a user may give a parameter, a compartment, or the start of a species. The first two are parameters of
the system already. The start of anything that is integrated, or worked out at the start by a formula, gets a parameter
of its own, ``X.initial``, and where it may be left to the model also a switch, ``X.given`` (1: the parameter, 0: the
model's own start). A dot stands in no id of a file, so these names are free. One compiled system then serves all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.text import Apply, Assignment, Math, ModelText, Number, Parameter, Symbol


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """A quantity whose start may be given: the parameter that holds it, and its switch where there is one."""

    id: str
    value: str
    switch: str | None


def identifiers(text: ModelText) -> set[str]:
    """Everything in the model that has a name of its own."""
    groups = (text.compartments, text.species, text.parameters, text.reactions)
    return {item.id for group in groups for item in group}


def make_overridable(
    text: ModelText, names: Mapping[str, Where | None], always: Collection[str] = ()
) -> tuple[ModelText, Mapping[str, Started]]:
    """The text in which all of ``names`` can be given through parameters of the system.

    Parameters
    ----------
    names : ids of the model, and where somebody asked to give them.
    always : those that are given every time, so that the model's own start is never used.

    Raises
    ------
    InvalidInput
        A name is nothing in the model, or something that a rule decides, or a reaction, or has no start of its own to
        fall back on.
    """
    ruled = {rule.variable for rule in text.assignment_rules}
    reactions = {reaction.id for reaction in text.reactions}
    known = identifiers(text)
    starts = {rule.variable: rule for rule in text.initial_assignments}
    started = _integrated(text) | set(starts)
    found: dict[str, Started] = {}
    added: list[Parameter] = []
    for name, where in names.items():
        if name not in known:
            raise unknown("quantity", name, known - ruled - reactions, where=where)
        if name in ruled:
            raise InvalidInput(f"{name!r} follows from a rule of the model, so nobody can give it", where=where)
        if name in reactions:
            raise InvalidInput(f"{name!r} is a reaction, so nobody can give it", where=where)
        if name not in started:
            continue
        value, switch = f"{name}.initial", None if name in always else f"{name}.given"
        math: Math = (Symbol(value),)
        added.append(Parameter(value, 0.0, None, constant=True, line=None))
        if switch is not None:
            added.append(Parameter(switch, 0.0, None, constant=True, line=None))
            own = starts[name].math if name in starts else _start(text, name)
            if own is None:
                raise InvalidInput(f"{name!r} has no start of its own, so it must always be given", where=where)
            is_given = (Symbol(switch), Number(0.0), Apply("neq", 2))
            math = (Symbol(value), *is_given, *own, Apply("piecewise", 3))
        line = starts[name].line if name in starts else None
        starts[name] = Assignment(name, math, line)
        found[name] = Started(name, value, switch)
    changed = dataclasses.replace(
        text, parameters=(*text.parameters, *added), initial_assignments=tuple(starts.values())
    )
    return changed, found


def _integrated(text: ModelText) -> set[str]:
    """Ids whose start is not a parameter of the system: species, and what has a rate or is changed by an event."""
    changed = {rule.variable for rule in text.rate_rules} | {item.id for item in text.species}
    return changed | {assignment.variable for event in text.events for assignment in event.assignments}


def _start(text: ModelText, name: str) -> Math | None:
    """The start that the text gives as a number, in the quantity that formulas mean by the id."""
    sizes = {item.id: item for item in text.compartments}
    for species in text.species:
        if species.id != name:
            continue
        compartment = sizes.get(species.compartment)
        concentration = not species.only_substance and compartment is not None and compartment.dimensions != 0
        size = Symbol(species.compartment)
        if species.initial_concentration is not None:
            given = Number(species.initial_concentration)
            return (given,) if concentration else (given, size, Apply("times", 2))
        if species.initial_amount is not None:
            given = Number(species.initial_amount)
            return (given, size, Apply("divide", 2)) if concentration else (given,)
        return None
    numbers = {item.id: item.value for item in text.parameters} | {item.id: item.size for item in text.compartments}
    if name in numbers:
        value = numbers[name]
        return None if value is None else (Number(value),)
    raise unknown("quantity", name, identifiers(text))
