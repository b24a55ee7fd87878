"""exp, log, powers, the logistic and the normal distribution on arrays: the same bits on every processor.

NumPy, SciPy and the C library choose their code by the processor they find, and the last bit of their exp and log with
it; a subject drawn on one machine would not be quite the same subject on another. These are the functions that models
are solved with (:mod:`allodynia.engine.ir.vecmath`), made of IEEE operations and fused multiply-adds alone, compiled
once and kept in the cache. Names are NumPy's and SciPy's. Errors: within 2 units in the last place; the normal share
and quantile within 1e-15 of their value.

:func:`log_of`, :func:`log1p_of` and :func:`pow_of` are for single numbers read from a table: rightly rounded, and
nothing is compiled.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia import cache as store
from allodynia.engine import machine as machines
from allodynia.engine.compile import load, to_object, versions
from allodynia.engine.ir.elementary import ENTRY, FUNCTIONS, write_elementary
from allodynia.engine.kernel import generator_version
from allodynia.engine.machine import Machine

F8 = NDArray[np.float64]

_NUMBERS = {name: number for number, name in enumerate(FUNCTIONS)}
_DIGITS = Context(prec=50, Emin=-(10**6), Emax=10**6)


def exp(x: ArrayLike) -> F8:
    """The exponential."""
    return _call("exp", x)


def expm1(x: ArrayLike) -> F8:
    """exp(x) - 1, with all digits for a small x too."""
    return _call("expm1", x)


def log(x: ArrayLike) -> F8:
    """The natural logarithm: -inf at 0, NaN below."""
    return _call("log", x)


def log1p(x: ArrayLike) -> F8:
    """log(1 + x), with all digits for a small x too."""
    return _call("log1p", x)


def power(x: ArrayLike, y: ArrayLike) -> F8:
    """The power x^y, with the special cases of C99."""
    a, b = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    return _call("pow", a, b)


def expit(x: ArrayLike) -> F8:
    """The logistic function 1 / (1 + exp(-x))."""
    return _call("expit", x)


def logit(p: ArrayLike) -> F8:
    """Its inverse log(p / (1 - p)): -inf at 0, inf at 1, NaN outside."""
    return _call("logit", p)


def ndtr(z: ArrayLike) -> F8:
    """The share of the standard normal distribution below ``z``."""
    return _call("ndtr", z)


def ndtri(u: ArrayLike) -> F8:
    """The place below which a share ``u`` of the standard normal distribution lies: its quantile function."""
    return _call("ndtri", u)


def log_of(value: float) -> float:
    """The natural logarithm of one positive number, rightly rounded."""
    with localcontext(_DIGITS):
        return float(Decimal(value).ln())


def log1p_of(value: float) -> float:
    """The natural logarithm of 1 + ``value`` for one number above -1, rightly rounded."""
    exact = Decimal(value)
    with localcontext(_DIGITS) as context:
        context.prec += max(0, -exact.adjusted())
        return float((1 + exact).ln())


def pow_of(base: float, exponent: float) -> float:
    """One positive number to a power, rightly rounded."""
    with localcontext(_DIGITS):
        return float(Decimal(base) ** Decimal(exponent))


class Functions:
    """The functions compiled for a machine (by default this one): from the cache, or now."""

    def __init__(self, machine: Machine | None = None) -> None:
        machine = machine or machines.host()
        key = store.digest("elementary", repr(machine), generator_version(), versions())
        code = store.get("functions", key)
        if code is None:
            code = to_object(write_elementary(machine), machine)
            store.put("functions", key, code)
        self._loaded, self._width = load(code, ENTRY), machine.width

    def __call__(self, name: str, *arguments: ArrayLike) -> F8:
        """The function ``name`` of `FUNCTIONS` at ``arguments``, which have one shape."""
        found = np.empty(np.shape(arguments[0]))
        given = [np.ascontiguousarray(one, dtype=np.float64).reshape(-1) for one in arguments]
        result = found.reshape(-1)
        whole = result.size // self._width
        if whole:
            self._run(name, whole, given, result)
        rest = result.size - whole * self._width
        if rest:  # the last few, in a vector of their own
            last = [np.ones(self._width) for _ in range(len(given) + 1)]
            for padded, one in zip(last, given, strict=False):
                padded[:rest] = one[-rest:]
            self._run(name, 1, last[:-1], last[-1])
            result[-rest:] = last[-1][:rest]
        return found

    def _run(self, name: str, vectors: int, arguments: list[F8], result: F8) -> None:
        places = [one.ctypes.data for one in (arguments[0], arguments[-1], result)]
        context = np.array([_NUMBERS[name], vectors, *places], dtype=np.int64)
        self._loaded.call(context.ctypes.data)


@cache
def _here() -> Functions:
    return Functions()


def _call(name: str, *arguments: ArrayLike) -> F8:
    return _here()(name, *arguments)
