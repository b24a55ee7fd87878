"""Whether other engines find what ours found in texts that nobody meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .isolated import Answer, work

AGREE = 1e-4
"""Of the largest value of an output, by any engine; all are asked for far more."""

PATIENCE = 120.0

_INTEGER = re.compile(r"<cn\b[^<>]*\btype\s*=\s*[\"']integer[\"'][^<>]*>([^<]*)<")


def misread(text: str) -> bool:
    """Whether the others read a number amiss.

    libSBML gives up subnormal numbers, and libRoadRunner takes 0.5 for 0 where an integer is announced.
    """
    return "5e-324" in text or any(not re.fullmatch(r"\s*[-+]?\d{1,9}\s*", said) for said in _INTEGER.findall(text))


def amounts(text: str) -> list[str]:
    """Species that mean an amount where they are named: so marked, or in a compartment without extent."""
    sizes = [
        (tag, re.search(r'\bspatialDimensions="([^"]*)"', tag)) for tag in re.findall(r"<compartment\b[^<>]*>", text)
    ]
    points = [tag for tag, found in sizes if found is not None and _zero(found[1])]
    places = {f'compartment="{name}"' for tag in points for name in re.findall(r'\bid="([^"]*)"', tag)}
    tags = re.findall(r"<species\b[^<>]*>", text)
    whole = [tag for tag in tags if 'hasOnlySubstanceUnits="true"' in tag or any(place in tag for place in places)]
    return [name for tag in whole for name in re.findall(r'\bid="([^"]*)"', tag)]


def _zero(written: str) -> bool:
    try:
        return float(written) == 0.0
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of solved items that another engine answered as well.

    ``agreed`` of them; ``disputed``, where no two engines agree, or there are but two: nobody is proved wrong, as
    conditions that hold but briefly are missed by one, by the other, or by both; ``wrong``, where libRoadRunner
    finds something else than ours and COPASI does not gainsay it. Each in a sentence.
    """

    agreed: int
    disputed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many could be compared."""
        return self.agreed + len(self.disputed) + len(self.wrong)


def compared(items: Sequence[dict[str, Any]], ours: Sequence[Answer]) -> Compared:
    """The solved items by libRoadRunner, and by COPASI where that differs from ours or says nothing."""
    fair = [i for i, item in enumerate(items) if not misread(item["text"])]
    first = _asked("roadrunner", [items[i] for i in fair], [ours[i] for i in fair])
    said = [_difference(ours[i], other) for i, other in zip(fair, first, strict=True)]
    open_ = [(i, other, how) for i, other, how in zip(fair, first, said, strict=True) if how != ""]
    second = _asked("copasi", [items[i] for i, *_ in open_], [ours[i] for i, *_ in open_])
    agreed, disputed, wrong = len(fair) - len(open_), [], []
    for (i, roadrunner, how), copasi in zip(open_, second, strict=True):
        last = _difference(ours[i], copasi)
        told = f"{items[i]['base']}, {items[i]['how']}: {how or last}"
        if last == "":
            agreed += 1
        elif how is None and last is not None:
            disputed.append(told)
        elif how is not None:
            alone = copasi["kind"] == "solved" and bool(_difference(roadrunner, copasi))
            (disputed if alone else wrong).append(told)
    return Compared(agreed, tuple(disputed), tuple(wrong))


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
