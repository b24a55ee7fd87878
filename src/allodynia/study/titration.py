"""Doses written by how long they last, or step by step, as doses that are given so many times."""

from __future__ import annotations

import math

from allodynia.errors import InvalidInput
from allodynia.study.load import Study
from allodynia.study.quantities import Magnitude
from allodynia.study.spec import Dose
from allodynia.study.units import time_of

Path = tuple[str | int, ...]


def plain_doses(dose: Dose, study: Study, path: Path, time_unit: str, end: float) -> list[Dose]:
    """``dose`` as doses with an amount and a number, one a step of its titration.

    A dose that lasts (or a step) is given at its beginning and then ``every`` so long, but not at its end: 12 weeks
    twice a day are 168 doses.

    Raises
    ------
    InvalidInput
        Neither amount nor titration, or both; a length without ``every``, or given twice.
    """
    where = study.where
    if (dose.amount is None) == (dose.titration is None):
        if dose.amount is None:
            raise InvalidInput(f"{'.'.join(str(step) for step in path)}.amount is missing", where=where(*path))
        raise InvalidInput("a dose has an amount: or a titration:, not both", where=where(*path, "titration"))
    if dose.lasts is None and dose.titration is None:
        return [dose]
    key = "lasts" if dose.lasts is not None else "titration"
    if dose.repeat > 1:
        raise InvalidInput(f"repeat: and {key}: both say how often; give one", where=where(*path, "repeat"))
    if dose.every is None:
        raise InvalidInput(f"{key}: needs every:, the time between doses", where=where(*path, key))
    every = _time(study, dose.every, time_unit, path, "every")
    first = _time(study, dose.at, time_unit, path, "at", zero=True)
    last = end if dose.lasts is None else first + _time(study, dose.lasts, time_unit, path, "lasts")
    if last > end * (1.0 + 1e-12):
        raise InvalidInput(f"{dose.lasts} from {dose.at} on ends after follow-up", where=where(*path, "lasts"))
    found, start = [], first
    steps = [(dose.amount, None)] if dose.titration is None else [(one.amount, one.lasts) for one in dose.titration]
    for number, (amount, lasts) in enumerate(steps):
        inner = (*path, "titration", number)
        if lasts is None and number < len(steps) - 1:
            raise InvalidInput("only the last step may leave open how long it lasts", where=where(*inner))
        stop = last if lasts is None else start + _time(study, lasts, time_unit, inner, "lasts")
        if stop > last * (1.0 + 1e-12) or not start < last:
            raise InvalidInput(f"the titration goes on after the last dose ({last:g} {time_unit})", where=where(*inner))
        count = math.ceil((stop - start) / every * (1.0 - 1e-12))
        found.append(
            dose.model_copy(
                update={
                    "amount": amount, "titration": None, "lasts": None, "repeat": count,
                    "at": Magnitude(start, time_unit),
                }
            )
        )  # fmt: skip
        start += count * every
    return found


def _time(study: Study, given: Magnitude, unit: str, path: Path, key: str, *, zero: bool = False) -> float:
    place = study.where(*path, key)
    found = time_of(given, unit, key, place)
    if not found > 0.0 and not zero:
        raise InvalidInput(f"{key}: {given} is no time at all", where=place)
    return found


def said_dose(dose: Dose) -> str:
    """A dose in words: "75 mg for 1 wk, then 150 mg of pregabalin, oral, at 0 d, every 12 h"."""
    if dose.titration is None:
        amount = str(dose.amount)
    else:
        amount = ", then ".join(f"{one.amount}" + (f" for {one.lasts}" if one.lasts else "") for one in dose.titration)
    if dose.drug is not None:
        way = f"of {dose.drug}" + (f", {dose.route}," if dose.route else "")
    else:
        way = f"into {dose.into}" if dose.into else f"through {dose.through}"
    times = f", {dose.repeat} times" if dose.repeat > 1 else ""
    often = f", every {dose.every}" if dose.every is not None else ""
    long = f", for {dose.lasts}" if dose.lasts is not None else ""
    return f"{amount} {way} at {dose.at}{times}{often}{long}"
