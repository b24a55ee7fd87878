"""Doses as the command line writes them: ``into=depot amount=10 at=0 every=24 repeat=5``, or ``reset at=48``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from allodynia.engine.regimen import Dose, Reset
from allodynia.errors import InvalidInput, unknown

NAMES = {"into", "through"}
NAMES_OR_NUMBERS = {"lag", "bioavailability"}
KEYS = tuple(field.name for field in fields(Dose))


def parse(text: str) -> Dose | Reset:
    """One record. Raises `InvalidInput` for what is no dose, with the nearest key."""
    words = text.replace(",", " ").split()
    reset = words[:1] == ["reset"]
    given: dict[str, Any] = {}
    for word in words[1:] if reset else words:
        key, equals, value = word.partition("=")
        if key not in KEYS:
            raise unknown("part of a dose", key, KEYS)
        if key in given:
            raise InvalidInput(f"dose {text!r}: {key} is given twice")
        if key == "steady":
            if equals:
                raise InvalidInput(f"dose {text!r}: steady stands alone, without a value")
            given[key] = True
        elif not value:
            raise InvalidInput(f"dose {text!r}: write {key}=..., with a value")
        else:
            given[key] = value if key in NAMES else _number(text, key, value)
    if reset:
        if set(given) != {"at"}:
            raise InvalidInput(f"dose {text!r}: a reset has a time and nothing else, as in 'reset at=48'")
        return Reset(given["at"])
    for key in ("at", "amount"):
        if key not in given:
            raise InvalidInput(f"dose {text!r}: {key}=... is missing")
    return Dose(**given)


def _number(text: str, key: str, value: str) -> float | int | str:
    try:
        return int(value) if key == "repeat" else float(value)
    except ValueError:
        if key in NAMES_OR_NUMBERS:
            return value
        whole = "a whole number" if key == "repeat" else "a number"
        raise InvalidInput(f"dose {text!r}: {key} must be {whole}, not {value!r}") from None
