"""Populations of people (or animals): what sets them apart, where they start, and who counts as one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model.units import parse
from allodynia.system.cohort_targets import TargetRow
from allodynia.system.fields import mapping, number, only, optional_number, sources, text
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import ParameterRow
from allodynia.system.species_tables import Resolver
from allodynia.system.weighting_table import WeightingRow
from allodynia.yamltext import Document


@dataclass(frozen=True, slots=True)
class People:
    """A population of subjects of one species.

    ``parameters`` are subject-level rows that stand instead of the species' own. ``start`` gives states (by id, in the
    unit of the equations) where a subject starts before the steady state is looked for. ``plausible`` bounds outputs at
    that steady state, (lo, hi) in the unit of the equations, either None: who lies outside is not one of the
    population. ``targets`` are published numbers of it, ``weighting`` what makes it look so (None: no weights).
    """

    id: str
    label: str
    parameters: Mapping[str, ParameterRow]
    start: Mapping[str, float]
    plausible: Mapping[str, tuple[float | None, float | None]]
    evidence: tuple[str, ...]
    note: str
    where: Where
    targets: tuple[TargetRow, ...] = ()
    weighting: WeightingRow | None = None


def read_people(
    document: Document,
    resolver: Resolver,
    species: str,
    parameters: Mapping[str, ParameterRow],
    units: Mapping[str, str],
) -> dict[str, People]:
    """The populations of ``species`` by name.

    ``document`` is ``people.yaml``; what a population changes in a module stands in that module's table, under
    ``populations``. ``units`` gives the unit of every state and output of the system; bounds and starts on what is not
    part of it (a system of some modules only) are left out.

    Raises
    ------
    InvalidInput
        A table that changes an unknown population or a parameter that is not of the subject level; a bound on an output
        that nobody knows; an entry that cannot be used.
    """
    known = mapping(document, ("populations",), "populations")
    changed: dict[str, dict[str, ParameterRow]] = {name: {} for name in known}
    for module, table in resolver.tables(species).tables.items():
        if module not in resolver.models or not isinstance(table.data, dict) or not table.data.get("populations"):
            continue
        for name in mapping(table, ("populations",), "populations"):
            if name not in known:
                raise unknown("population", name, known, where=table.where(("populations", name)))
            for parameter, entry in mapping(table, ("populations", name), f"population {name!r}").items():
                where = table.where(("populations", name, parameter))
                own = [
                    key for key, row in parameters.items() if row.level == "subject" and key.startswith(f"{module}.")
                ]
                if parameter not in own:
                    raise unknown("subject-level parameter", parameter, own, where=where)
                changed[name][parameter] = parameter_row(
                    parameter,
                    entry,
                    resolver.units(parameter),
                    resolver.evidence.ids,
                    where,
                    base=parameters[parameter],
                )
    found = {}
    for name, entry in known.items():
        where = document.where(("populations", name))
        what = f"population {name!r}"
        if not isinstance(entry, dict):
            raise InvalidInput(f"{what} needs a label and a species", where=where)
        only(entry, ("label", "species", "start", "plausible", "evidence", "note"), what, where)
        if text(entry, "species", what, where) != species:
            continue
        found[name] = People(
            id=name,
            label=text(entry, "label", what, where),
            parameters=changed[name],
            start=_start(document, name, entry, resolver, units),
            plausible=_plausible(document, name, entry, resolver, units),
            evidence=sources(entry, resolver.evidence.ids, what, where),
            note=text(entry, "note", what, where, default=""),
            where=where,
        )
    return found


def _factor(
    key: str, bound: Mapping[str, Any], units: Mapping[str, str], resolver: Resolver, what: str, where: Where
) -> float | None:
    """From the unit written to that of the equations; None for a quantity of a module that is left out."""
    if key not in units:
        if key.partition(".")[0] in resolver.models:
            raise unknown("output", key, units, where=where)
        return None
    return parse(text(bound, "unit", what, where)).factor_to(parse(units[key]))


def _start(
    document: Document, name: str, entry: Mapping[str, Any], resolver: Resolver, units: Mapping[str, str]
) -> dict[str, float]:
    found = {}
    if entry.get("start"):
        for key, value in mapping(document, ("populations", name, "start"), "start").items():
            where = document.where(("populations", name, "start", key))
            if not isinstance(value, dict):
                raise InvalidInput(f"start of {key!r} is {{value: .., unit: ..}}", where=where)
            only(value, ("value", "unit"), "a start", where)
            factor = _factor(key, value, units, resolver, f"start of {key!r}", where)
            if factor is not None:
                found[key] = number(value, "value", f"start of {key!r}", where) * factor
    return found


def _plausible(
    document: Document, name: str, entry: Mapping[str, Any], resolver: Resolver, units: Mapping[str, str]
) -> dict[str, tuple[float | None, float | None]]:
    found: dict[str, tuple[float | None, float | None]] = {}
    if entry.get("plausible"):
        for key, value in mapping(document, ("populations", name, "plausible"), "plausible").items():
            where = document.where(("populations", name, "plausible", key))
            if not isinstance(value, dict):
                raise InvalidInput(f"a bound on {key!r} is {{lo: .., hi: .., unit: ..}}", where=where)
            only(value, ("lo", "hi", "unit", "evidence", "assumed"), "a bound", where)
            factor = _factor(key, value, units, resolver, f"bound on {key!r}", where)
            if factor is not None:
                lo, hi = (optional_number(value, end, f"bound on {key!r}", where) for end in ("lo", "hi"))
                found[key] = (None if lo is None else lo * factor, None if hi is None else hi * factor)
    return found
