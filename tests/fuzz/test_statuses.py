"""The page on failure lists every status with the very sentence of the code."""

from __future__ import annotations

import re
from pathlib import Path

from allodynia.engine import Status

PAGE = Path(__file__).parents[2] / "docs" / "failure-is-data.md"


def test_the_page_has_every_status_and_its_sentence() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert {name: sentence for name, sentence, _ in rows} == {status.name: status.sentence for status in Status}
    assert [name for name, _, _ in rows] == [status.name for status in sorted(Status)]


def test_tests_that_the_page_names_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) >= 4
    for name in named:
        assert (PAGE.parents[1] / name).exists(), name
