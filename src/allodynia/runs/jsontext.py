"""JSON as it is written everywhere in Allodynia: valid, every number reads back to the same bits, NaN is null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """``value`` as what JSON knows: dict, list, str, bool, int, float or None.

    Numpy scalars and arrays become numbers and lists; NaN and infinities, which JSON lacks, become None.
    """
    if isinstance(value, (str, bool)) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
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
