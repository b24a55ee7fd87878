"""`allodynia simulate`: one's own model, for one subject or many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allodynia.api.model_options import MODEL_DEFAULTS, ModelOptions

if TYPE_CHECKING:
    from rich.console import Console


def simulate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An SBML file (.xml) or an Antimony text (.ant).")],
    end: Annotated[float, typer.Option("--end", metavar="T", help="The time of the last sample.")],
    start: Annotated[
        float, typer.Option("--start", metavar="T", help="The time of the initial state.")
    ] = MODEL_DEFAULTS.start,
    points: Annotated[
        int, typer.Option("--points", metavar="N", help="Samples, evenly spaced, both ends included.")
    ] = MODEL_DEFAULTS.points,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="NAME=...",
            help="What is given instead of the model's own value: 'k=2.5', 'k=normal(mean,sd)', "
            "'k=lognormal(median,sigma)', 'k=uniform(a,b)' or 'k=loguniform(a,b)'. Repeatable.",
        ),
    ] = None,
    subjects: Annotated[
        int | None,
        typer.Option(
            "--subjects", metavar="N", help="How many subjects. [default: 100 where something is drawn, else 1]"
        ),
    ] = MODEL_DEFAULTS.subjects,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every draw.")] = MODEL_DEFAULTS.seed,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output", metavar="ID", help="Sample this, or 'S.amount' of a species. Repeatable. [default: all]"
        ),
    ] = None,
    dose: Annotated[
        list[str] | None,
        typer.Option(
            "--dose",
            metavar="'into=S amount=A at=T ...'",
            help="Give every subject a dose: also every=, repeat=, lag=, bioavailability=, steady; an infusion with "
            "through=PARAMETER and over= or rate=; 'reset at=T'. Repeatable.",
        ),
    ] = None,
    rtol: Annotated[float, typer.Option("--rtol", metavar="R", help="Relative tolerance.")] = MODEL_DEFAULTS.rtol,
    atol: Annotated[
        float | None,
        typer.Option("--atol", metavar="A", help="Absolute tolerance of every state. [default: scaled to each state]"),
    ] = MODEL_DEFAULTS.atol,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder: new or empty. [default: below runs/]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> int:
    """Simulate MODEL, print a summary, and write a run folder with trajectories and figures.

    A species is what its id means in SBML: a concentration, or an amount where it has only substance units.
    """
    from allodynia.api.doses import parse
    from allodynia.api.model_run import ModelSession
    from allodynia.api.vary import variations
    from allodynia.cli import exits
    from allodynia.cli.ending import show_and_write
    from allodynia.cli.progress import Bar

    outputs = tuple(output) if output else MODEL_DEFAULTS.outputs
    doses = tuple(parse(text) for text in dose or ())
    options = ModelOptions(start, end, points, subjects, variations(vary), seed, outputs, rtol, atol, doses)
    with ModelSession(model, options, out) as session:
        with Bar() as bar:
            session.simulate(progress=bar)
        ended = show_and_write(session, _print, as_json=as_json)
        return exits.FAILED if session.all_failed else ended


def _print(console: Console, document: dict[str, Any]) -> None:
    from rich.text import Text

    from allodynia.cli.columns import Columns
    from allodynia.report.numbers import estimate, number

    unit = f" {document['time_unit']}" if document["time_unit"] else ""
    solved = document["subjects"] - document["failed"]
    console.print(Text(document["model"], style="bold"))
    console.print(
        f"{solved} of {document['subjects']} subjects solved, time {document['start']:g} to {document['end']:g}{unit}"
    )
    many = solved > 1
    header = (
        "output",
        "at the start",
        "at the end" + (" (5th to 95th percentile)" if many else ""),
        "lowest",
        "highest",
        "unit",
    )
    rows = [
        (
            row["output"],
            number(row["start"], 4),
            estimate(row["end"], row["lo"], row["hi"]) if many else number(row["end"], 6),
            number(row["lowest"], 4),
            number(row["highest"], 4),
            row["unit"],
        )
        for row in document["rows"]
    ]
    console.print(Columns(header, rows, right=frozenset(header[1:5])).table())
