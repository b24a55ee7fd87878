"""The biology as text, and the thin loader that keeps file and line of every value.

``modules/*.ant`` hold the mechanisms, ``wiring.yaml`` joins them, ``species/SPECIES/MODULE.yaml`` gives every constant
with unit and source, ``people.yaml`` populations of people, ``donors.yaml`` those whose antibodies are given,
``answers.yaml`` what people in a trial say and do, ``hypotheses.yaml`` the rival explanations, ``evidence/`` the
records, ``claims.yaml`` what the system must show, ``studies/`` the experiments.
"""

from __future__ import annotations

from allodynia.system.evidence_library import EvidenceLibrary, Record, load_evidence
from allodynia.system.load import System, load_system
from allodynia.system.people_table import People
from allodynia.system.rows import GRADES, EdgeRow, Hypothesis, InputRow, ModuleInfo, ParameterRow, Population

__all__ = [
    "GRADES",
    "EdgeRow",
    "EvidenceLibrary",
    "Hypothesis",
    "InputRow",
    "ModuleInfo",
    "ParameterRow",
    "People",
    "Population",
    "Record",
    "System",
    "load_evidence",
    "load_system",
]
