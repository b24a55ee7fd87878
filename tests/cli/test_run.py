"""`allodynia run` as a process: what it prints where, what it leaves on disk, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import allodynia as al
from allodynia.errors import InvalidInput
from allodynia.runs.manifest import read_manifest

from .conftest import Cli, command

FILES = {"manifest.json", "trajectories.zarr", "endpoints.parquet", "summary.parquet", "table.json", "table.csv"}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_a_users_own_study_gives_a_table_and_a_run_folder(process: Cli, tmp_path: Path) -> None:
    done = process("run", "mine.yaml", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert "8 mg of IgG, 2 donors" in done.stdout
    assert "vehicle, 3 subjects" in done.stdout
    assert done.stderr == ""
    (folder,) = (tmp_path / "runs").iterdir()
    assert done.stdout.splitlines()[-1] == f"written to {folder.relative_to(tmp_path)}"
    assert FILES | {"report.html", "figures"} == {path.name for path in folder.iterdir()}
    assert {path.name for path in (folder / "figures").iterdir()} == {"plasma.png", "plasma.svg"}
    assert read_manifest(folder).state == "finished"


def test_python_and_the_command_line_give_the_same_bits(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "mine.yaml", "--seed", "7", "--out", "by-command").returncode == 0
    run = al.run(tmp_path / "mine.yaml", seed=7, out=tmp_path / "by-python")
    other = al.open_run(tmp_path / "by-command")
    name = "igg.c_plasma_human"
    assert run.trajectories[name].values.tobytes() == other.trajectories[name].values.tobytes()
    assert run.trajectories[name].attrs["units"] == "mg/mL"
    assert dict(run.trajectories.sizes) == {"subject": 9, "time": 5}
    assert list(run.endpoints["measured_value"]) == list(other.endpoints["measured_value"])
    assert list(run.table["mean"]) == list(other.table["mean"])
    assert run.manifest.study.text == (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert run.manifest.seed == 7
    assert {*run.summary["arm"]} == {"given", "vehicle"}
    for name in ("model", "study", "arguments"):
        assert getattr(run.manifest, name) == getattr(other.manifest, name)


def test_a_run_can_be_made_again_from_its_manifest(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "mine.yaml", "--seed", "3", "--subjects", "2", "--no-ada", "--out", "first").returncode == 0
    first = al.open_run(tmp_path / "first")
    (tmp_path / "again.yaml").write_text(first.manifest.study.text, encoding="utf-8")
    again = al.run(tmp_path / "again.yaml", out=tmp_path / "second", **first.manifest.arguments)
    for name in first.trajectories.data_vars:
        assert again.trajectories[name].values.tobytes() == first.trajectories[name].values.tobytes()


def test_json_on_stdout_is_the_table_and_nothing_else(process: Cli, tmp_path: Path) -> None:
    done = process("run", "mine.yaml", "--json", "--out", "run")
    document = json.loads(done.stdout, parse_constant=refuse)
    assert done.stderr.strip() == "written to run"
    on_disk = json.loads((tmp_path / "run" / "table.json").read_text(encoding="utf-8"))
    assert document["rows"] == on_disk["rows"]
    given = next(row for row in document["rows"] if row["arm"] == "given")
    assert given["lo"] < given["mean"] < given["hi"]
    assert given["unit"] == "mg/mL"
    assert given["donors"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "passive-transfr"], "unknown study 'passive-transfr'; did you mean 'passive-transfer'"),
        (["run", "missing.yaml"], "unknown study 'missing.yaml'; did you mean"),
        (["run", "mine.yaml", "--subjcts", "3"], "no such option --subjcts; did you mean --subjects?"),
        (["run", "mine.yaml", "--subjects", "0"], "subjects: 0 is not at least 1"),
        (["run", "mine.yaml", "--subjects", "many"], "--subjects"),
        (["run", "mine.yaml", "--seed", "-1"], "seed: -1"),
        (["run", "mine.yaml", "--hypothesis", "antibody-gila"], "did you mean 'antibody-glia'"),
        (["run", "mine.yaml", "--edge", "adda=0"], "did you mean 'ada'"),
        (["run", "mine.yaml", "--edge", "ada"], "--edge ada=0"),
        (["run", "mine.yaml", "--edge", "ada=nan"], "must be a finite number"),
        (["run", "mine.yaml", "--edge", "ada=1", "--no-ada"], "set twice"),
        (["run", "mine.yaml", "--out", "mine.yaml"], "is a file"),
        (["run"], "missing argument 'STUDY'"),
        (["rnu", "mine.yaml"], "no such command 'rnu'"),
        (["claims", "transfer-presure"], "did you mean 'transfer-pressure'"),
        (["evidence", "show", "goebel2021-igg-dosin"], "did you mean 'goebel2021-igg-dosing'"),
        (["system", "iggg"], "unknown module 'iggg'; did you mean 'igg'"),
    ],
)
def test_wrong_input_is_one_line_and_status_two_and_writes_nothing(
    cli: Cli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("allodynia: ")
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("amount: 8 mg", "amount: -8 mg", "mine.yaml:15: the dose -8 mg is negative"),
        ("amount: 8 mg", "amount: .nan mg", "not a finite number"),
        ("amount: 8 mg", "amount: 8 mgg", "mine.yaml:15: unknown unit 'mgg'; did you mean 'mg'"),
        ("at: 0 d}", "at: 3 d}", "mine.yaml:15: "),
        ("igg.peritoneum", "igg.peritonium", "did you mean 'igg.peritoneum'"),
        ("population: healthy", "population: helthy", "did you mean 'healthy'"),
    ],
)
def test_a_line_of_a_study_that_cannot_be_used_is_named(
    cli: Cli, tmp_path: Path, study: str, good: str, bad: str, said: str
) -> None:
    assert good in study
    (tmp_path / "mine.yaml").write_text(study.replace(good, bad, 1), encoding="utf-8")
    done = cli("run", "mine.yaml")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert said in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_run_overwrites_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("mine")
    done = cli("run", "mine.yaml", "--out", "full")
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["kept.txt"]


def test_subjects_that_cannot_be_solved_are_counted_and_the_rest_is_shown(cli: Cli, tmp_path: Path, study: str) -> None:
    # So much IgG that its square is no double: those subjects fail, the vehicle's do not.
    (tmp_path / "mine.yaml").write_text(study.replace("amount: 8 mg", "amount: 1e300 mg"), encoding="utf-8")
    done = cli("run", "mine.yaml", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert "6 not solved" in done.stdout
    assert done.stderr.startswith("allodynia: warning: 6 of 9 subjects could not be solved")
    run = al.open_run(tmp_path / "run")
    counts = run.manifest.subjects.by_status
    assert counts["SOLVED"] == 3
    assert sum(counts.values()) == 9
    given = run.trajectories["igg.c_plasma_human"].values[(run.trajectories["arm"] == "given").values]
    assert np.isnan(given[:, -1]).all()
    rows = json.loads((tmp_path / "run" / "table.json").read_text(encoding="utf-8"))["rows"]
    assert [row["mean"] is None for row in rows] == [True, False]
    assert [row["failed"] for row in rows] == [6, 0]


def test_when_nobody_could_be_solved_the_status_is_one(process: Cli, tmp_path: Path, study: str) -> None:
    spoilt = study.replace("amount: 8 mg", "amount: 1e300 mg").replace("  vehicle: {}\n", "")
    (tmp_path / "mine.yaml").write_text(spoilt, encoding="utf-8")
    done = process("run", "mine.yaml", "--out", "run")
    assert done.returncode == 1
    assert read_manifest(tmp_path / "run").state == "failed"


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone on Windows")
def test_ctrl_c_keeps_what_was_finished_and_says_interrupted(cli: Cli, tmp_path: Path) -> None:
    assert cli("run", "mine.yaml", "--out", "warm").returncode == 0  # the kernel is compiled now
    process = subprocess.Popen(
        command("run", "passive-transfer", "--subjects", "1500", "--out", "run"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    first = tmp_path / "run" / "trajectories.zarr" / "status" / "c" / "0"
    patience = time.monotonic() + 120
    while not first.exists() and process.poll() is None and time.monotonic() < patience:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), said
    assert said == "allodynia: interrupted; what was finished is kept\n"
    manifest = read_manifest(tmp_path / "run")
    assert manifest.state == "interrupted"
    assert 0 < manifest.subjects.by_status["SOLVED"] < manifest.subjects.total == 24_000
    run = al.open_run(tmp_path / "run")
    with pytest.raises(InvalidInput, match="interrupted before it was written"):
        _ = run.table
    trajectories = run.trajectories
    solved = trajectories["status"].values == 0
    assert solved.sum() == manifest.subjects.by_status["SOLVED"]
    pressure = trajectories["symptom.paw_pressure"].values
    assert np.isfinite(pressure[solved]).all()
    assert np.isnan(pressure[~solved]).all()


def test_a_hostile_title_is_text_in_the_report(cli: Cli, tmp_path: Path, study: str) -> None:
    title = "title: '</title><script>alert(1)</script>'"
    (tmp_path / "mine.yaml").write_text(study.replace("title: One dose, two arms", title), encoding="utf-8")
    assert cli("run", "mine.yaml", "--out", "run").returncode == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_colour_and_bars_stay_out_of_a_pipe(cli: Cli) -> None:
    done = cli("run", "mine.yaml", "--out", "run")
    assert "\x1b" not in done.stdout + done.stderr
