"""What each named quantity of a composed system is, before any formula becomes nodes.

A definition says how a quantity is found *now* (at time t) and at the *start* (time 0, where states are not known yet
but given). The two differ for states, and for constants set by an initial assignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from allodynia.errors import InvalidInput, UnsupportedModel, Where
from allodynia.model.edges import Edge
from allodynia.model.quantities import TextUnits
from allodynia.model.text import Compartment, Math, ModelText, Parameter, Species
from allodynia.model.units import Unit


class Role(Enum):
    """How a quantity gets its value."""

    PARAMETER = "parameter"  # a number given from outside
    STATE = "state"  # integrated
    ASSIGNED = "assigned"  # a formula that always holds
    FIXED = "fixed"  # a formula worked out once, at the start
    PORT = "port"  # follows an edge
    FLUX = "flux"  # the rate of a reaction


@dataclass(frozen=True, slots=True)
class Term:
    """What one reaction does to one species: sign · stoichiometry · flux (· conversion factor)."""

    flux: str
    sign: float
    stoichiometry: float | str
    factor: str | None
    where: Where


@dataclass(slots=True)
class Definition:
    """One named quantity. ``math`` is in the ids of its own ``module``; ``value`` is the number given.

    ``per_size`` (states and parameters that are species): the compartment to divide by, where the number given is an
    amount and formulas mean a concentration; ``times_size`` the other way round.
    """

    id: str
    module: str
    role: Role
    unit: Unit | None
    where: Where
    label: str = ""
    value: float | None = None
    math: Math | None = None
    rate: Math | None = None
    rate_where: Where | None = None
    edge: Edge | None = None
    per_size: str | None = None
    times_size: str | None = None
    non_negative: bool = False
    terms: list[Term] = field(default_factory=list)
    divided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """One model text under its name in the system ("" for a model on its own)."""

    name: str
    text: ModelText
    units: TextUnits

    def qualify(self, identifier: str) -> str:
        """The id in the system of what the text calls ``identifier``."""
        return f"{self.name}.{identifier}" if self.name else identifier


def define_all(module: Module) -> Iterator[Definition]:
    """The definition of everything that ``module`` names, in the order of its text."""
    text = module.text
    always = {rule.variable: rule for rule in text.assignment_rules}
    rates = {rule.variable: rule for rule in text.rate_rules}
    starts = {rule.variable: rule for rule in text.initial_assignments}
    terms = _terms(module)

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
        elif identifier in starts:
            definition.role = Role.FIXED
        if identifier in starts and definition.role is not Role.ASSIGNED:
            definition.math = starts[identifier].math
        return definition

    compartments: Mapping[str, Compartment] = {item.id: item for item in text.compartments}
    for compartment in text.compartments:
        if compartment.id in always or compartment.id in rates:
            raise UnsupportedModel(
                f"compartment {compartment.id!r} changes in size, which is not supported; make it constant",
                where=text.where(compartment.line),
            )
        definition = base(compartment.id, compartment.line, compartment.label)
        definition.value = compartment.size
        yield definition
    for species in text.species:
        definition = base(species.id, species.line, species.label)
        _define_species(definition, species, compartments, module, terms)
        yield definition
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


def _define_species(
    definition: Definition,
    species: Species,
    compartments: Mapping[str, Compartment],
    module: Module,
    terms: Mapping[str, list[Term]],
) -> None:
    """A species is a state in the quantity that formulas mean by it: a concentration, or an amount."""
    compartment = compartments.get(species.compartment)
    if compartment is None:
        raise InvalidInput(f"species {species.id!r} is in no known compartment", where=definition.where)
    definition.non_negative = True
    concentration = not species.only_substance and compartment.dimensions != 0
    size = module.qualify(compartment.id)
    if species.initial_concentration is not None:
        definition.value = species.initial_concentration
        definition.times_size = None if concentration else size
    elif species.initial_amount is not None:
        definition.value = species.initial_amount
        definition.per_size = size if concentration else None
    if definition.role in (Role.ASSIGNED, Role.STATE):
        return
    if species.constant:
        if definition.role is Role.PARAMETER and (definition.per_size or definition.times_size):
            definition.role = Role.FIXED
        return
    definition.role = Role.STATE
    if not species.boundary:
        definition.terms = terms.get(species.id, [])
        definition.divided_by = size if concentration and definition.terms else None


def _terms(module: Module) -> dict[str, list[Term]]:
    """What the reactions do to each species, in the order of the text."""
    text = module.text
    factors = {item.id: item.conversion_factor or text.conversion_factor for item in text.species}
    found: dict[str, list[Term]] = {}
    for reaction in text.reactions:
        for sign, side in ((-1.0, reaction.reactants), (1.0, reaction.products)):
            for participant in side:
                where = text.where(participant.line)
                factor = factors.get(participant.species)
                stoichiometry: float | str | None = participant.stoichiometry
                if participant.id:
                    stoichiometry = module.qualify(participant.id)
                if stoichiometry is None:
                    message = (
                        f"reaction {reaction.id!r} does not say how much {participant.species!r} it takes or makes"
                    )
                    raise InvalidInput(message, where=where)
                found.setdefault(participant.species, []).append(
                    Term(
                        module.qualify(reaction.id),
                        sign,
                        stoichiometry,
                        module.qualify(factor) if factor else None,
                        where,
                    )
                )
    return found
