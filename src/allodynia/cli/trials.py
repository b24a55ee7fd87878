"""What a trial shows, on a terminal: design, flow, arms, effects, power by size, selection."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from allodynia.cli.columns import Columns
from allodynia.cli.terminal import indented
from allodynia.report.numbers import MISSING, estimate, number

Row = Mapping[str, Any]


def print_trial(console: Console, found: Row) -> None:
    """The document of a trial (:func:`allodynia.api.trial_rows.document`)."""
    head(console, f"{found['title']}, {found['replicates']} replicates of {found['people']} people")
    for line in found["design"]:
        console.print(indented(line, 2))
    head(console, "\nwho enters, people a replicate")
    for name, count in found["flow"].items():
        console.print(f"  {name}: {number(count, 4)}")
    if found["arms"]:
        head(console, "\narms")
        _arms(console, found["arms"])
    head(console, "\neffects against the control")
    _effects(console, found["effects"], found["share"])
    if any(row["nnt"] is not None for row in found["effects"]):
        head(console, "\nnumber needed to treat for one response more (in one trial)")
        for row in found["effects"]:
            if row["nnt"] is not None:
                console.print(indented(f"{row['analysis']}, {row['arm']}: {needed(row)}", 2))
    if found["sizes"]:
        each = found["sizes"]["each"]
        head(
            console,
            f"\n{found['share']} of the primary analysis by people {'an arm' if each == 'arm' else 'a sequence'}",
        )
        _sizes(console, found["sizes"])
    if found["enrichment"]:
        head(console, "\nselection by a reading at screening")
        _selection(console, found["enrichment"], found["share"])


def head(console: Console, text: str) -> None:
    """The head of a part."""
    console.print(Text(text, style="bold"))


def _arms(console: Console, rows: Sequence[Row]) -> None:
    cells = []
    for row in rows:
        left = ", ".join(f"{name.replace('_', ' ')} {percent(share)}" for name, share in row["left"].items())
        responders = ", ".join(f"by {name}: {percent(share)}" for name, share in row["responders"].items())
        values = "; ".join(f"{name} {number(a)} to {number(b)}" for name, (a, b, _) in row["values"].items())
        cells.append((f"  {row['label']}", number(row["people"], 4), values, responders or MISSING, left))
    print_columns(
        console, ("  arm", "people", "from baseline to end, of those seen", "fell", "left"), cells, {"people"}
    )


def _effects(console: Console, rows: Sequence[Row], share: str) -> None:
    beside = assurance_head(rows, share)
    cells = [
        (
            f"  {row['analysis']}" + (" *" if row["primary"] else ""),
            row["arm"],
            estimate(row["effect"], row["effect_lo"], row["effect_hi"]),
            f"{number(row['lo'])} to {number(row['hi'])}",
            row["unit"],
            MISSING if row["truth"] is None else estimate(row["truth"], row["truth_lo"], row["truth_hi"]),
            share_cell(row, "power"),
            *([share_cell(row, "assurance")] if beside else []),
        )
        for row in rows
    ]
    header = (
        "  analysis",
        "arm",
        "mean estimate (95 %)",
        "interval of one trial",
        "unit",
        "in the same persons",
        share,
        *beside,
    )
    print_columns(console, header, cells, {"mean estimate (95 %)", share, *beside})


def assurance_head(rows: Sequence[Row], share: str) -> list[str]:
    """The head of the column of assurance beside that of power; none where it is not known, or the share itself."""
    known = [row["assurance_replicates"] for row in rows if row["assurance"] is not None]
    return [f"assurance, {known[0]} draws"] if known and share != "assurance" else []


def share_cell(row: Row, name: str) -> str:
    """A share of replicates with its interval."""
    return f"{percent(row[name])} ({percent(row[f'{name}_lo'])} to {percent(row[f'{name}_hi'])})"


def needed(row: Row) -> str:
    """A number needed to treat with its interval, which goes through infinity where the effect may be none (Altman
    1998, BMJ 317:1309).
    """
    middle = row["nnt"]
    if math.isnan(middle):
        return MISSING
    for_whom = "benefit" if middle > 0.0 else "harm"
    said = "no difference" if math.isinf(middle) else f"{_treated(abs(middle))} to {for_whom}"
    if math.isnan(row["nnt_benefit"]):
        ends = sorted(abs(row[name]) for name in ("nnt_lo", "nnt_hi"))
        return f"{said} ({_treated(ends[0])} to {_treated(ends[1])})"
    benefit, harm = (_treated(row[f"nnt_{name}"]) for name in ("benefit", "harm"))
    return f"{said} ({benefit} to benefit, through no effect, to {harm} to harm)"


def _treated(people: float) -> str:
    return "infinity" if math.isinf(people) else f"{people:.1f}".removesuffix(".0")


def _sizes(console: Console, sizes: Row) -> None:
    cells = [
        (
            f"  {point['size']}",
            percent(point["power"])
            + (f" ({percent(point['lo'])} to {percent(point['hi'])})" if point["simulated"] else ""),
            "simulated" if point["simulated"] else "by the normal law",
        )
        for point in sizes["points"]
    ]
    print_columns(console, ("  people", "share", "how"), cells, set())
    for name, size in sizes["least"].items():
        sure = f"{number(size['size'], 4)} ({number(size['lo'], 4)} to {number(size['hi'], 4)})"
        beyond = ", beyond what was simulated" if size["beyond"] else ""
        console.print(f"  for {name}: {sure} people{beyond}")


def _selection(console: Console, rows: Sequence[Row], share: str) -> None:
    cells = [
        (
            "  all" if row["cut_off"] == float("-inf") else f"  {row['reading']} at least {number(row['cut_off'])}",
            percent(row["share"]),
            estimate(row["effect"]["mean"], row["effect"]["lo"], row["effect"]["hi"]),
            MISSING if row["truth"] is None else number(row["truth"]["mean"]),
            percent(row["power"]),
            number(row["asked"], 4),
        )
        for row in rows
    ]
    header = ("  who", "share", "mean estimate (95 %)", "in the same persons", share, "asked")
    print_columns(console, header, cells, {"share", "asked"})


def print_columns(console: Console, header: tuple[str, ...], cells: Sequence[tuple[str, ...]], right: set[str]) -> None:
    """Columns where they fit, else a few short lines a row."""
    columns = Columns(header, cells, right=frozenset(right))
    if columns.needed <= console.width:
        console.print(columns.table())
        return
    for row in cells:
        console.print(Text(row[0], no_wrap=True, overflow="ignore"))
        for name, cell in zip(header[1:], row[1:], strict=True):
            console.print(indented(f"{name}: {cell}", 4))


def percent(share: float) -> str:
    """A share in percent; a dash when missing."""
    return MISSING if math.isnan(share) else f"{100.0 * share:.3g} %"
