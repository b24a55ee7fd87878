"""`allodynia claims`: every statement the system must show, and whether it does."""

from __future__ import annotations

from typing import Annotated

import typer


def claims(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[CLAIM]...", help="Only these claims.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CLAIM", help="The same; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List every claim with its verdict and the numbers behind it.

    A verdict is that of the expectation: the claim's study with thousands of donors or people and the uncertainty of
    every parameter propagated. Expectations are cached by content; the first call simulates, a second takes seconds.
    Exits with 1 if a claim fails that is not listed as failing with its reason.
    """
    from allodynia import api
    from allodynia.cli.exits import FAILED
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import indented, out, print_json
    from allodynia.judge.fit import posterior, scores
    from allodynia.judge.summary import summary

    chosen = [*(ids or []), *(only or [])]
    with Bar() as bar:
        found = api.claims(chosen or None, progress=bar)
    told = summary(found)
    if as_json:
        print_json([verdict.to_json() for verdict in found])
        raise typer.Exit(FAILED if told.unexcused else 0)
    from rich.text import Text

    from allodynia.judge.verdict import Word, describe

    console = out()
    styles = {
        Word.SHOWN: "green", Word.FAILED: "bold red", Word.MISSING: "bold red", Word.KNOWN: "red",
        Word.NOT_SUPPORTED: "yellow",
    }  # fmt: skip
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
                mark = {True: "+ ", False: "- ", None: "  "}[outcome.holds]
                console.print(indented(mark + describe(outcome), 4, "red" if outcome.holds is False else "dim"))
            for name, share in posterior(scores(verdict)).items():
                console.print(
                    indented(f"  {name}: {100.0 * share:.3g} % of equal prior odds, on these records", 4, "dim")
                )
            if not verdict.outcomes or word in (Word.NOT_SUPPORTED, Word.KNOWN) or claim.id in told.overtaken:
                console.print(indented(verdict.reason, 4, "dim"))
        console.print()
    for sentence in told.sentences():
        console.print(Text(sentence, style="bold"))
    if told.unexcused:
        raise typer.Exit(FAILED)
