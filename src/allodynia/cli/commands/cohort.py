"""`allodynia cohort`: draw people, keep them in a file, and set them beside published cohorts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allodynia.api.cohorts import CohortOptions

DEFAULTS = CohortOptions()

LEAST_POOL = 1000
"""People of a pool, a quarter of whom must be left under the weights of two dozen targets."""


def cohort(
    population: Annotated[str, typer.Argument(metavar="POPULATION", help="fibromyalgia, healthy, ...")],
    subjects: Annotated[int, typer.Option("--subjects", metavar="N", help="How many people.")] = DEFAULTS.subjects,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Keep them as Parquet; a file of the same cohort is gone on with."),
    ] = DEFAULTS.out,
    taken: Annotated[
        str,
        typer.Option(
            "--taken",
            metavar="HOW",
            help="by_weight: all count the same; with_weight: all plausible, with a weight; all.",
        ),
    ] = DEFAULTS.taken,
    output: Annotated[
        list[str] | None, typer.Option("--output", metavar="ID", help="Keep this output too. Repeatable.")
    ] = None,
    hypothesis: Annotated[
        str | None, typer.Option("--hypothesis", metavar="H", help="The rival explanation to draw them under.")
    ] = DEFAULTS.hypothesis,
    edge: Annotated[
        list[str] | None, typer.Option("--edge", metavar="ID=GAIN", help="Set an edge's gain; 0 cuts it. Repeatable.")
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", metavar="FILE", help="Find the population's weights anew, into FILE, and stop."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> int:
    """Draw people of POPULATION, weighted so that they look as published cohorts do, and say how near they come.

    Ctrl-C keeps who is drawn; the same command goes on from there.
    """
    from allodynia.api.cohorts import draw_cohort
    from allodynia.cli import exits
    from allodynia.cli.cohorts import print_cohort, print_found
    from allodynia.cli.commands.run import gains
    from allodynia.cli.progress import Bar
    from allodynia.cli.terminal import out as stdout
    from allodynia.cli.terminal import print_json

    if calibrate is not None:
        from allodynia.api.weights import calibrate as find
        from allodynia.api.weights import weighting_text
        from allodynia.errors import InvalidInput
        from allodynia.runs.files import write_text

        given = {
            "--out": out, "--output": output, "--hypothesis": hypothesis, "--edge": edge, "--json": as_json,
            "--taken": taken != DEFAULTS.taken,
        }  # fmt: skip
        for option in (name for name, value in given.items() if value):
            raise InvalidInput(f"{option} has no part in finding weights; leave it out, or --calibrate")
        if subjects < LEAST_POOL:
            raise InvalidInput(f"weights are found from {LEAST_POOL} people or more; --subjects {subjects} are too few")
        found = find(population, people=subjects, seed=seed)
        write_text(calibrate, weighting_text(found))
        print_found(stdout(), found)
        return exits.OK
    with Bar() as bar:
        result = draw_cohort(
            population, progress=bar, subjects=subjects, seed=seed, out=out, taken=taken, outputs=tuple(output or ()),
            hypothesis=hypothesis, edges=gains(edge or []),
        )  # fmt: skip
    if as_json:
        print_json(result.document())
    else:
        print_cohort(stdout(), result.document())
    return exits.OK
