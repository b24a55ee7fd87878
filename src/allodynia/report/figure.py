"""One panel as a figure: mean over donors with its band, a light line a donor, dosing days, what was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, MaxNLocator, MultipleLocator

from allodynia.report import style
from allodynia.report.content import Curve, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_LENGTH = 22
"""How many characters of an arm's name fit beside its line."""

LABEL_GAP = 0.052
"""Least distance between two direct labels, as a share of the axes' height."""

TIME_UNITS = {"d": "days", "h": "hours", "min": "minutes", "s": "seconds", "wk": "weeks"}


def draw(panel: Panel) -> Figure:
    """The panel's figure, not yet rendered."""
    figure = Figure(figsize=style.SIZE_INCHES)
    axes = figure.add_axes((0.088, 0.135, 0.66, 0.70))
    figure.text(0.02, 0.955, panel.title, size=12.5, weight="bold", va="center")
    figure.text(0.02, 0.897, _how_to_read(panel), size=8.5, color=style.QUIET, va="center")
    for index, curve in enumerate(panel.curves):
        _curve(axes, panel.times, curve, index)
    _published(axes, panel)
    _scales(axes, panel)
    _doses(axes, panel)
    _labels(axes, panel)
    if panel.note:
        figure.text(0.02, 0.02, panel.note, size=7.5, color=style.QUIET, va="bottom")
    return figure


def _how_to_read(panel: Panel) -> str:
    """The line under the title: what the lines, the band and the brackets are, where there are any."""
    parts = ["mean over donors, 95 % band"]
    if any(len(curve.donors) > 1 for curve in panel.curves):
        parts.append("thin lines: single donors")
    bases = sorted({interval.basis for interval in panel.published})
    if bases:
        parts.append(f"brackets: what the claim asks for ({', '.join(bases)} bounds)")
    return "; ".join(parts)


def _curve(axes: Axes, times: np.ndarray, curve: Curve, index: int) -> None:
    """One arm: donors first, so that the mean lies on top of them."""
    colour = style.arm_colour(index)
    if len(curve.donors) > 1:
        axes.plot(times, curve.donors.T, color=colour, linewidth=0.6, alpha=style.DONOR_OPACITY, zorder=2)
    axes.fill_between(times, curve.lo, curve.hi, color=colour, alpha=style.BAND_OPACITY, linewidth=0, zorder=1.5)
    dash = style.arm_dash(index)
    # The arm named first is what the study is about: it lies on top where lines meet.
    axes.plot(times, curve.mean, color=colour, linewidth=2.0, linestyle=dash, zorder=3 - 0.01 * index)


def _published(axes: Axes, panel: Panel) -> None:
    """Intervals that claims set, as brackets in the colour of their arm."""
    arms = {curve.arm: index for index, curve in enumerate(panel.curves)}
    for interval in panel.published:
        colour = style.arm_colour(arms[interval.arm]) if interval.arm in arms else style.INK
        ends = [end for end in (interval.lo, interval.hi) if np.isfinite(end)]
        if len(ends) == 2:
            axes.plot([interval.time] * 2, ends, color=style.PAPER, linewidth=3, zorder=4)
            axes.plot([interval.time] * 2, ends, color=colour, linewidth=1.4, marker="_", markersize=7, zorder=5)
        elif ends:
            # One end only: a bar at it, and an arrow towards what is asked for.
            axes.plot([interval.time], ends, color=colour, linestyle="none", marker="_", markersize=9, zorder=5)
            axes.annotate(
                "",
                (interval.time, ends[0]),
                xytext=(0, 13 if np.isfinite(interval.lo) else -13),
                textcoords="offset points",
                arrowprops={"arrowstyle": "<-", "color": colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0},
                zorder=5,
            )


