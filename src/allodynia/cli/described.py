"""The system as a person reads it: modules with their parameters, the wiring, the rival explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from allodynia.cli.terminal import indented
from allodynia.report.numbers import number


def print_system(console: Console, found: Mapping[str, Any]) -> None:
    """Print what :func:`allodynia.api.catalogue.system` gives."""
    for name, part in found["modules"].items():
        _module(console, name, part)
    edges = [(*(edge[key] for key in ("id", "source", "target", "unit")), _basis(edge)) for edge in found["edges"]]
    console.print(Text("edges", style="bold"))
    console.print(_table(("edge", "from", "to", "unit", "evidence"), edges))
    for kind in ("hypotheses", "switches"):
        console.print(Text(f"\n{kind}", style="bold"))
        for name, entry in found[kind].items():
            gains = ", ".join(f"{edge} = {gain:g}" for edge, gain in entry["edges"].items())
            default = " (default)" if name == found["default_hypothesis"] else ""
            console.print(indented(f"{name}{default}: {entry['label']}; {gains}"))


def print_audit(console: Console, found: Mapping[str, Any]) -> None:
    """Print what :func:`allodynia.api.catalogue.audit` gives: a table a grade."""
    for grade in found["grades"]:
        rows = [
            (row["species"], row["id"], number(row["value"], 4), row["unit"], _basis(row), row["where"])
            for row in found["numbers"]
            if row["grade"] == grade
        ]
        console.print(Text(f"{grade} ({len(rows)})", style="bold"))
        if rows:
            console.print(_table(("species", "parameter", "value", "unit", "evidence", "file"), rows))


def _module(console: Console, name: str, part: Mapping[str, Any]) -> None:
    """A module: what it is for, its states, and a table of its parameters."""
    console.print(Text.assemble((name, "bold"), f"  {part['where']}"))
    console.print(indented(part["purpose"]))
    for kind in ("states", "outputs"):
        listed = ", ".join(f"{one['id']} ({one['unit']})" for one in part[kind])
        console.print(indented(f"{kind}: {listed or 'none'}"))
    rows = [
        (row["id"], number(row["value"], 4), row["unit"], row["level"], row["grade"], _basis(row), row["where"])
        for row in part["parameters"]
    ]
    if rows:
        console.print(_table(("parameter", "value", "unit", "differs by", "grade", "evidence", "file"), rows))
    console.print()


def _basis(row: Mapping[str, Any]) -> str:
    """The records a row rests on; without one it is assumed, in a range or for a reason."""
    if row["evidence"]:
        return ", ".join(row["evidence"])
    given = row.get("assumed")
    if isinstance(given, Mapping):
        given = ", ".join(f"{name} {_range(value)}" for name, value in given.items())
    return f"assumed: {given}" if given else "assumed"


def _range(prior: object) -> str:
    """A prior as a person writes it: its two ends, or its numbers by name."""
    if not isinstance(prior, Mapping):
        return str(prior)
    if set(prior) == {"lower", "upper"}:
        return f"{number(prior['lower'], 3)} to {number(prior['upper'], 3)}"
    return " ".join(f"{name} {number(value, 3)}" for name, value in prior.items())


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Padding:
    """Columns side by side; the evidence may wrap, nothing else."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in header:
        wraps = name == "evidence"
        table.add_column(
            name,
            no_wrap=not wraps,
            overflow="fold",
            justify="right" if name == "value" else "left",
            max_width=60 if wraps else None,
        )
    for row in rows:
        table.add_row(*row)
    return Padding(table, (0, 0, 0, 4), expand=False)
