"""ROC curves of several tests as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from allodynia.report.rendering import write_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

LABEL_LENGTH = 48
"""How many characters of a test's label fit before its area."""

Line = tuple[str, tuple[float, float, float], np.ndarray, np.ndarray]
"""A test: its label, its area with the interval, share of false alarms and share found at every cut-off."""


def write_roc(folder: Path, arm: str, title: str, lines: Sequence[Line], specificity: float) -> None:
    """Write ``figures/roc-ARM`` as PNG and SVG into a run folder; the same curves give the same bytes."""
    write_figure(folder, f"roc-{arm}", lambda: draw(title, lines, specificity))


def draw(title: str, lines: Sequence[Line], specificity: float) -> Figure:
    """The figure itself: best test first beside the axes, the diagonal of a coin, the specificity in use."""
    from matplotlib.figure import Figure

    from allodynia.report import style

    figure = Figure(figsize=(9.8, 5.0))
    axes = figure.add_axes((0.07, 0.155, 0.37, 0.37 * 9.8 / 5.0))
    figure.text(0.02, 0.955, title, size=12.5, weight="bold", va="center")
    axes.plot([0, 1], [0, 1], color=style.RULE, linewidth=1.0, zorder=1)
    axes.axvline(1.0 - specificity, color=style.QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    order = sorted(range(len(lines)), key=lambda number: -lines[number][1][0])
    for place, number in enumerate(order):
        label, (area, lo, hi), alarms, found = lines[number]
        colour, dash = style.arm_colour(number), style.arm_dash(number)
        axes.plot(alarms, found, color=colour, linestyle=dash, linewidth=1.6, zorder=3, drawstyle="steps-post")
        height = 0.86 - 0.055 * place
        figure.add_artist(_key(height, colour, dash))
        figure.text(0.515, height, style.shortened(label, LABEL_LENGTH), size=8.5, va="center")
        figure.text(0.985, height, f"{area:.2f} ({lo:.2f} to {hi:.2f})", size=8.5, va="center", ha="right")
    figure.text(0.985, 0.905, "area (95 %)", size=8.5, va="center", ha="right", color=style.QUIET)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.005)
    axes.set_xlabel("false alarms (1 - specificity)")
    axes.set_ylabel("found (sensitivity)")
    axes.grid(zorder=0)
    axes.set_axisbelow(True)
    note = "combinations: scores in people whom their weights were not found in"
    figure.text(0.02, 0.02, note, size=7.5, color=style.QUIET, va="bottom")
    return figure


def _key(height: float, colour: str, dash: Any) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([0.47, 0.505], [height, height], color=colour, linestyle=dash, linewidth=1.6)