def _scales(axes: Axes, panel: Panel) -> None:
    """Axes that begin where the quantity does, with few, round marks."""
    axes.set_xlim(float(panel.times[0]), float(panel.times[-1]))
    values = [curve.mean for curve in panel.curves] + [curve.donors.ravel() for curve in panel.curves]
    finite = np.concatenate(values) if values else np.empty(0)
    finite = finite[np.isfinite(finite)]
    asked = [end for interval in panel.published for end in (interval.lo, interval.hi) if np.isfinite(end)]
    top = max([float(finite.max()) if finite.size else 1.0, *asked])
    low = min([float(finite.min()) if finite.size else 0.0, *asked, 0.0])
    span = (top - low) or 1.0
    axes.set_ylim(low, top + 0.06 * span)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_locator(_time_marks(panel))
    axes.grid(axis="y", zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.8)
    since = "the first dose" if panel.doses[:1] == (float(panel.times[0]),) else "the start"
    axes.set_xlabel(f"{TIME_UNITS.get(panel.time_unit, panel.time_unit)} after {since}")
    unit = "" if panel.unit in {"", "1", "dimensionless"} else f" ({panel.unit})"
    axes.set_ylabel(f"{panel.title}{unit}")


def _time_marks(panel: Panel) -> Locator:
    """Weeks where time runs in days for two to twelve weeks, else round numbers."""
    length = float(panel.times[-1] - panel.times[0])
    return MultipleLocator(7) if panel.time_unit == "d" and 14 <= length <= 84 else MaxNLocator(8)


def _doses(axes: Axes, panel: Panel) -> None:
    """A mark above the axes for each dose, and the word beside the first of them."""
    shown = [time for time in panel.doses if panel.times[0] <= time <= panel.times[-1]]
    if not shown:
        return
    across = axes.get_xaxis_transform()
    axes.plot(
        shown, [1.012] * len(shown), marker="v", linestyle="none", markersize=5, color=style.INK, transform=across,
        clip_on=False, zorder=6,
    )  # fmt: skip
    axes.annotate(
        "dose" if len(shown) == 1 else "doses", (max(shown), 1.012), xycoords=across, xytext=(7, 0),
        textcoords="offset points", size=8, va="center", color=style.INK, annotation_clip=False,
    )  # fmt: skip


def _labels(axes: Axes, panel: Panel) -> None:
    """Each arm's name at the end of its line, moved apart where lines end together."""
    low, high = axes.get_ylim()
    ends = [_last_finite(curve.mean) for curve in panel.curves]
    shown = [index for index, end in enumerate(ends) if np.isfinite(end)]
    wanted = [(ends[index] - low) / (high - low) for index in shown]
    for index, place, end in zip(shown, spread(wanted, LABEL_GAP), wanted, strict=True):
        colour = style.arm_colour(index)
        axes.plot(
            [1.0, 1.022], [end, place], transform=axes.transAxes, color=colour, linewidth=0.8, clip_on=False, zorder=3
        )
        label = style.shortened(panel.curves[index].label, LABEL_LENGTH)
        axes.text(1.03, place, label, transform=axes.transAxes, color=colour, va="center", size=8.5)


def _last_finite(values: np.ndarray) -> float:
    """The last value of a line that is drawn; NaN when none is."""
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if finite.size else float("nan")


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Places at least ``gap`` apart, in the same order and as near as can be to those wanted, kept within 0 and 1.

    Neighbours that are too near form a group, which stands around the mean of what its members want; groups that then
    meet are joined. This is the pool-adjacent-violators solution of the least-squares problem.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    groups: list[tuple[float, int]] = []  # (mean of wanted places once the gaps are taken out, members)
    for rank, index in enumerate(order):
        mean, members = places[index] - rank * gap, 1
        while groups and groups[-1][0] >= mean:
            before, size = groups.pop()
            mean, members = (before * size + mean * members) / (size + members), size + members
        groups.append((mean, members))
    found = [mean for mean, members in groups for _ in range(members)]
    highest = 1.0 - gap * max(0, len(places) - 1)
    placed = [0.0] * len(places)
    for rank, (index, mean) in enumerate(zip(order, found, strict=True)):
        placed[index] = min(max(mean, 0.0), max(highest, 0.0)) + rank * gap
    return placed
