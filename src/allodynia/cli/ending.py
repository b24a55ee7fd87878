"""How a command ends whose session is done: results on stdout, warnings on stderr, then the folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from allodynia.cli import exits
from allodynia.cli.terminal import err, print_json
from allodynia.cli.terminal import out as stdout


class Session(Protocol):
    """What was run: results as JSON keeps them, what a reader must know of them, and a run folder."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Each a line."""
        ...

    @property
    def folder(self) -> Path:
        """The run folder."""
        ...

    def document(self) -> dict[str, Any]:
        """Everything that is printed."""
        ...

    def write(self) -> None:
        """Write what is not on disk yet."""
        ...


def show_and_write(session: Session, show: Callable[[Any, dict[str, Any]], None], *, as_json: bool) -> int:
    """Print the results with ``show`` (given a console), or as JSON; warn; write; say where. The exit status."""
    document = session.document()
    if as_json:
        print_json(document)
    else:
        show(stdout(), document)
    sys.stdout.flush()
    for warning in session.warnings:
        err().print(f"allodynia: warning: {warning}", soft_wrap=True)
    session.write()
    print(f"written to {session.folder}", file=sys.stderr if as_json else sys.stdout)
    return exits.OK
