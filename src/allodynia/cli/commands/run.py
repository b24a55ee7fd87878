"""`allodynia run`: simulate a study, print what it shows, keep everything in a run folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from allodynia.api.options import DEFAULTS, Options
from allodynia.errors import InvalidInput


def run(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study's name, or your own .yaml file.")],
    subjects: Annotated[
        int | None, typer.Option("--subjects", metavar="N", help="Subjects a donor, instead of the study's own number.")
    ] = DEFAULTS.subjects,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder: new or empty. [default: below runs/]")
    ] = DEFAULTS.out,
    hypothesis: Annotated[
        str | None, typer.Option("--hypothesis", metavar="H", help="The rival explanation to run under.")
    ] = DEFAULTS.hypothesis,
    ada: Annotated[
        bool | None,
        typer.Option("--ada/--no-ada", help="Mice answer human IgG with antibodies, or do not.", show_default=False),
    ] = DEFAULTS.ada,
    edge: Annotated[
        list[str] | None, typer.Option("--edge", metavar="ID=GAIN", help="Set an edge's gain; 0 cuts it. Repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> int:
    """Simulate STUDY, print the results table, and write a run folder.

    The mean and its interval are those of this sample of donors; the verdict is that of the expectation, with thousands
    of donors and the uncertainty of every parameter propagated.
    """
    from allodynia.api.session import Session
    from allodynia.cli import exits
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import err, print_json
    from allodynia.cli.terminal import out as stdout

    options = Options(subjects, seed, out, hypothesis, ada, gains(edge or []))
    with Session(study, options) as session:
        with Bar() as bar:
            session.simulate(progress=bar)
            session.judge(progress=bar)
        # The table first: what takes longer to import than to compute can wait until it has been read.
        if as_json:
            print_json(session.document())
        else:
            from allodynia.cli.results import results

            console = stdout()
            console.print(results(session.rows, session.claim_rows, console), crop=False)
        sys.stdout.flush()
        for warning in session.warnings:
            err().print(f"allodynia: warning: {warning}", soft_wrap=True)
        session.write()
        print(f"written to {session.folder}", file=sys.stderr if as_json else sys.stdout)
        return exits.FAILED if session.all_failed else exits.OK


def gains(texts: list[str]) -> dict[str, float]:
    """The gains that ``--edge ID=GAIN`` options set."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            gain = float(number)
        except ValueError:
            raise InvalidInput(f"--edge {text}: write the edge's id, '=' and a number, as in --edge ada=0") from None
        if name in found:
            raise InvalidInput(f"--edge {name}: given twice")
        found[name] = gain
    return found
