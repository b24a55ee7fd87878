"""The report's files in a run folder: each figure as PNG and SVG, and the page that holds them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from allodynia.report.content import Content
from allodynia.report.rendering import write_figure
from allodynia.runs.files import write_text

PAGE = "report.html"


def write_report(folder: Path, content: Content) -> Path:
    """Draw every panel, write the page, and return its path.

    Raises
    ------
    InvalidInput
        A panel's stem cannot name a file.
    """
    from allodynia.report.figure import draw  # here: matplotlib takes longer to import than a study to solve
    from allodynia.report.page import page

    drawn = {panel.stem: write_figure(folder, panel.stem, partial(draw, panel)) for panel in content.panels}
    path = folder / PAGE
    write_text(path, page(content, drawn))
    return path
