"""`allodynia petab`: the log-likelihood of a problem, or one line that says why there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..problem.benchmarks import yaml_of  # noqa: TID252
from ..problem.conftest import TABLES  # noqa: TID252
from .conftest import Cli


@pytest.fixture
def problem(folder: Path) -> Path:
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "problem.yaml"


def test_the_log_likelihood_of_a_benchmark_is_the_published_one(process: Cli) -> None:
    path = yaml_of("Boehm_JProteomeRes2014")
    done = process("petab", str(path))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Boehm_JProteomeRes2014"
    assert lines[1].startswith("8 states, 1 conditions, 48 measurements, 9 parameters to estimate")
    name, count, llh, chi2 = lines[-1].split()
    assert (name, count) == ("all", "48")
    assert float(llh) == pytest.approx(-138.22199767, abs=1e-6)
    assert float(chi2) == pytest.approx(47.9765438, abs=1e-5)


def test_json_splits_the_likelihood_by_observable(cli: Cli, problem: Path) -> None:
    done = cli("petab", "problem.yaml", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert [row["observable"] for row in found["rows"]] == ["a", "b"]
    assert [row["n"] for row in found["rows"]] == [3, 2]
    for name in ("llh", "chi2"):
        assert found[name] == pytest.approx(sum(row[name] for row in found["rows"]), rel=1e-12)
    assert (found["conditions"], found["failed"]) == (2, [])


def test_a_condition_that_is_not_solved_is_named(cli: Cli, problem: Path, folder: Path) -> None:
    (folder / "parameters.tsv").write_text(
        "parameterId\tnominalValue\testimate\nk\t0\t0\nsd\t0.1\t0\noffset\t0\t0\n", encoding="utf-8"
    )
    (folder / "measurements.tsv").write_text(
        "observableId\tsimulationConditionId\tmeasurement\ttime\na\tfed\t3\tinf\na\tcontrol\t3\tinf\n", encoding="utf-8"
    )
    done = cli("petab", "problem.yaml")
    assert done.returncode == 0
    assert "warning: condition fed: No steady state was reached" in done.stderr
    assert done.stdout.splitlines()[-1].split()[2:] == ["nan", "nan"]


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("measurements.tsv", "a\tfed", "a\tfeed", "measurements.tsv:4: unknown condition 'feed'; did you mean 'fed'?"),
        ("problem.yaml", "model.xml", "models.xml", "problem.yaml:4: cannot read 'models.xml'"),
        ("model.xml", "<ci>feed</ci>", "<ci>fed</ci>", "model.xml"),
    ],
)
def test_bad_input_is_one_line(
    cli: Cli, problem: Path, folder: Path, table: str, old: str, new: str, message: str
) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert old in text
    (folder / table).write_text(text.replace(old, new), encoding="utf-8")
    done = cli("petab", "problem.yaml")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("allodynia: ") and done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_problem_that_is_not_there_is_one_line(cli: Cli) -> None:
    done = cli("petab", "nowhere.yaml")
    assert done.returncode == 2 and "nowhere.yaml" in done.stderr
