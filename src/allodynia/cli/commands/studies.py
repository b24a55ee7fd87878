"""`allodynia studies`: what can be simulated."""

from __future__ import annotations

from typing import Annotated

import typer


def studies(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the studies that come with the system, with the question each one asks."""
    from allodynia import api
    from allodynia.cli.terminal import indented, out, print_json

    found = api.studies()
    if as_json:
        print_json(found)
        return
    from rich.text import Text

    console = out()
    for study in found:
        console.print(Text(str(study["id"]), style="bold"))
        console.print(indented(f"{study['title']}. {study['question']}", 4))
        arms = ", ".join(study["arms"])
        facts = f"{study['subjects']} subjects a donor over {study['follow_up']} in {len(study['arms'])} arms ({arms})"
        console.print(indented(facts, 4, "dim"))
    console.print(Text("\nRun one with 'allodynia run NAME', or your own file with 'allodynia run my-study.yaml'."))
