"""The look of every figure, in one place.

Colours are those of Okabe and Ito, told apart by colour-blind readers (Color Universal Design, 2008); each arm is also
labelled beside its line, so that no figure needs colour to be read.
"""

from __future__ import annotations

from typing import Any

INK = "#22262b"
QUIET = "#6b7178"
RULE = "#e3e6e9"
PAPER = "#ffffff"
ARM_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#6b7178", "#cc79a7", "#b8860b", "#56b4e9", "#22262b")
ARM_DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1, 1.5)))

SIZE_INCHES = (7.2, 4.1)
PNG_DPI = 160
BAND_OPACITY = 0.18
DONOR_OPACITY = 0.35

PARAMETERS: Any = {  # matplotlib types the keys of some versions, and not those of others
    "font.family": "DejaVu Sans",  # travels with matplotlib: the same shapes on every machine
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.facecolor": PAPER,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "lines.solid_capstyle": "round",
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "savefig.facecolor": PAPER,
    "text.parse_math": False,  # a title is text, whatever a study's author wrote in it
    # The same run must give the same bytes: element ids come from this salt, not from chance.
    "svg.hashsalt": "allodynia",
    "svg.fonttype": "path",
}


def shortened(text: str, length: int) -> str:
    """``text``, cut to so many characters where it is longer, the last of them an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def arm_colour(index: int) -> str:
    """The colour of the arm at ``index`` of its study; the same in every figure of a run."""
    return ARM_COLOURS[index % len(ARM_COLOURS)]


def arm_dash(index: int) -> Any:
    """The dash pattern of the arm at ``index``: solid until the colours have been used once."""
    return ARM_DASHES[(index // len(ARM_COLOURS)) % len(ARM_DASHES)]
