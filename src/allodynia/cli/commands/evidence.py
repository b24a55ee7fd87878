"""`allodynia evidence`: the records that the numbers come from."""

from __future__ import annotations

from typing import Annotated

import typer

SHOW = "show"


def evidence(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]... | show ID", help="Words a record must hold; or 'show' and a record's id."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Search the evidence, or show one record in full.

    `allodynia evidence` lists all records, `allodynia evidence cold IgG` those that hold both words, and
    `allodynia evidence show ID` prints one record with its source and the parameters and claims that rest on it.
    """
    given = words or []
    if len(given) == 2 and given[0] == SHOW:
        _show(given[1], as_json)
    else:
        _search(given, as_json)


def _search(words: list[str], as_json: bool) -> None:
    """Records that hold every word, one line of claim each."""
    from rich.text import Text

    from allodynia.cli.terminal import err, indented, out, print_json
    from allodynia.system import load_evidence

    library = load_evidence()
    found = library.search(" ".join(words)) if words else list(library)
    if as_json:
        print_json([{"id": record.id, "claim": record.claim, "source": record.citation} for record in found])
        return
    console = out()
    for record in found:
        console.print(Text(record.id, style="bold"))
        console.print(indented(record.claim, 4))
        console.print(indented(record.citation, 4, "dim"))
    which = f"with {' and '.join(words)}" if words else "in all"
    err().print(f"{len(found)} records {which}; 'allodynia evidence show ID' prints one in full", soft_wrap=True)


def _show(identifier: str, as_json: bool) -> None:
    """One record in full, and what rests on it."""
    from rich.text import Text

    from allodynia.api.catalogue import evidence_record
    from allodynia.cli.outline import outline
    from allodynia.cli.terminal import out, print_json

    record = evidence_record(identifier)
    if as_json:
        print_json(record)
        return
    console = out()
    console.print(Text(str(record["id"]), style="bold"))
    for line in outline({name: value for name, value in record.items() if name != "id"}):
        console.print(Text(line))
