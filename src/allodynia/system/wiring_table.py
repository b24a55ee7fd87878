"""What joins the modules: edges, and ports that are left to studies."""

from __future__ import annotations

from allodynia.errors import InvalidInput
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, only, sources, text
from allodynia.system.rows import EdgeRow, InputRow
from allodynia.yamltext import Document


def read_edges(wiring: Document, evidence: EvidenceLibrary) -> dict[str, EdgeRow]:
    """The edges by id.

    Raises
    ------
    InvalidInput
        An edge without id, ends, unit, words or source; an id drawn twice; an unknown evidence id.
    """
    entries = wiring.data.get("edges")
    if not isinstance(entries, list):
        raise InvalidInput("the wiring needs a list of edges", where=wiring.where(("edges",)))
    edges: dict[str, EdgeRow] = {}
    for position, entry in enumerate(entries):
        where = wiring.where(("edges", position))
        if not isinstance(entry, dict):
            raise InvalidInput("an edge is a mapping with id, from, to and unit", where=where)
        what = f"edge {entry.get('id')!r}"
        only(entry, ("id", "from", "to", "unit", "at", "what", "evidence", "assumed", "note"), what, where)
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
            cause=text(entry, "at", what, where, default=""),
        )
        if bool(row.evidence) == bool(row.assumed):
            raise InvalidInput(f"{what} needs a source: evidence ids, or the reason under 'assumed'", where=where)
        if row.id in edges:
            raise InvalidInput(f"{what} is drawn twice (first at {edges[row.id].where})", where=where)
        edges[row.id] = row
    return edges


def read_inputs(wiring: Document, evidence: EvidenceLibrary) -> dict[str, InputRow]:
    """The ports that no module drives, by id. Raises as :func:`read_edges`."""
    rows = {}
    for name, entry in mapping(wiring, ("inputs",), "inputs").items():
        where = wiring.where(("inputs", name))
        if not isinstance(entry, dict):
            raise InvalidInput(f"input {name!r} needs 'what'", where=where)
        only(entry, ("what", "evidence"), f"input {name!r}", where)
        found = sources(entry, evidence.ids, f"input {name!r}", where)
        rows[name] = InputRow(name, text(entry, "what", f"input {name!r}", where), found, where)
    return rows
