"""Writing a file so that a reader sees either all of it or none of it, and never outside its folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from allodynia.errors import InvalidInput

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}")


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step: a temporary file beside it, then a rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, its line ends as they are on every platform, in one step."""
    write_bytes(path, text.encode("utf-8"))


def safe_name(name: str, kind: str) -> str:
    """``name`` itself when it can stand as one part of a path on every platform.

    Raises
    ------
    InvalidInput
        The name is empty, begins with a dot, or holds a separator or another character that a path gives a meaning.
    """
    if _SAFE_NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{kind} {name!r} cannot name a file; use letters, digits, '_', '-', '+' and '.', not beginning with '.'"
        )
    return name
