"""`allodynia trial`: conduct a trial, or an animal experiment, hundreds of times and say what it would find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allodynia.api.trials import TrialOptions
from allodynia.errors import InvalidInput

DEFAULTS = TrialOptions()


def trial(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A study with a trial: section, or one in animals.")],
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            metavar="N",
            help=f"How often it is conducted. [default: as the folder of --resume, else {DEFAULTS.replicates}]",
        ),
    ] = None,
    people: Annotated[
        int | None, typer.Option("--people", metavar="N", help="People allocated, instead of the study's number.")
    ] = DEFAULTS.people,
    donors: Annotated[
        int | None, typer.Option("--donors", metavar="N", help="In animals: donors an arm, instead of the study's.")
    ] = None,
    mice: Annotated[
        int | None, typer.Option("--mice", metavar="N", help="In animals: animals a donor, instead of the study's.")
    ] = None,
    arms: Annotated[
        str | None, typer.Option("--arms", metavar="TEST,CONTROL", help="In animals: the arms to compare.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Decides every random draw.")] = DEFAULTS.seed,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The run folder: new or empty. [default: below runs/]")
    ] = DEFAULTS.out,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="DIR", help="Go on in the folder of an interrupted trial.")
    ] = DEFAULTS.resume,
    uncertainty: Annotated[
        bool,
        typer.Option(
            "--uncertainty/--no-uncertainty",
            help="Every replicate draws what is uncertain (assurance), or has the table's values (power).",
        ),
    ] = DEFAULTS.uncertainty,
    assurance: Annotated[
        int | None,
        typer.Option(
            "--assurance",
            metavar="N",
            help="Beside them N replicates, each with a draw of what is uncertain. [default: a fifth, 50 at least]",
        ),
    ] = DEFAULTS.assurance,
    hypothesis: Annotated[
        str | None, typer.Option("--hypothesis", metavar="H", help="The rival explanation to run under.")
    ] = DEFAULTS.hypothesis,
    edge: Annotated[
        list[str] | None, typer.Option("--edge", metavar="ID=GAIN", help="Set an edge's gain; 0 cuts it. Repeatable.")
    ] = None,
    pool: Annotated[
        int | None,
        typer.Option("--pool", metavar="N", help="Take people from N drawn once. [default: always new ones]"),
    ] = DEFAULTS.pool,
    cohort: Annotated[
        Path | None, typer.Option("--cohort", metavar="FILE", help="Take people from a file of 'allodynia cohort'.")
    ] = DEFAULTS.cohort,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> int:
    """Conduct the trial of STUDY many times: effect, power, assurance, who leaves, people needed, selection.

    A study in animals is simulated many times too: power by sampling day, and by donors and animals a donor.

    Ctrl-C keeps what is finished; --resume goes on with identical results.
    """
    from allodynia.api.animals import AnimalSession
    from allodynia.api.trialled import session as open_session
    from allodynia.cli.animals import print_animals
    from allodynia.cli.commands.run import gains
    from allodynia.cli.ending import show_and_write
    from allodynia.cli.progress import Bar
    from allodynia.cli.trials import print_trial
    from allodynia.runs.replicates import arguments_of

    if resume is not None:
        begun = arguments_of(resume)
        replicates = begun.get("replicates") if replicates is None else replicates
        assurance = begun.get("assurance") if assurance is None else assurance
    replicates = DEFAULTS.replicates if replicates is None else replicates
    with open_session(
        study, replicates=replicates, people=people, donors=donors, mice=mice, arms=_pair(arms), seed=seed, out=out,
        resume=resume, uncertainty=uncertainty, assurance=assurance, hypothesis=hypothesis, edges=gains(edge or []),
        pool=pool, cohort=cohort,
    ) as session:  # fmt: skip
        with Bar() as bar:
            session.conduct(progress=bar)
        show = print_animals if isinstance(session, AnimalSession) else print_trial
        return show_and_write(session, show, as_json=as_json)


def _pair(arms: str | None) -> tuple[str, str] | None:
    """The arms that ``--arms TEST,CONTROL`` names."""
    if arms is None:
        return None
    parts = [one.strip() for one in arms.split(",")]
    if len(parts) != 2:
        raise InvalidInput(f"--arms {arms}: name two, as in --arms fm_igg,healthy_igg")
    return parts[0], parts[1]
