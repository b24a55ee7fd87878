"""JSON as it is written everywhere in Allodynia: valid, every number reads back to the same bits.

JSON has no word for what is not finite. A number that is missing or not defined (NaN) is null. One that is infinite is
a result: a day that is never reached lies beyond every other day, and null would hide that. It is the text "Infinity"
or "-Infinity", as in Zarr, which `float` of Python and `Number` of JavaScript read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """``value`` as what JSON knows: dict, list, str, bool, int, float or None.

    Numpy scalars and arrays become numbers and lists; NaN becomes None, an infinite number "Infinity" or "-Infinity".
    """
    if isinstance(value, (str, bool)) or value is None:
        return value
    if isinstance(value, float):
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return None if math.isnan(value) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy, which is not imported here: `allodynia studies --json` needs no numpy
        return plain(value.tolist())
    return str(value)


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """The JSON text of ``value``; floats by ``repr``, the shortest text that reads back to the same double."""
    return json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False)
