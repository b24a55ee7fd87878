"""Work-precision diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.work_precision import Point, envelope


def work_precision(results: Mapping[str, Any], path: Path) -> None:
    """One panel a model: seconds a subject against achieved error, the best of every engine."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    models = list(results["models"].values())
    columns = min(4, len(models))
    rows = -(-len(models) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    names = list(results["versions"])
    labelled: dict[str, Any] = {}
    for position, found in enumerate(models):
        axes = figure.add_subplot(rows, columns, position + 1)
        for name, one in found["engines"].items():
            curve = envelope([Point(**point) for point in one.get("points", ())])
            if curve:
                (line,) = axes.loglog(
                    [p.error for p in curve], [p.seconds * 1e6 for p in curve], marker=".",
                    color=f"C{names.index(name)}", linewidth=2.5 if name == names[0] else 1.0,
                )  # fmt: skip
                labelled.setdefault(name, line)
        axes.set_title(f"{found['title']} ({found['states']} states)", fontsize=9)
        axes.set_xlabel("achieved error")
        axes.set_ylabel("µs per subject and core")
        axes.set_xlim(1e-9, 1e-1)
        axes.grid(visible=True, alpha=0.3)
    figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=len(labelled), frameon=False)
    figure.savefig(path, dpi=110)
