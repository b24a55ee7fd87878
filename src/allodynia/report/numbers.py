"""Numbers as a person reads them: enough digits to tell things apart, none that mislead."""

from __future__ import annotations

import math

MISSING = "–"


def number(value: float, digits: int = 3) -> str:
    """``value`` to ``digits`` significant digits, with an exponent only where it needs one; a dash when missing."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent > 6:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - exponent)}f}"


def estimate(mean: float, lo: float, hi: float) -> str:
    """A mean with its interval, all three to the same decimal place: ``118 (103 to 134)``."""
    if math.isnan(mean):
        return MISSING
    if math.isnan(lo) or math.isnan(hi):
        return number(mean)
    size = max(abs(value) if math.isfinite(value) else 0.0 for value in (mean, lo, hi))
    if size == 0:
        return "0 (0 to 0)"
    exponent = math.floor(math.log10(size))
    if exponent < -4 or exponent > 6:
        return f"{number(mean)} ({number(lo)} to {number(hi)})"
    decimals = max(0, 2 - exponent)
    return f"{_fixed(mean, decimals)} ({_fixed(lo, decimals)} to {_fixed(hi, decimals)})"


def _fixed(value: float, decimals: int) -> str:
    """``value`` to ``decimals`` places; a negative zero is a zero, and infinity a sign: a time that was not reached."""
    if math.isinf(value):
        return number(value)
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
