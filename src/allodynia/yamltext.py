"""The one reader of data files: YAML 1.2 as plain data, with the line of every value.

Plain means ``dict`` (keys are text), ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``. The text is
untrusted: there are no tags and no objects, a key may not occur twice, and size, depth and the number of values
(aliases counted as often as they are used) are limited before anything is built.
"""

from __future__ import annotations

import copy
import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from allodynia import cache
from allodynia.errors import InvalidInput, Where

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"
# Lines mirror the data: a scalar is its line, a list [line, children], a mapping [line, {key: child}].
Lines: TypeAlias = "int | list[Any]"

LARGEST_TEXT = 4_000_000
"""Characters; the largest data file of the project has about 100,000."""

DEEPEST = 60
MOST_VALUES = 400_000

_FORMAT = "1"  # enters the cache key: change it whenever the same text would be read differently

# The YAML 1.2 core schema. `1e-3` is a number, `NO` and `on` are text, `012` is twelve.
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": math.inf, ".Inf": math.inf, ".INF": math.inf, "+.inf": math.inf, "+.Inf": math.inf, "+.INF": math.inf,
    "-.inf": -math.inf, "-.Inf": -math.inf, "-.INF": -math.inf, ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its plain ``data``, and where each part of it stands.

    ``name`` is the file a person would open, as it appears in messages.
    """

    name: str
    data: Any
    lines: Lines

    def where(self, path: tuple[str | int, ...] = ()) -> Where:
        """The place of the value at ``path`` (keys and list positions from the top).

        A mapping's entry stands where its key stands. A path that leaves the document gives the deepest part.
        """
        node: Any = self.lines
        line = _line_of(node)
        for step in path:
            children: Any = node[1] if isinstance(node, list) else ()
            try:
                node = children[step]
            except (KeyError, IndexError, TypeError):
                break
            line = _line_of(node)
        return Where(self.name, line)


def _line_of(node: Lines) -> int:
    return int(node[0] if isinstance(node, list) else node)


def load(path_or_text: os.PathLike[str] | str, name: str | None = None) -> Document:
    """Read one YAML document.

    Parameters
    ----------
    path_or_text
        A :class:`~pathlib.Path` is a file to open; a ``str`` is the YAML text itself.
    name
        What to call it in messages; by default the path as given, or ``<text>``.

    Raises
    ------
    InvalidInput
        The file cannot be opened, is not UTF-8, is too large or too deep, or is not plain YAML 1.2; the place is named.
    """
    if isinstance(path_or_text, str):
        text, name = path_or_text, name or "<text>"
    else:
        name = name or os.fspath(path_or_text)
        text = _read(Path(path_or_text), name)
    if len(text) > LARGEST_TEXT:
        raise InvalidInput(f"{len(text)} characters; at most {LARGEST_TEXT} are read", where=Where(name))
    key = cache.digest("yaml", _FORMAT, text.encode("utf-8", "surrogatepass"))
    kept = cache.get("yaml", key)
    if kept is not None:
        data, lines = json.loads(kept)
    else:
        data, lines = _Builder(name).document(text)
        # json writes floats by repr, so a number read from the cache is the number read from the text
        cache.put("yaml", key, json.dumps([data, lines], separators=(",", ":")).encode())
    return Document(name, data, lines)


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > 4 * LARGEST_TEXT:
            raise InvalidInput(
                f"{path.stat().st_size} bytes; at most {LARGEST_TEXT} characters are read", where=Where(name)
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InvalidInput("there is no such file", where=Where(name)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidInput("not UTF-8 text; save the file as UTF-8", where=Where(name, line)) from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror or error}", where=Where(name)) from None


class _Builder:
    """Turns the parser's events into data and lines, refusing what is not plain as it goes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values = 0
        self.anchors: dict[str, tuple[Plain, Lines, int]] = {}

    def document(self, text: str) -> tuple[Plain, Lines]:
        """Data and lines of the one document in ``text``."""
        # imported here: a warm start reads the cache and never needs the parser
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        reader = YAML(typ="safe", pure=True)
        try:
            events = reader.parse(text)
            for event in events:
                match type(event).__name__:
                    case "StreamStartEvent":
                        continue
                    case "DocumentStartEvent":
                        version = getattr(event, "version", None)
                        if version is not None and tuple(version) < (1, 2):
                            raise self._refuse(event, "written for YAML 1.1; this project reads YAML 1.2")
                        break
                    case _:
                        return None, 1
            built = self._value(next(events), events, 1)
            next(events)  # the end of the document
            after = next(events)
            if type(after).__name__ != "StreamEndEvent":
                raise self._refuse(after, "a second document starts here; one file holds one document")
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(str(part) for part in (error.context, error.problem) if part)
            raise InvalidInput(f"not YAML: {' '.join(what.split())}", where=self._mark(mark)) from None
        except YAMLError as error:
            raise InvalidInput(f"not YAML: {' '.join(str(error).split())}", where=Where(self.name)) from None
        return built

    def _mark(self, mark: Any) -> Where:
        return Where(self.name, None if mark is None else mark.line + 1)

    def _refuse(self, event: Any, why: str) -> InvalidInput:
        return InvalidInput(why, where=self._mark(event.start_mark))

    def _count(self, event: Any, number: int) -> None:
        self.values += number
        if self.values > MOST_VALUES:
            raise self._refuse(event, f"more than {MOST_VALUES} values, aliases counted each time they are used")

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> tuple[Plain, Lines]:
        """The value that starts with ``event``; what belongs to it is taken from ``events``."""
        line = event.start_mark.line + 1
        kind = type(event).__name__
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise self._refuse(event, f"alias *{event.anchor} refers to nothing above it")
            shared, places, size = self.anchors[event.anchor]
            self._count(event, size)
            return copy.deepcopy(shared), places
        if depth > DEEPEST:
            raise self._refuse(event, f"nested more than {DEEPEST} deep")
        if getattr(event, "tag", None) is not None:
            raise self._refuse(event, f"the tag {event.tag!r} is not allowed; write plain values")
        before = self.values
        self._count(event, 1)
        data: Plain
        lines: Lines
        if kind == "ScalarEvent":
            data, lines = self._scalar(event), line
        elif kind == "SequenceStartEvent":
            data, lines = self._sequence(events, line, depth)
        else:
            data, lines = self._mapping(events, line, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (data, lines, self.values - before)
        return data, lines

    def _sequence(self, events: Iterator[Any], line: int, depth: int) -> tuple[Plain, Lines]:
        data: list[Plain] = []
        lines: list[Lines] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            value, value_lines = self._value(event, events, depth + 1)
            data.append(value)
            lines.append(value_lines)
        return data, [line, lines]

    def _mapping(self, events: Iterator[Any], line: int, depth: int) -> tuple[Plain, Lines]:
        data: dict[str, Plain] = {}
        lines: dict[str, Lines] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                raise self._refuse(event, "a key must be plain text")
            key = self._text(event)
            if key == "<<" and event.style is None:
                raise self._refuse(event, "merge keys (<<) are not part of YAML 1.2; write the entries out")
            if key in data:
                raise self._refuse(event, f"the key {key!r} occurs twice; the first is on line {_line_of(lines[key])}")
            value, value_lines = self._value(next(events), events, depth + 1)
            data[key] = value
            # an entry is looked for where its key stands, which for a block is a line above its first value
            key_line = event.start_mark.line + 1
            lines[key] = [key_line, value_lines[1]] if isinstance(value_lines, list) else key_line
        return data, [line, lines]

    def _text(self, event: Any) -> str:
        text = str(event.value)
        if text.isascii():
            return text
        # JSON writes characters beyond the first plane as two escapes, which the parser leaves as two halves
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self._refuse(event, "half a character (a lone surrogate)") from None

    def _scalar(self, event: Any) -> Plain:
        text = self._text(event)
        if event.style is not None:  # quoted and block scalars are always text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            if len(text) > 300:
                raise self._refuse(event, "a whole number of more than 300 digits")
            return int(text)
        if _OCTAL.fullmatch(text):
            return int(text[2:], 8)
        if _HEX.fullmatch(text):
            return int(text[2:], 16)
        if _FLOAT.fullmatch(text):
            return float(text)
        return text
