"""Nested data as lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

INDENT = "    "


def outline(value: Any, depth: int = 1) -> Iterator[str]:
    """One line a value: names before them, what belongs to a name below it and further in."""
    margin = INDENT * depth
    if isinstance(value, Mapping):
        for name, item in value.items():
            if _flat(item):
                yield f"{margin}{name}: {_said(item)}"
            else:
                yield f"{margin}{name}:"
                yield from outline(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            if _flat(item):
                yield f"{margin}- {_said(item)}"
            elif isinstance(item, Mapping) and all(_flat(part) for part in item.values()):
                yield f"{margin}- " + "; ".join(f"{name}: {_said(part)}" for name, part in item.items())
            else:
                yield from outline(item, depth + 1)
    else:
        yield f"{margin}{_said(value)}"


def _flat(value: Any) -> bool:
    """Whether a value fits on the line of its name."""
    if isinstance(value, Mapping):
        return not value
    if isinstance(value, (list, tuple)):
        return all(not isinstance(item, (Mapping, list, tuple)) for item in value)
    return True


def _said(value: Any) -> str:
    """A value without the marks of a programming language."""
    if value is None or value in ({}, [], ()):
        return "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(_said(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())
