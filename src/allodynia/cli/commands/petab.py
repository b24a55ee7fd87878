"""`allodynia petab`: how well a PEtab problem's model explains its measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allodynia.api.petab import RTOL

if TYPE_CHECKING:
    from rich.console import Console


def petab(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.yaml", help="The YAML file of a PEtab problem.")],
    rtol: Annotated[float, typer.Option("--rtol", metavar="R", help="Relative tolerance of the integration.")] = RTOL,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> int:
    """Simulate all conditions of a PEtab problem at its nominal parameters and print the log-likelihood.

    Conditions in which nothing was measured are simulated too: they show whether the model can be solved there.
    """
    from allodynia.api.petab import summary
    from allodynia.cli import exits
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import err, out, print_json

    with Bar() as bar:
        found = summary(problem, rtol=rtol, progress=bar)
    if as_json:
        print_json(found)
    else:
        _print(out(), found)
    for failed in found["failed"]:
        err().print(f"allodynia: warning: condition {failed['condition']}: {failed['sentence']}", soft_wrap=True)
    return exits.FAILED if len(found["failed"]) == found["conditions"] else exits.OK


def _print(console: Console, found: dict[str, Any]) -> None:
    from rich.text import Text

    from allodynia.cli.columns import Columns
    from allodynia.report.numbers import number

    console.print(Text(found["problem"], style="bold"))
    console.print(
        f"{found['states']} states, {found['conditions']} conditions, {found['measurements']} measurements, "
        f"{found['estimated']} parameters to estimate, at their nominal values"
    )
    rows = [(row["observable"], str(row["n"]), number(row["llh"], 6), number(row["chi2"], 6)) for row in found["rows"]]
    total = ("all", str(found["measurements"]), f"{found['llh']:.10g}", f"{found['chi2']:.10g}")
    header = ("observable", "measurements", "log-likelihood", "chi squared")
    console.print(Columns(header, [*rows, total], right=frozenset(header[1:])).table())
