"""An experiment in animals as two figures: the course of both arms with their donors, and power by donors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from allodynia.report.rendering import write_figure
from allodynia.report.style import shortened
from allodynia.report.trial_figures import titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from allodynia.study.trial.animal_course import Course


def write_animals(folder: Path, found: Mapping[str, Any], arms: Sequence[Course]) -> None:
    """Write the figures of an experiment into its run folder; ``found`` is the experiment as JSON keeps it."""
    write_figure(folder, "course", lambda: course(found, arms))
    write_figure(folder, "power", lambda: power_by_donors(found))


def course(found: Mapping[str, Any], arms: Sequence[Course]) -> Figure:
    """The first endpoint by day: the mean of each arm, the band of its mean in one experiment, donors as dots."""
    from allodynia.report import style

    first = found["days"][0]
    figure = titled(style.SIZE_INCHES, f"{shortened(first['label'], 60)} by sampling day")
    axes = figure.add_axes((0.09, 0.165, 0.86, 0.66))
    days = arms[0].days
    apart = 0.012 * float(np.ptp(days) or 1.0)
    for number, arm in enumerate(arms):
        colour = style.arm_colour(len(arms) - 1 - number)  # the arm tested has the first colour, as in other figures
        axes.fill_between(days, arm.lo, arm.hi, color=colour, alpha=style.BAND_OPACITY, linewidth=0)
        axes.plot(days, arm.mean, color=colour, linewidth=2.0, marker="o", markersize=4, label=arm.label)
        beside = np.broadcast_to(days + (apart if number else -apart), arm.units.shape)
        axes.plot(
            beside.ravel(), arm.units.ravel(), linestyle="none", marker="o", markersize=3, color=colour,
            alpha=style.DONOR_OPACITY, markeredgewidth=0,
        )  # fmt: skip
    axes.set_xlabel(f"day ({', '.join(f'{day:g}' for day in days)})" if days.size < 12 else "day")
    axes.set_ylabel(f"{shortened(first['label'], 34)}, {first['unit']}")
    axes.legend(frameon=False, loc="best", fontsize=8.5)
    axes.grid(axis="y")
    figure.text(
        0.02, 0.03,
        "line: mean of all replicates; band: the arm's mean in 95 of 100 experiments; dots: donors (or animals without "
        "one) in the first", size=7.5, color=style.QUIET,
    )  # fmt: skip
    return figure


def power_by_donors(found: Mapping[str, Any]) -> Figure:
    """Power of the primary reading by donors an arm, a line for each number of animals a donor; without donors by
    animals an arm.
    """
    from allodynia.report import style

    given = found["with_donors"]
    what = f"{'donors' if given else 'animals'} an arm"
    figure = titled(style.SIZE_INCHES, f"{found['share'].capitalize()} of the primary reading by {what}")
    axes = figure.add_axes((0.09, 0.145, 0.74, 0.70))
    designs = [{**one, "at": one["donors"] if given else one["animals"] // 2} for one in found["designs"]]
    tried = sorted({one["mice"] for one in designs}, reverse=True) if given else [None]
    for number, mice in enumerate(tried):
        points = sorted((one for one in designs if mice in (None, one["mice"])), key=lambda one: int(one["at"]))
        at, share, lo, hi = (
            np.array([one[key] for one in points], dtype=float) for key in ("at", "power", "power_lo", "power_hi")
        )
        colour = style.arm_colour(number)
        if mice == tried[0]:  # the design as planned; the others are taken out of it, and as uncertain
            axes.fill_between(at, lo, hi, color=colour, alpha=style.BAND_OPACITY, linewidth=0)
        axes.plot(at, share, color=colour, linewidth=1.6, marker="o", markersize=5, label=str(mice))
    for aim in (0.8, 0.9):
        axes.axhline(aim, color=style.QUIET, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(left=0)
    axes.set_xlabel(what)
    axes.set_ylabel(str(found["share"]))
    if given:
        figure.legend(title="animals a donor", frameon=False, loc="center right", fontsize=8.5, title_fontsize=8.5)
    axes.grid(axis="y")
    return figure
