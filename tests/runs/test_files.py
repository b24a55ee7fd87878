"""Files appear whole, and where they should."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allodynia.errors import InvalidInput
from allodynia.runs import folder as folders
from allodynia.runs.files import write_text
from allodynia.runs.jsontext import dumps
from allodynia.runs.results import csv_text, write_results


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.json"
    write_text(target, "old")

    def broken(self: Path, other: Path) -> Path:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="no space"):
        write_text(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_two_runs_in_the_same_second_get_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = folders.create(folders.choose(None, "passive-transfer", "abcdef0123456789", moment=moment))
    second = folders.create(folders.choose(None, "passive-transfer", "abcdef0123456789", moment=moment))
    assert first == Path("runs/passive-transfer-20260102T030405Z-abcdef01")
    assert first != second
    assert second.is_dir()


def test_a_hostile_study_name_stays_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = folders.choose(None, "../../etc/passwd\x00 <b>", "abcdef0123456789")
    assert path.parent == Path("runs")
    assert folders.create(path).resolve().parent == tmp_path / "runs"


def test_out_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("file", "full"):
        with pytest.raises(InvalidInput, match="--out"):
            folders.choose(tmp_path / name, "study", "abcdef0123456789")
    assert folders.choose(tmp_path / "empty", "study", "abcdef0123456789") == tmp_path / "empty"
    with pytest.raises(InvalidInput, match="cannot make the run folder"):
        folders.create(tmp_path / "file" / "below")


@given(st.lists(st.floats()))
def test_json_is_valid_and_every_double_reads_back(values: list[float]) -> None:
    text = dumps({"values": values, "array": np.array(values)})

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    read = json.loads(text, parse_constant=refuse)
    for found in (read["values"], read["array"]):
        for wanted, got in zip(values, found, strict=True):
            if math.isnan(wanted):
                assert got is None
            else:
                assert float(got).hex() == wanted.hex()
                assert isinstance(got, str) == math.isinf(wanted)


def test_the_table_as_json_and_csv_hold_the_same_numbers(tmp_path: Path) -> None:
    rows = [
        {"arm": "fm_igg", "mean": 1 / 3, "n": np.int64(8), "claims": ["a", "b"]},
        {"arm": "=cmd()", "mean": float("nan"), "n": 6, "claims": []},
        {"arm": "late", "mean": float("inf"), "n": 2, "claims": []},
        {"arm": "log", "mean": np.float64("-inf"), "n": 2, "claims": []},
    ]
    write_results(tmp_path, rows, {"study": "s"})
    document = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert document["rows"][0] == {"arm": "fm_igg", "mean": 1 / 3, "n": 8, "claims": ["a", "b"]}
    assert [row["mean"] for row in document["rows"][1:]] == [None, "Infinity", "-Infinity"]
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == (
        "arm,mean,n,claims\nfm_igg,0.3333333333333333,8,a;b\n'=cmd(),,6,\nlate,Infinity,2,\nlog,-Infinity,2,\n"
    )
    assert csv_text([]) == ""
