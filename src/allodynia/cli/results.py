"""The results of a run on a terminal: numbers are never cut, whatever the width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.text import Text

from allodynia.cli.columns import Columns
from allodynia.cli.terminal import indented
from allodynia.report.content import ClaimRow, Expected, ResultRow
from allodynia.report.numbers import MISSING, estimate

VERDICT_STYLES = {"shown": "green", "failed": "bold red", "not supported": "yellow"}
RIGHT = frozenset({"time", "mean (95 %)"})
LEAST_PUBLISHED = 34


def results(rows: Sequence[ResultRow], claims: Sequence[ClaimRow], console: Console) -> RenderableType:
    """The results table, and below it what the study's claims ask for and what the expectation gives."""
    parts = [_arms(rows, console.width)]
    if claims:
        parts += [Text("\nclaims, on the expectation", style="bold"), _claims(claims, console.width)]
    return Group(*parts)


def _arms(rows: Sequence[ResultRow], width: int) -> RenderableType:
    """Arm by arm; what was published in a column where there is room, else below the arm, else below its row."""
    header = ("  endpoint", "time", "mean (95 %)", "unit", "claim", "verdict", "grade", "published")
    cells = {id(row): _cells(row) for row in rows}
    wide = Columns(header, list(cells.values()), right=RIGHT, wrapped=("published", LEAST_PUBLISHED))
    narrow = Columns(header[:-1], [row[:-1] for row in cells.values()], right=RIGHT)
    columns = wide if wide.needed <= width else narrow
    parts: list[RenderableType] = [columns.table([])] if columns.needed <= width else []
    for label, group in groupby(rows, key=lambda row: row.arm_label):
        arm = list(group)
        parts.append(Text(f"{label}, {_over(arm[0])}", style="bold"))
        if wide.needed <= width:
            parts.append(wide.table([cells[id(row)] for row in arm], header=False))
        elif narrow.needed <= width:
            parts.append(narrow.table([cells[id(row)][:-1] for row in arm], header=False))
            said = "; ".join(f"{row.endpoint}: {row.published}" for row in arm if row.published)
            parts += [indented(f"published: {said}", 2)] if said else []
        else:
            parts += [line for row in arm for line in _stacked(row)]
    return Group(*parts)


def _cells(row: ResultRow) -> tuple[str | Text, ...]:
    """A row, in the order of the header."""
    return (
        f"  {row.endpoint}",
        row.time,
        estimate(row.mean, row.lo, row.hi),
        row.unit,
        row.claim or MISSING,
        _verdict(row.verdict),
        row.grade or MISSING,
        row.published or MISSING,
    )


def _stacked(row: ResultRow) -> list[RenderableType]:
    """A row as a few short lines."""
    parts: list[RenderableType] = [
        indented(f"{row.endpoint_label}, {row.time}", 2),
        _uncut(f"    {estimate(row.mean, row.lo, row.hi)} {row.unit} ({row.grade})"),
    ]
    if row.published:
        parts.append(indented(f"published: {row.published}", 4))
    if row.claim:
        parts.append(indented(f"{row.claim}: {row.verdict}", 4, VERDICT_STYLES.get(row.verdict, "")))
    return parts


def _claims(claims: Sequence[ClaimRow], width: int) -> RenderableType:
    """Claim by claim; ways of running the model beside each other where there is room."""
    parts: list[RenderableType] = []
    for claim, group in groupby(claims, key=lambda row: row.claim):
        rows = list(group)
        style = VERDICT_STYLES.get(rows[0].verdict, "default")
        parts.append(Text.assemble((f"{claim}: ", "bold"), (rows[0].verdict, style), f", {rows[0].grade}"))
        variants = list(dict.fromkeys(name for row in rows for name in row.values))
        answers = [[_expected(row.values.get(name)) for name in variants] for row in rows]
        cells = [
            (f"  {row.observable}", row.of or MISSING, _asked(row), *found)
            for row, found in zip(rows, answers, strict=True)
        ]
        columns = Columns(("  observable", "of", "asked", *variants), cells)
        if columns.needed <= width:
            parts.append(columns.table())
        else:
            parts += [line for row in rows for line in _stacked_claim(row)]
    return Group(*parts)


def _stacked_claim(row: ClaimRow) -> list[RenderableType]:
    """What one row of a claim asks, and below it each answer."""
    asked = f"{row.observable} {row.of}".rstrip() + f": {_asked(row)}"
    return [indented(asked, 2), *(_uncut(f"    {name}: {_expected(found)}") for name, found in row.values.items())]


def _asked(row: ClaimRow) -> str:
    """What was asked, and whether a record gives the bounds or a scientist."""
    return f"{row.rule} ({row.basis})" if row.basis else row.rule


def _over(row: ResultRow) -> str:
    """What the mean is taken over, and how many subjects are missing from it."""
    lost = f", {row.failed} not solved" if row.failed else ""
    return f"{row.donors} {row.unit_of_inference}{'s' if row.donors != 1 else ''}{lost}"


def _expected(found: Expected | None) -> str:
    """What the expectation gives in one way of running the model, and whether that is what was asked."""
    if found is None:
        return MISSING
    met = {True: " yes", False: " no", None: ""}[found.holds]
    unit = f" {found.unit}" if found.unit else ""
    return f"{estimate(found.value, found.lo, found.hi)}{unit}{met}"


def _verdict(word: str) -> Text:
    return Text(word or MISSING, style=VERDICT_STYLES.get(word, "default"))


def _uncut(text: str) -> Text:
    """A line that is neither wrapped nor cut: a number in two parts is two numbers."""
    return Text(text, no_wrap=True, overflow="ignore")
