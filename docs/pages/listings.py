"""Pages that list what is there: evidence, claims, drugs, hypotheses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from allodynia.judge import load_claims
from allodynia.study import study_names
from allodynia.system import EvidenceLibrary, System
from allodynia.system.drug_exposure import exposure
from allodynia.system.drug_table import Drug
from docs.pages.modules import GRADES, cell, prior, records


def evidence_page(library: EvidenceLibrary) -> str:
    """Every record: the claim, its source, how it was read."""
    lines = ["# Evidence", "", f"{len(library)} records, most of them read in abstracts.", ""]
    for record in library:
        read = record.data.get("read_from", "")
        lines += [
            f"({record.id})=",
            f"## {record.id}",
            "",
            cell(record.claim),
            "",
            f"{cell(record.citation)}. Read from: {cell(read)}.",
            "",
        ]
    return "\n".join(lines)


def claims_page() -> str:
    """Every claim: what the articles say, what must be seen for it, on which edges it rests."""
    lines = ["# Claims", "", "`allodynia claims` prints the verdicts with their numbers.", ""]
    there = set(study_names())
    for claim in load_claims():
        study = f"`{claim.study}`" if claim.study in there else f"`{claim.study}` (not yet built)"
        lines += [
            f"## {claim.id}",
            "",
            cell(claim.statement),
            "",
            f"Study {study}; grade *{claim.grade.replace('_', ' ')}*.",
        ]
        if claim.rests_on:
            lines += ["", f"Rests on the edges {', '.join(f'`{edge}`' for edge in claim.rests_on)}."]
        if claim.not_supported:
            lines += ["", f"Not supported: {cell(claim.not_supported)}"]
        if claim.evidence:
            lines += ["", f"Evidence: {records(claim.evidence).replace('../', '')}."]
        lines += [""]
    return "\n".join(lines)


def drugs_page(system: System) -> str:
    """Every drug: what its usual dose reaches of what it acts on, how it is given, and its constants."""
    lines = ["# Drugs", "", *_reached(system.drugs.values())]
    for drug in system.drugs.values():
        lines += [
            f"## {drug.label}",
            "",
            cell(f"{drug.kind}. {drug.note}"),
            "",
            f"Given: {', '.join(drug.routes)}.{_usual(drug)}",
            "",
        ]
        lines += list(_targets(drug))
        rows = list(drug.rows.values())
        if rows:
            lines += ["| constant | value | unit | grade | rests on |", "|---|---|---|---|---|"]
        for row in rows:
            basis = records(row.evidence).replace("../", "") or f"*assumed* {prior(row)}"
            said = f"{basis}. {row.note}" if row.note else basis
            name = row.id.partition(".")[2]
            lines.append(f"| `{name}` | {row.written_value:.6g} | {row.written_unit} | {row.grade} | {cell(said)} |")
        lines.append("")
    return "\n".join(lines)


def _reached(drugs: Iterable[Drug]) -> Iterator[str]:
    """A table: the free concentration that each usual dose comes to, beside the one that has half of its effect."""
    yield from (
        "What the usual dose of each comes to in people, at central values: the free concentration, averaged over a",
        "dosing interval at steady state, beside the one at which the drug has half of its effect on a target. Far",
        "below half nothing is to be expected, whatever the drug does in a dish. The last column is the grade of the",
        "half-effect concentration; that of the way into the cord stands with the constants. No advice on doses.",
        "",
        "| drug | usual dose | target | free, µg/L | half at, µg/L | times half | share of the target | grade |",
        "|---|---|---|---|---|---|---|---|",
    )
    for drug in drugs:
        reached = exposure(drug)
        if reached is None or drug.usual is None:
            continue
        for target in drug.targets:
            cells = (
                drug.label,
                drug.usual.words,
                f"`{target.port}`",
                _plain(reached.level[target.port] * 1e3),
                _plain(target.half.value * 1e3),
                f"{reached.over_half[target.port]:.2g}",
                f"{100 * reached.share[target.port]:.3g} %",
                GRADES[target.half.grade],
            )
            yield f"| {' | '.join(cells)} |"
    yield ""


def _plain(value: float) -> str:
    """Two figures, without a power of ten where a person would write none."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10.0 else f"{value:.2g}"


def _usual(drug: Drug) -> str:
    if drug.usual is None:
        return ""
    basis = records(drug.usual.evidence).replace("../", "") or f"*assumed*: {drug.usual.assumed}"
    note = f"; {drug.usual.note}" if drug.usual.note else ""
    return f" Usual dose: {drug.usual.words} ({drug.usual.route}; {cell(basis)}{cell(note)})."


def _targets(drug: Drug) -> Iterator[str]:
    for target in drug.targets:
        basis = records(target.evidence).replace("../", "") or f"*assumed*: {target.assumed}"
        yield f"- `{target.port}`: {cell(target.what)} (by its free concentration in the {target.at}; {basis})"
    yield ""


def hypotheses_page(systems: Mapping[str, System]) -> str:
    """Every rival explanation: which causes it opens, what speaks for and against it; the default of each species."""
    system = systems["human"]
    rivals = system.hypotheses
    edges = list(dict.fromkeys(edge for rival in rivals.values() for edge in rival.edges))
    lines = [
        "# Rival explanations",
        "",
        "Each sets gains of edges, nothing else. What tells them apart is where the disease begins: the edges below "
        "carry causes, and every other edge is ordinary physiology that all share. 1 is open, 0 is cut.",
        "",
        f"| edge | what it carries | {' | '.join(rivals)} |",
        f"|---|---|{'---|' * len(rivals)}",
    ]
    for edge in edges:
        row = system.edges[edge]
        gains = " | ".join(f"{rival.edges[edge]:g}" if edge in rival.edges else "as drawn" for rival in rivals.values())
        lines.append(f"| `{edge}` | {cell(row.what)} | {gains} |")
    lines += ["", "A run that names none takes the default of its species:"]
    lines += ["", *(f"- {species}: {one.default_hypothesis}" for species, one in systems.items()), ""]
    for rival in rivals.values():
        lines += [f"## {rival.id}", "", f"{cell(rival.label)}.", ""]
        for word, identifiers in (("For it", rival.evidence), ("Against it", rival.against)):
            if identifiers:
                lines += [f"{word}: {records(identifiers).replace('../', '')}.", ""]
    return "\n".join(lines)
