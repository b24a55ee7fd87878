"""The system as text, read: modules, wiring, constants, donors, rival hypotheses, and the equations they make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allodynia import cache, yamltext
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model import Edge, ModelText, OdeSystem, compose, read_antimony_modules
from allodynia.model.quantities import TextUnits
from allodynia.system.evidence_library import EvidenceLibrary, load_evidence
from allodynia.system.fields import mapping, names, number, only, sources, text
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import EdgeRow, Hypothesis, InputRow, ModuleInfo, ParameterRow, Population
from allodynia.yamltext import Document

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class System:
    """The biology of one species, ready to be simulated.

    ``ode`` holds the equations with nominal values; ``parameters`` the rows of every constant by id, in the unit of the
    equations. Gains of edges (``edge.<id>``) are parameters of ``ode`` without a row: hypotheses and studies set them.
    ``digest`` changes whenever a text does that a simulation depends on.
    """

    species: str
    ode: OdeSystem = field(repr=False)
    modules: Mapping[str, ModuleInfo]
    edges: Mapping[str, EdgeRow]
    inputs: Mapping[str, InputRow]
    parameters: Mapping[str, ParameterRow]
    populations: Mapping[str, Population]
    hypotheses: Mapping[str, Hypothesis]
    switches: Mapping[str, Hypothesis]
    default_hypothesis: str
    evidence: EvidenceLibrary = field(repr=False)
    digest: str

    def gains(
        self, hypothesis: str | None = None, switches: Iterable[str] = (), where: Where | None = None
    ) -> dict[str, float]:
        """Gain of each edge (by edge id) that a hypothesis and the switches after it set; a later one wins.

        ``hypothesis`` None means the default one.

        Raises
        ------
        InvalidInput
            A hypothesis or switch that nobody knows; ``where`` is who asked.
        """
        chosen = self.default_hypothesis if hypothesis is None else hypothesis
        if chosen not in self.hypotheses:
            raise unknown("hypothesis", chosen, self.hypotheses, where=where)
        gains = dict(self.hypotheses[chosen].edges)
        for switch in switches:
            if switch not in self.switches:
                raise unknown("switch", switch, self.switches, where=where)
            gains.update(self.switches[switch].edges)
        return gains


def load_system(species: str = "mouse", folder: Path | None = None) -> System:
    """The system of ``species``.

    Parameters
    ----------
    species
        Name of a table in ``species/``.
    folder
        Where the texts lie; by default those of the package.

    Raises
    ------
    InvalidInput
        Anything in the texts that cannot be used, with file and line: an unknown species, module, edge end, parameter, evidence
        id; a constant without value, unit, source or grade.
    UnitMismatch
        Unlike units at the ends of an edge, or in a table and a module.
    """
    root = folder or FOLDER
    known = sorted(path.stem for path in (root / "species").glob("*.yaml"))
    if species not in known:
        raise unknown("species", species, known)
    evidence = load_evidence(root / "evidence")
    wiring = yamltext.load(root / "wiring.yaml", "wiring.yaml")
    table = yamltext.load(root / "species" / f"{species}.yaml", f"species/{species}.yaml")
    donors = yamltext.load(root / "donors.yaml", "donors.yaml")
    rivals = yamltext.load(root / "hypotheses.yaml", "hypotheses.yaml")
    models, modules = _modules(root, wiring)
    edges = _edges(wiring, evidence)
    inputs = _inputs(wiring, evidence)
    parameters = _parameters(table, models, evidence)
    ode = compose(
        models,
        [Edge(row.id, row.source, row.target, row.unit, row.where) for row in edges.values()],
        {name: row.value for name, row in parameters.items()},
        open_ports=tuple(inputs),
        non_negative=True,
        name=species,
    )
    hypotheses = _rivals(rivals, "hypotheses", edges, evidence)
    default = str(rivals.data.get("default"))
    if default not in hypotheses:
        raise unknown("hypothesis", default, hypotheses, where=rivals.where(("default",)))
    return System(
        species=species,
        ode=ode,
        modules=modules,
        edges=edges,
        inputs=inputs,
        parameters=parameters,
        populations=_populations(donors, parameters, models, evidence),
        hypotheses=hypotheses,
        switches=_rivals(rivals, "switches", edges, evidence),
        default_hypothesis=default,
        evidence=evidence,
        digest=_digest(modules, wiring, table, donors, rivals),
    )


def _digest(modules: Mapping[str, ModuleInfo], *documents: Document) -> str:
    parts = [part for module in modules.values() for part in (module.id, module.text)]
    return cache.digest("system", *parts, *(repr(document.data) for document in documents))


def _modules(root: Path, wiring: Document) -> tuple[dict[str, ModelText], dict[str, ModuleInfo]]:
    data = wiring.data if isinstance(wiring.data, dict) else {}
    only(data, ("modules", "inputs", "edges"), "the wiring", wiring.where())
    listed = names(data, "modules", "the wiring", wiring.where(("modules",)))
    present = sorted(path.stem for path in (root / "modules").glob("*.ant"))
    sources_by_file: dict[str, str] = {}
    for position, name in enumerate(listed):
        where = wiring.where(("modules", position))
        if name not in present:
            raise unknown("module", name, present, where=where)
        if listed.index(name) != position:
            raise InvalidInput(f"module {name!r} is listed twice", where=where)
        sources_by_file[f"modules/{name}.ant"] = (root / "modules" / f"{name}.ant").read_text(encoding="utf-8")
    read = read_antimony_modules(sources_by_file)
    models = {name: read[f"modules/{name}.ant"] for name in listed}
    modules = {name: _describe(name, sources_by_file[f"modules/{name}.ant"], models[name]) for name in listed}
    return models, modules


def _describe(name: str, source: str, model: ModelText) -> ModuleInfo:
    """What a person wants to know of a module; the comment before ``model`` says what it is for."""
    head = [line.removeprefix("//").strip() for line in source.split("\nmodel ", 1)[0].splitlines()]
    states = tuple(rule.variable for rule in model.rate_rules)
    changed = {*states, *(rule.variable for rule in model.assignment_rules)}
    return ModuleInfo(
        id=name,
        purpose=" ".join(head).strip(),
        states=states,
        constants=tuple(p.id for p in model.parameters if p.constant),
        ports=tuple(p.id for p in model.parameters if not p.constant and p.id not in changed),
        where=model.where(None),
        text=source,
    )


def _edges(wiring: Document, evidence: EvidenceLibrary) -> dict[str, EdgeRow]:
    entries = wiring.data.get("edges")
    if not isinstance(entries, list):
        raise InvalidInput("the wiring needs a list of edges", where=wiring.where(("edges",)))
    edges: dict[str, EdgeRow] = {}
    for position, entry in enumerate(entries):
        where = wiring.where(("edges", position))
        if not isinstance(entry, dict):
            raise InvalidInput("an edge is a mapping with id, from, to and unit", where=where)
        what = f"edge {entry.get('id')!r}"
        only(entry, ("id", "from", "to", "unit", "what", "evidence", "assumed", "note"), what, where)
        row = EdgeRow(
            id=text(entry, "id", what, where),
            source=text(entry, "from", what, where),
            target=text(entry, "to", what, where),
            unit=text(entry, "unit", what, where),
            what=text(entry, "what", what, where),
            evidence=sources(entry, evidence.ids, what, where),
            assumed=text(entry, "assumed", what, where, default=""),
            note=text(entry, "note", what, where, default=""),
            where=where,
        )
        if bool(row.evidence) == bool(row.assumed):
            raise InvalidInput(f"{what} needs a source: evidence ids, or the reason under 'assumed'", where=where)
        if row.id in edges:
            raise InvalidInput(f"{what} is drawn twice (first at {edges[row.id].where})", where=where)
        edges[row.id] = row
    return edges


def _inputs(wiring: Document, evidence: EvidenceLibrary) -> dict[str, InputRow]:
    rows = {}
    for name, entry in mapping(wiring, ("inputs",), "inputs").items():
        where = wiring.where(("inputs", name))
        if not isinstance(entry, dict):
            raise InvalidInput(f"input {name!r} needs 'what'", where=where)
        only(entry, ("what", "evidence"), f"input {name!r}", where)
        found = sources(entry, evidence.ids, f"input {name!r}", where)
        rows[name] = InputRow(name, text(entry, "what", f"input {name!r}", where), found, where)
    return rows


def _parameters(table: Document, models: Mapping[str, ModelText], evidence: EvidenceLibrary) -> dict[str, ParameterRow]:
    units = _units(models)
    constants = {f"{name}.{p.id}": p.line for name, model in models.items() for p in model.parameters if p.constant}
    rows = {}
    for name, entry in mapping(table, ("parameters",), "parameters").items():
        where = table.where(("parameters", name))
        if name not in constants:
            raise unknown("parameter", name, constants, where=where)
        rows[name] = parameter_row(name, entry, units(name), evidence.ids, where)
    for name, line in constants.items():
        if name not in rows:
            module = name.partition(".")[0]
            raise InvalidInput(
                f"constant {name!r} has no entry in {table.name}; give value, unit, level and source",
                where=models[module].where(line),
            )
    return rows


def _units(models: Mapping[str, ModelText]) -> Any:
    tables = {name: TextUnits(model) for name, model in models.items()}

    def unit(identifier: str) -> Any:
        module, _, name = identifier.partition(".")
        found = tables[module].symbol(name)
        if found is None:
            raise InvalidInput(f"{identifier!r} has no unit in its module", where=models[module].where(None))
        return found

    return unit


def _populations(
    donors: Document, parameters: Mapping[str, ParameterRow], models: Mapping[str, ModelText], evidence: EvidenceLibrary
) -> dict[str, Population]:
    units = _units(models)
    donor_level = [name for name, row in parameters.items() if row.level == "donor"]
    populations = {}
    for name, entry in mapping(donors, ("populations",), "populations").items():
        where = donors.where(("populations", name))
        if not isinstance(entry, dict):
            raise InvalidInput(f"population {name!r} needs a label and parameters", where=where)
        only(entry, ("label", "evidence", "note", "parameters"), f"population {name!r}", where)
        rows = {}
        for parameter, value in mapping(donors, ("populations", name, "parameters"), "parameters").items():
            at = donors.where(("populations", name, "parameters", parameter))
            if parameter not in donor_level:
                raise unknown("donor-level parameter", parameter, donor_level, where=at)
            rows[parameter] = parameter_row(
                parameter, value, units(parameter), evidence.ids, at, base=parameters[parameter]
            )
        populations[name] = Population(
            id=name,
            label=text(entry, "label", f"population {name!r}", where),
            parameters=rows,
            evidence=sources(entry, evidence.ids, f"population {name!r}", where),
            note=text(entry, "note", f"population {name!r}", where, default=""),
            where=where,
        )
    return populations


def _rivals(
    rivals: Document, section: str, edges: Mapping[str, EdgeRow], evidence: EvidenceLibrary
) -> dict[str, Hypothesis]:
    found = {}
    for name, entry in mapping(rivals, (section,), section).items():
        where = rivals.where((section, name))
        if not isinstance(entry, dict):
            raise InvalidInput(f"{name!r} needs a label and edges", where=where)
        only(entry, ("label", "edges", "evidence", "against"), repr(name), where)
        gains = {}
        for edge in mapping(rivals, (section, name, "edges"), "edges"):
            at = rivals.where((section, name, "edges", edge))
            if edge not in edges:
                raise unknown("edge", edge, edges, where=at)
            gains[edge] = number(entry["edges"], edge, f"{name!r}", at)
            if gains[edge] < 0.0:
                raise InvalidInput(f"{name!r}: the gain of edge {edge!r} is negative", where=at)
        found[name] = Hypothesis(
            id=name,
            label=text(entry, "label", repr(name), where),
            edges=gains,
            evidence=sources(entry, evidence.ids, repr(name), where),
            against=sources(entry, evidence.ids, repr(name), where, "against"),
            where=where,
        )
    return found
