"""Drugs: what a body does to each (absorption, distribution, loss) and what each does to it (targets and potencies)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from allodynia import yamltext
from allodynia.engine.elementary import pow_of
from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown
from allodynia.model.units import parse
from allodynia.system.drug_exposure import UsualDose, read_usual
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, only, sources, text
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import ParameterRow
from allodynia.system.species_tables import Carried, carry
from allodynia.yamltext import Document

MODULE = "drugs"
"""The name of the module that all drugs of a study share."""

UNITS: Mapping[str, str] = {
    "volume": "L",
    "clearance": "L/d",
    "peripheral_volume": "L",
    "exchange": "L/d",
    "unbound": "dimensionless",
    "brain_ratio": "dimensionless",
    "brain_rate": "1/d",
}
"""Constants of the body's part, and their unit in the equations."""

POWERS: Mapping[str, tuple[str, float]] = {
    "volume": ("a volume, by body weight", 1.0),
    "peripheral_volume": ("a volume, by body weight", 1.0),
    "clearance": ("a clearance, by body weight to the power 3/4", 0.75),
    "exchange": ("a clearance, by body weight to the power 3/4", 0.75),
    "brain_rate": ("a rate, by body weight to the power -1/4", -0.25),
    "unbound": ("taken as it is", 0.0),
    "brain_ratio": ("taken as it is", 0.0),
}
"""How each goes to another species: in words, and the power of the ratio of body weights."""

NEEDED = ("volume", "clearance", "unbound")
PLACES = ("plasma", "brain")
_DRUG_KEYS = (
    "drug", "label", "kind", "molar_mass", "routes", "usual", "pk", "becomes", "targets", "evidence", "note",
)  # fmt: skip
_TARGET_KEYS = ("port", "at", "half", "most", "hill", "site", "what", "evidence", "assumed", "note")


def key_of(drug: str) -> str:
    """What the names of a drug's constants and states begin with."""
    return drug.replace("-", "_")


class NotInSpecies(InvalidInput):
    """A drug whose table does not say what the body of a species does to it."""


