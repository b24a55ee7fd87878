"""A trial as four figures: effects (forest), power by size, every person's change (waterfall), who was asked and left
(CONSORT flow; Schulz, Altman and Moher 2010).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allodynia.report.rendering import write_figure
from allodynia.report.style import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT = {"adverse_event": "adverse event", "lack_of_efficacy": "lack of efficacy", "other": "other reason"}


def write_trial(folder: Path, found: Mapping[str, Any], falls: Mapping[str, NDArray[np.float64]], what: str) -> None:
    """Write the figures of a trial into its run folder.

    ``found`` is the trial as JSON keeps it, ``falls`` the change of every person of one replicate from baseline by arm,
    in percent, ``what`` the endpoint that changed. Figures of which nothing is known are left out.
    """
    write_figure(folder, "forest", lambda: forest(found))
    if found["sizes"] is not None:
        write_figure(folder, "power", lambda: power_curve(found))
    if any(values.size for values in falls.values()):
        write_figure(folder, "waterfall", lambda: waterfall(falls, what))
    write_figure(folder, "flow", lambda: flow(found))


def forest(found: Mapping[str, Any]) -> Figure:
    """One row an effect: mean of the estimates, the interval that one trial would report, the truth as a diamond."""
    from allodynia.report import style

    rows = [row for row in found["effects"] if math.isfinite(row["effect"])]
    units = list(dict.fromkeys(row["unit"] for row in rows))
    figure = titled((8.2, 1.5 + 0.42 * len(rows) + 0.55 * len(units)), "Effects against the control")
    height = figure.get_figheight()
    figure.text(
        0.02, 1.0 - 0.52 / height, "square: mean estimate; line: interval of one trial; diamond: in the same persons",
        size=8.5, color=style.QUIET, va="center",
    )  # fmt: skip
    top = height - 0.75
    for unit in units:
        of_unit = [row for row in rows if row["unit"] == unit]
        tall = 0.42 * len(of_unit)
        axes = figure.add_axes((0.40, (top - tall) / height, 0.56, tall / height))
        for place, row in enumerate(of_unit):
            colour = style.arm_colour(0 if row["primary"] else 1)
            axes.plot([row["lo"], row["hi"]], [place, place], color=colour, linewidth=1.4)
            axes.plot(row["effect"], place, marker="s", color=colour, markersize=6)
            if row["truth"] is not None:
                axes.plot(row["truth"], place, marker="D", color=style.INK, markersize=4)
            label = f"{row['analysis']}: {row['arm']}"
            figure.text(
                0.02, (top - tall * (place + 0.5) / len(of_unit)) / height, shortened(label, 52), size=8.5, va="center"
            )
        axes.axvline(0.0, color=style.QUIET, linewidth=0.8)
        axes.set_ylim(len(of_unit) - 0.5, -0.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(unit)
        top -= tall + 0.55
    return figure


def power_curve(found: Mapping[str, Any]) -> Figure:
    """Share of trials that show the effect, by people an arm; open circles follow the normal law beyond the trial."""
    from allodynia.report import style

    sizes = found["sizes"]
    figure = titled(style.SIZE_INCHES, f"{found['share'].capitalize()} by people a{_n(sizes['each'])} {sizes['each']}")
    axes = figure.add_axes((0.09, 0.145, 0.86, 0.70))
    points = sizes["points"]
    at, lo, hi, share = (
        np.array([point[key] for point in points], dtype=float) for key in ("size", "lo", "hi", "power")
    )
    colour = style.arm_colour(1)
    axes.fill_between(at, lo, hi, color=colour, alpha=style.BAND_OPACITY, linewidth=0)
    axes.plot(at, share, color=colour, linewidth=1.6)
    for point in points:
        face = colour if point["simulated"] else style.PAPER
        axes.plot(point["size"], point["power"], marker="o", color=colour, markerfacecolor=face, markersize=5)
    for aim in (0.8, 0.9):
        axes.axhline(aim, color=style.QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"people a{_n(sizes['each'])} {sizes['each']}")
    axes.set_ylabel(f"{found['share']} of {shortened(sizes['arm'], 30)}")
    axes.grid(axis="y")
    return figure


def waterfall(falls: Mapping[str, NDArray[np.float64]], what: str) -> Figure:
    """Every person of one replicate who was seen at the end, from the most worse to the most better, an arm a panel."""
    from allodynia.report import style

    arms = [*falls]
    figure = titled(
        (max(5.0, 2.9 * len(arms) + 0.8), 4.1), f"{shortened(what, 60)}: change of each person, one replicate"
    )
    shared: Axes | None = None
    width = 0.90 / len(arms)
    for number, arm in enumerate(arms):
        axes = figure.add_axes((0.075 + number * width, 0.12, width - 0.03, 0.70), sharey=shared)
        shared = shared or axes
        order = np.sort(falls[arm])[::-1]
        axes.bar(np.arange(order.size), order, width=1.0, color=style.arm_colour(number), linewidth=0)
        for share in (-30.0, -50.0):
            axes.axhline(share, color=style.QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.axhline(0.0, color=style.INK, linewidth=0.8)
        axes.set_title(f"{shortened(arm, 26)} ({order.size})", size=9.5)
        axes.set_xticks([])
        if number == 0:
            axes.set_ylabel("change from baseline, %")
        else:
            axes.tick_params(labelleft=False)
    figure.text(
        0.02, 0.03, "dashed: 30 and 50 % less; who left before the last visit is not drawn", size=7.5, color=style.QUIET
    )
    return figure


def flow(found: Mapping[str, Any]) -> Figure:
    """Who was asked, turned away and why, allocated, left by cause, and stayed: means over replicates."""
    arms: Sequence[Mapping[str, Any]] = found["arms"]
    counts = dict(found["flow"])
    asked, allocated = counts.pop("asked", None), counts.pop("allocated", None)
    figure = titled((max(6.5, 2.4 * len(arms)), 5.2), "Flow of people (mean of a replicate)")
    axes = figure.add_axes((0.0, 0.0, 1.0, 0.92))
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    _box(axes, 0.3, 0.93, [f"asked: {_people(asked)}"])
    turned = [f"{shortened(why, 44)}: {_people(number)}" for why, number in counts.items() if number]
    _box(axes, 0.76, 0.79, turned or ["nobody turned away"])
    _box(axes, 0.3, 0.64, [f"allocated: {_people(allocated)}"])
    _arrow(axes, (0.3, 0.90), (0.3, 0.67))
    _arrow(axes, (0.3, 0.79), (0.55, 0.79))
    for number, arm in enumerate(arms):
        x = (number + 0.5) / len(arms)
        _arrow(axes, (0.3, 0.61), (x, 0.49))
        _box(axes, x, 0.45, [shortened(arm["label"], 24), _people(arm["people"])])
        gone = {LEFT.get(cause, cause): share * arm["people"] for cause, share in arm["left"].items()}
        _arrow(axes, (x, 0.40), (x, 0.31))
        _box(axes, x, 0.24, [f"left, {cause}: {_people(many)}" for cause, many in gone.items()] or ["nobody left"])
        _arrow(axes, (x, 0.17), (x, 0.11))
        _box(axes, x, 0.07, [f"stayed: {_people(arm['people'] - sum(gone.values()))}"])
    return figure


def titled(size: tuple[float, float], title: str) -> Figure:
    """An empty figure of ``size`` inches under its title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    figure.text(0.02, 1.0 - 0.22 / size[1], title, size=12.5, weight="bold", va="center")
    return figure


def _box(axes: Axes, x: float, y: float, lines: Sequence[str]) -> None:
    from allodynia.report import style

    frame = {"boxstyle": "square,pad=0.5", "facecolor": style.PAPER, "edgecolor": style.QUIET, "linewidth": 0.8}
    axes.text(x, y, "\n".join(lines), ha="center", va="center", size=8, bbox=frame, zorder=3)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    from allodynia.report import style

    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": style.QUIET, "linewidth": 0.8}, zorder=1)


def _people(number: float | None) -> str:
    return "not known" if number is None else f"{number:.1f}".removesuffix(".0")


def _n(word: str) -> str:
    return "n" if word[:1] in "aeiou" else ""
