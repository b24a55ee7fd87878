"""A cohort on a terminal: who was looked at, and each published number beside what is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from allodynia.cli.columns import Columns
from allodynia.cli.terminal import indented
from allodynia.report.numbers import number

Row = Mapping[str, Any]
HEADER = ("  target", "published (95 %)", "of people", "plausible", "cohort", "off by", "record")
HOW = {
    "by_weight": "taken by weight",
    "with_weight": "all plausible, each with a weight",
    "all": "without weights",
}


def print_cohort(console: Console, found: Row) -> None:
    """The document of a cohort (:meth:`allodynia.api.cohorts.CohortResult.document`)."""
    counts = found["counts"]
    console.print(Text(f"{found['people']} people of {found['population']}, {HOW[found['taken']]}", style="bold"))
    tried = counts.get("tried", 0)
    if tried:
        outside = ", ".join(
            f"{name} {_percent(count / tried)}"
            for name, count in sorted(counts["outside"].items(), key=lambda item: -item[1])
            if count
        )
        console.print(
            indented(
                f"of {tried} candidates {_percent(counts['rejected'] / tried)} implausible"
                + (f" ({outside}; one may be outside of several)" if outside else "")
                + f", {_percent(counts['declined'] / tried)} not taken for their weight, {counts['unsettled']} without "
                "a steady state",
                2,
            )
        )
    else:
        console.print(indented("how many candidates they took is not known: they are the first of more people", 2))
    console.print(indented(f"effective sample size {number(found['effective'], 4)}", 2))
    if found["targets"]:
        console.print(Text("\nbeside published cohorts", style="bold"))
        print_targets(console, found["targets"])
    if found["out"]:
        console.print(f"written to {found['out']}")


def print_found(console: Console, found: Any) -> None:
    """What the search for weights came to (:class:`allodynia.study.weights_found.Found`)."""
    share = found.effective / found.people
    console.print(
        Text(
            f"{found.people} plausible people of {found.population} count as {number(found.effective, 4)} "
            f"({_percent(share)}) under the weights",
            style="bold",
        )
    )
    rows = [
        {"target": one.target, "published": one.published, "lo": one.lo, "hi": one.hi, "n": one.n,
         "unit": one.unit, "simulated": one.simulated, "plain": plain.simulated, "distance": one.distance,
         "within": one.within, "evidence": one.evidence}
        for one, plain in zip(found.weighted, found.plain, strict=True)
    ]  # fmt: skip
    print_targets(console, rows)


def print_targets(console: Console, rows: Sequence[Row]) -> None:
    """Targets, each with its distance in standard errors of the published number."""
    cells = []
    for row in rows:
        unit = f" {row['unit']}" if row["unit"] not in ("", "dimensionless") else ""
        published = f"{number(row['published'])} ({number(row['lo'])} to {number(row['hi'])}){unit}"
        off = f"{row['distance']:+.1f} SE" + ("" if row["within"] else "  outside")
        name = f"  {row['target'].replace('_', ' ')}"
        records = ", ".join(row["evidence"])
        people = "" if row["n"] is None else f"{row['n']}"
        cells.append((name, published, people, number(row["plain"]), number(row["simulated"]), off, records))
    columns = Columns(HEADER, cells, right=frozenset(("of people", "plausible", "cohort")))
    if columns.needed <= console.width:
        console.print(columns.table())
    else:
        for name, published, people, plain, simulated, off, _ in cells:
            of = f" of {people} people" if people else ""
            console.print(f"{name}: published {published}{of}, plausible {plain}, cohort {simulated}, {off}")
    outside = [row["target"] for row in rows if not row["within"]]
    said = f"{len(rows) - len(outside)} of {len(rows)} lie within their published interval"
    console.print(indented(said + (f"; not: {', '.join(outside)}" if outside else ""), 2))


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"
