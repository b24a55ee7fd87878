"""What can go wrong with what a user gave, said so that they can mend it.

Every message names what happened, where (file and line when there is one), and what to do next. The command line prints
exactly one such line and exits with status 2; Python callers catch :class:`AllodyniaError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a text that a person can open: a file, and the line in it (counted from 1) when known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


LONGEST_MESSAGE = 1_000


class AllodyniaError(Exception):
    """The root of every error a user can mend. ``str(error)`` is one line: place, what happened, what to do."""

    def __init__(self, message: str, *, where: Where | None = None) -> None:
        self.where = where
        self.message = _one_line(message)
        super().__init__(f"{where}: {self.message}" if where is not None else self.message)


def _one_line(message: str) -> str:
    """The message without line breaks, its middle left out where a name from a hostile file makes it endless."""
    line = " ".join(message.splitlines())
    half = LONGEST_MESSAGE // 2 - 2
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:half]} … {line[-half:]}"


class InvalidInput(AllodyniaError):
    """A file or an option holds something that cannot be used: an unknown name, a bad unit, a dose out of range."""


class UnsupportedModel(AllodyniaError):
    """A model uses a construct that is refused at load, rather than simulated wrongly."""


class UnreadableModel(AllodyniaError):
    """A model text could not be read: malformed, too large, too deep, or its reader ran out of time or memory."""


class UnitMismatch(AllodyniaError):
    """Two quantities that must share a unit do not."""


class UnsupportedMachine(AllodyniaError):
    """This processor lacks what the compiled kernels need."""


class AllSubjectsFailed(AllodyniaError):
    """A run finished without one subject solved."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The names in ``known`` most like ``name``, best first; empty when nothing is near."""
    return difflib.get_close_matches(name, sorted(set(known)), n=count, cutoff=0.5)


def unknown(kind: str, name: str, known: Iterable[str], *, where: Where | None = None) -> InvalidInput:
    """The error for a name nobody knows: says the kind and the name, and offers the nearest valid names.

    ``kind`` is the noun a user would use ("study", "arm", "parameter", "unit").
    """
    options = sorted(set(known))
    near = nearest(name, options)
    if near:
        hint = "did you mean " + " or ".join(repr(option) for option in near) + "?"
    elif options and len(options) <= 12:
        hint = "valid names: " + ", ".join(options)
    else:
        hint = f"{len(options)} names are valid" if options else "there is none"
    return InvalidInput(f"unknown {kind} {name!r}; {hint}", where=where)
