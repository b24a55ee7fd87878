"""Species: which number stands for each, and what reactions do to it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from allodynia.errors import InvalidInput
from allodynia.model.definitions import Definition, Module, Role, Term
from allodynia.model.text import Compartment, Species

_DECIDED = (Role.ASSIGNED, Role.SOLVED, Role.ALGEBRAIC)


class Pools:
    """Defines the species of one module.

    A species is integrated in the quantity that formulas mean by its id: a concentration, or an amount. In a
    compartment that only grows or shrinks at a rate, a concentration is diluted at that rate. Where the size may jump
    (an event changes it, or a rule decides it), what stays the same is the amount: the amount is integrated, and the
    concentration follows.

    ``rates`` are the ids that rate rules decide, ``rules`` those that other rules do, ``events`` those that events
    change.
    """

    def __init__(self, module: Module, *, rates: Set[str], rules: Set[str], events: Set[str]) -> None:
        self._module = module
        self._rates = rates
        self._rules = rules
        self._events = events
        self._compartments = {item.id: item for item in module.text.compartments}
        self._terms = _terms(module)

    def define(self, species: Species, d: Definition) -> Iterator[Definition]:
        """The definition of ``species``, begun as ``d``, and that of its amount where that is what is integrated."""
        compartment = self._compartments.get(species.compartment)
        if compartment is None:
            raise InvalidInput(f"species {species.id!r} is in no known compartment", where=d.where)
        concentration = not species.only_substance and compartment.dimensions != 0
        size = self._module.qualify(compartment.id)
        d.pool = True
        if species.initial_concentration is not None:
            d.value = species.initial_concentration
            d.times_size = None if concentration else size
        elif species.initial_amount is not None:
            d.value = species.initial_amount
            d.per_size = size if concentration else None
        if d.role in _DECIDED:
            yield d
            return
        grows = concentration and compartment.id in self._rates
        jumps = concentration and (compartment.id in self._rules or compartment.id in self._events)
        if species.constant:
            if grows or jumps:  # what is constant is the amount
                yield from self._by_amount(species, d, compartment, Role.FIXED)
                return
            if d.role is Role.PARAMETER and (d.per_size or d.times_size):
                d.role = Role.FIXED
            yield d
            return
        d.role = Role.STATE
        # A rate rule gives the rate of the concentration; as that of an amount it takes the rate of the size, which
        # one that a rule decides does not have.
        if jumps and not (d.rate is not None and compartment.id in self._rules):
            yield from self._by_amount(species, d, compartment, Role.STATE)
            return
        if d.rate is None:
            d.terms = [] if species.boundary else self._terms.get(species.id, [])
            d.divided_by = size if concentration and d.terms else None
            d.diluted_by = size if grows else None
        yield d

    def _by_amount(self, species: Species, d: Definition, compartment: Compartment, role: Role) -> Iterator[Definition]:
        size = self._module.qualify(compartment.id)
        amount = f"{d.id}.amount"
        as_given = d.math is None and species.initial_concentration is None
        reacts = role is Role.STATE and d.rate is None and not species.boundary
        yield replace(d, role=Role.CONCENTRATION, amount=amount, size=size, rate=None)
        yield replace(
            d, id=amount, role=role, unit=self._module.units.substance(species.substance_unit), math=None,
            value=species.initial_amount if as_given else None, per_size=None, times_size=None,
            terms=self._terms.get(species.id, []) if reacts else [], of=d.id, size=size,
        )  # fmt: skip


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
