"""The text of one model as typed plain data: what the reader hands over, and all that later steps see of a file.

Mathematics is flat: a tuple of tokens in postfix order, so that no step needs recursion, however deep the text was
nested. Ids are those of the file. Lines are lines of the file a person opens (for Antimony, of the ``.ant`` text).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from allodynia.errors import Where
from allodynia.model.units import UnitFactor


class Number(NamedTuple):
    """A literal, with the id of its unit where the text gives one."""

    value: float
    unit: str | None = None


class Symbol(NamedTuple):
    """The value of the element with this id."""

    id: str


class Apply(NamedTuple):
    """A function or operator by its MathML name, applied to the ``arity`` values before it.

    ``time``, ``avogadro``, ``pi``, ``exponentiale``, ``true``, ``false``, ``infinity`` and ``notanumber`` take none.
    """

    function: str
    arity: int


class Call(NamedTuple):
    """A function that the model defines itself, applied to the ``arity`` values before it."""

    function: str
    arity: int


class Rate(NamedTuple):
    """The rate of change of the element with this id, in a formula (the csymbol ``rateOf``)."""

    id: str


Token: TypeAlias = Number | Symbol | Apply | Call | Rate
Math: TypeAlias = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Compartment:
    """A volume, area or length that species are dissolved in."""

    id: str
    size: float | None
    unit: str | None
    constant: bool
    dimensions: float
    line: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Species:
    """A pool in a compartment. In formulas its id means a concentration, or an amount if ``only_substance``."""

    id: str
    compartment: str
    initial_amount: float | None
    initial_concentration: float | None
    substance_unit: str | None
    only_substance: bool
    boundary: bool
    constant: bool
    conversion_factor: str | None
    line: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Any other named number; one that is not constant and that nothing changes is an input port."""

    id: str
    value: float | None
    unit: str | None
    constant: bool
    line: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """``variable = math``: a rule that always holds, a rate, or a value at the start, by the list it stands in."""

    variable: str
    math: Math
    line: int | None


@dataclass(frozen=True, slots=True)
class AlgebraicRule:
    """``0 = math``, at all times."""

    math: Math
    line: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """What is assigned when ``trigger`` turns true; the attributes are those of SBML Level 3.

    ``delay`` and ``priority`` are None where the text has none. ``initially`` is the value of the trigger just before
    the start. ``values_at_trigger``: new values are worked out when the trigger turns true, not after the delay.
    """

    id: str
    trigger: Math
    assignments: tuple[Assignment, ...]
    delay: Math | None
    priority: Math | None
    persistent: bool
    initially: bool
    values_at_trigger: bool
    line: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """A species consumed or made by a reaction. Given an ``id``, its stoichiometry may be named in formulas."""

    species: str
    stoichiometry: float | None
    id: str | None
    constant: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """A process that turns reactants into products at the rate of its law (extent a time)."""

    id: str
    reactants: tuple[Participant, ...]
    products: tuple[Participant, ...]
    law: Math | None
    line: int | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the model defines: ``body`` names its ``arguments`` as symbols."""

    id: str
    arguments: tuple[str, ...]
    body: Math
    line: int | None


@dataclass(frozen=True, slots=True)
class ModelUnits:
    """What the model says its numbers are in, by unit id; None where it does not say."""

    time: str | None = None
    substance: str | None = None
    extent: str | None = None
    volume: str | None = None
    area: str | None = None
    length: str | None = None


@dataclass(frozen=True, slots=True)
class ModelText:
    """One model as its file says it.

    ``name`` is the file as a person would open it and stands in every message. ``strict`` says that its units were
    checked.
    """

    name: str
    id: str
    units: ModelUnits
    unit_definitions: Mapping[str, tuple[UnitFactor, ...]]
    compartments: tuple[Compartment, ...]
    species: tuple[Species, ...]
    parameters: tuple[Parameter, ...]
    assignment_rules: tuple[Assignment, ...]
    rate_rules: tuple[Assignment, ...]
    initial_assignments: tuple[Assignment, ...]
    reactions: tuple[Reaction, ...]
    functions: tuple[Function, ...]
    conversion_factor: str | None = None
    strict: bool = field(default=False)
    algebraic_rules: tuple[AlgebraicRule, ...] = ()
    events: tuple[Event, ...] = ()

    def where(self, line: int | None) -> Where:
        """The place of ``line`` in this model's file."""
        return Where(self.name, line)

    def participants(self) -> Iterator[Participant]:
        """Every reactant and product, in order."""
        for reaction in self.reactions:
            yield from reaction.reactants
            yield from reaction.products