@dataclass(frozen=True, slots=True)
class Target:
    """One port that a drug acts on: at the free concentration ``half`` it has half of ``most``.

    Drugs on the same ``site`` of a port compete for it; those on different sites act independently. ``at`` says which
    free concentration counts: that of plasma or that of the brain.
    """

    port: str
    at: str
    site: str
    half: ParameterRow
    most: ParameterRow
    hill: ParameterRow | None
    what: str
    evidence: tuple[str, ...]
    assumed: str
    where: Where


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug in one species.

    ``rows`` are its constants by id (``drugs.NAME_volume``, ...), ``routes`` how it is given: route to the state that a
    dose goes into. A drug without ``rows`` is handled by a module of the system (IgG), and only has routes. ``becomes``
    names drugs that it is turned into, each with the id of the row that says how much: mass made for each mass cleared.
    ``saturable`` holds the routes whose absorption saturates. ``usual`` is the dose that people usually take, where the
    table says one.
    """

    id: str
    label: str
    kind: str
    routes: Mapping[str, str]
    rows: Mapping[str, ParameterRow]
    targets: tuple[Target, ...]
    becomes: Mapping[str, str]
    saturable: frozenset[str]
    two_compartments: bool
    enters_brain: bool
    usual: UsualDose | None
    evidence: tuple[str, ...]
    note: str
    where: Where

    @property
    def key(self) -> str:
        """What the names of its constants and states begin with."""
        return key_of(self.id)

    @property
    def constants(self) -> dict[str, float]:
        """Central values of its constants by what they are (``volume``, ``clearance``, ...), in the units of its rows;
        those of its targets are among them.
        """
        prefix = f"{MODULE}.{self.key}_"
        return {name.removeprefix(prefix): row.value for name, row in self.rows.items()}

    def into(self, route: str | None, where: Where | None = None) -> str:
        """The state that a dose by ``route`` goes into; the only route where none is named.

        Raises
        ------
        InvalidInput
            A route that the drug has not, or none named where there are several.
        """
        if route is None and len(self.routes) == 1:
            return next(iter(self.routes.values()))
        if route is None:
            raise InvalidInput(
                f"{self.id} is given in several ways: say route: {' or '.join(self.routes)}", where=where
            )
        if route not in self.routes:
            raise unknown(f"route of {self.id}", route, self.routes, where=where)
        return self.routes[route]


def drug_names(root: Path) -> list[str]:
    """The drugs that have a table in ``root/drugs``."""
    return sorted(path.stem for path in (root / "drugs").glob("*.yaml"))


def read_drugs(
    root: Path, names: Iterable[str], species: str, weights: Mapping[str, float], evidence: EvidenceLibrary
) -> tuple[dict[str, Drug], list[Document]]:
    """The drugs called ``names`` in ``species`` and those that they are turned into, and their files.

    ``weights`` gives the body weight of each species in g; constants carried from another species go by it.

    Raises
    ------
    InvalidInput
        A drug that has no table, or one that cannot be used, with file and line.
    """
    known = drug_names(root)
    found: dict[str, Drug] = {}
    documents = []
    asked: list[tuple[str, Where | None]] = [(name, None) for name in names]
    for name, where in asked:
        if name in found:
            continue
        if name not in known:
            raise unknown("drug", name, known, where=where)
        document = yamltext.load(root / "drugs" / f"{name}.yaml", f"drugs/{name}.yaml")
        documents.append(document)
        found[name] = drug = _Reader(document, name, species, weights, evidence).drug()
        asked += [(made, document.where(("becomes", made))) for made in drug.becomes]
    return found, documents


class _Reader:
    """Reads one table."""

    def __init__(
        self, document: Document, name: str, species: str, weights: Mapping[str, float], evidence: EvidenceLibrary
    ) -> None:
        self.document, self.name, self.species, self.weights, self.evidence = document, name, species, weights, evidence
        data = document.data
        if not isinstance(data, dict):
            raise InvalidInput("a drug is a mapping with label, routes and pk", where=document.where())
        self.data: Mapping[str, Any] = data
        self.id = key_of(name)

    def drug(self) -> Drug:
        """The drug."""
        where = self.document.where()
        only(self.data, _DRUG_KEYS, "a drug", where)
        if self.data.get("drug") != self.name:
            raise InvalidInput(f"the file is called {self.name!r} and the drug {self.data.get('drug')!r}", where=where)
        rows = self.body()
        routes = self.routes(rows)
        becomes = self.becomes(rows)
        targets = tuple(self.target(position) for position in range(len(self.data.get("targets") or [])))
        brain = f"{MODULE}.{self.id}_brain_ratio" in rows
        for target in targets:
            if target.at == "brain" and not brain:
                raise InvalidInput(
                    f"{self.name} acts in the brain and has no brain_ratio and brain_rate", where=target.where
                )
            rows |= {row.id: row for row in (target.half, target.most, target.hill) if row is not None}
        if targets and f"{MODULE}.{self.id}_volume" not in rows:
            raise InvalidInput(f"{self.name} has targets and no pk", where=where)
        return Drug(
            id=self.name,
            label=text(self.data, "label", "a drug", where),
            kind=text(self.data, "kind", "a drug", where),
            routes=routes,
            rows=rows,
            targets=targets,
            becomes=becomes,
            saturable=frozenset(route for route in routes if f"{MODULE}.{self.id}_{route}_saturation" in rows),
            two_compartments=f"{MODULE}.{self.id}_exchange" in rows,
            enters_brain=brain,
            usual=read_usual(self.data, routes, self.evidence.ids, self.document.where(("usual",))),
            evidence=sources(self.data, self.evidence.ids, "a drug", where),
            note=text(self.data, "note", "a drug", where, default=""),
            where=where,
        )

    def row(self, name: str, unit: str, entry: Any, where: Where) -> ParameterRow:
        """One constant; who differs in it follows from ``between`` where the entry does not say."""
        if isinstance(entry, dict) and "level" not in entry:
            entry = {**entry, "level": "subject" if entry.get("between") not in (None, "none") else "shared"}
        return parameter_row(f"{MODULE}.{self.id}_{name}", entry, parse(unit), self.evidence.ids, where)

    def body(self) -> dict[str, ParameterRow]:
        """What the body does to it, by id."""
        if "pk" not in self.data:
            return {}
        return self.species_rows(self.species, ())

    def species_rows(self, species: str, asked: tuple[str, ...]) -> dict[str, ParameterRow]:
        """The constants in ``species``, its own or carried from another."""
        blocks = mapping(self.document, ("pk",), "pk")
        where = self.document.where(("pk",))
        if species not in blocks:
            raise NotInSpecies(
                f"{self.name} has no pk in the {species}; give it, or {{from: another species}}", where=where
            )
        block, where = blocks[species], self.document.where(("pk", species))
        if not isinstance(block, dict):
            raise InvalidInput(f"pk of {species} is a mapping of constants", where=where)
        only(block, (*UNITS, "from", "note"), "pk", where)
        rows: dict[str, ParameterRow] = {}
        lender = block.get("from")
        if lender is not None:
            if lender in (*asked, species):
                raise InvalidInput(f"pk is carried in a circle: {', '.join((*asked, species))}", where=where)
            if lender not in self.weights:
                raise unknown("species", str(lender), self.weights, where=where)
            ratio = self.weights[species] / self.weights[lender]
            for identifier, row in self.species_rows(lender, (*asked, species)).items():
                words, power = POWERS[identifier.removeprefix(f"{MODULE}.{self.id}_")]
                rows[identifier] = carry(row, Carried(lender, words, where), pow_of(ratio, power))
        for key in UNITS:
            if key in block:
                row = self.row(key, UNITS[key], block[key], self.document.where(("pk", species, key)))
                rows[row.id] = row
        here = {identifier.removeprefix(f"{MODULE}.{self.id}_") for identifier in rows}
        for key in NEEDED:
            if key not in here:
                raise InvalidInput(f"pk of {self.name} needs {key!r}", where=where)
        for first, second in (("exchange", "peripheral_volume"), ("brain_ratio", "brain_rate")):
            if (first in here) != (second in here):
                raise InvalidInput(f"pk of {self.name}: {first} and {second} go together", where=where)
        return rows

    def routes(self, rows: dict[str, ParameterRow]) -> dict[str, str]:
        """Route to state; constants of absorption join ``rows``."""
        found = {}
        for route, written in mapping(self.document, ("routes",), "routes").items():
            where = self.document.where(("routes", route))
            entry = written or {}
            if not isinstance(entry, dict):
                raise InvalidInput(f"route {route!r} is a mapping", where=where)
            only(entry, ("absorption", "bioavailability", "saturation", "into", "note"), f"route {route!r}", where)
            if "into" in entry:
                found[route] = text(entry, "into", f"route {route!r}", where)
            elif "absorption" in entry:
                for key, unit in (("absorption", "1/d"), ("bioavailability", "dimensionless")):
                    if key not in entry:
                        raise InvalidInput(f"route {route!r} needs {key!r}", where=where)
                    row = self.row(f"{route}_{key}", unit, entry[key], self.document.where(("routes", route, key)))
                    rows[row.id] = row
                if "saturation" in entry:
                    place = self.document.where(("routes", route, "saturation"))
                    row = self.row(f"{route}_saturation", "mg", entry["saturation"], place)
                    rows[row.id] = row
                found[route] = f"{MODULE}.{self.id}_{route}"
            else:
                found[route] = f"{MODULE}.{self.id}_central"
        if not found:
            raise InvalidInput(f"{self.name} needs a route", where=self.document.where(("routes",)))
        return found

    def becomes(self, rows: dict[str, ParameterRow]) -> dict[str, str]:
        """What it is turned into: drug to the row of how much, which joins ``rows``."""
        if "becomes" not in self.data:
            return {}
        where = self.document.where(("becomes",))
        if f"{MODULE}.{self.id}_clearance" not in rows:
            raise InvalidInput(f"{self.name} is turned into another drug and has no pk", where=where)
        found = {}
        for made, entry in mapping(self.document, ("becomes",), "becomes").items():
            name = f"to_{made.replace('-', '_')}"
            row = self.row(name, "dimensionless", entry, self.document.where(("becomes", made)))
            rows[row.id] = row
            found[made] = row.id
        return found

    def target(self, position: int) -> Target:
        """One target."""
        path = ("targets", position)
        where = self.document.where(path)
        entry = self.data["targets"][position]
        if not isinstance(entry, dict):
            raise InvalidInput("a target is a mapping with port, at, half and most", where=where)
        only(entry, _TARGET_KEYS, "a target", where)
        port = text(entry, "port", "a target", where)
        key = port.replace(".", "_")
        at = text(entry, "at", "a target", where)
        if at not in PLACES:
            raise unknown("place", at, PLACES, where=where)
        evidence = sources(entry, self.evidence.ids, "a target", where)
        assumed = text(entry, "assumed", "a target", where, default="")
        if bool(evidence) == bool(assumed):
            raise InvalidInput("a target needs a source: evidence ids, or the reason under 'assumed'", where=where)
        for needed in ("half", "most"):
            if needed not in entry:
                raise InvalidInput(f"a target needs {needed!r}", where=where)
        hill = entry.get("hill")
        return Target(
            port=port,
            at=at,
            site=text(entry, "site", "a target", where, default=port),
            half=self.potency(f"{key}_half", entry["half"], self.document.where((*path, "half"))),
            most=self.row(f"{key}_most", "dimensionless", entry["most"], self.document.where((*path, "most"))),
            hill=None
            if hill is None
            else self.at_least_one(
                self.row(f"{key}_hill", "dimensionless", hill, self.document.where((*path, "hill")))
            ),
            what=text(entry, "what", "a target", where),
            evidence=evidence,
            assumed=assumed,
            where=where,
        )

    def at_least_one(self, row: ParameterRow) -> ParameterRow:
        """A Hill coefficient below 1 has no slope at an empty body."""
        if row.value < 1.0:
            raise InvalidInput(f"{row.id}: a Hill coefficient is at least 1, not {row.value:g}", where=row.where)
        return row

    def potency(self, name: str, entry: Any, where: Where) -> ParameterRow:
        """A concentration in mg/L; one in moles is turned by the molar mass."""
        written = str(entry.get("unit")) if isinstance(entry, dict) else ""
        try:
            molar = parse(written).factor_to(parse("mol/L")) if written else None
        except (InvalidInput, UnitMismatch):
            molar = None
        if molar is None:
            return self.row(name, "mg/L", entry, where)
        mass = self.data.get("molar_mass")
        if mass is None:
            raise InvalidInput(f"{self.name}: a potency in {written} needs the drug's molar_mass", where=where)
        grams = self.row("molar_mass", "g/mol", mass, self.document.where(("molar_mass",))).value
        row = self.row(name, "mol/L", entry, where)
        factor = grams * 1e3  # mol/L to mg/L
        scaled = carry(row, Carried("", "", where), factor)
        return replace(
            scaled, unit="mg/L", written_value=row.written_value, written_unit=written, grade=row.grade,
            tuned_to=row.tuned_to, note=row.note,
        )  # fmt: skip
