"""A module between what drives it and what it drives, as SVG: one line an edge, with the edge's id."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from allodynia.system import EdgeRow

WIDTH, ROW, TOP = 1040, 24, 30
_LEFT, _BOX, _BOX_WIDTH, _RIGHT = 250, 430, 180, 790


def diagram(module: str, edges: Sequence[EdgeRow]) -> str:
    """The drawing; edges from a module to itself do not occur."""
    into = [edge for edge in edges if edge.target.partition(".")[0] == module]
    out = [edge for edge in edges if edge.source.partition(".")[0] == module]
    rows = max(len(into), len(out), 1)
    height = TOP + rows * ROW + 20
    middle = TOP + rows * ROW / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="edges of {escape(module)}" font-family="system-ui, sans-serif" font-size="12" '
        'fill="currentColor">',
        f'<rect x="{_BOX}" y="{TOP - 10}" width="{_BOX_WIDTH}" height="{rows * ROW + 12}" rx="8" fill="none" '
        'stroke="currentColor" stroke-width="1.5"/>',
        f'<text x="{_BOX + _BOX_WIDTH / 2}" y="{middle + 2:g}" text-anchor="middle" font-size="15" font-weight="600">'
        f"{escape(module)}</text>",
    ]
    for number, edge in enumerate(into):
        y = TOP + (number + 0.5) * ROW
        parts.append(_text(_LEFT - 8, y, edge.source, "end"))
        parts.append(_arrow(_LEFT, _BOX, y))
        parts.append(_label((_LEFT + _BOX) / 2, y, edge.id))
    for number, edge in enumerate(out):
        y = TOP + (number + 0.5) * ROW
        parts.append(_arrow(_BOX + _BOX_WIDTH, _RIGHT, y))
        parts.append(_label((_BOX + _BOX_WIDTH + _RIGHT) / 2, y, edge.id))
        parts.append(_text(_RIGHT + 8, y, edge.target, "start"))
    return "".join([*parts, "</svg>"])


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y + 4:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y - 3:g}" text-anchor="middle" font-size="10" opacity="0.75">{escape(text)}</text>'


def _arrow(start: float, end: float, y: float) -> str:
    head = f"{end:g},{y:g} {end - 6:g},{y - 3:g} {end - 6:g},{y + 3:g}"
    return (
        f'<line x1="{start:g}" y1="{y:g}" x2="{end - 5:g}" y2="{y:g}" stroke="currentColor" stroke-width="1"/>'
        f'<polygon points="{head}"/>'
    )
