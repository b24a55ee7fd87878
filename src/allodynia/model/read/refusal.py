"""Why a text is refused, in a form that crosses the pipe between child and parent."""

from __future__ import annotations

from typing import Literal

Kind = Literal["unreadable", "unsupported", "units", "invalid"]


class Refusal(Exception):
    """The reader will not go on. ``line`` is the line in the text given, when known; ``element`` the id concerned."""

    def __init__(self, kind: Kind, message: str, *, line: int | None = None, element: str | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.line = line
        self.element = element
