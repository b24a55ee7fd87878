"""The tables of a species: its own numbers, those carried from other species by a stated rule, and its populations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from allodynia import yamltext
from allodynia.engine.elementary import pow_of
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model import ModelText, Unit
from allodynia.model.units import parse
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, only, text
from allodynia.system.module_texts import units_of
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import ParameterRow
from allodynia.yamltext import Document

RULES: Mapping[str, tuple[str, float]] = {
    "as it is": ("taken as it is", 0.0),
    "rate by weight": ("a rate, by body weight to the power -1/4", -0.25),
    "time by weight": ("a time, by body weight to the power 1/4", 0.25),
    "amount by weight": ("an amount or volume, by body weight", 1.0),
}
"""How a value goes from one species to another: in words, and the power of the ratio of body weights.

The quarter powers are those of physiological times and rates over the mammals (West, Brown & Enquist, Science 1997,
doi 10.1126/science.276.5309.122).
"""

THE_REST = "the rest"
"""Instead of a list of parameters: every constant of the table's module that has no entry and stands in no list."""

_ARGUMENTS_WITH_UNIT = ("sd", "lower", "upper")


@dataclass(frozen=True)
class Carried:
    """A parameter that another species lends: from whom, and by which rule."""

    species: str
    rule: str
    where: Where


@dataclass(frozen=True)
class SpeciesTables:
    """A species as its files say it, nothing resolved: ``head`` and one table a module."""

    id: str
    head: Document
    tables: Mapping[str, Document]

    @cached_property
    def label(self) -> str:
        """What a person calls an animal of it, or one of these people."""
        return text(_head(self.head), "label", f"species {self.id!r}", self.head.where())

    @cached_property
    def weight(self) -> float:
        """Body weight that values are carried by, in g."""
        where = self.head.where(("weight",))
        written = text(_head(self.head), "weight", f"species {self.id!r}", where)
        number, _, unit = written.partition(" ")
        try:
            weight = float(number) * parse(unit).factor_to(parse("g"))
        except ValueError:
            raise InvalidInput(
                f"weight must be a number and a unit, such as 20 g, not {written!r}", where=where
            ) from None
        if not weight > 0.0:
            raise InvalidInput(f"weight must be above 0, not {written!r}", where=where)
        return weight

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every file of the species."""
        return (self.head, *self.tables.values())


def _head(document: Document) -> Mapping[str, Any]:
    if not isinstance(document.data, dict):
        raise InvalidInput("a species needs a label and a weight", where=document.where())
    only(document.data, ("species", "label", "weight", "note"), "a species", document.where())
    return document.data


def read_species(root: Path, species: str) -> SpeciesTables:
    """The files of a species in ``root/species``.

    Raises
    ------
    InvalidInput
        A species that has no file; the nearest are offered.
    """
    known = sorted(path.stem for path in (root / "species").glob("*.yaml"))
    if species not in known:
        raise unknown("species", species, known)
    head = yamltext.load(root / "species" / f"{species}.yaml", f"species/{species}.yaml")
    files = sorted((root / "species" / species).glob("*.yaml"))
    return SpeciesTables(
        species, head, {path.stem: yamltext.load(path, f"species/{species}/{path.name}") for path in files}
    )


class Resolver:
    """Looks parameters up, in other species' tables where they are carried."""

    def __init__(self, root: Path, models: Mapping[str, ModelText], evidence: EvidenceLibrary) -> None:
        self.root, self.models, self.evidence = root, models, evidence
        self.units: Callable[[str], Unit] = units_of(models)
        self.read: dict[str, SpeciesTables] = {}
        self.lent: dict[str, dict[str, Carried]] = {}

    def tables(self, species: str, where: Where | None = None) -> SpeciesTables:
        """The tables of ``species``, read once."""
        if species not in self.read:
            try:
                self.read[species] = read_species(self.root, species)
            except InvalidInput as error:
                raise InvalidInput(error.message, where=where or error.where) from None
        return self.read[species]

    def constants(self, module: str) -> dict[str, int | None]:
        """The constants of a module by id, with the line they are declared on."""
        return {f"{module}.{p.id}": p.line for p in self.models[module].parameters if p.constant}

    def carried(self, species: str) -> dict[str, Carried]:
        """Which parameters ``species`` takes from others."""
        if species not in self.lent:
            found: dict[str, Carried] = {}
            for module, table in self.tables(species).tables.items():
                if module in self.models:
                    self._lists(module, table, found)
            self.lent[species] = found
        return self.lent[species]

    def _lists(self, module: str, table: Document, found: dict[str, Carried]) -> None:
        data = table.data if isinstance(table.data, dict) else {}
        own = data.get("parameters") or {}
        constants = self.constants(module)
        entries = data.get("carried") or []
        for position, entry in enumerate(entries):
            where = table.where(("carried", position))
            if not isinstance(entry, dict):
                raise InvalidInput("carried is a list of {from, rule, parameters}", where=where)
            only(entry, ("from", "rule", "parameters", "note"), "carried", where)
            rule = text(entry, "rule", "carried", where)
            if rule not in RULES:
                raise unknown("rule", rule, RULES, where=where)
            lent = Carried(text(entry, "from", "carried", where), rule, where)
            listed = entry.get("parameters")
            if listed == THE_REST:
                listed = [name for name in constants if name not in own and name not in found]
            if not isinstance(listed, list):
                raise InvalidInput(f"carried needs its parameters: a list, or {THE_REST!r}", where=where)
            for name in map(str, listed):
                if name not in constants:
                    raise unknown("parameter", name, constants, where=where)
                if name in own or name in found:
                    raise InvalidInput(f"{name!r} is carried, and given elsewhere too; keep one", where=where)
                found[name] = lent

    def row(self, species: str, name: str, asked: tuple[str, ...] = ()) -> ParameterRow | None:
        """The row of parameter ``name``, None where the tables do not have it.

        Raises
        ------
        InvalidInput
            Species that carry it from each other in a circle, or an entry that :func:`parameter_row` refuses.
        """
        module = name.partition(".")[0]
        table = self.tables(species).tables.get(module)
        data = table.data if table is not None and isinstance(table.data, dict) else {}
        entry = (data.get("parameters") or {}).get(name)
        if table is not None and entry is not None:
            where = table.where(("parameters", name))
            return parameter_row(name, entry, self.units(name), self.evidence.ids, where)
        lent = self.carried(species).get(name)
        if lent is None:
            return None
        if lent.species in (*asked, species):
            raise InvalidInput(f"{name!r} is carried in a circle: {', '.join((*asked, species))}", where=lent.where)
        source = self.row(lent.species, name, (*asked, species)) if self.tables(lent.species, lent.where) else None
        if source is None:
            raise InvalidInput(
                f"{name!r} is carried from {lent.species!r}, which has no value for it", where=lent.where
            )
        words, power = RULES[lent.rule]
        weights = self.tables(species).weight / self.tables(lent.species).weight
        return carry(source, replace(lent, rule=words), pow_of(weights, power))


