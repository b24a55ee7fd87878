"""What a magnitude is in the unit of the model, or an error that names the line."""

from __future__ import annotations

from collections.abc import Iterable

from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch, Where
from allodynia.model.units import Unit, parse
from allodynia.study.quantities import Magnitude

MOST_TIMES = 100_000
"""More samples of one subject than this are a slip of the pen."""


def unit_of(text: str, where: Where) -> Unit:
    """The unit that ``text`` names; an unknown one is refused at ``where``, with the nearest names."""
    try:
        return parse(text)
    except AllodyniaError as error:
        raise InvalidInput(error.message, where=where) from None


def factor(given: str, wanted: str, what: str, where: Where) -> float:
    """The number that turns ``given`` into ``wanted``; refused when they measure different things."""
    one, other = unit_of(given, where), unit_of(wanted, where)
    if not one.same_dimension(other):
        raise UnitMismatch(f"{what} is in {wanted!r}; {given!r} measures something else", where=where)
    return one.factor_to(other)


def convert(magnitude: Magnitude, wanted: str, what: str, where: Where) -> float:
    """``magnitude`` as a number of ``wanted``."""
    return magnitude.value * factor(magnitude.unit, wanted, what, where)


def days(time_unit: str) -> float:
    """How many days one ``time_unit`` is."""
    return parse(time_unit).factor_to(parse("d"))


def time_of(magnitude: Magnitude, time_unit: str, what: str, where: Where, *, end: float | None = None) -> float:
    """A time in the model's unit: not negative, and not after ``end`` where one is given."""
    time = convert(magnitude, time_unit, what, where)
    if time < 0.0:
        raise InvalidInput(f"{what}: {magnitude} is before the start", where=where)
    # A part in 10^12 forgives 24 h against 1 d after conversion.
    if end is not None and time > end * (1.0 + 1e-12):
        raise InvalidInput(f"{what}: {magnitude} is after the end of follow-up ({end:g} {time_unit})", where=where)
    return time if end is None else min(time, end)


def even_times(every: float, end: float, written: str, where: Where) -> list[float]:
    """Times from 0 to ``end`` in steps of ``every``; refused when that is no step, or too many."""
    if not every > 0.0 or end / every > MOST_TIMES:
        raise InvalidInput(f"every: {written} gives no usable grid", where=where)
    return [min(number * every, end) for number in range(int(end / every * (1.0 + 1e-12)) + 1)]


def ascending(times: Iterable[float]) -> list[float]:
    """Times in order, once each; times within a part in 10^9 of each other are the same time."""
    kept: list[float] = []
    for time in sorted(times):
        if not kept or time - kept[-1] > 1e-9 * max(1.0, abs(time)):
            kept.append(time)
    return kept
