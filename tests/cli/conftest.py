"""A study that is small, complete and of a user's own, and the command line in this process or one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from allodynia.cli.main import execute

STUDY = """\
title: One dose, two arms
question: Does the dose reach plasma?
species: mouse
follow_up: 2 d
sampling: {every: 12 h}
baseline: {at: [0 d]}
subjects: 3
donors:
  healthy: {population: healthy, n: 2}
arms:
  given:
    label: 8 mg of IgG
    donors: healthy
    doses:
      - {into: igg.peritoneum, amount: 8 mg, at: 0 d}
  vehicle: {}
endpoints:
  plasma:
    label: Human IgG in plasma
    output: igg.c_plasma_human
    unit: mg/mL
    measured: [1 d, 2 d]
    noise: {proportional: 0.1, evidence: assumed}
    table_at: 1 d
"""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Cli = Callable[..., Done]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from allodynia.cli.main import main; main()", *arguments]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder one works in, with the study above as ``mine.yaml``."""
    (tmp_path / "mine.yaml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(folder: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs ``allodynia`` in this process: all of it but the last line of ``main``."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        status = execute(arguments)
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return run


@pytest.fixture
def process(folder: Path) -> Cli:
    """Runs ``allodynia`` as a process of its own, with its own stdout, stderr and exit status."""

    def run(*arguments: str) -> Done:
        done = subprocess.run(
            command(*arguments),
            cwd=folder,
            env={**os.environ, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=1800,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def study() -> str:
    return STUDY
