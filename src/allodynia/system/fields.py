"""Reading entries of the tables: what must be there, what may be, and the line to blame."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from allodynia.errors import InvalidInput, Where, unknown
from allodynia.yamltext import Document

Path = tuple[str | int, ...]


def mapping(document: Document, path: Path, what: str) -> dict[str, Any]:
    """The mapping at ``path``; ``what`` is the noun for the message."""
    found: Any = document.data
    for step in path:
        if isinstance(found, dict):
            found = found.get(str(step))
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"{what} must be a mapping of names to entries", where=document.where(path))
    return found


def only(entry: Mapping[str, Any], known: Collection[str], what: str, where: Where) -> None:
    """Refuse keys of ``entry`` that nobody knows."""
    for key in entry:
        if key not in known:
            raise unknown(f"key of {what}", key, known, where=where)


def text(entry: Mapping[str, Any], key: str, what: str, where: Where, *, default: str | None = None) -> str:
    """The text under ``key``; required unless a ``default`` is given."""
    found = entry.get(key, default)
    if not isinstance(found, str):
        raise InvalidInput(f"{what} needs {key!r}, as text", where=where)
    return found


def number(entry: Mapping[str, Any], key: str, what: str, where: Where) -> float:
    """The finite number under ``key``; required."""
    found = entry.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise InvalidInput(f"{what} needs {key!r}, a number, not {found!r}", where=where)
    return float(found)


def optional_number(entry: Mapping[str, Any], key: str, what: str, where: Where) -> float | None:
    """The finite number under ``key``, or None where there is none."""
    return None if entry.get(key) is None else number(entry, key, what, where)


def names(entry: Mapping[str, Any], key: str, what: str, where: Where) -> tuple[str, ...]:
    """The list of names under ``key``; empty where there is none."""
    found = entry.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise InvalidInput(f"{what}: {key!r} must be a list of names", where=where)
    return tuple(found)


def sources(
    entry: Mapping[str, Any], known: Collection[str], what: str, where: Where, key: str = "evidence"
) -> tuple[str, ...]:
    """The evidence ids under ``key``, each of which must be a record."""
    found = names(entry, key, what, where)
    for record in found:
        if record not in known:
            raise unknown("evidence id", record, known, where=where)
    return found
