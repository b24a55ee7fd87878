"""Distributions read from the data of a table, with every mistake told at its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allodynia.cohort.distributions import (
    Bernoulli,
    Beta,
    Distribution,
    HeavyTail,
    Lognormal,
    Mixture,
    Normal,
    Part,
    Uniform,
)
from allodynia.errors import InvalidInput, Where, unknown

Form = tuple[tuple[str, ...], Callable[..., Distribution]]


def _lognormal(cv: float | None = None, factor: float | None = None, sd: float | None = None) -> Distribution:
    given = [name for name, value in (("cv", cv), ("factor", factor), ("sd", sd)) if value is not None]
    if len(given) != 1:
        raise ValueError("give one of cv, factor (95 % factor) and sd (of the logarithm)")
    if cv is not None:
        return Lognormal.of_cv(_at_least(cv, 0.0, "cv"))
    if factor is not None:
        return Lognormal.of_factor(_at_least(factor, 1.0, "factor"))
    return Lognormal(_at_least(sd or 0.0, 0.0, "sd"))


def _normal(
    sd: float | None = None, cv: float | None = None, lower: float = -math.inf, upper: float = math.inf
) -> Distribution:
    if (sd is None) == (cv is None):
        raise ValueError("give one of sd and cv")
    _at_least(sd if sd is not None else (cv or 0.0), 0.0, "sd" if sd is not None else "cv")
    _ordered(lower, upper)
    return Normal(sd, cv, lower, upper)


def _beta(a: float, b: float, lower: float = 0.0, upper: float = 1.0) -> Distribution:
    if not (a > 0.0 and b > 0.0):
        raise ValueError("a and b must be positive")
    _ordered(lower, upper)
    return Beta(a, b, lower, upper)


def _uniform(lower: float, upper: float) -> Distribution:
    _ordered(lower, upper)
    return Uniform(lower, upper)


def _bernoulli(p: float, otherwise: float = 0.0) -> Distribution:
    if not 0.0 <= p <= 1.0:
        raise ValueError("p must lie in 0..1")
    return Bernoulli(p, otherwise)


def _heavy_tail(sd: float) -> Distribution:
    return HeavyTail(_at_least(sd, 0.0, "sd"))


def _at_least(value: float, least: float, name: str) -> float:
    if not value >= least or math.isinf(value):
        raise ValueError(f"{name} must be a number of at least {least:g}, not {value!r}")
    return value


def _ordered(lower: float, upper: float) -> None:
    if not lower < upper:
        raise ValueError(f"lower ({lower:g}) must be below upper ({upper:g})")


FORMS: Mapping[str, Form] = {
    "lognormal": (("cv", "factor", "sd"), _lognormal),
    "normal": (("sd", "cv", "lower", "upper"), _normal),
    "beta": (("a", "b", "lower", "upper"), _beta),
    "uniform": (("lower", "upper"), _uniform),
    "bernoulli": (("p", "otherwise"), _bernoulli),
    "heavy_tail": (("sd",), _heavy_tail),
}
"""What may stand in a table: the kind, its arguments, and what makes it. ``mixture`` is apart: it holds others."""


def read_distribution(data: Any, where: Where | None = None) -> Distribution | None:
    """The distribution that a table entry describes; None for ``none`` or nothing.

    Forms: ``{lognormal: {cv: 0.3}}``, ``{lognormal: {factor: 2}}``, ``{normal: {sd: 1, lower: 0}}``, ``{beta: {a:
    2, b: 5}}``, ``{uniform: [lo, hi]}``, ``{bernoulli: {p: 0.2, otherwise: 0}}``, ``{heavy_tail: {sd: 0.5}}``,
    ``{mixture: [{weight: 3, value: 1, lognormal: {cv: 0.2}}, {weight: 1, value: 0}]}``; ``{cv: 0.3}`` and
    ``{factor: 2}`` alone are short for the lognormal. ``share: 0.9, otherwise: 0`` beside a distribution: that
    share draws from it, the rest have the other value.

    Raises
    ------
    InvalidInput
        Names the kind or argument that is unknown or out of range, at ``where``.
    """
    if data is None or data == "none":
        return None
    if isinstance(data, Mapping) and "share" in data:
        return _some_have_it(data, where)
    if not isinstance(data, Mapping) or len(data) != 1:
        raise InvalidInput("a distribution is one entry such as {lognormal: {cv: 0.3}}", where=where)
    ((kind, arguments),) = data.items()
    if kind in ("cv", "factor"):
        kind, arguments = "lognormal", {kind: arguments}
    if kind == "mixture":
        return Mixture(tuple(_part(entry, where) for entry in _entries(arguments, where)))
    if kind not in FORMS:
        raise unknown("distribution", str(kind), [*FORMS, "mixture"], where=where)
    names, make = FORMS[kind]
    if isinstance(arguments, Sequence) and not isinstance(arguments, str):
        arguments = dict(zip(names, arguments, strict=False)) if len(arguments) <= len(names) else {"too many": 0.0}
    if not isinstance(arguments, Mapping):
        raise InvalidInput(f"{kind} needs its arguments: {', '.join(names)}", where=where)
    for name, value in arguments.items():
        if name not in names:
            raise unknown(f"argument of {kind}", str(name), names, where=where)
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise InvalidInput(f"{kind}: {name} must be a number, not {value!r}", where=where)
    try:
        return make(**{str(name): float(value) for name, value in arguments.items()})
    except (TypeError, ValueError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"needs {', '.join(names)}"
        raise InvalidInput(f"{kind}: {reason}", where=where) from None


def _some_have_it(data: Mapping[str, Any], where: Where | None) -> Distribution:
    share, otherwise = data["share"], data.get("otherwise", 0.0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0.0 <= share <= 1.0:
        raise InvalidInput(f"share must lie in 0..1, not {share!r}", where=where)
    if isinstance(otherwise, bool) or not isinstance(otherwise, int | float) or not math.isfinite(otherwise):
        raise InvalidInput(f"otherwise must be a number, not {otherwise!r}", where=where)
    rest = {name: inner for name, inner in data.items() if name not in ("share", "otherwise")}
    inner = read_distribution(rest or None, where)
    return Mixture((Part(float(share), None, inner), Part(1.0 - share, float(otherwise), None)))


def _entries(data: Any, where: Where | None) -> Sequence[Mapping[str, Any]]:
    if (
        not isinstance(data, Sequence)
        or isinstance(data, str)
        or not all(isinstance(entry, Mapping) for entry in data)
        or not data
    ):
        raise InvalidInput("mixture: a list of parts, each with a weight and a value or distribution", where=where)
    return data


def _part(entry: Mapping[str, Any], where: Where | None) -> Part:
    weight, value = entry.get("weight"), entry.get("value")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0.0 < weight < math.inf:
        raise InvalidInput(f"mixture: weight must be a positive number, not {weight!r}", where=where)
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    ):
        raise InvalidInput(f"mixture: value must be a number, not {value!r}", where=where)
    rest = {name: inner for name, inner in entry.items() if name not in ("weight", "value")}
    return Part(float(weight), None if value is None else float(value), read_distribution(rest or None, where))
