"""Pages that list what is there: evidence, claims, drugs, hypotheses."""

from __future__ import annotations

from collections.abc import Iterator

from allodynia.judge import load_claims
from allodynia.study import study_names
from allodynia.system import EvidenceLibrary, System
from docs.pages.modules import cell, prior, records


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
    """Every drug: how it is given, what it acts on, at which concentration."""
    lines = ["# Drugs", ""]
    for drug in system.drugs.values():
        lines += [
            f"## {drug.label}",
            "",
            cell(f"{drug.kind}. {drug.note}"),
            "",
            f"Given: {', '.join(drug.routes)}.",
            "",
        ]
        lines += list(_targets(drug.targets))
        rows = list(drug.rows.values())
        if rows:
            lines += ["| constant | value | unit | grade | rests on |", "|---|---|---|---|---|"]
        for row in rows:
            basis = records(row.evidence).replace("../", "") or f"*assumed* {prior(row.assumed)}"
            said = f"{basis}. {row.note}" if row.note else basis
            name = row.id.partition(".")[2]
            lines.append(f"| `{name}` | {row.written_value:.6g} | {row.written_unit} | {row.grade} | {cell(said)} |")
        lines.append("")
    return "\n".join(lines)


def _targets(targets: object) -> Iterator[str]:
    for target in targets:  # type: ignore[attr-defined]
        basis = records(target.evidence).replace("../", "") or f"*assumed*: {target.assumed}"
        yield f"- `{target.port}`: {cell(target.what)} (by its free concentration in the {target.at}; {basis})"
    yield ""
