"""Numbers with a unit, as a protocol writes them: "8 mg", "28 d", "1.5e-3 mg/mL", and durations also in ISO 8601:
"PT6H".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TEXT = re.compile(rf"\s*(?P<number>{_NUMBER}|[-+]?(?:nan|inf|\.nan|\.inf))\s*(?P<unit>\S.*?)?\s*", re.IGNORECASE)
_ISO = re.compile(
    r"P(?=.)(?:(?P<wk>[0-9]+(?:\.[0-9]+)?)W)?(?:(?P<d>[0-9]+(?:\.[0-9]+)?)D)?"
    r"(?:T(?=.)(?:(?P<h>[0-9]+(?:\.[0-9]+)?)H)?(?:(?P<min>[0-9]+(?:\.[0-9]+)?)M)?(?:(?P<s>[0-9]+(?:\.[0-9]+)?)S)?)?"
)
_IN_DAYS = {"wk": 7.0, "d": 1.0, "h": 1.0 / 24.0, "min": 1.0 / 1440.0, "s": 1.0 / 86400.0}

PATTERN = rf"^\s*{_NUMBER}\s*\S.*$"
TIME_PATTERN = rf"^(\s*{_NUMBER}\s*\S.*|P.+)$"


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A number and its unit as written; what it is in another unit is :func:`allodynia.study.units.convert`'s
    business.
    """

    value: float
    unit: str

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def parse_magnitude(text: Any) -> Magnitude:
    """The magnitude that ``text`` says.

    Raises
    ------
    ValueError
        Not a number with a unit, or not a finite number; the message says what to write instead.
    """
    if isinstance(text, Magnitude):
        return text
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise ValueError(f"{text!r} has no unit; write for example '{text} mg'")
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a number with a unit, such as '8 mg'")
    value = float(match["number"].lower().replace(".nan", "nan").replace(".inf", "inf"))
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite number")
    if match["unit"] is None:
        raise ValueError(f"{text!r} has no unit; write for example '{text.strip()} mg'")
    return Magnitude(value, match["unit"])


def parse_time(text: Any) -> Magnitude:
    """A duration or a time since the start: like :func:`parse_magnitude`, or ISO 8601 (days, hours, minutes, weeks)."""
    if isinstance(text, str) and (match := _ISO.fullmatch(text.strip())):
        return Magnitude(sum(float(number) * _IN_DAYS[unit] for unit, number in match.groupdict("0").items()), "d")
    try:
        return parse_magnitude(text)
    except ValueError as error:
        raise ValueError(str(error).replace("mg'", "d'")) from None


class _AsText:
    """How pydantic reads a magnitude: from text, published in the JSON Schema as text of that pattern."""

    def __init__(self, read: Any, pattern: str, example: str) -> None:
        self.read, self.pattern, self.example = read, pattern, example

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        def check(value: Any) -> Magnitude:
            try:
                found: Magnitude = self.read(value)
            except ValueError as error:
                raise PydanticCustomError("magnitude", "{reason}", {"reason": str(error)}) from None
            return found

        return core_schema.no_info_plain_validator_function(
            check, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "examples": [self.example]}


Amount = Annotated[Magnitude, _AsText(parse_magnitude, PATTERN, "8 mg")]
"""A field that holds a number with a unit."""

Time = Annotated[Magnitude, _AsText(parse_time, TIME_PATTERN, "28 d")]
"""A field that holds a duration, or a time since the start of the study."""
