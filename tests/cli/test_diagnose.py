"""`allodynia diagnose`: what it prints is what it keeps, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import allodynia as al
from allodynia.runs.manifest import read_manifest

from .conftest import Cli

SMALL = ("--subjects", "24", "--versus", "healthy,crps", "--seed", "3")


def test_tests_are_compared_and_kept(cli: Cli, tmp_path: Path) -> None:
    done = cli("diagnose", "--markers", "anti_glia,sil2r", *SMALL, "--out", "one", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = found["rows"]
    assert [(row["versus"], row["test"]) for row in rows] == [
        (arm, test) for arm in ("healthy", "crps") for test in ("anti_glia", "sil2r", "anti_glia+sil2r")
    ]
    assert found["prevalence"] == {"population": 0.0178, "clinic": 0.152}
    for row in rows:
        assert row["auc_lo"] <= row["auc"] <= row["auc_hi"]
        assert (row["ill"], row["others"]) == (24, 24)
        # Bayes' theorem at the specificity that the study names.
        for place, share in found["prevalence"].items():
            true, false = share * row["sensitivity"], (1 - share) * (1 - row["specificity"])
            assert abs(row[f"ppv_{place}"] - true / (true + false)) < 1e-12
    assert [row["apparent_auc"] is None for row in rows] == [True, True, False] * 2
    kept = json.loads((tmp_path / "one" / "table.json").read_text(encoding="utf-8"))
    assert kept == found
    with (tmp_path / "one" / "table.csv").open(encoding="utf-8", newline="") as file:
        assert [float(row["auc"]) for row in csv.DictReader(file)] == [row["auc"] for row in rows]
    manifest = read_manifest(tmp_path / "one")
    assert (manifest.state, manifest.subjects.total) == ("finished", 120)
    figures = sorted(file.name for file in (tmp_path / "one" / "figures").iterdir())
    assert figures == ["roc-crps.png", "roc-crps.svg", "roc-healthy.png", "roc-healthy.svg"]
    # From Python, and with the same seed: the same bits.
    again = al.diagnose(
        markers=["anti_glia", "sil2r"], versus=["healthy", "crps"], subjects=24, seed=3, out=tmp_path / "two"
    )
    assert again.rows == rows
    assert again.table["auc"].tolist() == [row["auc"] for row in rows]
    for name in figures:
        assert (tmp_path / "one" / "figures" / name).read_bytes() == (again.folder / "figures" / name).read_bytes()


def test_prevalence_and_specificity_can_be_given(cli: Cli) -> None:
    given = ("--prevalence-clinic", "0.5", "--prevalence-population", "0.1", "--specificity", "0.75")
    done = cli("diagnose", "--markers", "adhesion", *SMALL, *given)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "specificity of 0.75" in said
    assert "prevalence: 10 % in the population, 50 % in the clinic" in said
    assert "against people with complex regional pain syndrome, 24 and 24 people" in said
    assert "adhesion: the loss in CRPS is taken as that in fibromyalgia" in said  # what was put in is said


def test_what_cannot_be_is_one_line_and_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for arguments, said in (
        (("--markers", "anti_gila"), "unknown marker 'anti_gila'; did you mean 'anti_glia'?"),
        (("--versus", "crsp"), "unknown arm 'crsp'; did you mean 'crps'?"),
        (("--versus", "fibromyalgia"), "unknown arm 'fibromyalgia'"),
        (("--study", "blood-draw"), "says nothing of tests; it needs a diagnosis: section"),
        (("--study", "diagnostic-pannel"), "unknown study 'diagnostic-pannel'; did you mean 'diagnostic-panel'?"),
        (("--prevalence-clinic", "15"), "prevalence-clinic: 15 is not between 0 and 1"),
        (("--specificity", "1"), "specificity: 1 is not between 0 and 1"),
        (("--subjects", "1"), "subjects: 1 is not at least 2"),
    ):
        done = cli("diagnose", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith("allodynia: ")
        assert done.stderr.count("\n") == 1
        assert said in done.stderr
    assert sorted(tmp_path.iterdir()) == before
