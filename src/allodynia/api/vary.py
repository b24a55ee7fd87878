"""How subjects differ: ``k1=lognormal(1, 0.3)`` read, checked and drawn.

The grammar: ``NAME = NUMBER`` sets a value for everybody; ``NAME = DISTRIBUTION(NUMBER, NUMBER)`` draws one for each
subject, where DISTRIBUTION is ``normal`` (mean, standard deviation), ``lognormal`` (median, standard deviation of the
natural logarithm), ``uniform`` (lower, upper) or ``loguniform`` (lower, upper).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.distributions import Lognormal, Normal, Uniform
from allodynia.cohort.philox import stream_key, uniforms
from allodynia.engine.elementary import exp, log_of
from allodynia.errors import InvalidInput, unknown

F8 = NDArray[np.float64]

ARGUMENTS: Mapping[str, tuple[str, str]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "uniform": ("lower", "upper"),
    "loguniform": ("lower", "upper"),
}
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<mark>[=(),]))"
)


@dataclass(frozen=True, slots=True)
class Variation:
    """One quantity that is given: by a fixed ``value``, or drawn from ``distribution(first, second)``."""

    name: str
    distribution: str | None
    first: float
    second: float = math.nan

    @property
    def random(self) -> bool:
        """Whether subjects differ in it."""
        return self.distribution is not None

    @property
    def centre(self) -> float:
        """The fixed value, or the median of the distribution."""
        return float(self.quantile(np.array([0.5]))[0])

    def quantile(self, u: F8) -> F8:
        """The values at probabilities ``u``."""
        nothing = np.zeros_like(u)
        match self.distribution:
            case "normal":
                return (
                    Normal(sd=self.second).quantile(nothing + self.first, u, u) if self.second else nothing + self.first
                )
            case "lognormal":
                return Lognormal(self.second).quantile(nothing + self.first, u, u)
            case "uniform":
                return Uniform(self.first, self.second).quantile(nothing, u, u)
            case "loguniform":
                spread = Uniform(log_of(self.first), log_of(self.second))
                return np.clip(exp(spread.quantile(nothing, u, u)), self.first, self.second)
        return nothing + self.first

    def draw(self, seed: int, subjects: int) -> F8:
        """f8[subjects]. Subject i gets the same value however many there are, and whatever else varies."""
        return self.quantile(uniforms(stream_key(seed, "vary", self.name), np.arange(subjects))[0])

    def __str__(self) -> str:
        if self.distribution is None:
            return f"{self.name}={self.first!r}"
        return f"{self.name}={self.distribution}({self.first!r},{self.second!r})"


def parse(text: str) -> Variation:
    """One variation from ``name=...``.

    Raises
    ------
    InvalidInput
        The text does not follow the grammar, the distribution is unknown, or its numbers make no distribution.
    """
    return _Parser(text).variation()


def variations(given: Mapping[str, str | float] | Iterable[str] | None) -> tuple[Variation, ...]:
    """Variations from ``{"k1": "lognormal(1, 0.3)", "k2": 4.0}`` or ``["k1=lognormal(1, 0.3)", "k2=4"]``.

    Raises
    ------
    InvalidInput
        As :func:`parse`; or a name is given twice.
    """
    if given is None:
        texts: list[str] = []
    elif isinstance(given, Mapping):
        texts = [f"{name}={value if isinstance(value, str) else repr(float(value))}" for name, value in given.items()]
    else:
        texts = [given] if isinstance(given, str) else list(given)
    found: dict[str, Variation] = {}
    for text in texts:
        one = parse(text)
        if one.name in found:
            raise InvalidInput(f"vary: {one.name!r} is given twice")
        found[one.name] = one
    return tuple(found.values())


class _Parser:
    """Reads one variation from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def variation(self) -> Variation:
        name = self._next("name", "the name of a parameter, compartment or species")
        self._mark("=")
        kind, _ = self._peek()
        if kind == "number":
            value = self._number("a number")
            self._end()
            return Variation(name, None, value)
        distribution = self._next("name", "a number or a distribution")
        if distribution not in ARGUMENTS:
            problem = unknown("distribution", distribution, ARGUMENTS)
            raise InvalidInput(f"vary {self._text!r}: {problem.message}")
        self._mark("(")
        numbers = []
        for position, meaning in enumerate(ARGUMENTS[distribution]):
            if position:
                self._mark(",")
            numbers.append(self._number(f"the {meaning} of {distribution}"))
        self._mark(")")
        self._end()
        self._check(distribution, *numbers)
        return Variation(name, distribution, *numbers)

    def _peek(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match.lastgroup is None:
            return "", self._text[self._at :].strip()
        return match.lastgroup, match[match.lastgroup]

    def _next(self, kind: str, wanted: str) -> str:
        found, token = self._peek()
        if found != kind:
            raise self._wrong(wanted, token)
        match = _TOKEN.match(self._text, self._at)
        self._at = match.end() if match is not None else self._at
        return token

    def _mark(self, mark: str) -> None:
        kind, token = self._peek()
        if kind != "mark" or token != mark:
            raise self._wrong(repr(mark), token)
        self._next("mark", mark)

    def _number(self, wanted: str) -> float:
        value = float(self._next("number", wanted))
        if not math.isfinite(value):
            raise self._wrong(f"{wanted} that is finite", str(value))
        return value

    def _end(self) -> None:
        rest = self._text[self._at :].strip()
        if rest:
            raise self._wrong("nothing more", rest)

    def _wrong(self, wanted: str, found: str) -> InvalidInput:
        said = repr(found) if found else "its end"
        return InvalidInput(
            f"vary {self._text!r}: expected {wanted}, found {said}; write it like k1=lognormal(1,0.3) or k1=2.5"
        )

    def _check(self, distribution: str, first: float, second: float) -> None:
        wrong = None
        if distribution in {"normal", "lognormal"} and second < 0:
            wrong = f"its {ARGUMENTS[distribution][1]} is negative"
        elif distribution == "lognormal" and first <= 0:
            wrong = "its median is not above zero"
        elif distribution in {"uniform", "loguniform"} and first > second:
            wrong = "its lower end is above its upper end"
        elif distribution == "loguniform" and first <= 0:
            wrong = "its lower end is not above zero"
        if wrong is not None:
            raise InvalidInput(f"vary {self._text!r}: {wrong}")
