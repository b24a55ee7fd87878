"""The system as text, read: modules, wiring, constants, donors, rival hypotheses, and the equations they make."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from allodynia import cache, yamltext
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model import Edge, ModelText, OdeSystem, compose, read_antimony_modules
from allodynia.system import chance as by_chance
from allodynia.system import drug_table
from allodynia.system.chance import Cause
from allodynia.system.cohort_targets import TARGETS_FILE, read_targets
from allodynia.system.donor_table import read_populations
from allodynia.system.drug_table import Drug, read_drugs
from allodynia.system.drug_text import drug_module, target_edges
from allodynia.system.evidence_library import EvidenceLibrary, load_evidence
from allodynia.system.fields import mapping
from allodynia.system.module_texts import describe, optional_modules, read_modules
from allodynia.system.people_table import People, read_people
from allodynia.system.rivals import read_rivals
from allodynia.system.rows import EdgeRow, Hypothesis, InputRow, ModuleInfo, ParameterRow, Population
from allodynia.system.species_tables import Resolver, read_parameters
from allodynia.system.weighting_table import WEIGHTING_FILE, read_weighting
from allodynia.system.wiring_table import read_edges, read_inputs
from allodynia.yamltext import Document

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class System:
    """The biology of one species, ready to be simulated.

    ``ode`` holds the equations with nominal values; ``parameters`` the rows of every constant by id, in the unit of the
    equations. Gains of edges (``edge.<id>``) are parameters of ``ode`` without a row: hypotheses and studies set them.
    ``populations`` are donors of material, ``people`` populations of the species itself.
    ``chance`` holds what happens to subjects by chance, each switched off as the system stands.
    ``digest`` changes whenever a text does that a simulation depends on; ``biology`` is the same without drugs.
    """

    species: str
    ode: OdeSystem = field(repr=False)
    modules: Mapping[str, ModuleInfo]
    edges: Mapping[str, EdgeRow]
    inputs: Mapping[str, InputRow]
    parameters: Mapping[str, ParameterRow]
    populations: Mapping[str, Population]
    people: Mapping[str, People]
    drugs: Mapping[str, Drug]
    hypotheses: Mapping[str, Hypothesis]
    switches: Mapping[str, Hypothesis]
    default_hypothesis: str
    evidence: EvidenceLibrary = field(repr=False)
    digest: str
    biology: str
    chance: Mapping[str, Cause] = field(default_factory=dict)

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


def load_system(
    species: str = "mouse",
    folder: Path | None = None,
    *,
    modules: Collection[str] | None = None,
    drugs: Collection[str] = (),
    chance: Collection[str] = (),
) -> System:
    """The system of ``species``.

    Parameters
    ----------
    species
        Name of a table in ``species/``.
    folder
        Where the texts lie; by default those of the package.
    modules
        The part of the system that is wanted, such as the cells of a dish; ports that other modules would drive keep
        their resting value. All of it when left out.
    drugs
        Names of tables in ``drugs/``: they join the system as one more module, ``drugs``, with an edge to each port
        that they act on.
    chance
        Causes of ``wiring.yaml`` that can happen by chance: their modules join the system, and one more, ``chance``,
        with the events. Without any, nothing of it is there.

    Raises
    ------
    InvalidInput
        Anything in the texts that cannot be used, with file and line: an unknown species, module, edge end, parameter
        or evidence id; a constant without value, unit, source or grade.
    UnitMismatch
        Unlike units at the ends of an edge, or in a table and a module.
    """
    root = folder or FOLDER
    evidence = load_evidence(root / "evidence")
    wiring = yamltext.load(root / "wiring.yaml", "wiring.yaml")
    donors = yamltext.load(root / "donors.yaml", "donors.yaml")
    people = yamltext.load(root / "people.yaml", "people.yaml")
    rivals = yamltext.load(root / "hypotheses.yaml", "hypotheses.yaml")
    targets = yamltext.load(root / TARGETS_FILE, TARGETS_FILE)
    weighting = yamltext.load(root / WEIGHTING_FILE, WEIGHTING_FILE)
    known = by_chance.read_causes(wiring, evidence)
    causes = by_chance.chosen_causes(known, chance)
    models, described = read_modules(
        root, wiring, modules, also={cause.hazard.partition(".")[0] for cause in causes.values()}
    )
    resolver = Resolver(root, models, evidence)
    resolver.tables(species)
    drawn = read_edges(wiring, evidence)
    _check_causes(drawn, causes, models, known)
    if causes:
        text = by_chance.chance_module(causes)
        models, described = _with_module(models, described, by_chance.MODULE, "wiring.yaml", text)
    edges = {
        name: row
        for name, row in drawn.items()
        if _within(row, models) and (not row.cause or row.cause in causes) and _given_by_chance(row, causes)
    }
    optional = optional_modules(wiring)
    driven = {row.target for row in edges.values() if row.source.partition(".")[0] in optional}
    inputs = {
        name: row
        for name, row in read_inputs(wiring, evidence).items()
        if name.partition(".")[0] in models and name not in driven
    }
    chosen, drug_documents = read_drugs(root, drugs, species, weights(root, resolver), evidence)
    parameters = read_parameters(resolver, species)
    if any(drug.rows for drug in chosen.values()):
        models, described = _with_module(models, described, drug_table.MODULE, "drugs/*.yaml", drug_module(chosen))
        for row in target_edges(chosen):
            if row.target.partition(".")[0] not in models:
                continue
            if row.target not in inputs:
                raise unknown("input that a drug acts on", row.target, inputs, where=row.where)
            edges[row.id] = row
            del inputs[row.target]
        parameters |= {name: row for drug in chosen.values() for name, row in drug.rows.items()}
    # What another module would drive rests when that module is not part of the system.
    resting = {
        row.target: InputRow(row.target, row.what, row.evidence, row.where)
        for row in drawn.values()
        if row.id not in edges and row.target.partition(".")[0] in models
        if not row.cause and row.target not in inputs
    }
    if causes:
        edges |= {row.id: row for row in by_chance.hazard_edges(causes)}
    events = {name: cause.event for name, cause in causes.items()}
    ode = compose(
        models,
        [
            Edge(row.id, row.source, row.target, row.unit, row.where, events[row.cause] if row.cause else "")
            for row in edges.values()
        ],
        {name: row.value for name, row in parameters.items()} | by_chance.chance_values(causes.values()),
        open_ports=tuple(inputs | resting),
        non_negative=True,
        name=species,
    )
    hypotheses = read_rivals(rivals, "hypotheses", drawn, evidence)
    default = _default(rivals, species, hypotheses)
    units = {quantity.id: quantity.unit for quantity in (*ode.states, *ode.observables)}
    persons = read_people(people, resolver, species, parameters, units)
    biology = (
        *(document for one in resolver.read.values() for document in one.documents), donors, people, rivals, targets,
        weighting,
    )  # fmt: skip
    return System(
        species=species,
        ode=ode,
        modules=described,
        edges=edges,
        inputs=inputs | resting,
        parameters=parameters,
        populations=read_populations(donors, parameters, models, evidence),
        people=_with_targets(persons, targets, weighting, evidence, units, whole=modules is None),
        drugs=chosen,
        hypotheses={name: _of(row, edges) for name, row in hypotheses.items()},
        switches={name: _of(row, edges) for name, row in read_rivals(rivals, "switches", drawn, evidence).items()},
        default_hypothesis=default,
        evidence=evidence,
        digest=_digest(described, wiring, *drug_documents, *biology, species=species),
        biology=_digest(
            {name: row for name, row in described.items() if name != drug_table.MODULE}, wiring, *biology,
            species=species,
        ),
        chance=causes,
    )  # fmt: skip


def _with_targets(
    people: Mapping[str, People], targets: Document, weighting: Document, evidence: EvidenceLibrary,
    units: Mapping[str, str], *, whole: bool,
) -> dict[str, People]:  # fmt: skip
    """Populations with what is published of them, and with their weights."""
    published = read_targets(targets, evidence.ids, units)
    weights = read_weighting(weighting, published, evidence.ids, whole=whole)
    return {
        name: replace(row, targets=published.get(name, ()), weighting=weights.get(name)) for name, row in people.items()
    }


def species_names(folder: Path | None = None) -> list[str]:
    """The species that have tables."""
    return sorted(path.stem for path in ((folder or FOLDER) / "species").glob("*.yaml"))


def hypothesis_names(folder: Path | None = None) -> tuple[str, ...]:
    """The rival explanations, in the order of their file."""
    rivals = yamltext.load((folder or FOLDER) / "hypotheses.yaml", "hypotheses.yaml")
    return tuple(mapping(rivals, ("hypotheses",), "hypotheses"))


def weights(root: Path, resolver: Resolver) -> dict[str, float]:
    """The body weight of every species, in g."""
    return {name: resolver.tables(name).weight for name in species_names(root)}


def _with_module(
    models: Mapping[str, ModelText], described: Mapping[str, ModuleInfo], name: str, made_from: str, text: str
) -> tuple[dict[str, ModelText], dict[str, ModuleInfo]]:
    """The modules and one more, whose ``text`` was made from ``made_from``."""
    file = f"{name} (made from {made_from})"
    model = read_antimony_modules({file: text})[file]
    return {**models, name: model}, {**described, name: describe(name, text, model)}


def _check_causes(
    drawn: Mapping[str, EdgeRow], causes: Collection[str], models: Collection[str], known: Collection[str]
) -> None:
    """Refuse edges of causes that the wiring does not list, and causes of which something would come to nothing."""
    for row in drawn.values():
        if row.cause and row.cause not in known:
            raise unknown("cause", row.cause, known, where=row.where)
        if row.cause in causes and not _within(row, models):
            missing = next(end for end in (row.source, row.target) if end.partition(".")[0] not in models)
            raise InvalidInput(
                f"chance: {row.cause} act on {row.target!r}; add the module {missing.partition('.')[0]!r} to modules:",
                where=row.where,
            )


def _default(rivals: Document, species: str, hypotheses: Collection[str]) -> str:
    """The hypothesis of a run that names none: one for all species, or one for each."""
    said = rivals.data.get("default")
    default = str(said.get(species) if isinstance(said, dict) else said)
    if default not in hypotheses:
        raise unknown("hypothesis", default, hypotheses, where=rivals.where(("default",)))
    return default


def _within(row: EdgeRow, models: Collection[str]) -> bool:
    return all(end.partition(".")[0] in models for end in (row.source, row.target))


def _given_by_chance(row: EdgeRow, causes: Mapping[str, Cause]) -> bool:
    """Whether what an edge of the module of chance comes from is there: only chosen causes are."""
    module, _, name = row.source.partition(".")
    return module != by_chance.MODULE or any(name == one or name.startswith(f"{one}_") for one in causes)


def _of(rival: Hypothesis, edges: Collection[str]) -> Hypothesis:
    """What a hypothesis says of the edges that are part of the system."""
    return replace(rival, edges={edge: gain for edge, gain in rival.edges.items() if edge in edges})


def _digest(modules: Mapping[str, ModuleInfo], *documents: Document, species: str) -> str:
    parts = [part for module in modules.values() for part in (module.id, module.text)]
    return cache.digest("system", species, *parts, *(repr(document.data) for document in documents))
