"""A figure as the bytes of a PNG and of an SVG; the same figure gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allodynia.runs.files import safe_name, write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rendered(draw: Callable[[], Figure]) -> tuple[bytes, bytes]:
    """What ``draw`` draws, as PNG and as SVG."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from allodynia.report import style

    # rc_context gives matplotlib's parameters back as they were: a caller's own figures keep their look.
    with mpl.rc_context(style.PARAMETERS):
        figure = draw()
        png, svg = io.BytesIO(), io.BytesIO()
        FigureCanvasAgg(figure)
        figure.savefig(png, format="png", dpi=style.PNG_DPI, metadata={"Software": None})
        FigureCanvasSVG(figure)
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return png.getvalue(), svg.getvalue()


def write_figure(folder: Path, name: str, draw: Callable[[], Figure]) -> bytes:
    """Write ``figures/NAME`` as PNG and SVG into a run folder; returns the SVG.

    Raises
    ------
    InvalidInput
        The name cannot be that of a file.
    """
    stem = safe_name(name, "figure")
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    png, svg = rendered(draw)
    write_bytes(figures / f"{stem}.png", png)
    write_bytes(figures / f"{stem}.svg", svg)
    return svg
