"""Distributions as data: what a table says about a parameter, and the value it gives for a uniform number.

Every distribution is sampled by its quantile function, so one uniform number gives one value: the same place in the
random stream means the same standing among one's fellows, whatever the centre. A second uniform number chooses the
part of a mixture.

The centre is the parameter's value in its table. For the lognormal kinds it is the median (the typical subject),
not the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.incomplete_beta import beta_quantile
from allodynia.cohort.normal import normal_quantile
from allodynia.errors import InvalidInput, Where, unknown

F8 = NDArray[np.float64]

Z_975 = 1.959963984540054
"""The normal quantile of 0.975: a 95 % factor spans this many standard deviations on each side."""


class Distribution(Protocol):
    """A distribution about a centre."""

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:
        """The values at probabilities ``u`` about ``centre`` (broadcasting); ``chooser`` picks a mixture's part."""
        ...


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Median at the centre, ``sigma`` the standard deviation of the logarithm."""

    sigma: float

    @classmethod
    def of_cv(cls, cv: float) -> Lognormal:
        """By the coefficient of variation: sigma = sqrt(log(1 + cv²))."""
        return cls(math.sqrt(math.log1p(cv * cv)))

    @classmethod
    def of_factor(cls, factor: float) -> Lognormal:
        """By its 95 % factor: 95 % of the values lie within centre / factor .. centre × factor."""
        return cls(math.log(factor) / Z_975)

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        return centre * np.exp(self.sigma * normal_quantile(u))


@dataclass(frozen=True, slots=True)
class Normal:
    """Mean at the centre before truncation; ``sd`` absolute, or ``cv`` of the centre; cut off at ``lower`` and
    ``upper``.
    """

    sd: float | None = None
    cv: float | None = None
    lower: float = -math.inf
    upper: float = math.inf

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        sd = (
            np.abs(centre) * self.cv
            if self.sd is None and self.cv is not None
            else np.asarray(self.sd, dtype=np.float64)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            below, above = (
                _normal_probability((self.lower - centre) / sd),
                _normal_probability((self.upper - centre) / sd),
            )
        below, above = np.nan_to_num(below, nan=0.0), np.nan_to_num(above, nan=1.0)
        return np.clip(centre + sd * normal_quantile(below + u * (above - below)), self.lower, self.upper)


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta(a, b) number stretched over ``lower``..``upper``; it has its own place, so the centre is not used."""

    a: float
    b: float
    lower: float = 0.0
    upper: float = 1.0

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        return self.lower + (self.upper - self.lower) * beta_quantile(np.broadcast_arrays(u, centre)[0], self.a, self.b)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly between ``lower`` and ``upper``; the centre is not used."""

    lower: float
    upper: float

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        return self.lower + (self.upper - self.lower) * np.broadcast_arrays(u, centre)[0]


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """The centre with probability ``p``, else ``otherwise``: having a thing or not."""

    p: float
    otherwise: float = 0.0

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        return np.where(u < self.p, centre, self.otherwise)


@dataclass(frozen=True, slots=True)
class HeavyTail:
    """Median at the centre, the logarithm spread as Student's t of two degrees of freedom times ``sigma``.

    For the few subjects far from the rest. Two degrees of freedom have a closed quantile: (2u - 1) / sqrt(2 u (1 - u)).
    """

    sigma: float

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        t = (2.0 * u - 1.0) / np.sqrt(2.0 * u * (1.0 - u))
        # 300 e-folds would overflow: the cut lies beyond probability 1e-4 only for sigma above 4.
        return centre * np.exp(np.clip(self.sigma * t, -300.0, 300.0))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mixture: its weight, its own centre (None: the parameter's), its distribution (None: all at the
    centre).
    """

    weight: float
    value: float | None
    spread: Distribution | None


@dataclass(frozen=True, slots=True)
class Mixture:
    """People differ in kind: each value comes from one part, chosen with the parts' weights."""

    parts: tuple[Part, ...]

    def quantile(self, centre: F8, u: F8, chooser: F8) -> F8:  # noqa: D102
        centre, u, chooser = np.broadcast_arrays(centre, u, chooser)
        total = sum(part.weight for part in self.parts)
        edges = np.cumsum([part.weight / total for part in self.parts])[:-1]
        which = np.searchsorted(edges, chooser, side="right")
        out = np.empty(u.shape)
        for number, part in enumerate(self.parts):
            here = which == number
            middle = centre[here] if part.value is None else np.full(int(here.sum()), part.value)
            out[here] = middle if part.spread is None else part.spread.quantile(middle, u[here], chooser[here])
        return out


def _normal_probability(x: F8) -> F8:
    erfc = np.frompyfunc(math.erfc, 1, 1)
    return np.asarray(0.5 * erfc(-np.asarray(x) / math.sqrt(2.0)), dtype=np.float64)


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