def carry(row: ParameterRow, lent: Carried, factor: float) -> ParameterRow:
    """``row`` of another species times ``factor``; the rule of ``lent`` says why, in words.

    What was measured or calibrated there is extrapolated here; what was assumed stays assumed.
    """
    note = f"from {lent.species}, {lent.rule}" + (f"; {row.note}" if row.note else "")
    return replace(
        row,
        value=row.value * factor,
        written_value=row.written_value * factor,
        between=_scaled(row.between, factor),
        uncertainty=_scaled(row.uncertainty, factor),
        otherwise=None if row.otherwise is None else row.otherwise * factor,
        assumed=_scaled(row.assumed, factor),
        grade="assumed" if row.grade == "assumed" else "extrapolated",
        tuned_to=(),
        note=note,
        where=lent.where,
    )


def _scaled(spread: Mapping[str, Any] | None, factor: float) -> dict[str, Any] | None:
    if spread is None:
        return None
    return {
        kind: {name: value * factor if name in _ARGUMENTS_WITH_UNIT else value for name, value in arguments.items()}
        for kind, arguments in spread.items()
    }


def read_parameters(resolver: Resolver, species: str) -> dict[str, ParameterRow]:
    """Every constant of the modules by id.

    Raises
    ------
    InvalidInput
        A constant without an entry, an entry or table for nothing, or one that :func:`parameter_row` refuses.
    """
    tables = resolver.tables(species)
    rows: dict[str, ParameterRow] = {}
    present = {path.stem for path in (resolver.root / "modules").glob("*.ant")}
    for module, table in tables.tables.items():
        if module not in present:
            raise unknown("module", module, sorted(present), where=table.where())
        if module not in resolver.models:
            continue
        only(
            table.data if isinstance(table.data, dict) else {},
            ("parameters", "carried", "populations"),
            "a table",
            table.where(),
        )
        constants = resolver.constants(module)
        if isinstance(table.data, dict) and table.data.get("parameters") is not None:
            for name in mapping(table, ("parameters",), "parameters"):
                if name not in constants:
                    raise unknown("parameter", name, constants, where=table.where(("parameters", name)))
    for module, model in resolver.models.items():
        for name, line in resolver.constants(module).items():
            row = resolver.row(species, name)
            if row is None:
                file = f"species/{species}/{module}.yaml"
                raise InvalidInput(
                    f"constant {name!r} has no entry in {file}; give value, unit, level and source",
                    where=model.where(line),
                )
            rows[name] = row
    return rows
