"""What a model text makes of each thing it names."""

from __future__ import annotations

from collections.abc import Iterator

from allodynia.errors import InvalidInput
from allodynia.model.definitions import Definition, Module, Role
from allodynia.model.matching import changed_by_events, match_algebraic_rules
from allodynia.model.pools import Pools
from allodynia.model.text import Parameter


def define_all(module: Module) -> Iterator[Definition]:
    """The definition of everything that ``module`` names, in the order of its text."""
    text = module.text
    always = {rule.variable: rule for rule in text.assignment_rules}
    rates = {rule.variable: rule for rule in text.rate_rules}
    starts = {rule.variable: rule for rule in text.initial_assignments}
    matches = match_algebraic_rules(text)
    changed = changed_by_events(text)

    def base(identifier: str, line: int | None, label: str) -> Definition:
        definition = Definition(
            id=module.qualify(identifier),
            module=module.name,
            role=Role.PARAMETER,
            unit=module.units.symbol(identifier),
            where=text.where(line),
            label=label,
        )
        if identifier in always:
            definition.role = Role.ASSIGNED
            definition.math = always[identifier].math
            definition.where = text.where(always[identifier].line)
        elif identifier in rates:
            definition.role = Role.STATE
            definition.rate = rates[identifier].math
            definition.rate_where = text.where(rates[identifier].line)
        elif identifier in matches:
            match = matches[identifier]
            definition.role = Role.SOLVED if match.linear else Role.ALGEBRAIC
            definition.residual = match.rule.math
            definition.rate_where = text.where(match.rule.line)
        elif identifier in changed:
            definition.role = Role.STATE
        elif identifier in starts:
            definition.role = Role.FIXED
        if identifier in starts and definition.role not in (Role.ASSIGNED, Role.SOLVED):
            definition.math = starts[identifier].math
        return definition

    for compartment in text.compartments:
        definition = base(compartment.id, compartment.line, compartment.label)
        definition.value = compartment.size
        yield definition
    pools = Pools(module, rates=set(rates), rules={*always, *matches}, events=changed)
    for species in text.species:
        yield from pools.define(species, base(species.id, species.line, species.label))
    for parameter in text.parameters:
        definition = base(parameter.id, parameter.line, parameter.label)
        definition.value = parameter.value
        if _is_port(parameter) and definition.role in (Role.PARAMETER, Role.FIXED):
            _define_port(definition, module)
        yield definition
    for participant in text.participants():
        if participant.id:
            definition = base(participant.id, participant.line, "")
            definition.value = participant.stoichiometry
            yield definition
    for reaction in text.reactions:
        yield Definition(
            id=module.qualify(reaction.id),
            module=module.name,
            role=Role.FLUX,
            unit=module.units.symbol(reaction.id),
            where=text.where(reaction.line),
            label=reaction.label,
            math=reaction.law,
        )


def _is_port(parameter: Parameter) -> bool:
    return not parameter.constant


def _define_port(definition: Definition, module: Module) -> None:
    """A parameter that may change but that nothing here changes. A model on its own keeps it as a parameter."""
    if not module.name:
        return
    if definition.role is Role.FIXED:
        raise InvalidInput(
            f"input port {definition.id!r} rests at a formula; give its resting value as a number",
            where=definition.where,
        )
    definition.role = Role.PORT
