"""What an animal experiment shows, on a terminal: its plan, days and endpoints, donors and animals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from allodynia.cli.terminal import indented
from allodynia.cli.trials import assurance_head, head, percent, print_columns, share_cell
from allodynia.report.numbers import MISSING, estimate, number


def print_animals(console: Console, found: Mapping[str, Any]) -> None:
    """The document of an animal experiment (:meth:`allodynia.api.animals.AnimalSession.document`)."""
    head(console, f"{found['title']}, {found['replicates']} replicates of {found['animals']} animals")
    for item, said in found["arrive"].items():
        console.print(indented(f"{item}: {said}", 2))
    head(console, f"\ntest less control, by sampling day (* primary), and {found['share']}")
    beside = assurance_head(found["days"], found["share"])
    cells = [
        (
            f"  {row['endpoint']}" + (" *" if row["primary"] else ""),
            number(row["day"]),
            estimate(row["effect"], row["effect_lo"], row["effect_hi"]),
            number(row["truth"]),
            row["unit"],
            MISSING if row["icc"] is None else number(row["icc"]),
            share_cell(row, "power"),
            *([share_cell(row, "assurance")] if beside else []),
        )
        for row in found["days"]
    ]
    header = ("  endpoint", "day", "mean estimate (95 %)", "true", "unit", "between donors", found["share"], *beside)
    print_columns(console, header, cells, {"day", "mean estimate (95 %)", "true", "between donors"})
    if not found["with_donors"]:
        head(console, f"\n{found['share']} of the primary reading by animals an arm")
        cells = [(f"  {one['animals'] // 2}", share_cell(one, "power")) for one in found["designs"]]
        print_columns(console, ("  animals", found["share"]), cells, set())
        return
    head(console, f"\n{found['share']} of the primary reading by donors an arm and animals a donor")
    points = {(one["donors"], one["mice"]): one["power"] for one in found["designs"]}
    mice = sorted({one for _, one in points})
    rows = [
        (f"  {donors} donors", *(percent(points[donors, one]) for one in mice))
        for donors in sorted({one for one, _ in points})
    ]
    names = ("  animals a donor", *(str(one) for one in mice))
    print_columns(console, names, rows, {*names[1:]})
