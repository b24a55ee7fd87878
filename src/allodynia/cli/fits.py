"""What readings say, on a terminal: donors, the next donor, evidence, days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from allodynia.cli.trials import head, percent, print_columns
from allodynia.report.numbers import number

SHOWN_DAYS = 6


def print_fit(console: Console, found: Mapping[str, Any]) -> None:
    """The document of a fit (:meth:`allodynia.api.fits.FitSession.document`)."""
    head(console, f"{found['title']}: {found['mice']} mice, {found['readings']} readings")
    head(console, "\ntitre x potency of each donor, 1 being a typical patient (median, 95 % interval)")
    rows = [
        (
            f"  {row['donor']}",
            row["arm"],
            row["ada"],
            str(row["mice"]),
            str(row["readings"]),
            _strength(row),
            percent(row["acts"]),
        )
        for row in sorted(found["donors"], key=lambda row: (row["arm"], row["donor"]))
    ]
    names = ("  donor", "arm", "ada", "mice", "readings", "titre x potency", "acts at all")
    if rows:
        print_columns(console, names, rows, {"mice", "readings", "acts at all"})
    else:
        console.print("  no donor's IgG was given")
    nexts = [(f"  {row['population']}", row["ada"], _strength(row), percent(row["acts"])) for row in found["next"]]
    head(console, "\na donor not tested yet")
    print_columns(console, ("  population", "ada", "titre x potency", "acts at all"), nexts, {"acts at all"})
    head(console, "\nevidence, with mice's own antibodies against human IgG (ada) and without")
    variants = [
        (f"  {row['ada']}", f"{row['log_evidence']:.2f}", f"{row['sampling_error']:.2f}", f"{row['animals_error']:.2f}",
         percent(row["noise"]))
        for row in found["evidence"]
    ]  # fmt: skip
    header = ("  ada", "log-evidence", "± sampling", "± animals", "noise of a reading")
    print_columns(console, header, variants, {*header[1:]})
    console.print(
        f"  difference, on less off: {found['log_odds']:.2f} ± {found['log_odds_error']:.2f} (natural logarithm)"
    )
    for one in found["together"]:
        head(console, f"\nnext readings, ada {one['ada']}: {one['mice']} new mice a donor, read before the dose and on")
        best = [row for row in found["days"] if row["ada"] == one["ada"]]
        single = "; ".join(f"day {row['day']:g}: {percent(row['left'])}" for row in best[:SHOWN_DAYS])
        console.print(f"  one day; variance of titre x potency left: {single}")
        least = _days([row["day"] for row in best[-3:]])
        console.print(f"  least telling: days {least}")
        sets = "; ".join(
            f"{_days(one['days'][: count + 1])}: {percent(left)}" for count, left in enumerate(one["left"])
        )
        console.print(f"  days together: {sets or 'no day narrows it'}")


def _strength(row: Mapping[str, Any]) -> str:
    return f"{number(row['strength'])} ({number(row['lo'])} to {number(row['hi'])})"


def _days(days: Sequence[float]) -> str:
    return ", ".join(f"{day:g}" for day in days)
