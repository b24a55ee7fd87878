"""`allodynia diagnose`: what tests for a disease would be worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allodynia.api.diagnosis import DEFAULTS, STUDY, DiagnoseOptions


def diagnose(
    study: Annotated[
        str, typer.Option("--study", metavar="STUDY", help="A study with a diagnosis: section, by name or file.")
    ] = STUDY,
    markers: Annotated[
        str | None,
        typer.Option("--markers", metavar="A,B", help="Only these, and their combinations. [default: all]"),
    ] = None,
    versus: Annotated[
        str | None,
        typer.Option("--versus", metavar="ARM,ARM", help="Whom to tell the disease from. [default: as the study says]"),
    ] = None,
    prevalence_clinic: Annotated[
        float | None, typer.Option("--prevalence-clinic", metavar="P", help="Share who have it in the clinic.")
    ] = DEFAULTS.prevalence_clinic,
    prevalence_population: Annotated[
        float | None, typer.Option("--prevalence-population", metavar="P", help="Share who have it in the population.")
    ] = DEFAULTS.prevalence_population,
    specificity: Annotated[
        float | None, typer.Option("--specificity", metavar="S", help="At which sensitivity is given.")
    ] = DEFAULTS.specificity,
    subjects: Annotated[
        int | None, typer.Option("--subjects", metavar="N", help="People in each arm, instead of the study's number.")
    ] = DEFAULTS.subjects,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder: new or empty. [default: below runs/]")
    ] = DEFAULTS.out,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> int:
    """Compare tests for a disease in simulated people: ROC, sensitivity, predictive values, people for a study.

    What a test would be worth if the model were true; not a way to diagnose anyone.
    """
    from allodynia.api.diagnosis import DiagnoseSession
    from allodynia.cli.diagnosed import print_diagnosis
    from allodynia.cli.ending import show_and_write
    from allodynia.cli.progress import Bar

    options = DiagnoseOptions(
        _names(markers), _names(versus), prevalence_clinic, prevalence_population, specificity, subjects, seed, out
    )
    with DiagnoseSession(study, options) as session:
        with Bar() as bar:
            session.compare(progress=bar)
        return show_and_write(session, print_diagnosis, as_json=as_json)


def _names(given: str | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(name.strip() for name in given.split(",") if name.strip())
