"""The records that the numbers of the system come from.

The files are large and most runs need a handful of records, so a file is only scanned for the lines where records
begin; a record is parsed when someone asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allodynia import yamltext
from allodynia.errors import InvalidInput, Where, unknown

_START = re.compile(r"^- id: *([A-Za-z0-9][\w.-]*) *$", re.MULTILINE)
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One measured fact from one study, in the project's own words. ``data`` holds every field as written."""

    id: str
    claim: str
    data: Mapping[str, Any]
    where: Where

    @property
    def source(self) -> Mapping[str, Any]:
        """Authors, year, title, journal and identifiers of the publication."""
        found = self.data.get("source")
        return found if isinstance(found, dict) else {}

    @property
    def citation(self) -> str:
        """Authors, year and journal on one line."""
        source = self.source
        year = source.get("year")
        parts = [str(source.get("authors", "")), str(year) if year is not None else "", str(source.get("journal", ""))]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the text of a record lies: characters ``start`` to ``stop`` of a file, beginning on ``line``."""

    file: str
    start: int
    stop: int
    line: int


@dataclass(frozen=True)
class EvidenceLibrary:
    """All records by id, in the order of the files."""

    texts: Mapping[str, str] = field(repr=False)
    places: Mapping[str, _Place] = field(repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every record id."""
        return tuple(self.places)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self.places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Record]:
        return (self.record(identifier) for identifier in self.places)

    def record(self, identifier: str, where: Where | None = None) -> Record:
        """The record called ``identifier``.

        Raises
        ------
        InvalidInput
            No record has this id (the nearest are offered; ``where`` is who asked), or its text is not YAML.
        """
        if identifier not in self.places:
            raise unknown("evidence id", identifier, self.places, where=where)
        place = self.places[identifier]
        # Blank lines before the record keep the line numbers of the file in every message.
        text = "\n" * (place.line - 1) + self.texts[place.file][place.start : place.stop]
        document = yamltext.load(text, place.file)
        data = document.data[0]
        if not isinstance(data, dict) or data.get("id") != identifier or not isinstance(data.get("claim"), str):
            raise InvalidInput("a record needs an id and a claim", where=Where(place.file, place.line))
        return Record(identifier, data["claim"], data, Where(place.file, place.line))

    def search(self, words: str) -> list[Record]:
        """The records that hold every one of ``words``, whatever the case; those that say it in their claim first."""
        wanted = [word.lower() for word in _WORD.findall(words)]
        hits = []
        for identifier, place in self.places.items():
            text = self.texts[place.file][place.start : place.stop].lower()
            if all(word in text for word in wanted):
                hits.append(self.record(identifier))
        return sorted(hits, key=lambda record: -sum(word in f"{record.id} {record.claim}".lower() for word in wanted))


def load_evidence(folder: Path | None = None) -> EvidenceLibrary:
    """The library of ``folder`` (the package's own by default), scanned and not yet parsed.

    Raises
    ------
    InvalidInput
        An id occurs twice, or a file holds something before its first record.
    """
    root = folder or Path(__file__).parent / "evidence"
    texts: dict[str, str] = {}
    places: dict[str, _Place] = {}
    for path in sorted(root.glob("*.yaml")):
        name = f"evidence/{path.name}"
        text = path.read_text(encoding="utf-8")
        texts[name] = text
        starts = list(_START.finditer(text))
        line, counted = 1, 0
        for number, match in enumerate(starts):
            line += text.count("\n", counted, match.start())
            counted = match.start()
            identifier = match[1]
            if identifier in places:
                other = places[identifier]
                raise InvalidInput(
                    f"record {identifier!r} is also at {other.file}:{other.line}; ids are unique",
                    where=Where(name, line),
                )
            stop = starts[number + 1].start() if number + 1 < len(starts) else len(text)
            places[identifier] = _Place(name, match.start(), stop, line)
    return EvidenceLibrary(texts, places)
