"""The `allodynia` command: which commands there are, and how every one of them ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from allodynia import __version__
from allodynia.cli import exits
from allodynia.cli.commands.claims import claims
from allodynia.cli.commands.cohort import cohort
from allodynia.cli.commands.diagnose import diagnose
from allodynia.cli.commands.evidence import evidence
from allodynia.cli.commands.export import export
from allodynia.cli.commands.fit import fit
from allodynia.cli.commands.petab import petab
from allodynia.cli.commands.predictions import predictions
from allodynia.cli.commands.run import run
from allodynia.cli.commands.simulate import simulate
from allodynia.cli.commands.studies import studies
from allodynia.cli.commands.study import study
from allodynia.cli.commands.system import system
from allodynia.cli.commands.trial import trial
from allodynia.errors import AllodyniaError, AllSubjectsFailed, nearest

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
COMMANDS = (
    run, trial, fit, cohort, diagnose, simulate, petab, studies, claims, evidence, predictions, system, export,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)
app.add_typer(study, name="study")

# Newer versions of typer carry a copy of click, older ones import it; what either raises is an ancestor of this.
USAGE_ERROR: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@app.callback(invoke_without_command=True)
def allodynia(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """The neuro-immune system of fibromyalgia as software that runs.

    A research instrument: not for diagnosis or treatment.
    """
    if version:
        typer.echo(f"allodynia {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; what is wrong with the input is one line on stderr."""
    command: Any = typer.main.get_command(app)
    try:
        status = command.main(list(arguments), prog_name="allodynia", standalone_mode=False)
    except AllSubjectsFailed as problem:
        return _say(str(problem), exits.FAILED)
    except AllodyniaError as problem:
        return _say(str(problem), exits.BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        status = exits.INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone: no more can be said, and Python must not try once more as it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except OSError as problem:  # a full disk, a folder taken away: the message names the file
        return _say(str(problem), exits.FAILED)
    except USAGE_ERROR as problem:
        return _say(_usage(problem), exits.BAD_INPUT)
    if status == exits.INTERRUPTED:  # some versions of typer raise, others return the status
        return _say("interrupted; what was finished is kept", exits.INTERRUPTED)
    return status if isinstance(status, int) else exits.OK


def _usage(problem: Any) -> str:
    """What is wrong with the command line and what was probably meant, in one line."""
    said = " ".join(str(problem.format_message()).split())
    context = getattr(problem, "ctx", None)
    name = context.command_path if context is not None else "allodynia"
    wrong = getattr(problem, "option_name", None)
    if wrong is not None and context is not None and said.startswith("No such option"):
        options = [name for given in context.command.params for name in (*given.opts, *given.secondary_opts)]
        near = nearest(wrong, [name for name in options if name.startswith("--")], count=1)
        said = f"no such option {wrong}" + (f"; did you mean {near[0]}?" if near else "")
    return f"{said[:1].lower()}{said[1:].rstrip('.')} (see '{name} --help')"


def _say(message: str, status: int) -> int:
    """One line on stderr, then the status to leave with."""
    print(f"allodynia: {' '.join(message.split())}", file=sys.stderr)
    return status
