"""Whether other engines find what ours found in texts that nobody meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from .isolated import Answer, work

AGREE = 1e-4
"""Of the largest value of an output, by any engine; all are asked for far more."""

PATIENCE = 120.0

UNREAD = ("5e-324", 'type="integer"')
"""What the others read amiss: libSBML gives up subnormal numbers, libRoadRunner takes 0.5 for 0 where an integer is
announced.
"""


def amounts(text: str) -> list[str]:
    """Species that mean an amount where they are named."""
    points = [tag for tag in re.findall(r"<compartment\b[^<>]*>", text) if 'spatialDimensions="0"' in tag]
    places = {f'compartment="{name}"' for tag in points for name in re.findall(r'\bid="([^"]*)"', tag)}
    tags = re.findall(r"<species\b[^<>]*>", text)
    whole = [tag for tag in tags if 'hasOnlySubstanceUnits="true"' in tag or any(place in tag for place in places)]
    return [name for tag in whole for name in re.findall(r'\bid="([^"]*)"', tag)]


def disagreements(items: Sequence[dict[str, Any]], ours: Sequence[Answer]) -> tuple[int, list[str]]:
    """How many of the solved items could be compared, and where the other engines find together what ours did not.

    Where those two differ from each other as well, nobody is proved wrong: conditions that hold but briefly are missed
    by one, by the other, or by both.
    """
    fair = [i for i, item in enumerate(items) if not any(word in item["text"] for word in UNREAD)]
    first = _asked("roadrunner", [items[i] for i in fair], [ours[i] for i in fair])
    said = [_difference(ours[i], other) for i, other in zip(fair, first, strict=True)]
    doubted = [(i, other) for i, other, how in zip(fair, first, said, strict=True) if how]
    second = _asked("copasi", [items[i] for i, _ in doubted], [ours[i] for i, _ in doubted])
    found = []
    for (i, roadrunner), copasi in zip(doubted, second, strict=True):
        backed = _difference(ours[i], copasi) == ""
        disputed = copasi["kind"] == "solved" and bool(_difference(roadrunner, copasi))
        if not backed and not disputed:
            found.append(f"{items[i]['base']}, {items[i]['how']}: {_difference(ours[i], roadrunner)}")
    return sum(how is not None for how in said), found


def _asked(engine: str, items: Sequence[dict[str, Any]], ours: Sequence[Answer]) -> list[Answer]:
    """What another engine answers to the items that we solved."""
    asked = [
        {"text": item["text"], "outputs": answer["outputs"], "amounts": amounts(item["text"])}
        for item, answer in zip(items, ours, strict=True)
    ]
    return work(engine, asked, PATIENCE)


def _difference(ours: Answer, theirs: Answer) -> str | None:
    """How two answers differ, "" where they do not, None where the second says nothing."""
    if theirs["kind"] != "solved" or not theirs["outputs"]:
        return None
    worst, said = 0.0, ""
    for name, values in zip(theirs["outputs"], theirs["values"], strict=True):
        if name not in ours["outputs"]:
            continue
        mine = np.asarray(ours["values"][ours["outputs"].index(name)])[1:]
        other = np.asarray(values, dtype=float)[1:]
        if np.isfinite(mine).all() and np.isfinite(other).all():
            scale = max(float(np.abs(mine).max()), float(np.abs(other).max()), 1e-9)
            error = float(np.abs(mine - other).max()) / scale
        else:
            error = 0.0 if np.array_equal(np.isfinite(mine), np.isfinite(other)) else np.inf
        if error > worst:
            worst, said = error, f"{name}: {mine.tolist()} here, {other.tolist()} there"
    return said if worst > AGREE else ""
