"""Where output goes: results to stdout, everything else to stderr; colour only where a person looks and wants it."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

PIPE_WIDTH = 240
"""A pipe or a file has no width: lines there are as long as they need to be, so that nothing is cut or wrapped."""


def out() -> Console:
    """A console on stdout, for results. Honours NO_COLOR and TERM=dumb."""
    return Console(
        file=sys.stdout,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if sys.stdout.isatty() else PIPE_WIDTH,
    )


def err() -> Console:
    """A console on stderr, for progress and warnings."""
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def indented(text: str, by: int = 4, style: str = "") -> Padding:
    """A paragraph set in from the left, without blanks at its right."""
    return Padding(Text(text, style=style), (0, 0, 0, by), expand=False)


def print_json(value: object) -> None:
    """``value`` as JSON on stdout, and nothing but JSON."""
    from allodynia.runs.jsontext import dumps

    sys.stdout.write(dumps(value) + "\n")
