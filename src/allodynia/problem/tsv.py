"""Tab-separated tables, each cell with its line."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from allodynia.errors import InvalidInput, Where, unknown

MOST_ROWS = 1_000_000
_ID = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the text of each column that is not empty."""

    cells: dict[str, str]
    where: Where

    def text(self, column: str) -> str:
        """The text of a column; a missing or empty one raises."""
        if column not in self.cells:
            raise InvalidInput(f"{column} is empty; give it", where=self.where)
        return self.cells[column]

    def get(self, column: str, otherwise: str = "") -> str:
        """The text of a column, ``otherwise`` where it is missing or empty."""
        return self.cells.get(column, otherwise)

    def identifier(self, column: str) -> str:
        """The text of a column, which must be an id."""
        return as_identifier(self.text(column), column, self.where)

    def number(self, column: str, *, infinite: bool = False) -> float:
        """A column as a finite number (or infinity, where that has a meaning)."""
        value = as_number(self.text(column))
        if value is None or math.isnan(value) or (math.isinf(value) and not (infinite and value > 0)):
            raise InvalidInput(f"{column} must be a number, not {self.text(column)!r}", where=self.where)
        return value

    def choice(self, column: str, allowed: Collection[str], otherwise: str) -> str:
        """A column that must be one of ``allowed``."""
        value = self.get(column, otherwise)
        if value not in allowed:
            raise unknown(column, value, allowed, where=self.where)
        return value

    def value(self, column: str) -> float | str | None:
        """A column as a number or the id of a parameter; None where it is empty or NaN."""
        if column not in self.cells:
            return None
        return as_value(self.cells[column], column, self.where)

    def values(self, column: str) -> tuple[float | str, ...]:
        """A column of numbers and ids separated by semicolons; empty where nothing is given."""
        text = self.get(column)
        if not text:
            return ()
        found = tuple(as_value(part.strip(), column, self.where) for part in text.split(";"))
        if any(part is None for part in found):
            raise InvalidInput(f"{column} {text!r} has an empty part", where=self.where)
        return tuple(part for part in found if part is not None)


def as_number(text: str) -> float | None:
    """``text`` as a number, None where it is none."""
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def as_identifier(text: str, column: str, where: Where) -> str:
    """``text`` where it is an id; anything else raises."""
    if not _ID.fullmatch(text):
        raise InvalidInput(
            f"{column} {text!r} is no id; use letters, digits and '_', not beginning with a digit", where=where
        )
    return text


def as_value(text: str, column: str, where: Where) -> float | str | None:
    """``text`` as a number or an id; None for an empty text or NaN."""
    number = as_number(text)
    if number is None:
        return as_identifier(text, column, where) if text else None
    if math.isinf(number):
        raise InvalidInput(f"{column} must be finite, not {text}", where=where)
    return None if math.isnan(number) else number


def parse(text: str, name: str, required: Sequence[str]) -> tuple[list[str], list[Row]]:
    """The columns and rows of a table; blank lines and lines that begin with ``#`` say nothing.

    Raises
    ------
    InvalidInput
        Not a table, a required column is missing, a column comes twice, or a row is longer than the header.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    reader = csv.reader(lines, delimiter="\t")
    header: list[str] | None = None
    rows: list[Row] = []
    try:
        for cells in reader:
            where = Where(name, reader.line_num)
            stripped = [cell.strip() for cell in cells]
            if not any(stripped) or stripped[0].startswith("#"):
                continue
            if header is None:
                header = stripped
                _check_header(header, required, where)
                continue
            if any(stripped[len(header) :]):
                raise InvalidInput(f"the row has {len(stripped)} cells, the header {len(header)}", where=where)
            named = zip(header, stripped, strict=False)
            rows.append(Row({column: cell for column, cell in named if column and cell}, where))
            if len(rows) > MOST_ROWS:
                raise InvalidInput(f"the table has more than {MOST_ROWS:,} rows", where=where)
    except csv.Error as problem:
        raise InvalidInput(f"not a table: {problem}", where=Where(name, reader.line_num)) from None
    if header is None:
        raise InvalidInput("the table is empty; it needs at least a header", where=Where(name))
    return header, rows


def _check_header(header: list[str], required: Sequence[str], where: Where) -> None:
    for column in required:
        if column not in header:
            raise InvalidInput(f"the table has no column {column!r}", where=where)
    for number, column in enumerate(header):
        if column and column in header[:number]:
            raise InvalidInput(f"column {column!r} comes twice", where=where)
