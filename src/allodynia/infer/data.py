"""A laboratory's readings: one row a mouse and day, as a spreadsheet writes them.

Mouse numbers may begin anew for every donor: a mouse is told by its arm, donor and number together.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput, Where, unknown

F8 = NDArray[np.float64]

COLUMNS = ("mouse", "donor", "arm", "day", "paw_pressure_g")
MISSING = frozenset({"", "na", "nan", "n/a", "-", "."})
"""How spreadsheets and people write that a reading is missing."""

LARGEST_FILE = 20_000_000
"""Bytes; a reading a line, that is half a million of them."""


@dataclass(frozen=True)
class Mouse:
    """One animal: ``day`` f8[reading] after the first dose (0 and less: before it), ``grams`` f8[reading] its paw
    pressure thresholds. ``donor`` is empty where nobody's IgG was given.
    """

    name: str
    donor: str
    arm: str
    day: F8
    grams: F8


@dataclass(frozen=True)
class Readings:
    """All animals in the order in which the file names them; ``missing`` readings were left out."""

    mice: tuple[Mouse, ...]
    missing: int
    text: str

    @property
    def donors(self) -> dict[str, str]:
        """Donor to arm, in order of appearance."""
        return {mouse.donor: mouse.arm for mouse in self.mice if mouse.donor}

    @property
    def days(self) -> F8:
        """The days after the first dose on which anybody was read."""
        return np.unique(np.concatenate([mouse.day[mouse.day > 0.0] for mouse in self.mice]))

    @property
    def count(self) -> int:
        """Readings in all."""
        return sum(mouse.day.size for mouse in self.mice)


def read_readings(path: Path, arms: Mapping[str, str], *, last_day: float, ceiling: float = math.inf) -> Readings:
    """The readings in a CSV file; see :func:`parse_readings`."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidInput(f"larger than {LARGEST_FILE} bytes", where=Where(str(path)))
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InvalidInput(
            "there is no such file; 'allodynia fit STUDY --template' prints one to begin with", where=Where(str(path))
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot be read as text: {error}", where=Where(str(path))) from None
    return parse_readings(text, str(path), arms, last_day=last_day, ceiling=ceiling)


def parse_readings(
    text: str, file: str, arms: Mapping[str, str], *, last_day: float, ceiling: float = math.inf
) -> Readings:
    """The readings in ``text``.

    Parameters
    ----------
    text, file
        The CSV (commas, semicolons or tabs), and what to call it in messages.
    arms
        What may stand in the column ``arm``, with the population of the donors; empty where nobody's IgG is given.
    last_day
        The end of the study's follow-up.
    ceiling
        The end of the apparatus' scale, g.

    Raises
    ------
    InvalidInput
        A column is absent, a value cannot be used, or nothing is left: file and line are named.
    """
    lines = text.splitlines()
    if not lines or not any(line.strip() for line in lines):
        raise InvalidInput("the file is empty; 'allodynia fit STUDY --template' prints one to begin with",
                           where=Where(file))  # fmt: skip
    separator = max(",;\t", key=lines[0].count)
    rows = csv.reader(io.StringIO(text), delimiter=separator, strict=False)
    place = _header(next(rows), file)
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    of_donor: dict[str, str] = {}
    missing = 0
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        where = Where(file, rows.line_num)
        if len(row) <= max(place.values()):
            raise InvalidInput(f"{len(row)} values where the header has {max(place.values()) + 1}", where=where)
        cell = {name: row[number].strip() for name, number in place.items()}
        mouse, donor, arm = cell["mouse"], cell["donor"], _arm(cell["arm"], arms, where)
        if not mouse:
            raise InvalidInput("mouse: no animal is named", where=where)
        if donor.lower() in MISSING:
            donor = ""
        if bool(donor) != bool(arms[arm]):
            raise InvalidInput(
                f"donor: {donor!r} is named in the arm {arm!r}, in which no donor's IgG is given" if donor
                else f"donor: no donor is named in the arm {arm!r}", where=where,
            )  # fmt: skip
        if donor and of_donor.setdefault(donor, arm) != arm:
            raise InvalidInput(f"donor {donor!r} is in the arms {of_donor[donor]!r} and {arm!r}", where=where)
        day = _number(cell["day"], "day", where)
        if day > last_day:
            raise InvalidInput(
                f"day: {day:g} is after the study's follow-up of {last_day:g} d; lengthen it in a study of your own",
                where=where,
            )
        kept = found.setdefault((arm, donor, mouse), [])
        if cell["paw_pressure_g"].lower() in MISSING:
            missing += 1
            continue
        grams = _number(cell["paw_pressure_g"], "paw_pressure_g", where)
        if not 0.0 < grams <= ceiling:
            end = f", the end of the study's scale (ceiling) being {ceiling:g} g" if grams > 0.0 else ""
            raise InvalidInput(f"paw_pressure_g: {grams:g} g is no threshold{end}", where=where)
        kept.append((day, grams))
    mice = tuple(_mouse(*who, kept) for who, kept in found.items() if kept)
    if not mice:
        raise InvalidInput("there are no readings below the header", where=Where(file))
    return Readings(mice, missing, text)


def _mouse(arm: str, donor: str, name: str, kept: list[tuple[float, float]]) -> Mouse:
    ordered = sorted(kept)
    return Mouse(name, donor, arm, np.array([day for day, _ in ordered]), np.array([grams for _, grams in ordered]))


def _header(row: list[str], file: str) -> dict[str, int]:
    """Column to its place; one that is absent is named, with the one that is most like it."""
    names = [name.strip() for name in row]
    for name in COLUMNS:
        if names.count(name) > 1:
            raise InvalidInput(f"the column {name!r} is there {names.count(name)} times", where=Where(file, 1))
        if name not in names:
            from allodynia.errors import nearest

            near = nearest(name, [one for one in names if one not in COLUMNS], count=1)
            hint = f"is it the one called {near[0]!r}?" if near else f"the columns are {', '.join(COLUMNS)}"
            raise InvalidInput(f"the column {name!r} is absent; {hint}", where=Where(file, 1))
    return {name: names.index(name) for name in COLUMNS}


def _arm(name: str, arms: Mapping[str, str], where: Where) -> str:
    if name not in arms:
        raise unknown("arm", name, arms, where=where)
    return name


def _number(text: str, column: str, where: Where) -> float:
    try:
        value = float(text)
    except ValueError:
        hint = "; write a decimal point" if "," in text else ""
        raise InvalidInput(f"{column}: {text!r} is not a number{hint}", where=where) from None
    if not math.isfinite(value):
        raise InvalidInput(f"{column}: {text!r} is not a number", where=where)
    return value


def template() -> str:
    """A file of the form that :func:`parse_readings` takes: two donors of each kind and vehicle, one reading missing.

    The readings are invented, round numbers: they show the form and say nothing about mice.
    """
    said = [
        ("1", "fm-1", "fm", (101, 89, 80, 70, 79, 77, 98)), ("2", "fm-1", "fm", (95, 92, 70, 69, 68, 83, 87)),
        ("3", "fm-2", "fm", (108, 94, 85, 71, 78, 95, 99)), ("4", "fm-2", "fm", (99, 97, 72, None, 75, 80, 101)),
        ("5", "h-1", "healthy", (98, 104, 93, 99, 107, 95, 100)),
        ("6", "h-1", "healthy", (104, 96, 109, 99, 94, 106, 98)),
        ("7", "", "vehicle", (97, 103, 90, 100, 106, 94, 99)), ("8", "", "vehicle", (103, 95, 111, 102, 98, 108, 93)),
    ]  # fmt: skip
    days = (0, 1, 2, 4, 8, 11, 17)
    rows = [",".join(COLUMNS)]
    for mouse, donor, arm, grams in said:
        rows += [
            f"{mouse},{donor},{arm},{day},{'' if one is None else one}" for day, one in zip(days, grams, strict=True)
        ]
    return "\n".join(rows) + "\n"
