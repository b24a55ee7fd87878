"""`allodynia claims`: every statement the system must show, and whether it does."""

from __future__ import annotations

from typing import Annotated

import typer


def claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[CLAIM]...", help="Only these claims.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List every claim with its verdict and the numbers behind it.

    A verdict is that of the expectation: the claim's study with thousands of donors and the uncertainty of every
    parameter propagated. Expectations are cached; the first call may take some seconds.
    """
    from allodynia import api
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import indented, out, print_json

    with Bar() as bar:
        found = api.claims(ids or None, progress=bar)
    if as_json:
        print_json([verdict.to_json() for verdict in found])
        return
    from rich.text import Text

    from allodynia.judge.verdict import Word, describe

    console = out()
    styles = {Word.SHOWN: "green", Word.FAILED: "red", Word.NOT_SUPPORTED: "yellow"}
    for word in Word:
        group = [verdict for verdict in found if verdict.word is word]
        if not group:
            continue
        console.print(Text(f"{word.value} ({len(group)})", style=f"bold {styles.get(word, 'default')}"))
        for verdict in group:
            claim = verdict.claim
            console.print(indented(f"{claim.id}  ({claim.grade.replace('_', ' ')})", 2, "bold"))
            console.print(indented(claim.statement, 4))
            for outcome in verdict.outcomes:
                console.print(indented(describe(outcome), 4, "dim"))
            if not verdict.outcomes or word is Word.NOT_SUPPORTED:
                console.print(indented(verdict.reason, 4, "dim"))
        console.print()
    counts = ", ".join(
        f"{sum(verdict.word is word for verdict in found)} {word.value}"
        for word in Word
        if any(verdict.word is word for verdict in found)
    )
    console.print(Text(f"{len(found)} claims: {counts}", style="bold"))
