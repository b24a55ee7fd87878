"""The system as text, read: modules, wiring, constants, donors, rival hypotheses, and the equations they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from allodynia import cache, yamltext
from allodynia.errors import Where, unknown
from allodynia.model import Edge, OdeSystem, compose
from allodynia.system.donor_table import read_populations
from allodynia.system.evidence_library import EvidenceLibrary, load_evidence
from allodynia.system.module_texts import read_modules
from allodynia.system.parameters import read_parameters
from allodynia.system.rivals import read_rivals
from allodynia.system.rows import EdgeRow, Hypothesis, InputRow, ModuleInfo, ParameterRow, Population
from allodynia.system.wiring_table import read_edges, read_inputs
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
        Anything in the texts that cannot be used, with file and line: an unknown species, module, edge end, parameter
        or evidence id; a constant without value, unit, source or grade.
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
    models, modules = read_modules(root, wiring)
    edges = read_edges(wiring, evidence)
    inputs = read_inputs(wiring, evidence)
    parameters = read_parameters(table, models, evidence)
    ode = compose(
        models,
        [Edge(row.id, row.source, row.target, row.unit, row.where) for row in edges.values()],
        {name: row.value for name, row in parameters.items()},
        open_ports=tuple(inputs),
        non_negative=True,
        name=species,
    )
    hypotheses = read_rivals(rivals, "hypotheses", edges, evidence)
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
        populations=read_populations(donors, parameters, models, evidence),
        hypotheses=hypotheses,
        switches=read_rivals(rivals, "switches", edges, evidence),
        default_hypothesis=default,
        evidence=evidence,
        digest=_digest(modules, wiring, table, donors, rivals),
    )


def _digest(modules: Mapping[str, ModuleInfo], *documents: Document) -> str:
    parts = [part for module in modules.values() for part in (module.id, module.text)]
    return cache.digest("system", *parts, *(repr(document.data) for document in documents))
