"""What each named quantity of a composed system is, before any formula becomes nodes.

A definition says how a quantity is found *now* (at time t) and at the *start* (time 0, where states are not known yet
but given). The two differ for states, and for constants set by an initial assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from allodynia.errors import Where
from allodynia.model.edges import Edge
from allodynia.model.quantities import TextUnits
from allodynia.model.text import Math, ModelText
from allodynia.model.units import Unit


class Role(Enum):
    """How a quantity gets its value."""

    PARAMETER = "parameter"  # a number given from outside
    STATE = "state"  # integrated
    ASSIGNED = "assigned"  # a formula that always holds
    FIXED = "fixed"  # a formula worked out once, at the start
    PORT = "port"  # follows an edge
    FLUX = "flux"  # the rate of a reaction
    CONCENTRATION = "concentration"  # an amount in a compartment whose size changes
    SOLVED = "solved"  # an algebraic rule, solved for it
    ALGEBRAIC = "algebraic"  # a state that a row 0 = f(t, y) decides


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
    amount and formulas mean a concentration; ``times_size`` the other way round. ``residual`` is what an algebraic
    rule says is 0. ``pool``: it is a species, which stays at or above zero if its reactions let it. A species in a
    compartment whose size changes is known by its ``amount`` (the id of another definition) over the ``size`` of the
    compartment; that other definition starts as the amount ``of`` the species. ``diluted_by`` is the compartment
    whose growth dilutes a concentration that is itself integrated.
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
    pool: bool = False
    terms: list[Term] = field(default_factory=list)
    divided_by: str | None = None
    residual: Math | None = None
    amount: str | None = None
    size: str | None = None
    of: str | None = None
    diluted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """One model text under its name in the system ("" for a model on its own)."""

    name: str
    text: ModelText
    units: TextUnits

    def qualify(self, identifier: str) -> str:
        """The id in the system of what the text calls ``identifier``."""
        return f"{self.name}.{identifier}" if self.name else identifier
