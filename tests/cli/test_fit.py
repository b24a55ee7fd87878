"""`allodynia fit`: from the file of readings to the run folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allodynia.cli.main import execute
from allodynia.runs.manifest import read_manifest
from allodynia.runs.parquet import read_table


def test_the_template_is_fitted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nautilus", reason="the sampler is in the extra 'infer'")
    assert execute(["fit", "passive-transfer", "--template"]) == 0
    readings = tmp_path / "thresholds.csv"
    readings.write_text(capsys.readouterr().out, encoding="utf-8")
    folder = tmp_path / "run"
    status = execute(["fit", "passive-transfer", str(readings), "--animals", "32", "--json", "--out", str(folder)])
    said = capsys.readouterr()
    assert status == 0 and "1 readings are missing" in said.err
    found = json.loads(said.out)
    by_donor = {(row["donor"], row["ada"]): row for row in found["donors"]}
    assert by_donor["fm-1", "on"]["acts"] > 0.9 and by_donor["h-1", "off"]["acts"] < 0.1
    assert {row["ada"] for row in found["evidence"]} == {"on", "off"}
    manifest = read_manifest(folder)
    assert manifest.state == "finished" and manifest.arguments["animals"] == 32
    assert (folder / "readings.csv").read_bytes() == readings.read_bytes()
    draws = read_table(folder, "posterior")
    assert len(draws["strength"]) == 2 * 2000 * 3
    assert (folder / "figures" / "courses.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert json.loads((folder / "table.json").read_text(encoding="utf-8"))["rows"] == found["donors"]


def test_what_cannot_be_fitted_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readings, folder = tmp_path / "thresholds.csv", tmp_path / "run"
    readings.write_text("mouse,donor,arm,day,grams\n1,a,fm,0,100\n", encoding="utf-8")
    for arguments, said in (
        ([str(readings)], f"{readings}:1: the column 'paw_pressure_g' is absent; "),
        ([str(tmp_path / "none.csv")], "there is no such file"),
        ([], "name the file of readings"),
        ([str(readings), "--animals", "3"], "animals: 3 is not at least 32"),
        ([str(readings), "--seed", "-1"], "seed: -1 is not in"),
    ):
        assert execute(["fit", "passive-transfer", *arguments, "--out", str(folder)]) == 2
        line = capsys.readouterr().err
        assert said in line and line.count("\n") == 1
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert execute(["fit", "passive-transfer", str(readings), "--out", str(folder)]) == 2
    assert "pip install 'allodynia[infer]'" in capsys.readouterr().err
    assert not folder.exists()
