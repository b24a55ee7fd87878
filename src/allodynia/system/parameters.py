"""One entry of a table: a constant with unit, spread and source, turned into the unit of its module."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from allodynia.errors import InvalidInput, UnitMismatch, Where, unknown
from allodynia.model import Unit, parse_unit
from allodynia.system.fields import names, number, only, optional_number, sources, text
from allodynia.system.rows import GRADES, LEVELS, ParameterRow

_KEYS = (
    "value", "unit", "level", "between", "uncertainty", "share", "otherwise",
    "evidence", "assumed", "grade", "tuned_to", "note",
)  # fmt: skip
# Arguments of each distribution, and which of them carry the unit of the parameter.
_ARGUMENTS = {"lognormal": ("cv", "factor"), "normal": ("sd",), "uniform": ("lower", "upper")}
_WITH_UNIT = {"sd", "lower", "upper"}


def parameter_row(
    identifier: str,
    entry: Any,
    unit: Unit,
    known_evidence: Collection[str],
    where: Where,
    *,
    base: ParameterRow | None = None,
) -> ParameterRow:
    """The row of parameter ``identifier`` from its table ``entry``, turned into ``unit``.

    ``base`` is the row of the species table that a donor population replaces: its level and sources stand where the
    entry gives none.

    Raises
    ------
    InvalidInput
        No value, unit, source or grade; an unknown key, level, grade, distribution or evidence id.
    UnitMismatch
        The unit of the table measures something else than that of the module.
    """
    what = f"parameter {identifier!r}"
    if not isinstance(entry, dict):
        raise InvalidInput(f"{what} needs value, unit, level and source", where=where)
    only(entry, _KEYS, what, where)
    written = text(entry, "unit", what, where)
    factor = _factor(written, unit, what, where)
    value = number(entry, "value", what, where)
    level = str(entry.get("level", base.level if base else None))
    if level not in LEVELS:
        raise unknown("level", level, LEVELS, where=where)
    grade = str(entry.get("grade"))
    if grade not in GRADES:
        raise InvalidInput(f"{what} needs a grade: {', '.join(GRADES)}", where=where)
    evidence = sources(entry, known_evidence, what, where) or (base.evidence if base else ())
    assumed = (
        _range(entry.get("assumed"), what, where, factor) if "assumed" in entry else (base.assumed if base else None)
    )
    if not evidence and assumed is None:
        raise InvalidInput(f"{what} needs a source: evidence ids, or assumed with its prior range", where=where)
    tuned_to = names(entry, "tuned_to", what, where)
    if (grade == "calibrated") != bool(tuned_to):
        raise InvalidInput(f"{what}: grade calibrated and tuned_to go together", where=where)
    return ParameterRow(
        id=identifier,
        value=value * factor,
        unit=unit.text,
        written_value=value,
        written_unit=written,
        level=level,
        between=_range(entry.get("between"), what, where, factor),
        uncertainty=_range(entry.get("uncertainty"), what, where, factor),
        share=_share(entry, what, where),
        otherwise=_scaled(optional_number(entry, "otherwise", what, where), factor),
        evidence=evidence,
        assumed=assumed,
        grade=grade,
        tuned_to=tuned_to,
        note=str(entry.get("note", "")),
        where=where,
    )


def _factor(written: str, unit: Unit, what: str, where: Where) -> float:
    try:
        return parse_unit(written).factor_to(unit)
    except UnitMismatch:
        message = f"{what} is in {written!r} here and in {unit.text!r} in its module: they measure different things"
        raise UnitMismatch(message, where=where) from None
    except InvalidInput as error:
        raise InvalidInput(f"{what}: {error.message}", where=where) from None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _share(entry: Mapping[str, Any], what: str, where: Where) -> float | None:
    share = optional_number(entry, "share", what, where)
    if share is None:
        if "otherwise" in entry:
            raise InvalidInput(f"{what}: 'otherwise' needs a 'share'", where=where)
        return None
    if not 0.0 <= share <= 1.0 or "otherwise" not in entry:
        raise InvalidInput(f"{what}: 'share' lies in 0..1 and needs an 'otherwise'", where=where)
    return share


def _range(data: Any, what: str, where: Where, factor: float) -> dict[str, Any] | None:
    """A distribution as plain data, its arguments with a unit turned by ``factor``; None for none."""
    if data is None or data == "none":
        return None
    if not isinstance(data, dict) or len(data) != 1:
        raise InvalidInput(f"{what}: a distribution is one entry such as {{lognormal: {{cv: 0.3}}}}", where=where)
    ((kind, arguments),) = data.items()
    if kind not in _ARGUMENTS:
        raise unknown("distribution", kind, _ARGUMENTS, where=where)
    if kind == "uniform" and isinstance(arguments, list) and len(arguments) == 2:
        arguments = {"lower": arguments[0], "upper": arguments[1]}
    if not isinstance(arguments, dict) or not arguments:
        raise InvalidInput(f"{what}: {kind} needs {' or '.join(_ARGUMENTS[kind])}", where=where)
    only(arguments, _ARGUMENTS[kind], kind, where)
    read = {name: number(arguments, name, f"{what}, {kind}", where) for name in arguments}
    if kind == "uniform" and not (len(read) == 2 and read["lower"] < read["upper"]):
        raise InvalidInput(f"{what}: uniform needs a lower end below its upper end", where=where)
    if any(value < 0 for name, value in read.items() if name in ("cv", "sd")) or read.get("factor", 1.0) < 1.0:
        raise InvalidInput(f"{what}: a cv or sd is not negative, a factor at least 1", where=where)
    scaled = {name: value * factor if name in _WITH_UNIT else value for name, value in read.items()}
    if not all(math.isfinite(value) for value in scaled.values()):
        raise InvalidInput(f"{what}: {kind} has a value out of range", where=where)
    return {kind: scaled}
