"""`allodynia system`: the biology as it stands, every number with its unit and its source."""

from __future__ import annotations

from typing import Annotated

import typer


def system(
    module: Annotated[str | None, typer.Argument(metavar="[MODULE]", help="Only this module.")] = None,
    species: Annotated[str, typer.Option("--species", metavar="S", help="Whose values.")] = "mouse",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print the modules, edges, states and parameters of the system.

    Each parameter with its value, unit, who differs in it, grade, and the evidence it rests on or that it is assumed.
    """
    from allodynia.api.catalogue import system as described
    from allodynia.cli.terminal import out, print_json

    found = described(species, module)
    if as_json:
        print_json(found)
        return
    from allodynia.cli.described import print_system

    print_system(out(), found)
