"""Rows of the table say times and grades in a person's words, and never trust more than was shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from allodynia.api.rows import claim_rows, grade, time_text
from allodynia.errors import Where
from allodynia.judge import Claim, Criterion, Outcome, Verdict, Word
from allodynia.judge.criteria import Estimate


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (0.0, "0 d"),
        (0.25, "6 h"),
        (2.0, "2 d"),
        (28.0, "28 d"),
        (35 / 1440, "35 min"),
        (1.5, "36 h"),
        (0.1234, "0.1234 d"),
    ],
)
def test_times_are_said_in_the_largest_whole_unit(day: float, said: str) -> None:
    assert time_text(day) == said


def criterion(basis: str = "published", variants: tuple[str, ...] = (), grade: str = "calibration") -> Criterion:
    return Criterion(
        observable="first_day", study="passive-transfer", kind="range", arms=(), at=None, over=None, lo=12.0, hi=24.0,
        counts=None, sign=None, hypotheses=(), variants=variants, basis=basis, grade=grade, note="",
        where=Where("claims.yaml", 1),
    )  # fmt: skip


def claim(kind: str, asked: Criterion) -> Claim:
    fields: dict[str, Any] = {
        "id": "c", "statement": "s", "seeds": (), "evidence": (), "study": "x", "grade": kind, "criteria": (asked,),
        "rests_on": (), "not_supported": "", "failing": "", "later": "", "note": "", "where": Where("claims.yaml", 1),
    }  # fmt: skip
    return Claim(**{name: value for name, value in fields.items() if name in Claim.__dataclass_fields__})


def verdict(kind: str, *, holds: bool | None, basis: str = "published") -> Verdict:
    asked = criterion(basis)
    found = Estimate(14.0, 11.0, 17.0, 0.1, "d", 100, 1000)
    return Verdict(claim(kind, asked), Word.SHOWN, "", (Outcome(asked, "as designed", None, found, holds, "12 to 24"),))


@pytest.mark.parametrize(
    ("kind", "holds", "basis", "word"),
    [
        ("calibration", True, "published", "calibrated"),
        ("prediction", True, "published", "validated on data not used"),
        ("prediction", True, "assumed", "extrapolated"),
        ("prediction", False, "published", "extrapolated"),
        ("prediction", None, "published", "extrapolated"),
        ("by_construction", True, "published", "assumed"),
    ],
)
def test_only_a_prediction_that_met_published_bounds_is_called_validated(
    kind: str, holds: bool | None, basis: str, word: str
) -> None:
    assert grade(verdict(kind, holds=holds, basis=basis)) == word


def test_switches_stand_side_by_side_in_one_row() -> None:
    asked = criterion(variants=("ada_on", "ada_off"))
    outcomes = tuple(
        Outcome(asked, variant, None, Estimate(value, 11.0, 30.0, 0.1, "d", 100, 1000), value < 24, "12 to 24")
        for variant, value in (("ada_on", 14.0), ("ada_off", 26.0))
    )
    (row,) = claim_rows([Verdict(claim("calibration", asked), Word.FAILED, "", outcomes)])
    assert {name: (found.value, found.holds) for name, found in row.values.items()} == {
        "ada_on": (14.0, True),
        "ada_off": (26.0, False),
    }
    assert SimpleNamespace(rule=row.rule, verdict=row.verdict) == SimpleNamespace(rule="12 to 24", verdict="failed")
