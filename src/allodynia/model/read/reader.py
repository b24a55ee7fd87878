"""Reading model text: the functions everybody calls."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from allodynia import __version__, cache
from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch, UnreadableModel, UnsupportedModel, Where
from allodynia.model.read.limits import Limits
from allodynia.model.read.plain import decode, encode
from allodynia.model.read.process import ChildFailed, ask
from allodynia.model.text import ModelText

Found: TypeAlias = ModelText | AllodyniaError

_KIND = "model-text"
# Texts that one child reads: enough to share its start, few enough that one bad text costs the others little.
_AT_ONCE = 64
_DECIDING = ("interpret", "quantities", "text", "unit", "unit_check", "unit_tables", "units")
# What decides how a text is read; a change in any of these files makes what is cached old.
_READER = (
    *Path(__file__).parent.glob("*.py"),
    *(Path(__file__).parents[1] / f"{name}.py" for name in _DECIDING),
)
_ERRORS: dict[str, type[AllodyniaError]] = {
    "unreadable": UnreadableModel,
    "unsupported": UnsupportedModel,
    "units": UnitMismatch,
    "invalid": InvalidInput,
}


def read_antimony(text: str, name: str, *, strict_units: bool = True, limits: Limits | None = None) -> ModelText:
    """The model in Antimony ``text``; ``name`` is its file, as messages should show it.

    Parameters
    ----------
    strict_units : refuse every unit that is missing or inconsistent, literals included (``0.5 dimensionless``).

    Raises
    ------
    UnreadableModel : syntax, size, depth, or the reader crashed or ran out of time on it.
    UnsupportedModel : delays, fast reactions, Antimony's submodels and ``import``, and what else is not simulated.
    UnitMismatch : an inconsistent or missing unit.
    """
    return read_antimony_modules({name: text}, strict_units=strict_units, limits=limits)[name]


def read_antimony_modules(
    texts: Mapping[str, str], *, strict_units: bool = True, limits: Limits | None = None
) -> dict[str, ModelText]:
    """Several Antimony texts by file name, read in one child process; errors as :func:`read_antimony`."""
    bounds = limits or Limits(processor=10 + len(texts), wall=30.0 + len(texts))
    return {name: _or_raise(found) for name, found in _read("antimony", texts, strict_units, bounds).items()}


def read_sbml(text: str, name: str, *, strict_units: bool = False, limits: Limits | None = None) -> ModelText:
    """The model in SBML ``text`` (levels 1 to 3); parameters and errors as :func:`read_antimony`."""
    return _or_raise(_read("sbml", {name: text}, strict_units, limits or Limits())[name])


def read_sbml_models(
    texts: Mapping[str, str], *, strict_units: bool = False, limits: Limits | None = None
) -> dict[str, Found]:
    """Many SBML texts by name, a few child processes for all: each model, or the error that :func:`read_sbml` raises.

    ``limits`` are those of one text.
    """
    each = limits or Limits()
    found: dict[str, Found] = {}
    names = list(texts)
    for first in range(0, len(names), _AT_ONCE):
        some = {name: texts[name] for name in names[first : first + _AT_ONCE]}
        bounds = dataclasses.replace(each, processor=each.processor + len(some), wall=each.wall + len(some))
        found |= _read("sbml", some, strict_units, bounds)
    return found


def _or_raise(found: Found) -> ModelText:
    if isinstance(found, AllodyniaError):
        raise found
    return found


def _read(form: str, texts: Mapping[str, str], strict: bool, limits: Limits) -> dict[str, Found]:
    models: dict[str, Found] = {}
    for name, text in texts.items():
        if any("\ud800" <= character <= "\udfff" for character in text):
            models[name] = UnreadableModel("the text is not valid Unicode", where=Where(name))
        elif len(text) > limits.characters:
            models[name] = UnreadableModel(
                f"the text is longer than {limits.characters:,} characters", where=Where(name)
            )
    keys = {
        name: cache.digest(_reader(), form, str(strict), text) for name, text in texts.items() if name not in models
    }
    for name, key in keys.items():
        stored = _stored(key)
        if stored is not None:
            models[name] = dataclasses.replace(stored, name=name)
    missing = [name for name in texts if name not in models]
    if missing:
        for name, model in zip(missing, _ask(form, missing, texts, strict, limits), strict=True):
            models[name] = model
            if isinstance(model, ModelText):
                cache.put(_KIND, keys[name], json.dumps(encode(model)).encode())
    return {name: models[name] for name in texts}


@lru_cache(maxsize=1)
def _reader() -> str:
    """The version of this reader: a digest of its own source."""
    return cache.digest(__version__, *(path.read_bytes() for path in sorted(_READER)))


def _stored(key: str) -> ModelText | None:
    data = cache.get(_KIND, key)
    if data is None:
        return None
    try:
        return decode(json.loads(data))
    except (ValueError, KeyError, TypeError):
        return None  # written by another version: read the text again


def _ask(form: str, names: list[str], texts: Mapping[str, str], strict: bool, limits: Limits) -> list[Found]:
    """One child for all; if that one fails, one child each, so that the message names the text at fault."""
    items = [{"text": texts[name], "name": name, "strict": strict} for name in names]
    try:
        return [_model(answer, name) for answer, name in zip(ask(form, items, limits), names, strict=True)]
    except ChildFailed as failure:
        if len(names) == 1:
            return [UnreadableModel(str(failure), where=Where(names[0]))]
    return [_ask(form, [name], texts, strict, limits)[0] for name in names]


def _model(answer: Any, name: str) -> Found:
    if not isinstance(answer, dict):
        raise ChildFailed("the reader gave no answer")
    if "refused" in answer:
        line = answer.get("line")
        where = Where(name, line if isinstance(line, int) else None)
        return _ERRORS.get(str(answer["refused"]), UnreadableModel)(str(answer.get("message")), where=where)
    try:
        return decode(answer["model"])
    except (ValueError, KeyError, TypeError):
        raise ChildFailed("the reader gave no answer") from None
