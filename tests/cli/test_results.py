"""The results on terminals of every width: arranged differently, the same numbers, none of them cut."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from allodynia.cli.results import results
from allodynia.report.content import ClaimRow, Expected, ResultRow

ROW = ResultRow(
    "a", "Arm", "cold", "Cold plate latency of the hind paw", "8 d", 118.4, 103.2, 133.9, "% of baseline", 8, 2,
    published="lower for 7 of 8 donors, in a sentence that is much longer than a line", claim="transfer-cold",
    verdict="not supported", grade="validated on data not used",
)  # fmt: skip
ANSWERS = {
    "ada_on": Expected(14.25, 11.5, 17.0, "d", True),
    "ada_off": Expected(21.0, 13.0, float("inf"), "d", False),
}
CLAIM = ClaimRow("recovers", "s", "first_day", "fm at 8 d", "12 to 24", "published", ANSWERS, "failed", "assumed")


def printed(width: int) -> str:
    file = io.StringIO()
    console = Console(width=width, file=file, highlight=False)
    console.print(results([ROW], [CLAIM], console), crop=False)
    return file.getvalue()


@pytest.mark.parametrize("width", [20, 60, 110, 150, 240])
def test_no_width_cuts_a_number_or_loses_a_word(width: int) -> None:
    text = printed(width)
    for whole in ("118 (103 to 134)", "14.2 (11.5 to 17.0) d yes", "21.0 (13.0 to ∞) d no"):
        assert whole in text
    words = " ".join(text.split())
    assert "8 donors, 2 not solved" in words
    assert "not supported" in words
    assert "validated on data not used" in words
    assert "sentence that is much longer than a line" in words or width > 110
    assert "12 to 24 (published)" in words
    assert "…" not in text


def test_no_line_is_longer_than_a_terminal_of_eighty_columns() -> None:
    assert max(len(line.rstrip()) for line in printed(80).splitlines()) <= 80


def test_where_there_is_room_each_row_is_one_line() -> None:
    (line,) = [line for line in printed(240).splitlines() if "118 (103 to 134)" in line]
    for part in ("cold", "8 d", "% of baseline", "transfer-cold", "not supported", "validated", "lower for 7 of 8"):
        assert part in line
