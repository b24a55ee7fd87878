"""Tables of a run as Parquet: endpoints and their summary, with notes on every column that travel in the file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allodynia.errors import InvalidInput
from allodynia.runs.files import safe_name
from allodynia.runs.jsontext import dumps


def write_table(
    folder: Path, name: str, columns: Mapping[str, Sequence[Any] | np.ndarray], notes: Mapping[str, str]
) -> Path:
    """Write ``name.parquet`` in one step.

    Parameters
    ----------
    name
        What the table is called: ``endpoints`` or ``summary``.
    columns
        Arrays or lists of one length: numbers or texts. NaN, a value that could not be measured, is written as NULL.
    notes
        What each column holds and in which unit; kept under ``columns`` in the file's key-value metadata.
    """
    path = _path(folder, name)
    write_parquet(path, columns, {"columns": dumps(dict(notes), indent=None)})
    return path


def write_parquet(path: Path, columns: Mapping[str, Sequence[Any] | np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write columns of one length to ``path`` in one step, with texts as the file's key-value metadata.

    NaN is written as NULL. Keys of the metadata are letters, digits and underscores.
    """
    import duckdb  # here: a tenth of a second that `allodynia studies` need not pay

    table = {name: _storable(np.asarray(column)) for name, column in columns.items()}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    kept = ", ".join(f"{key}: {_quoted(text)}" for key, text in metadata.items())
    try:
        with duckdb.connect() as connection:
            connection.register("written", table)
            connection.execute(
                f"COPY written TO {_quoted(str(temporary))} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{kept}}})"
            )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_parquet(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The columns of a file, NULL as NaN, and its key-value metadata; rows in the order in which they were written.

    Raises
    ------
    InvalidInput
        There is no such file, or it is not Parquet.
    """
    import duckdb

    if not path.is_file():
        raise InvalidInput(f"there is no file {str(path)!r}")
    try:
        with duckdb.connect() as connection:
            found: dict[str, Any] = connection.execute("FROM read_parquet(?)", [str(path)]).fetchnumpy()
            rows = connection.execute(
                "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(path)]
            ).fetchall()
    except duckdb.Error as problem:
        raise InvalidInput(f"{str(path)!r} is not a Parquet file: {str(problem).splitlines()[0]}") from None
    return {name: _plain(column) for name, column in found.items()}, {str(key): str(value) for key, value in rows}


def read_table(folder: Path, name: str) -> dict[str, np.ndarray]:
    """The columns of a run's table; numbers that are NULL in the file come back as NaN."""
    import duckdb

    with duckdb.connect() as connection:
        found: dict[str, Any] = connection.execute("FROM read_parquet(?)", [str(_path(folder, name))]).fetchnumpy()
    return {name: _plain(column) for name, column in found.items()}


def read_notes(folder: Path, name: str) -> dict[str, str]:
    """What each column of a run's table holds, as :func:`write_table` was told."""
    import json

    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT value FROM parquet_kv_metadata(?) WHERE decode(key) = 'columns'", [str(_path(folder, name))]
        ).fetchall()
    return dict(json.loads(rows[0][0].decode("utf-8"))) if rows else {}


def _plain(column: Any) -> np.ndarray:
    """A column as an array; what is missing of numbers is NaN."""
    if np.ma.isMaskedArray(column) and column.dtype.kind == "f":
        return np.asarray(column.filled(np.nan))
    return np.asarray(column)


def _path(folder: Path, name: str) -> Path:
    """The file of a table."""
    return folder / f"{safe_name(name, 'table')}.parquet"


def _storable(column: np.ndarray) -> np.ndarray:
    """Texts as objects: duckdb would read fixed-width unicode as an enumeration, which not every reader knows."""
    return column.astype(object) if column.dtype.kind in "US" else column


def _quoted(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
