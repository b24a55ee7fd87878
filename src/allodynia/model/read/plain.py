"""A :class:`~allodynia.model.text.ModelText` as plain lists and numbers, and back.

What comes back from the child or the cache is checked here field by field against the types of the dataclasses: a
wrong shape is a ``ValueError``, never a half-built model. JSON carries doubles exactly (``repr`` out, correctly
rounded in).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from allodynia.model.text import Apply, Call, ModelText, Number, Rate, Symbol, Token

_TOKENS: tuple[type[Token], ...] = (Number, Symbol, Apply, Call, Rate)


def encode(value: Any) -> Any:
    """``value`` (a model text or a part of one) as lists, strings, numbers, booleans and None."""
    if isinstance(value, _TOKENS):
        return [_TOKENS.index(type(value)), *value]
    if dataclasses.is_dataclass(value):
        return [encode(getattr(value, part.name)) for part in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def decode(data: Any) -> ModelText:
    """The model text that :func:`encode` made ``data`` of. Raises ValueError for anything else."""
    model = _decode(ModelText, data)
    assert isinstance(model, ModelText)  # noqa: S101
    return model


@lru_cache(maxsize=64)
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((part.name, hints[part.name]) for part in dataclasses.fields(kind))


def _decode(kind: Any, data: Any) -> Any:
    if kind in (str, bool) or kind is int:
        if type(data) is not kind:
            raise ValueError(f"expected {kind.__name__}")
        return data
    if kind is float:
        if type(data) not in (float, int):
            raise ValueError("expected a number")
        return float(data)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = get_args(kind)
        if options == _TOKENS:
            return _decode_token(data)
        (inner,) = (option for option in options if option is not type(None))
        return None if data is None else _decode(inner, data)
    if origin is tuple:
        if not isinstance(data, list):
            raise ValueError("expected a list")
        inner = get_args(kind)[0]
        return tuple(_decode(inner, item) for item in data)
    if origin is Mapping:
        if not isinstance(data, dict):
            raise ValueError("expected a mapping")
        inner = get_args(kind)[1]
        return {str(key): _decode(inner, item) for key, item in data.items()}
    fields = _fields(kind)
    if not isinstance(data, list) or len(data) != len(fields):
        raise ValueError(f"expected the {len(fields)} fields of {kind.__name__}")
    return kind(**{name: _decode(hint, item) for (name, hint), item in zip(fields, data, strict=True)})


def _decode_token(data: Any) -> Token:
    match data:
        case [0, float() | int() as value, None | str() as unit]:
            return Number(float(value), unit)
        case [1, str() as name]:
            return Symbol(name)
        case [2, str() as name, int() as count] if count >= 0:
            return Apply(name, count)
        case [3, str() as name, int() as count] if count >= 0:
            return Call(name, count)
        case [4, str() as name]:
            return Rate(name)
    raise ValueError("expected a token of a formula")
