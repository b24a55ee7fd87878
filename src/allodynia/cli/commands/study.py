"""`allodynia study`: begin a study file, and see what one says."""

from __future__ import annotations

from typing import Annotated

import typer

study = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Begin a study file, or check one."
)


@study.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The file to write; .yaml is added.")],
    kind: Annotated[str, typer.Option("--kind", metavar="K", help="trial (of people) or animals.")] = "trial",
) -> None:
    """Write a commented study file to begin with; it can be checked and run as it is."""
    from allodynia.study.templating import write_template

    path = write_template(name, kind)
    run = "trial" if kind == "trial" else "run"
    print(f"wrote {path}; change it, then 'allodynia study check {path}' and 'allodynia {run} {path}'")


@study.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A study file, or the name of a study.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say in words what a study file says; what cannot be is one line with file and line number, and status 2."""
    from allodynia.cli.terminal import indented, out, print_json
    from allodynia.study.check import check_study

    said = check_study(file)
    if as_json:
        print_json(said)
        return
    console = out()
    for line in said:
        console.print(indented(line, 0))
