"""`allodynia system`: the biology as it stands, every number with its unit and its source."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from allodynia.cli import exits

AUDIT = "audit"


def system(
    module: Annotated[
        str | None,
        typer.Argument(metavar="[MODULE | audit]", help="Only this module; or audit: every number."),
    ] = None,
    species: Annotated[
        str | None, typer.Option("--species", metavar="S", help="Whose values (mouse; an audit: all species).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print the modules, edges, states and parameters of the system.

    Each parameter with its value, unit, who differs in it, grade, and the evidence it rests on or that it is assumed.
    `allodynia system audit` lists every number of every species and drug by how well it is known; its exit status is 1
    if one stands without unit or source.
    """
    if module == AUDIT:
        _audit(species, as_json)
        return
    from allodynia.api.catalogue import system as described
    from allodynia.cli.terminal import out, print_json

    found = described(species or "mouse", module)
    if as_json:
        print_json(found)
        return
    from allodynia.cli.described import print_system

    print_system(out(), found)


def _audit(species: str | None, as_json: bool) -> None:
    """Every number by grade, then those that do not stand."""
    from allodynia.api.catalogue import audit
    from allodynia.cli.terminal import err, out, print_json

    found = audit(species)
    if as_json:
        print_json(found)
    else:
        from allodynia.cli.described import print_audit

        print_audit(out(), found)
        counted = Counter(row["grade"] for row in found["numbers"])
        said = ", ".join(f"{counted[grade]} {grade}" for grade in found["grades"])
        err().print(f"{len(found['numbers'])} numbers: {said}; {_problems(found)}", soft_wrap=True)
    for problem in found["problems"]:
        err().print(problem, soft_wrap=True)
    if found["problems"]:
        raise typer.Exit(exits.FAILED)


def _problems(found: dict[str, Any]) -> str:
    number = len(found["problems"])
    return "none without unit or source" if number == 0 else f"{number} that cannot stand"
