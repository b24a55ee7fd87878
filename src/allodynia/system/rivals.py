"""Rival explanations and switches: gains of edges by name."""

from __future__ import annotations

from collections.abc import Mapping

from allodynia.errors import InvalidInput, unknown
from allodynia.system.evidence_library import EvidenceLibrary
from allodynia.system.fields import mapping, number, only, sources, text
from allodynia.system.rows import EdgeRow, Hypothesis
from allodynia.yamltext import Document


def read_rivals(
    rivals: Document, section: str, edges: Mapping[str, EdgeRow], evidence: EvidenceLibrary
) -> dict[str, Hypothesis]:
    """The ``section`` (``hypotheses`` or ``switches``) by name.

    Raises
    ------
    InvalidInput
        An edge that the wiring does not have, a negative gain, an unknown evidence id.
    """
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
