"""What claims rest on exists: the records that they cite, the edges that they name."""

from __future__ import annotations

from collections.abc import Sequence

from allodynia import yamltext
from allodynia.errors import unknown
from allodynia.judge.claims import Claim


def check_sources(claims: Sequence[Claim]) -> None:
    """Refuse claims that cite a record or name an edge that nobody knows.

    Raises
    ------
    InvalidInput
        The first such claim, with its line and the nearest names.
    """
    from allodynia.system import load_evidence
    from allodynia.system.drug_text import edge_id
    from allodynia.system.load import FOLDER
    from allodynia.system.wiring_table import read_edges, read_inputs

    evidence = load_evidence()
    wiring = yamltext.load(FOLDER / "wiring.yaml", "wiring.yaml")
    edges = [*read_edges(wiring, evidence), *(edge_id(port) for port in read_inputs(wiring, evidence))]
    for claim in claims:
        for record in claim.evidence:
            if record not in evidence.ids:
                raise unknown("evidence", record, evidence.ids, where=claim.where)
        for edge in claim.rests_on:
            if edge not in edges:
                raise unknown("edge", edge, edges, where=claim.where)
