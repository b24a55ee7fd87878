"""`allodynia study` and `allodynia trial`: a file from nothing to power, interrupted and gone on with."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import allodynia as al
from allodynia.cli.trials import needed
from allodynia.runs.manifest import read_manifest
from allodynia.runs.parquet import read_table
from allodynia.study.analysis.responders import nnt

from .conftest import Cli, command

SMALL = ("--people", "8", "--seed", "3", "--json")


@pytest.fixture
def planned(cli: Cli, tmp_path: Path) -> str:
    """A study of a user's own, as the template gives it, with two analyses fewer."""
    done = cli("study", "new", "plan")
    assert (done.returncode, done.stderr) == (0, "")
    return "plan.yaml"


def test_a_new_study_can_be_checked_conducted_interrupted_and_gone_on_with(
    cli: Cli, planned: str, tmp_path: Path
) -> None:
    done = cli("study", "check", planned)
    assert done.returncode == 0, done.stderr
    assert "parallel arms of 100 people of the population 'fibromyalgia'" in " ".join(done.stdout.split())
    whole = cli("trial", planned, "--replicates", "4", "--out", "whole", *SMALL)
    assert whole.returncode == 0, whole.stderr
    assert cli("trial", planned, "--replicates", "2", "--out", "part", *SMALL).returncode == 0
    # What an interruption in the middle of writing leaves: a block that is not whole.
    block = tmp_path / "part" / "blocks" / "0000000.npz"
    assert block.stat().st_size > 1000
    on = cli("trial", planned, "--replicates", "4", "--resume", "part", *SMALL)
    assert on.returncode == 0, on.stderr
    one, other = json.loads(whole.stdout), json.loads(on.stdout)
    assert one["effects"] == other["effects"]
    assert one["arms"] == other["arms"]
    assert {"power", "effect", "truth", "either"} <= one["effects"][0].keys()
    assert one["flow"]["allocated"] == 8
    manifest = read_manifest(tmp_path / "part")
    assert (manifest.state, manifest.subjects.total) == ("finished", 64)  # as many with draws
    drawn = json.loads(cli("trial", planned, "--replicates", "4", "--uncertainty", "--out", "drawn", *SMALL).stdout)
    for row, beside in zip(one["effects"], drawn["effects"], strict=True):
        assert row["assurance_replicates"] == row["replicates"] == 4
        assert row["assurance"] == beside["power"] == beside["assurance"]
        needs = row["method"] == "responders"
        assert (row["nnt"] is not None) == needs
        assert not needs or row["effect"] == 0 or row["nnt"] == pytest.approx(1.0 / row["effect"])
    people = read_table(tmp_path / "whole", "people")
    assert len(people["person"]) == 32
    assert sorted(set(people["gets"].tolist())) == ["drug", "placebo"]
    block.write_bytes(block.read_bytes()[:500])
    again = cli("trial", planned, "--resume", "part", *SMALL)  # as many as it was begun with
    assert json.loads(again.stdout)["effects"] == one["effects"]
    refused = cli("trial", planned, "--replicates", "4", "--resume", "part", "--people", "8", "--seed", "4")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "allodynia: part was made with another seed: 3 there, 4 now; its replicates cannot be gone on with\n"
    )
    text = (tmp_path / planned).read_text(encoding="utf-8").replace("lasts: P1W", "lasts: P2W", 1)
    (tmp_path / planned).write_text(text, encoding="utf-8")
    refused = cli("trial", planned, "--resume", "part", *SMALL)
    assert "part was made with another study" in refused.stderr


@pytest.mark.parametrize(
    ("old", "new", "part", "said"),
    [
        ("measured: [0 d, P4W, P12W]", "measured: [0 d, P4W]", "endpoint: impact", "impact is never measured at 84 d"),
        ("at_least: 4}\n  screened", "above: 10}\n  screened", "inclusion:", "hardly anybody may enter: 0 of"),
        ("population: fibromyalgia", "population: fibromylgia", "population:", "did you mean 'fibromyalgia'"),
        ("design: parallel ", "design: cross_over ", "allocation:", "allocation: is for parallel arms"),
        ("side_effects: {drug: 0.5}", "side_effects: {durg: 0.5}", "side_effects", "unknown arm 'durg'; did you mean"),
    ],
)
def test_a_trial_that_cannot_be_is_one_line_and_status_two(
    cli: Cli, planned: str, tmp_path: Path, old: str, new: str, part: str, said: str
) -> None:
    text = (tmp_path / planned).read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    (tmp_path / planned).write_text(text, encoding="utf-8")
    done = cli("study", "check", planned)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if part in one)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"allodynia: {planned}:{line}: "), done.stderr
    assert said in done.stderr


