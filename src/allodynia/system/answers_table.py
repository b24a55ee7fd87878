"""The table of what a person in a trial says and does beyond the biology: ``answers.yaml``, read in the form of a
species table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from allodynia import cache, yamltext
from allodynia.errors import InvalidInput, unknown
from allodynia.model.units import parse
from allodynia.system.evidence_library import EvidenceLibrary, load_evidence
from allodynia.system.fields import mapping, only
from allodynia.system.parameters import parameter_row
from allodynia.system.rows import ParameterRow

FILE = "answers.yaml"

UNITS: Mapping[str, str] = {
    "placebo_class": "dimensionless",
    "placebo_median": "dimensionless",
    "placebo_spread": "dimensionless",
    "variability": "dimensionless",
    "slow": "dimensionless",
    "slow_time": "d",
    "stated_at": "dimensionless",
    "variability_placebo": "dimensionless",
    "variability_slow": "dimensionless",
    "nocebo": "dimensionless",
    "missed_odds": "dimensionless",
    "adverse_rate": "1/d",
    "inefficacy_rate": "1/d",
    "inefficacy_slope": "dimensionless",
    "other_rate": "1/d",
    "missed_visit": "dimensionless",
    "missed_entry": "dimensionless",
}
"""Every number of the table, in the unit in which :mod:`allodynia.study.answers` uses it."""

SHARES = ("placebo_class", "placebo_median", "missed_visit", "missed_entry")
CORRELATIONS = ("variability_placebo", "variability_slow")


@dataclass(frozen=True)
class AnswersTable:
    """``rows`` by name, in the unit of :data:`UNITS`; ``digest`` changes whenever a number does."""

    rows: Mapping[str, ParameterRow]
    digest: str


def read_answers(root: Path, evidence: EvidenceLibrary | None = None) -> AnswersTable:
    """The table ``root/answers.yaml``.

    Raises
    ------
    InvalidInput
        A number that is missing, unknown, out of its range, or without unit, source or grade, with file and line.
    UnitMismatch
        A unit that measures something else than what the number is used for.
    """
    document = yamltext.load(root / FILE, FILE)
    known = (evidence or load_evidence(root / "evidence")).ids
    only(document.data if isinstance(document.data, dict) else {}, ("parameters",), "a table", document.where())
    entries = mapping(document, ("parameters",), "parameters")
    for name in entries:
        if name not in UNITS:
            raise unknown("parameter", name, UNITS, where=document.where(("parameters", name)))
    rows = {}
    for name, unit in UNITS.items():
        if name not in entries:
            raise InvalidInput(f"{FILE} has no {name!r}", where=document.where(("parameters",)))
        where = document.where(("parameters", name))
        row = parameter_row(f"answers.{name}", entries[name], parse(unit), known, where)
        _check(name, row)
        rows[name] = row
    return AnswersTable(rows, cache.digest("answers", repr(document.data)))


def _check(name: str, row: ParameterRow) -> None:
    """Refuse a value that its meaning does not allow."""
    what = f"parameter {row.id!r}"
    if row.level == "donor":
        raise InvalidInput(f"{what} is shared or differs between subjects; nobody here is a donor", where=row.where)
    if row.level == "shared" and row.between is not None:
        raise InvalidInput(f"{what} differs between people, so its level is subject", where=row.where)
    low, high = (0.0, 1.0) if name in SHARES else (-1.0, 1.0) if name in CORRELATIONS else (0.0, float("inf"))
    if not low <= row.value <= high:
        raise InvalidInput(f"{what} is {row.value:g}, and lies in {low:g}..{high:g}", where=row.where)
    if name in ("slow_time", "stated_at") and row.value == 0.0:
        raise InvalidInput(f"{what} must be above 0", where=row.where)
