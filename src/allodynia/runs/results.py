"""The results table as files, row for row what the command line prints."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allodynia.runs.files import write_text
from allodynia.runs.jsontext import dumps, plain


def write_results(folder: Path, rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
    """Write ``table.json`` (``about``, then the rows) and ``table.csv`` (the rows).

    Numbers are written by ``repr``, so that they read back to the same double; a missing one is null in JSON and empty
    in CSV; an infinite one (a day never reached) is Infinity in both, in JSON as text.
    """
    write_text(folder / "table.json", dumps({**about, "rows": list(rows)}) + "\n")
    write_text(folder / "table.csv", csv_text(rows))


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV. Every row has the keys of the first; a list is joined by semicolons."""
    if not rows:
        return ""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    header = list(rows[0])
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(plain(row[key])) for key in header])
    return stream.getvalue()


def _cell(value: Any) -> str:
    """One value as CSV text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return ";".join(_cell(item) for item in value)
    text = str(value)
    # A spreadsheet runs a cell that begins like a formula; an apostrophe makes it text.
    return f"'{text}" if text[:1] in "=+@\t" else text