def test_a_washout_shorter_than_five_half_lives_names_the_drug(cli: Cli, planned: str, tmp_path: Path) -> None:
    text = (
        (tmp_path / planned)
        .read_text(encoding="utf-8")
        .replace("design: parallel ", "design: cross_over\n  washout: 1 d ")
    )
    text = "\n".join(line for line in text.splitlines() if not line.startswith("  allocation:"))
    (tmp_path / planned).write_text(text, encoding="utf-8")
    done = cli("study", "check", planned)
    assert done.returncode == 2
    said = re.search(
        r"washout: 1 d is shorter .* of pregabalin \(half-life (\S+) d\): take at least (\S+) d", done.stderr
    )
    assert said is not None, done.stderr
    assert float(said[2]) == pytest.approx(5 * float(said[1]), abs=0.15)


def test_a_template_is_not_written_over(cli: Cli, planned: str) -> None:
    again = cli("study", "new", "plan")
    assert (again.returncode, again.stdout) == (2, "")
    assert "plan.yaml is there already" in again.stderr
    assert "did you mean 'animals'" in cli("study", "new", "other", "--kind", "animal").stderr
    assert cli("study", "new", "mice", "--kind", "animals").returncode == 0
    checked = cli("study", "check", "mice.yaml")
    assert checked.returncode == 0, checked.stderr
    assert "Paw pressure threshold" in checked.stdout
    assert "by ARRIVE 2.0" in checked.stdout
    assert "the experimental unit is the donor" in " ".join(checked.stdout.split())
    assert "sample size: " in checked.stdout


def test_a_study_of_people_without_a_trial_is_told_so(cli: Cli) -> None:
    done = cli("trial", "sleep-extension")
    assert done.returncode == 2
    assert "the study has no trial: section; 'allodynia study new' writes one" in done.stderr


def test_an_experiment_in_animals_is_planned_by_donors_and_mice(cli: Cli, tmp_path: Path) -> None:
    small = ("--donors", "3", "--mice", "2", "--json")
    assert cli("study", "new", "mice", "--kind", "animals").returncode == 0
    done = cli("trial", "mice.yaml", "--replicates", "4", "--out", "whole", *small)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["arrive"]["sample size"].startswith("3 donors an arm, 2 animals a donor")
    assert {(row["endpoint"], row["day"]) for row in found["days"]} == {("paw_pressure", day) for day in (2, 4, 8, 14)}
    assert cli("trial", "mice.yaml", "--replicates", "2", "--out", "part", *small).returncode == 0
    on = cli("trial", "mice.yaml", "--replicates", "4", "--resume", "part", *small)
    assert json.loads(on.stdout)["days"] == found["days"]
    refused = cli("trial", "mice.yaml", "--replicates", "4", "--resume", "part", "--donors", "4", "--mice", "2")
    assert "part was made with another donors: 3 there, 4 now" in refused.stderr
    assert "--people is for trials of people" in cli("trial", "mice.yaml", "--people", "3").stderr
    assert "one donor an arm says nothing" in cli("trial", "mice.yaml", "--donors", "1").stderr
    text = cli("trial", "mice.yaml", "--replicates", "2", "--donors", "2", "--mice", "2", "--out", "text").stdout
    assert "power of the primary reading by donors an arm" in text


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone on Windows")
def test_ctrl_c_keeps_what_is_finished_and_python_goes_on_with_it(planned: str, tmp_path: Path) -> None:
    text = (tmp_path / planned).read_text(encoding="utf-8")
    start, end = text.index("        every: 12 h"), text.index("        evidence: crofford")
    (tmp_path / planned).write_text(text[:start] + "        amount: 225 mg\n" + text[end:], encoding="utf-8")
    running = subprocess.Popen(
        command("trial", planned, "--people", "400", "--replicates", "4000", "--out", "run"),
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    first = tmp_path / "run" / "blocks" / "0000000.npz"
    patience = time.monotonic() + 240
    while not first.exists() and running.poll() is None and time.monotonic() < patience:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=120)
    assert (running.returncode, out) == (130, ""), said
    assert said == "allodynia: interrupted; what was finished is kept\n"
    manifest = read_manifest(tmp_path / "run")
    assert manifest.state == "interrupted"
    assert 2000 <= manifest.subjects.by_status["SOLVED"] < manifest.subjects.total == 1_920_000
    kept = first.read_bytes()
    made = al.trial(tmp_path / planned, people=400, replicates=5, resume=tmp_path / "run")
    assert first.read_bytes() == kept
    assert made.manifest.state == "finished"
    assert list(made.table["replicates"]) == [5] * 4
    assert len(made.people) == 2000
    assert made.results["flow"]["allocated"] == 400


