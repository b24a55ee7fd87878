"""A trial's figures say what its numbers are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from allodynia.report.trial_figures import flow, forest, power_curve, waterfall, write_trial


def effect(arm: str, value: float, **other: Any) -> dict[str, Any]:
    return {
        "analysis": "Pain", "arm": arm, "unit": "points", "primary": True, "effect": value,
        "lo": value - 0.5, "hi": value + 0.5, "truth": None, **other,
    }  # fmt: skip


@pytest.fixture
def found() -> dict[str, Any]:
    arms = [
        {"label": "placebo", "people": 50.0, "left": {"adverse_event": 0.1, "other": 0.04}},
        {"label": "drug", "people": 51.0, "left": {"adverse_event": 0.2}},
    ]
    points = [
        {"size": 25, "power": 0.4, "lo": 0.3, "hi": 0.5, "simulated": True},
        {"size": 100, "power": 0.95, "lo": None, "hi": None, "simulated": False},
    ]
    return {
        "share": "power", "flow": {"asked": 130.0, "not pain at least 4": 29.0, "allocated": 101.0}, "arms": arms,
        "effects": [effect("drug", -0.7, truth=-0.8), effect("drug", float("nan"))],
        "sizes": {"arm": "drug", "each": "arm", "points": points},
    }  # fmt: skip


def said(figure: Figure) -> str:
    return " | ".join(text.get_text() for axes in [figure, *figure.axes] for text in axes.texts)


def test_people_are_accounted_for(found: dict[str, Any]) -> None:
    text = said(flow(found))
    assert "asked: 130" in text
    assert "not pain at least 4: 29" in text
    assert "allocated: 101" in text
    assert "left, adverse event: 5" in text
    assert "stayed: 43" in text  # 50 less 5 less 2
    assert "stayed: 40.8" in text


def test_an_effect_that_is_not_known_has_no_row(found: dict[str, Any]) -> None:
    (axes,) = forest(found).axes
    assert sorted(axes.get_ylim()) == [-0.5, 0.5]
    places = [tuple(line.get_xdata()) for line in axes.lines]
    assert (-1.2, pytest.approx(-0.2)) in places
    assert (-0.8,) in places  # the truth


def test_what_follows_a_law_is_told_from_what_was_simulated(found: dict[str, Any]) -> None:
    (axes,) = power_curve(found).axes
    dots = {line.get_xdata()[0]: line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"}
    assert dots[25] != dots[100]


def test_the_worst_stand_first(found: dict[str, Any]) -> None:
    axes, other = waterfall({"placebo": np.array([-10.0, 20.0, -40.0]), "drug": np.array([])}, "Pain").axes
    assert [bar.get_height() for bar in axes.patches] == [20.0, -10.0, -40.0]
    assert other.get_title() == "drug (0)"


def test_the_same_trial_gives_the_same_bytes(found: dict[str, Any], tmp_path: Path) -> None:
    kept = []
    for name in "ab":
        (tmp_path / name).mkdir()
        write_trial(tmp_path / name, found, {"drug": np.array([-10.0])}, "Pain")
        kept.append({file.name: file.read_bytes() for file in (tmp_path / name / "figures").iterdir()})
    assert kept[0] == kept[1]
    assert {Path(name).stem for name in kept[0]} == {"forest", "power", "waterfall", "flow"}


def test_of_a_cross_over_there_is_no_waterfall(found: dict[str, Any], tmp_path: Path) -> None:
    write_trial(tmp_path, {**found, "sizes": None}, {}, "Pain")
    assert {file.stem for file in (tmp_path / "figures").iterdir()} == {"forest", "flow"}
