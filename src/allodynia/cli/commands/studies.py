"""`allodynia studies`: what can be simulated."""

from __future__ import annotations

from typing import Annotated

import typer


def studies(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the studies that come with the system, with the question each one asks."""
    from allodynia import api
    from allodynia.cli.terminal import out, print_json

    found = api.studies()
    if as_json:
        print_json(found)
        return
    from rich.padding import Padding
    from rich.text import Text

    console = out()
    for study in found:
        console.print(Text(str(study["id"]), style="bold"))
        console.print(Padding(Text(f"{study['title']}. {study['question']}"), (0, 0, 0, 4)))
        arms = ", ".join(study["arms"])
        facts = f"{study['subjects']} subjects over {study['follow_up']} in {len(study['arms'])} arms ({arms})"
        console.print(Padding(Text(facts, style="dim"), (0, 0, 0, 4)))
    console.print(Text("\nRun one with 'allodynia run NAME', or your own file with 'allodynia run my-study.yaml'."))
