"""`allodynia fit`: what a laboratory's own readings say of the donors of the IgG."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from allodynia.api.fits import FitOptions
from allodynia.errors import InvalidInput

DEFAULTS = FitOptions()


def fit(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="The experiment that was done: a name or a study file.")
    ],
    readings: Annotated[
        Path | None, typer.Argument(metavar="READINGS.csv", help="Columns mouse, donor, arm, day, paw_pressure_g.")
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a file of readings to begin with.")] = False,
    animals: Annotated[
        int, typer.Option("--animals", metavar="N", help="Animals simulated at every strength of IgG.")
    ] = DEFAULTS.animals,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder: new or empty. [default: below runs/]")
    ] = DEFAULTS.out,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> int:
    """Fit readings of mice given IgG: titre x potency of each donor, with the mice's antibodies against it and without.

    Says how much better the readings fit one or the other, and on which days the next mice should be read.
    """
    from allodynia.api.fits import FitSession
    from allodynia.api.fits import template as example
    from allodynia.cli import exits
    from allodynia.cli.ending import show_and_write
    from allodynia.cli.fits import print_fit
    from allodynia.cli.progress import Bar

    options = FitOptions(animals, seed, out)
    if template:
        sys.stdout.write(example())
        return exits.OK
    if readings is None:
        raise InvalidInput("name the file of readings; 'allodynia fit STUDY --template' prints one to begin with")
    with FitSession(study, readings, options) as session:
        with Bar() as bar:
            session.run(progress=bar)
        return show_and_write(session, print_fit, as_json=as_json)
