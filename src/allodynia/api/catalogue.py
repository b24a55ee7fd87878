"""What there is to run, to judge and to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Progress
from allodynia.errors import unknown

if TYPE_CHECKING:
    from allodynia.judge.verdict import Verdict


def studies() -> list[dict[str, Any]]:
    """The studies that come with the system, each with its question, arms, endpoints and the claims judged by it."""
    from allodynia.judge import load_claims
    from allodynia.study import load_study, study_names

    judged = load_claims()
    found = []
    for name in study_names():
        spec = load_study(name).spec
        found.append(
            {
                "id": name,
                "title": spec.title,
                "question": spec.question,
                "species": spec.species,
                "follow_up": str(spec.follow_up),
                "subjects": spec.subjects,
                "arms": list(spec.arms),
                "endpoints": list(spec.endpoints),
                "claims": [claim.id for claim in judged if claim.study == name],
            }
        )
    return found


def claims(ids: Sequence[str] | None = None, *, progress: Progress | None = None) -> tuple[Verdict, ...]:
    """The verdict on every claim, or on those named.

    Raises
    ------
    InvalidInput
        Nobody knows one of the claims; the nearest names are offered.
    """
    from allodynia.judge import load_claims, verdicts
    from allodynia.judge.sources import check_sources

    known = load_claims()
    check_sources(known)
    if ids is None:
        return verdicts(known, progress=progress)
    by_id = {claim.id: claim for claim in known}
    for name in ids:
        if name not in by_id:
            raise unknown("claim", name, by_id)
    return verdicts([by_id[name] for name in ids], progress=progress)


def evidence_record(identifier: str) -> dict[str, Any]:
    """A record in full, with what rests on it: claims, and parameters of every species.

    Raises
    ------
    InvalidInput
        Nobody knows the record; the nearest ids are offered.
    """
    from allodynia.judge import load_claims
    from allodynia.system import load_evidence, load_system
    from allodynia.system.load import species_names

    record = load_evidence().record(identifier)
    used = sorted(
        {
            row.id
            for species in species_names()
            for row in load_system(species).parameters.values()
            if identifier in row.evidence
        }
    )
    judged = [claim.id for claim in load_claims() if identifier in claim.evidence]
    return {**record.data, "used_by_claims": judged, "used_by_parameters": used, "where": str(record.where)}


def system(species: str = "mouse", module: str | None = None) -> dict[str, Any]:
    """The system as plain data: modules with states and parameters, edges, hypotheses, switches.

    Raises
    ------
    InvalidInput
        Nobody knows the species or the module; the nearest names are offered.
    """
    from allodynia.system import load_system

    found = load_system(species)
    if module is not None and module not in found.modules:
        raise unknown("module", module, found.modules)
    chosen = [name for name in found.modules if module in (None, name)]
    units = {quantity.id: quantity.unit for quantity in (*found.ode.states, *found.ode.observables)}
    return {
        "species": found.species,
        "digest": found.digest,
        "modules": {
            name: {
                "purpose": found.modules[name].purpose,
                "where": str(found.modules[name].where),
                "states": [
                    {"id": state.id, "unit": state.unit}
                    for state in found.ode.states
                    if state.id.partition(".")[0] == name
                ],
                "outputs": [
                    {"id": output.id, "unit": units[output.id]}
                    for output in found.ode.observables
                    if output.id.partition(".")[0] == name
                ],
                "parameters": [_plain(row) for row in found.parameters.values() if row.id.partition(".")[0] == name],
            }
            for name in chosen
        },
        "edges": [
            _plain(edge)
            for edge in found.edges.values()
            if module is None or module in (edge.source.partition(".")[0], edge.target.partition(".")[0])
        ],
        "default_hypothesis": found.default_hypothesis,
        "hypotheses": {name: _plain(entry) for name, entry in found.hypotheses.items()},
        "switches": {name: _plain(entry) for name, entry in found.switches.items()},
    }


def audit(species: str | None = None) -> dict[str, Any]:
    """Every number of every species (or of one) and drug, with its grade, and one line for each that cannot stand.

    Raises
    ------
    InvalidInput
        Nobody knows the species; the nearest names are offered.
    """
    from allodynia.system import GRADES
    from allodynia.system.audit import audit as audited
    from allodynia.system.load import species_names

    if species is not None and species not in species_names():
        raise unknown("species", species, species_names())
    found = audited()
    return {
        "grades": list(GRADES),
        "numbers": [
            {"species": number.species, **_plain(number.row)}
            for number in found.numbers
            if species in (None, number.species)
        ],
        "problems": list(found.problems),
    }


def _plain(row: Any) -> dict[str, Any]:
    """A row of the system as a mapping, its place as text."""
    return {
        field.name: str(value) if field.name == "where" else value
        for field in fields(row)
        for value in (getattr(row, field.name),)
    }
