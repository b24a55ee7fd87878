"""Instructions of the AVX2 kernel for named models, counted by callgrind: seconds guard nothing on a shared machine.

``python -m benchmarks.guards`` writes the table; another version of LLVM moves its numbers a little.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.instructions import instructions, missing

BAND = 0.1
TABLE = Path(__file__).parents[1] / "benchmarks" / "expected.json"
EXPECTED = json.loads(TABLE.read_text(encoding="utf-8"))["instructions"]


@pytest.mark.parametrize("name", EXPECTED)
def test_instructions_a_subject_have_not_grown(name: str) -> None:
    reason = missing()
    if reason:
        pytest.skip(reason)
    assert instructions(name) == pytest.approx(EXPECTED[name], rel=BAND)
