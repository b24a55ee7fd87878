"""`allodynia simulate`: one's own model, from a file to a run folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import allodynia as al

from .conftest import Cli

MODEL = """\
model decay()
  unit time_unit = 3600 second;
  compartment cell = 2; species S in cell, P in cell;
  S = 3; P = 0; k = 0.5;
  turn: S -> P; cell*k*S;
end
"""


@pytest.fixture
def model(folder: Path) -> Path:
    (folder / "decay.ant").write_text(MODEL, encoding="utf-8")
    return folder / "decay.ant"


def test_a_model_gives_a_table_figures_and_trajectories(process: Cli, model: Path, tmp_path: Path) -> None:
    done = process("simulate", "decay.ant", "--end", "4", "--points", "9", "--out", "run")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "decay" and lines[1] == "1 of 1 subjects solved, time 0 to 4 h"
    assert lines[-1] == "written to run"
    (row,) = [line.split() for line in lines if line.startswith("S ")]
    assert float(row[1]) == 3.0 and float(row[2]) == pytest.approx(3 * np.exp(-2), rel=1e-4)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "manifest.json", "trajectories.zarr", "summary.parquet", "table.json", "table.csv", "figures",
    }  # fmt: skip
    assert {path.name for path in (tmp_path / "run" / "figures").iterdir()} == {"overview-1.png", "overview-1.svg"}
    run = al.open_run(tmp_path / "run")
    assert run.manifest.state == "finished" and run.manifest.study.text == MODEL
    assert np.allclose(run.trajectories["S"][0], 3 * np.exp(-0.5 * np.linspace(0, 4, 9)), rtol=1e-5)
    assert run.trajectories["time"].attrs["units"] == "h"


def test_python_and_the_command_line_give_the_same_bits(cli: Cli, model: Path, tmp_path: Path) -> None:
    given = ("--vary", "k=lognormal(0.5,0.3)", "--vary", "S=uniform(1,2)", "--subjects", "2100", "--seed", "9")
    assert cli("simulate", "decay.ant", "--end", "4", *given, "--out", "run").returncode == 0
    theirs = al.open_run(tmp_path / "run").trajectories
    ours = al.load(model).simulate(
        end=4, vary={"k": "lognormal(0.5, 0.3)", "S": "uniform(1, 2)"}, subjects=2100, seed=9
    )
    for name in ("S", "P", "k", "S.initial", "time"):
        assert ours[name].to_numpy().tobytes() == theirs[name].to_numpy().tobytes()
    assert (theirs["status"] == 0).all()


def test_json_is_the_summary_and_nothing_else(process: Cli, model: Path) -> None:
    done = process(
        "simulate", "decay.ant", "--end", "4", "--vary", "k=lognormal(0.5,0.3)", "--subjects", "500", "--json"
    )
    assert done.returncode == 0 and done.stderr.startswith("written to runs/decay-")
    found = json.loads(done.stdout)
    assert (found["subjects"], found["failed"], found["seed"], found["time_unit"]) == (500, 0, 1, "h")
    rows = {row["output"]: row for row in found["rows"]}
    assert set(rows) == {"S", "P"}
    assert rows["S"]["lo"] < rows["S"]["end"] < rows["S"]["hi"]
    # The 5th and 95th percentile of k, carried through exp(-4 k); the sample of 500 moves them by a few per cent.
    edges = 3 * np.exp(-4 * 0.5 * np.exp(np.array([1.0, -1.0]) * 1.6449 * 0.3))
    assert [rows["S"]["lo"], rows["S"]["hi"]] == pytest.approx(edges, rel=0.25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.xml", "--end", "1"), "missing.xml: cannot read the model: No such file or directory"),
        (("decay.ant",), "missing option '--end' (see 'allodynia simulate --help')"),
        (("decay.ant", "--end", "-1"), "end: -1.0 is not a finite time after the start (0.0)"),
        (("decay.ant", "--end", "1", "--vary", "kk=1"), "vary: unknown quantity 'kk'; did you mean 'k'?"),
        (
            ("decay.ant", "--end", "1", "--vary", "k=lognormel(1,2)"),
            "vary 'k=lognormel(1,2)': unknown distribution 'lognormel'; did you mean 'lognormal' or 'loguniform'"
            " or 'normal'?",
        ),
        (("decay.ant", "--end", "1", "--output", "SS"), "unknown output 'SS'; did you mean 'S'?"),
        (("mine.yaml", "--end", "1"), "mine.yaml"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    cli: Cli, model: Path, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = cli("simulate", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("allodynia: ") and done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not (folder / "runs").exists()


def test_a_model_that_nobody_can_solve_fails_and_says_why(cli: Cli, folder: Path) -> None:
    (folder / "pole.ant").write_text("x' = x^2; x = 1;", encoding="utf-8")
    done = cli("simulate", "pole.ant", "--end", "2", "--out", "run")
    assert done.returncode == 1
    assert "1 of 1 subjects could not be solved" in done.stderr
    assert al.open_run(folder / "run").manifest.state == "failed"
