"""What pydantic finds wrong with a study file, said in one line with the file, the line and the nearest valid names."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from allodynia.errors import InvalidInput, unknown
from allodynia.yamltext import Document

Path = tuple[str | int, ...]


def complaint(error: ValidationError, document: Document, model: type[BaseModel]) -> InvalidInput:
    """The first thing wrong, as an error a user can mend: an unknown key before anything else, for it explains the
    rest.
    """
    found = error.errors(include_url=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = _path(first["loc"], document.data)
    where = document.where(path)
    place = ".".join(str(step) for step in path) or "the file"
    match first["type"]:
        case "extra_forbidden":
            return unknown("key", str(path[-1]), _fields(model, first["loc"]), where=where)
        case "missing":
            return InvalidInput(f"{place} is missing", where=where)
        case "literal_error" | "union_tag_invalid":
            return _not_among(first, place, document, path)
        case "union_tag_not_found":
            return InvalidInput(f"{place}.kind is missing: it says which {_family(path)} is meant", where=where)
        case "magnitude":
            return InvalidInput(f"{place}: {first['msg']}", where=where)
        case "string_pattern_mismatch":
            return InvalidInput(
                f"{place}: {first['input']!r} is not a name (letters, digits, - and _, a letter first)", where=where
            )
    return InvalidInput(f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}{_given(first)}", where=where)


def _not_among(first: ErrorDetails, place: str, document: Document, path: Path) -> InvalidInput:
    context = first.get("ctx", {})
    text = str(context.get("expected_tags") or context.get("expected") or "")
    valid = [part.strip(" '") for part in text.replace(" or ", ", ").split(",") if part.strip(" '")]
    given = context.get("tag", first["input"])
    where = document.where((*path, "kind") if first["type"] == "union_tag_invalid" else path)
    return unknown(
        place.rsplit(".", 1)[-1] if first["type"] == "literal_error" else f"kind of {_family(path)}",
        str(given),
        valid,
        where=where,
    )


def _family(path: Path) -> str:
    """Of what there are several kinds at ``path``."""
    return next((str(step) for step in reversed(path) if step in ("assay", "measure")), "statistic")


def _given(first: ErrorDetails) -> str:
    value = first["input"]
    return f", not {value!r}" if isinstance(value, str | int | float | bool) or value is None else ""


def _path(loc: Path, data: Any) -> Path:
    """The path in the file that pydantic's ``loc`` means: without the names of union members and of key checks."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        if (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        ):
            data = data[step]  # type: ignore[index]  # a key of a mapping or a position in a list, as just seen
            path.append(step)
        elif number == len(loc) - 1 and step != "[key]":
            path.append(step)
    return tuple(path)


def _fields(model: type[BaseModel], loc: Path) -> list[str]:
    """The keys that may stand where ``loc`` ends, found by walking the JSON Schema of ``model``."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for step in loc[:-1]:
        node = _resolve(node, schema)
        if "discriminator" in node:
            reference = node["discriminator"]["mapping"].get(step)
            node = _resolve({"$ref": reference}, schema) if reference else node
            continue
        if isinstance(step, int):
            node = node.get("items", {})
        elif step in node.get("properties", {}):
            node = node["properties"][step]
        else:
            inner: Any = node.get("additionalProperties") or next(iter(node.get("patternProperties", {}).values()), {})
            node = inner if isinstance(inner, dict) else {}
    return sorted(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in node:
        node = next((one for one in node["anyOf"] if one.get("type") != "null"), node)
    if "$ref" in node:
        return _resolve(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    return node
