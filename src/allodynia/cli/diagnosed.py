"""What tests for a disease are worth, on a terminal: a table for each group that the disease is to be told from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from allodynia.cli.columns import Columns
from allodynia.cli.terminal import indented
from allodynia.report.numbers import MISSING, estimate, number

Row = Mapping[str, Any]


def print_diagnosis(console: Console, found: Row) -> None:
    """The document of :class:`allodynia.api.diagnosis.DiagnoseSession`."""
    labels, places = found["labels"], list(found["prevalence"])
    console.print(Text(f"{found['title']}: {labels[found['disease']]}", style="bold"))
    told = ", ".join(f"{_share(share)} in the {place}" for place, share in found["prevalence"].items())
    console.print(f"sensitivity and predictive values at a specificity of {found['specificity']:g}")
    if told:
        console.print(f"prevalence: {told}")
    for arm in dict.fromkeys(row["versus"] for row in found["rows"]):
        rows = [row for row in found["rows"] if row["versus"] == arm]
        console.print(Text(f"\nagainst {labels[arm]}, {rows[0]['ill']} and {rows[0]['others']} people", style="bold"))
        _table(console, rows, places)
    console.print(
        "\nneeded: people with and without the disease for an AUC ± 0.05; tested: people of each place for sensitivity "
        "and specificity ± 0.05",
        style="dim",
    )
    for name, said in found["cautions"].items():
        console.print(indented(f"{name}: {said}", 2, "dim"))


def _table(console: Console, rows: Sequence[Row], places: Sequence[str]) -> None:
    values = [f"{name} {place}" for place in places for name in ("PPV", "NPV")]
    tested = [f"tested, {place}" for place in places]
    header = ("  test", "AUC (95 %)", "apparent", "sensitivity (95 %)", *values, "needed", *tested)
    cells = [
        (
            f"  {row['test']}",
            estimate(row["auc"], row["auc_lo"], row["auc_hi"]),
            MISSING if row["apparent_auc"] is None else number(row["apparent_auc"]),
            estimate(row["sensitivity"], row["sensitivity_lo"], row["sensitivity_hi"]),
            *(_share(row[f"{name}_{place}"]) for place in places for name in ("ppv", "npv")),
            f"{row['needed_ill']} and {row['needed_others']}",
            *(f"{row[f'to_test_{place}']}" for place in places),
        )
        for row in rows
    ]
    columns = Columns(header, cells, right=frozenset(header[1:]))
    if columns.needed <= console.width:
        console.print(columns.table())
        return
    for row in cells:
        console.print(Text(row[0], no_wrap=True, overflow="ignore"))
        for name, cell in zip(header[1:], row[1:], strict=True):
            console.print(indented(f"{name}: {cell}", 4))


def _share(value: float) -> str:
    return MISSING if value != value else f"{100.0 * value:.3g} %"  # noqa: PLR0124
