"""The semantic cases of the SBML Test Suite, as their folders hold them: a model, settings, expected results, tags.

Source: https://github.com/sbmlteam/sbml-test-suite, "The SBML Test Suite", section on test case files.
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
SIBLING = Path(__file__).resolve().parents[3] / "shared" / "sbml-test-suite"


def find_suite() -> tuple[Path | None, str]:
    """The folder of the cases, or None and where it was looked for."""
    named = os.environ.get("SBML_TEST_SUITE")
    if named:
        folder = Path(named)
        return (folder if folder.is_dir() else None), f"SBML_TEST_SUITE={named} is no folder"
    reason = "no SBML Test Suite: SBML_TEST_SUITE is not set, and ../shared/sbml-test-suite is not there"
    return (SIBLING if SIBLING.is_dir() else None), reason


@dataclass(frozen=True)
class Case:
    """One case. ``variables`` are the columns to compare; those in ``amounts`` and ``concentrations`` as such."""

    id: str
    folder: Path

    @cached_property
    def sbml(self) -> str:
        """The model, in the highest level and version that the folder holds."""
        return max(self.folder.glob(f"{self.id}-sbml-*.xml")).read_text(encoding="utf-8")

    @cached_property
    def tags(self) -> frozenset[str]:
        """Components and tests that the case is about, and its type."""
        text = (self.folder / f"{self.id}-tags.txt").read_text(encoding="utf-8")
        return frozenset(tag.strip() for line in text.splitlines() for tag in line.partition(":")[2].split(","))

    @property
    def is_time_course(self) -> bool:
        """Whether it asks for trajectories, not for a balance of fluxes."""
        return "TimeCourse" in self.tags

    @cached_property
    def settings(self) -> dict[str, str]:
        """What the settings file says."""
        text = (self.folder / f"{self.id}-settings.txt").read_text(encoding="utf-8")
        pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
        return {name.strip(): value.strip() for name, _, value in pairs}

    def _names(self, setting: str) -> tuple[str, ...]:
        return tuple(name for name in re.split(r"[\s,]+", self.settings.get(setting, "")) if name)

    @property
    def variables(self) -> tuple[str, ...]:
        """The ids to compare, in order."""
        return self._names("variables")

    @property
    def amounts(self) -> frozenset[str]:
        """Those that are to be given as amounts."""
        return frozenset(self._names("amount"))

    @property
    def concentrations(self) -> frozenset[str]:
        """Those that are to be given as concentrations."""
        return frozenset(self._names("concentration"))

    @property
    def absolute(self) -> float:
        """The absolute tolerance."""
        return float(self.settings["absolute"])

    @property
    def relative(self) -> float:
        """The relative tolerance."""
        return float(self.settings["relative"])

    @property
    def times(self) -> F8:
        """The times of the samples, f8[steps + 1]."""
        start, duration, steps = (float(self.settings[name]) for name in ("start", "duration", "steps"))
        return start + duration * np.arange(int(steps) + 1) / steps

    @cached_property
    def expected(self) -> F8:
        """What must come out, f8[steps + 1, variables]; the columns are found by name."""
        with (self.folder / f"{self.id}-results.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
        names = [name.strip() for name in rows[0]]
        table = np.array([[float(cell) for cell in row] for row in rows[1:]])
        return table[:, [names.index(name, 1) for name in self.variables]]

    def agrees(self, found: F8) -> NDArray[np.bool_]:
        """Where ``found`` is right, by the suite's own rule: |found - r| <= absolute + relative |r|."""
        with np.errstate(invalid="ignore"):
            near = np.abs(found - self.expected) <= self.absolute + self.relative * np.abs(self.expected)
        same = (found == self.expected) | (np.isnan(found) & np.isnan(self.expected))
        return np.asarray((near & np.isfinite(self.expected)) | same)


def load_cases(folder: Path) -> list[Case]:
    """Every case in ``folder``, by number."""
    return [Case(path.name, path) for path in sorted(folder.iterdir()) if re.fullmatch(r"\d{5}", path.name)]
