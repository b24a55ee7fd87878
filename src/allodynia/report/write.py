"""The report's files in a run folder: each figure as PNG and SVG, and the page that holds them."""

from __future__ import annotations

from pathlib import Path

from allodynia.report.content import Content
from allodynia.runs.files import safe_name, write_bytes, write_text

FIGURES = "figures"
PAGE = "report.html"


def write_report(folder: Path, content: Content) -> Path:
    """Draw every panel, write the page, and return its path.

    Raises
    ------
    InvalidInput
        A panel's stem cannot name a file.
    """
    from allodynia.report.figure import render  # here: matplotlib takes longer to import than a study to solve
    from allodynia.report.page import page

    figures = folder / FIGURES
    figures.mkdir(exist_ok=True)
    drawn: dict[str, bytes] = {}
    for panel in content.panels:
        stem = safe_name(panel.stem, "figure")
        png, drawn[panel.stem] = render(panel)
        write_bytes(figures / f"{stem}.png", png)
        write_bytes(figures / f"{stem}.svg", drawn[panel.stem])
    path = folder / PAGE
    write_text(path, page(content, drawn))
    return path
