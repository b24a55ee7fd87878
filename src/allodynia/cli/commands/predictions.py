"""`allodynia predictions`: what was predicted of trials without a result yet, and whether the model still says it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allodynia.api.frozen import FreezeOptions

if TYPE_CHECKING:
    from rich.console import Console

DEFAULTS = FreezeOptions("2026-01-01")


def predictions(
    trial: Annotated[str | None, typer.Argument(metavar="[TRIAL]", help="Only this one.")] = None,
    freeze: Annotated[
        Path | None, typer.Option("--freeze", metavar="FILE", help="Predict anew with the model of today, into FILE.")
    ] = None,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="The day that the file names. [default: today]")
    ] = None,
    replicates: Annotated[
        int, typer.Option("--replicates", metavar="N", help="How often the trial is conducted under each explanation.")
    ] = DEFAULTS.replicates,
    pool: Annotated[
        int, typer.Option("--pool", metavar="N", help="People drawn once under each explanation.")
    ] = DEFAULTS.pool,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print the frozen predictions: day, digest of the model, and the effect under every explanation.

    The interval holds the estimate of one trial in 95 of 100 cases. A model that has changed since is named.
    """
    from allodynia.api import frozen
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import out, print_json
    from allodynia.errors import InvalidInput

    if freeze is not None:
        if trial is None:
            raise InvalidInput("--freeze needs the name of a study with a trial: section")
        day = time.strftime("%Y-%m-%d") if date is None else date
        with Bar() as bar:
            made = frozen.freeze(trial, FreezeOptions(day, replicates, pool, seed), bar)
        freeze.write_text(frozen.as_text(made), encoding="utf-8")
        found = [made]
    else:
        found = [frozen.load_frozen(name) for name in ([trial] if trial else frozen.frozen_names())]
    changed = [list(frozen.changed_since(one)) for one in found]
    if as_json:
        print_json([{**one, "changed_since": parts} for one, parts in zip(found, changed, strict=True)])
        return
    for one, parts in zip(found, changed, strict=True):
        _print(out(), one, parts)


def _print(console: Console, one: dict[str, Any], changed: list[str]) -> None:
    from rich.table import Table

    console.print(f"{one['trial']}: {one['title']}", markup=False)
    console.print(f"predicted {one['date']} by model {one['digests']['model'][:16]}, {one['replicates']} replicates")
    console.print(f"changed since: {', '.join(changed)}" if changed else "the model of today is the same")
    table = Table("explanation", "ada", "analysis", "effect", "95 % of one trial", "significant", box=None)
    for row in one["predictions"]:
        switch = row["switch"].removeprefix("ada_")
        if row["why"]:
            table.add_row(row["hypothesis"], switch, row["why"], "", "", "")
        for effect in row["effects"]:
            table.add_row(
                row["hypothesis"], switch, effect["analysis"], f"{effect['effect']:.2f}",
                f"{effect['lo']:.2f} to {effect['hi']:.2f}", f"{100 * effect['significant']:.0f} %",
            )  # fmt: skip
    console.print(table)
