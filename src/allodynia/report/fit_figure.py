"""A fit as a figure: every donor's mice, and the courses that the model gives them, with ``ada`` on and off."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from allodynia.report import style
from allodynia.report.rendering import write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from allodynia.infer import Fit

COLUMNS = 4
PANEL_INCHES = (2.6, 2.1)
HEAD_INCHES = 0.75

LABEL_LENGTH = 29
"""How many characters of a donor's name fit over its panel."""


def write_fit(folder: Path, fit: Fit) -> None:
    """Write ``figures/courses`` into a run folder. The same fit gives the same bytes."""
    write_figure(folder, "courses", lambda: draw(fit))


def draw(fit: Fit) -> Figure:
    """One panel a donor."""
    donors = [*fit.donors]
    columns = min(COLUMNS, max(2, len(donors)))
    rows = math.ceil(len(donors) / columns)
    width, height = columns * PANEL_INCHES[0] + 0.3, rows * PANEL_INCHES[1] + HEAD_INCHES + 0.3
    figure = Figure(figsize=(width, height))
    figure.text(
        0.02, 1.0 - 0.22 / height, "Paw pressure, % of the mouse's own threshold", size=11.5, weight="bold", va="center"
    )
    figure.text(
        0.02, 1.0 - 0.46 / height,
        "dots: readings; bands: mean of the donor's mice, 95 %; thin lines: 95 % of readings",
        size=8, color=style.QUIET, va="center",
    )  # fmt: skip
    for index, name in enumerate(fit.variants):
        words = f"own antibodies against human IgG {name}"
        figure.text(
            0.02 + 0.48 * index, 1.0 - 0.66 / height, f"– {words}", size=8, color=style.arm_colour(index), va="center"
        )
    shared: Axes | None = None
    for number, donor in enumerate(donors):
        row, column = divmod(number, columns)
        left, low = 0.5 + column * PANEL_INCHES[0], 0.45 + (rows - 1 - row) * PANEL_INCHES[1]
        box = (left / width, low / height, (PANEL_INCHES[0] - 0.45) / width, (PANEL_INCHES[1] - 0.65) / height)
        axes = figure.add_axes(box, sharex=shared, sharey=shared)
        shared = shared or axes
        _panel(axes, fit, donor, number)
        if row == rows - 1:
            axes.set_xlabel("days after the first dose", size=8)
    return figure


def _panel(axes: Axes, fit: Fit, donor: str, number: int) -> None:
    for index, variant in enumerate(fit.variants.values()):
        colour = style.arm_colour(index)
        mean, reading = 100.0 * variant.mean_band[number], 100.0 * variant.reading_band[number]
        axes.fill_between(variant.times, mean[:, 0], mean[:, 2], color=colour, alpha=style.BAND_OPACITY, linewidth=0)
        axes.plot(variant.times, mean[:, 1], color=colour, linewidth=1.4, linestyle=("solid", (0, (5, 2)))[index % 2])
        for level in (0, 2):
            axes.plot(variant.times, reading[:, level], color=colour, linewidth=0.5, alpha=0.6)
    for mouse in fit.readings.mice:
        before = mouse.grams[mouse.day <= 0.0]
        if mouse.donor == donor and before.size:
            # Over what was read before the dose, as laboratories draw it; the fit knows the error of that too.
            axes.plot(
                mouse.day, 100.0 * mouse.grams / np.mean(before), linestyle="none", marker="o", markersize=2.2,
                color=style.INK, alpha=0.6,
            )  # fmt: skip
    axes.set_title(style.shortened(donor, LABEL_LENGTH), size=9, loc="left")
    axes.set_ylim(0, 150)
    axes.tick_params(labelsize=7.5, length=2)
    axes.grid(axis="y")
