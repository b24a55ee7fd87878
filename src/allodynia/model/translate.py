"""Formulas to nodes: what each MathML function is in terms of the operations of the DAG.

Source of meanings: SBML Level 3 Version 2 Core, section 3.4; MathML 2.0, appendix C.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from itertools import pairwise

from allodynia.errors import UnreadableModel
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.text import Number

# The value that SBML Level 3 gives the csymbol avogadro (CODATA 2006), so that files mean what they meant when written.
AVOGADRO = 6.02214179e23
# A model whose formulas, functions expanded, are larger than this is refused.
MAX_NODES = 500_000

_CALLS: dict[str, Op] = {
    "abs": Op.ABS, "exp": Op.EXP, "ln": Op.LOG, "floor": Op.FLOOR, "ceiling": Op.CEIL,
    "sin": Op.SIN, "cos": Op.COS, "tan": Op.TAN, "arcsin": Op.ASIN, "arccos": Op.ACOS, "arctan": Op.ATAN,
    "sinh": Op.SINH, "cosh": Op.COSH, "tanh": Op.TANH, "arcsinh": Op.ASINH, "arccosh": Op.ACOSH, "arctanh": Op.ATANH,
}  # fmt: skip
# 1 / f(x)
_RECIPROCALS = {"sec": Op.COS, "csc": Op.SIN, "cot": Op.TAN, "sech": Op.COSH, "csch": Op.SINH, "coth": Op.TANH}
# f(1 / x)
_OF_RECIPROCAL = {
    "arcsec": Op.ACOS, "arccsc": Op.ASIN, "arccot": Op.ATAN, "arcsech": Op.ACOSH, "arccsch": Op.ASINH,
    "arccoth": Op.ATANH,
}  # fmt: skip
_CONSTANTS = {
    "pi": math.pi, "exponentiale": math.e, "infinity": math.inf, "notanumber": math.nan, "avogadro": AVOGADRO,
}  # fmt: skip


class NodeAlgebra:
    """Literals and functions as nodes. ``time`` is what the time symbol means: TIME, or 0 for initial values."""

    def __init__(self, builder: Builder, time: Node) -> None:
        self._b = builder
        self._time = time

    def number(self, literal: Number) -> Node:
        """A constant."""
        return self._b.const(literal.value)

    def apply(self, function: str, arguments: list[Node]) -> Node:
        """The node of a MathML function.

        Raises UnreadableModel for a wrong number of arguments, or a function nobody knows. The caller adds the place.
        """
        if len(self._b.dag) > MAX_NODES:
            raise UnreadableModel(f"written out, its formulas are more than {MAX_NODES:,} operations")
        b = self._b
        if function == "time":
            return self._time
        if function in ("true", "false"):
            return b.truth(function == "true")
        if function in _CONSTANTS:
            return b.const(_CONSTANTS[function])
        if function == "piecewise":
            return self._piecewise(arguments)
        if function in _LOGIC:
            return _LOGIC[function](b, [b.as_truth(a) for a in arguments])
        return self._of_numbers(function, [b.as_number(a) for a in arguments])

    def _of_numbers(self, function: str, x: list[Node]) -> Node:
        b = self._b
        if function in _ANY_COUNT:
            return _ANY_COUNT[function](b, x)
        if function in _RELATIONS:
            return _chain(b, _RELATIONS[function], x)
        match function, x:
            case _, [a] if function in _CALLS:
                return b.call(_CALLS[function], a)
            case _, [a] if function in _RECIPROCALS:
                return b.div(b.const(1.0), b.call(_RECIPROCALS[function], a))
            case _, [a] if function in _OF_RECIPROCAL:
                return b.call(_OF_RECIPROCAL[function], b.div(b.const(1.0), a))
            case "minus", [a]:
                return b.neg(a)
            case "minus", [a, c]:
                return b.sub(a, c)
            case "divide", [a, c]:
                return b.div(a, c)
            case "power", [a, c]:
                return b.pow(a, c)
            case "root", [degree, a]:
                return self._root(degree, a)
            case "log", [base, a]:
                return b.div(b.call(Op.LOG, a), b.call(Op.LOG, base))
            case "quotient", [a, c]:
                return self._whole(b.div(a, c))
            case "rem", [a, c]:
                return b.sub(a, b.mul(c, self._whole(b.div(a, c))))
            case "factorial", [a]:
                return self._factorial(a)
        raise UnreadableModel(f"{function!r} does not take {len(x)} arguments")

    def _piecewise(self, arguments: list[Node]) -> Node:
        """``value, condition, value, condition, ..., otherwise``; undefined (NaN) where nothing applies."""
        b = self._b
        pairs = len(arguments) // 2
        result = arguments[-1] if len(arguments) % 2 else b.const(math.nan)
        values = arguments[0 : 2 * pairs : 2]
        if not all(b.is_truth(node) for node in (*values, result)):
            values, result = [b.as_number(node) for node in values], b.as_number(result)
        for value, condition in zip(reversed(values), reversed(arguments[1 : 2 * pairs : 2]), strict=True):
            result = b.select(b.as_truth(condition), value, result)
        return result

    def _root(self, degree: Node, a: Node) -> Node:
        """The real root: an odd whole root of a negative number is negative."""
        b = self._b
        if b.dag.is_const(degree, 2.0):
            return b.call(Op.SQRT, a)
        power = b.div(b.const(1.0), degree)
        if b.dag.is_const(degree) and float(b.dag.payload[degree]) % 2 == 1:
            negative = b.neg(b.pow(b.neg(a), power))
            return b.select(b.less(a, b.const(0.0)), negative, b.pow(a, power))
        return b.pow(a, power)

    def _whole(self, a: Node) -> Node:
        """``a`` rounded towards zero."""
        b = self._b
        return b.select(b.less(a, b.const(0.0)), b.call(Op.CEIL, a), b.call(Op.FLOOR, a))

    def _factorial(self, a: Node) -> Node:
        """Of a whole number, looked up; infinite from 171 on; undefined (NaN) for any other number."""
        b = self._b
        beyond = b.both(b.less(b.const(170.0), a), b.equal(b.call(Op.FLOOR, a), a))
        result = b.select(beyond, b.const(math.inf), b.const(math.nan))
        for n in range(170, -1, -1):
            result = b.select(b.equal(a, b.const(float(n))), b.const(float(math.factorial(n))), result)
        return result


_Fold = Callable[[Builder, list[Node]], Node]


def _folding(combine: Callable[[Builder, Node, Node], Node], empty: Callable[[Builder], Node]) -> _Fold:
    """An operator of any number of arguments, from left to right."""
    return lambda b, x: reduce(lambda left, right: combine(b, left, right), x) if x else empty(b)


_ANY_COUNT: dict[str, _Fold] = {
    "plus": _folding(Builder.add, lambda b: b.const(0.0)),
    "times": _folding(Builder.mul, lambda b: b.const(1.0)),
    "max": _folding(Builder.max, lambda b: b.const(-math.inf)),
    "min": _folding(Builder.min, lambda b: b.const(math.inf)),
}


def _different(b: Builder, a: Node, c: Node) -> Node:
    """Whether two truth values differ."""
    return b.select(a, b.negation(c), c)


def _not(b: Builder, x: list[Node]) -> Node:
    if len(x) != 1:
        raise UnreadableModel(f"'not' does not take {len(x)} arguments")
    return b.negation(x[0])


def _implies(b: Builder, x: list[Node]) -> Node:
    if len(x) != 2:
        raise UnreadableModel(f"'implies' does not take {len(x)} arguments")
    return b.either(b.negation(x[0]), x[1])


_LOGIC: dict[str, _Fold] = {
    "and": _folding(Builder.both, lambda b: b.truth(True)),
    "or": _folding(Builder.either, lambda b: b.truth(False)),
    "xor": _folding(_different, lambda b: b.truth(False)),
    "not": _not,
    "implies": _implies,
}
_RELATIONS: dict[str, Callable[[Builder, Node, Node], Node]] = {
    "eq": Builder.equal,
    "neq": Builder.unequal,
    "lt": Builder.less,
    "leq": Builder.less_equal,
    "gt": lambda b, a, c: b.less(c, a),
    "geq": lambda b, a, c: b.less_equal(c, a),
}


def _chain(b: Builder, relation: Callable[[Builder, Node, Node], Node], x: list[Node]) -> Node:
    """``a < b < c``: every neighbour pair holds."""
    result = b.truth(True)
    for left, right in pairwise(x):
        result = b.both(result, relation(b, left, right))
    return result
