"""Every output of a simulated model at a glance: one small panel each, the mean over subjects and a band around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from allodynia.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 4
PANELS = 24
"""Small panels on one page."""

PANEL_INCHES = (2.6, 1.75)
LONGEST_TITLE = 30


@dataclass(frozen=True, slots=True)
class Band:
    """One output over time: the mean over subjects, and the 5th and 95th percentile; each f8[t]."""

    title: str
    unit: str
    mean: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


def pages(
    title: str, note: str, times: np.ndarray, time_unit: str, bands: Sequence[Band]
) -> Iterator[Callable[[], Figure]]:
    """The outputs page by page, each still to be drawn."""
    for first in range(0, len(bands), PANELS):
        yield partial(draw, title, note, times, time_unit, bands[first : first + PANELS])


def draw(title: str, note: str, times: np.ndarray, time_unit: str, bands: Sequence[Band]) -> Figure:
    """One page, not yet rendered."""
    columns = min(COLUMNS, len(bands))
    rows = -(-len(bands) // columns)
    width, height = max(columns, 2) * PANEL_INCHES[0], rows * PANEL_INCHES[1] + 0.75
    figure = Figure(figsize=(width, height))
    figure.text(0.12 / width * 2, 1 - 0.22 / height, title, size=11.5, weight="bold", va="center")
    figure.text(0.12 / width * 2, 1 - 0.46 / height, note, size=8, color=style.QUIET, va="center")
    grid = figure.add_gridspec(
        rows, columns, left=0.62 / width, right=1 - 0.18 / width, top=1 - 0.88 / height, bottom=0.45 / height,
        wspace=0.42, hspace=0.62,
    )  # fmt: skip
    for number, band in enumerate(bands):
        axes = figure.add_subplot(grid[divmod(number, columns)])
        _panel(axes, times, band)
        if number + columns >= len(bands):
            axes.set_xlabel("time" if time_unit in {"", "dimensionless"} else f"time ({time_unit})", size=8)
    return figure


def _panel(axes: Axes, times: np.ndarray, band: Band) -> None:
    colour = style.arm_colour(1)
    axes.fill_between(times, band.lo, band.hi, color=colour, alpha=style.BAND_OPACITY, linewidth=0, zorder=1.5)
    axes.plot(times, band.mean, color=colour, linewidth=1.6, zorder=3)
    axes.set_xlim(float(times[0]), float(times[-1]))
    shown = np.concatenate([band.mean, band.lo, band.hi])
    shown = shown[np.isfinite(shown)]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    # An axis that does not hold zero must not magnify rounding into a feature.
    low = 0.0 if 0.7 * high > low >= 0.0 else low
    margin = 0.06 * (high - low) if high - low > 1e-9 * max(abs(high), abs(low)) else 0.05 * (abs(high) or 1.0)
    axes.set_ylim(low if low == 0.0 else low - margin, high + margin)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.ticklabel_format(axis="y", scilimits=(-3, 4))
    power = axes.yaxis.get_offset_text()
    power.set_fontsize(7)
    power.set_position((1.0, 0.0))
    power.set_horizontalalignment("right")
    axes.grid(axis="y", zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=2.5, width=0.7, labelsize=7.5)
    name = style.shortened(band.title, LONGEST_TITLE)
    unit = "" if band.unit in {"", "1", "dimensionless"} else f" ({band.unit})"
    axes.set_title(f"{name}{unit}", size=8.5, loc="left", y=1.06)