@pytest.mark.parametrize(
    ("effect", "lo", "hi", "said"),
    [
        (0.125, 0.05, 0.2, "8 to benefit (5 to 20)"),
        (-0.1, -0.2, -0.05, "10 to harm (5 to 20)"),
        (0.1, -0.05, 0.25, "10 to benefit (4 to benefit, through no effect, to 20 to harm)"),
        (0.0, -0.05, 0.25, "no difference (4 to benefit, through no effect, to 20 to harm)"),
    ],
)
def test_a_number_needed_to_treat_is_said_with_its_interval(effect: float, lo: float, hi: float, said: str) -> None:
    found = nnt(effect, lo, hi)
    row = {"nnt": float(found.nnt)}
    row |= {f"nnt_{name}": float(getattr(found, name)) for name in ("lo", "hi", "benefit", "harm")}
    assert needed(row) == said


def test_draws_are_asked_for_once(cli: Cli, planned: str) -> None:
    for arguments, said in (
        (("--assurance", "4", "--uncertainty"), "every replicate has its own draw"),
        (("--assurance", "-1"), "assurance: -1 is not at least 0"),
        (("--assurance", "4", "--cohort", "c.parquet"), "people of a file cannot"),
    ):
        refused = cli("trial", planned, "--replicates", "2", *arguments)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert said in refused.stderr
    shown = cli("trial", planned, "--replicates", "3", "--assurance", "2", "--people", "8").stdout
    assert "assurance, 2 draws" in shown
    assert "number needed to treat for one response more" in shown
    without = cli("trial", planned, "--replicates", "3", "--assurance", "0", "--people", "8").stdout
    assert "assurance" not in without


def test_people_of_a_cohort_file_take_part(cli: Cli, planned: str, tmp_path: Path) -> None:
    assert cli("cohort", "fibromyalgia", "--subjects", "40", "--seed", "5", "--out", "c.parquet").returncode == 0
    done = cli("trial", planned, "--replicates", "2", "--cohort", "c.parquet", "--out", "whole", *SMALL)
    assert done.returncode == 0, done.stderr
    one = al.trial(planned, replicates=2, people=8, seed=3, cohort="c.parquet")
    assert one.results["rows"] == json.loads((tmp_path / "whole" / "table.json").read_text(encoding="utf-8"))["rows"]
    true = one.visits[(one.visits["endpoint"] == "pain") & (one.visits["time"] == 0)]["true_value"].to_numpy()
    kept = read_table(tmp_path, "c")["output.symptom.nrs"]
    assert np.isclose(true[:, None], kept[None, :], rtol=1e-6).any(axis=1).all()
    for arguments, said in (
        (("--uncertainty", "--cohort", "c.parquet"), "people are found once"),
        (("--pool", "9", "--cohort", "c.parquet"), "give one of them"),
        (("--hypothesis", "cytokine", "--cohort", "c.parquet"), "a cohort of another hypothesis"),
        (("--cohort", "d.parquet"), "d.parquet"),
        (("--resume", "whole"), "whole was made with another cohort"),
    ):
        refused = cli("trial", planned, "--replicates", "2", *SMALL, *arguments)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert said in refused.stderr
