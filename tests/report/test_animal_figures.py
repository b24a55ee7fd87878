"""The figures of an experiment in animals show its own numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from allodynia.report.animal_figures import course, power_by_donors, write_animals
from allodynia.study.trial.animal_course import Course

DAYS = np.array([0.0, 4.0, 14.0])


@pytest.fixture
def found() -> dict[str, Any]:
    designs = [
        {"donors": donors, "mice": mice, "animals": 2 * donors * mice, "power_lo": 0.1, "power_hi": 0.9,
         "power": 0.1 * donors + 0.05 * mice}
        for donors in (2, 4) for mice in (1, 3)
    ]  # fmt: skip
    return {"share": "power", "with_donors": True, "days": [{"label": "Paw pressure", "unit": "%"}], "designs": designs}


@pytest.fixture
def arms() -> tuple[Course, Course]:
    mean = np.array([100.0, 70.0, 95.0])
    units = np.array([mean + 3.0, mean - 3.0])
    control = Course("saline", DAYS, np.full(3, 100.0), np.full(3, 97.0), np.full(3, 103.0), np.full((4, 3), 100.0))
    return control, Course("FM IgG", DAYS, mean, mean - 5.0, mean + 5.0, units)


def test_each_arm_has_its_mean_its_band_and_its_donors_beside_it(found: dict[str, Any], arms: Any) -> None:
    (axes,) = course(found, arms).axes
    lines = [line for line in axes.lines if line.get_linestyle() != "None"]
    assert [line.get_label() for line in lines] == ["saline", "FM IgG"]
    assert lines[1].get_ydata().tolist() == [100.0, 70.0, 95.0]
    dots = [line for line in axes.lines if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in dots] == [12, 6]
    assert (np.abs(np.asarray(dots[1].get_xdata()).reshape(2, 3) - DAYS) < 0.5).all()
    assert dots[0].get_color() == lines[0].get_color() != lines[1].get_color()
    assert axes.get_ylabel() == "Paw pressure, %"


def test_power_has_a_line_for_each_number_of_animals(found: dict[str, Any]) -> None:
    (axes,) = power_by_donors(found).axes
    lines = {line.get_label(): line for line in axes.lines if line.get_marker() == "o"}
    assert set(lines) == {"1", "3"}
    assert lines["3"].get_xdata().tolist() == [2.0, 4.0]
    assert lines["3"].get_ydata().tolist() == pytest.approx([0.35, 0.55])


def test_without_donors_power_goes_by_animals(found: dict[str, Any]) -> None:
    alone = [one for one in found["designs"] if one["donors"] == 2]
    (axes,) = power_by_donors({**found, "with_donors": False, "designs": alone}).axes
    (line,) = (line for line in axes.lines if line.get_marker() == "o")
    assert line.get_xdata().tolist() == [2.0, 6.0]
    assert axes.get_xlabel() == "animals an arm"


def test_the_same_experiment_gives_the_same_bytes(found: dict[str, Any], arms: Any, tmp_path: Path) -> None:
    kept = []
    for name in "ab":
        (tmp_path / name).mkdir()
        write_animals(tmp_path / name, found, arms)
        kept.append({file.name: file.read_bytes() for file in (tmp_path / name / "figures").iterdir()})
    assert kept[0] == kept[1]
    assert {Path(name).stem for name in kept[0]} == {"course", "power"}
