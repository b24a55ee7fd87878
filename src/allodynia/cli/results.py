"""The results table on a terminal: numbers are never cut, whatever the width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from allodynia.report.content import ResultRow
from allodynia.report.numbers import MISSING, estimate

VERDICT_STYLES = {"shown": "green", "failed": "bold red", "not supported": "yellow"}
HEADER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("arm", {"no_wrap": True}),
    ("endpoint", {"no_wrap": True}),
    ("time", {"no_wrap": True, "justify": "right"}),
    ("mean over donors (95 %)", {"no_wrap": True, "justify": "right"}),
    ("unit", {"no_wrap": True}),
    ("published", {"min_width": 14, "max_width": 52}),
    ("claim", {"no_wrap": True}),
    ("verdict", {"no_wrap": True}),
    ("grade", {"no_wrap": True}),
)


def results(rows: Sequence[ResultRow], console: Console) -> RenderableType:
    """The rows as a table where it fits, else one under the other."""
    table = _table(rows)
    needed = console.measure(table).minimum
    return table if needed <= console.width else _stacked(rows)


def _table(rows: Sequence[ResultRow]) -> Table:
    """All columns side by side; only what was published may wrap."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, how in HEADER:
        table.add_column(name, **how)
    before: ResultRow | None = None
    for row in rows:
        repeated = before is not None and before.arm == row.arm
        table.add_row(
            "" if repeated else row.arm,
            "" if repeated and before is not None and before.endpoint == row.endpoint else row.endpoint,
            row.time,
            _value(row),
            row.unit,
            row.published or MISSING,
            row.claim or MISSING,
            Text(row.verdict or MISSING, style=VERDICT_STYLES.get(row.verdict, "default")),
            row.grade or MISSING,
        )
        before = row
    return table


def _stacked(rows: Sequence[ResultRow]) -> Group:
    """Each row as a few short lines, for a narrow terminal."""
    parts: list[RenderableType] = []
    for row in rows:
        parts.append(Text(f"{row.arm}, {row.endpoint}, {row.time}", style="bold"))
        parts.append(Padding(Text(f"{_value(row)} {row.unit}".rstrip(), no_wrap=True, overflow="ignore"), (0, 0, 0, 2)))
        if row.published:
            parts.append(Padding(Text(f"published: {row.published}"), (0, 0, 0, 2)))
        if row.claim:
            style = VERDICT_STYLES.get(row.verdict, "default")
            parts.append(Padding(Text.assemble(f"{row.claim}: ", (row.verdict, style)), (0, 0, 0, 2)))
        if row.grade:
            parts.append(Padding(Text(row.grade), (0, 0, 0, 2)))
    return Group(*parts)


def _value(row: ResultRow) -> str:
    """The simulated mean with its interval, and how many subjects are missing from it."""
    lost = f" [{row.failed} not solved]" if row.failed else ""
    return estimate(row.mean, row.lo, row.hi) + lost
