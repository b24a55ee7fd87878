"""Which quantities of a model are sampled, under which name, in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput, unknown
from allodynia.model import ModelText, OdeSystem
from allodynia.model.quantities import TextUnits
from allodynia.model.text import Species

F8 = NDArray[np.float64]

RESERVED = frozenset({"subject", "time", "status", "failed_at"})
"""Names of coordinates: a quantity of the model that bears one cannot be an output."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One output. Its values are those of ``source``, times or divided by those of ``size`` where one is named."""

    id: str
    unit: str
    label: str
    source: str
    size: str | None = None
    divide: bool = False


def choose(text: ModelText, system: OdeSystem, ids: Sequence[str] | None) -> tuple[Sampled, ...]:
    """The outputs named ``ids``; None for all that may change over time: species, then what rules and events change.

    Raises
    ------
    InvalidInput
        An unknown id (nearest names are offered), one named twice, or one that bears the name of a coordinate; no id
        is given and nothing changes.
    """
    species = {item.id: item for item in text.species}
    quantities = (*system.observables, *system.parameters, *system.states)
    known = {quantity.id: quantity for quantity in quantities}
    chosen = _changing(text, system) if ids is None else list(ids)
    if not chosen:
        some = ", ".join(known) if len(known) < 6 else ", ".join([*list(known)[:5], "..."])
        said = f"name what to sample as outputs, of {some}" if known else "it holds no quantity at all"
        raise InvalidInput(f"{text.name}: nothing in this model changes over time; {said}")
    found: dict[str, Sampled] = {}
    for name in chosen:
        if name in found:
            raise InvalidInput(f"outputs: {name!r} is named twice")
        if name in RESERVED:
            raise InvalidInput(f"outputs: {name!r} is the name of a coordinate; name the outputs you want without it")
        base, _, form = name.rpartition(".")
        if name in known:
            found[name] = Sampled(name, known[name].unit, known[name].label, name)
        elif base in species and form in {"amount", "concentration"}:
            found[name] = _converted(name, species[base], form, text)
        else:
            forms = [f"{item}.amount" for item in species]
            raise unknown("output", name, [*known, *forms])
    return tuple(found.values())


def _changing(text: ModelText, system: OdeSystem) -> list[str]:
    named = {item.id for group in (text.species, text.parameters, text.compartments) for item in group}
    constant = {
        item.id for group in (text.species, text.parameters, text.compartments) for item in group if item.constant
    }
    candidates = [
        *(item.id for item in text.species),
        *(quantity.id for quantity in system.states),
        *(rule.variable for rule in text.assignment_rules),
        *(quantity.id for quantity in system.observables if text.algebraic_rules),
    ]
    known = {quantity.id for quantity in (*system.observables, *system.states)}
    return [name for name in dict.fromkeys(candidates) if name in named - constant and name in known]


def _converted(name: str, species: Species, form: str, text: ModelText) -> Sampled:
    """A species as an amount or a concentration, whichever of them its id means."""
    dimensions = {item.id: item.dimensions for item in text.compartments}
    means_amount = species.only_substance or dimensions.get(species.compartment) == 0
    units = TextUnits(text)
    amount = units.substance(species.substance_unit)
    size = units.symbol(species.compartment)
    unit = amount
    if form == "concentration":
        unit = None if amount is None or size is None else amount / size
    said = "" if unit is None else unit.text
    label = f"{species.label or species.id}, {form}"
    if means_amount == (form == "amount"):
        return Sampled(name, said, label, species.id)
    return Sampled(name, said, label, species.id, species.compartment, divide=form == "concentration")


def raw_ids(outputs: Sequence[Sampled]) -> tuple[str, ...]:
    """What the engine has to sample for ``outputs``, each id once."""
    wanted = [name for output in outputs for name in (output.source, output.size) if name is not None]
    return tuple(dict.fromkeys(wanted))


def assemble(outputs: Sequence[Sampled], raw: Sequence[str], values: F8) -> F8:
    """f8[n, t, n_outputs] from the engine's f8[n, t, n_raw]."""
    column = {name: index for index, name in enumerate(raw)}
    if [output.id for output in outputs] == list(raw):
        return values
    found = np.empty((*values.shape[:2], len(outputs)))
    with np.errstate(divide="ignore", invalid="ignore"):
        for index, output in enumerate(outputs):
            one = values[:, :, column[output.source]]
            if output.size is not None:
                size = values[:, :, column[output.size]]
                one = one / size if output.divide else one * size
            found[:, :, index] = one
    return found
