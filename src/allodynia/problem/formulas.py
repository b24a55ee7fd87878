"""Formulas of PEtab tables as postfix, the form in which all formulas of the project travel.

They are parsed by the `petab` package, whose grammar is the format's own; its tree is walked here and nothing in it is
ever evaluated as code. What a text means never changes, so it is cached: a formula seen before needs no `petab`, whose
import takes seconds.
"""

from __future__ import annotations

import json
import math
from typing import Any

from allodynia import cache
from allodynia.errors import InvalidInput, Where
from allodynia.model.text import Apply, Math, Number, Symbol, Token
from allodynia.problem.tsv import as_number

_KIND = "petab-formula"
_VERSION = "1"  # enters the cache key: change it whenever the same text would become other tokens
LONGEST = 20_000
DEEPEST = 150

_FUNCTIONS = {
    "Add": "plus", "Mul": "times", "Pow": "power", "exp": "exp", "log": "ln", "Abs": "abs", "sqrt": "root",
    "Min": "min", "Max": "max",
    "sin": "sin", "cos": "cos", "tan": "tan", "sec": "sec", "csc": "csc", "cot": "cot",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "sech": "sech", "csch": "csch", "coth": "coth",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asec": "arcsec", "acsc": "arccsc", "acot": "arccot",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "asech": "arcsech", "acsch": "arccsch",
    "acoth": "arccoth",
    "StrictLessThan": "lt", "LessThan": "leq", "StrictGreaterThan": "gt", "GreaterThan": "geq",
    "Equality": "eq", "Unequality": "neq", "And": "and", "Or": "or", "Not": "not", "Xor": "xor",
}  # fmt: skip


def to_postfix(text: str, where: Where) -> Math:
    """The tokens of a formula; symbols are those of the text.

    Raises
    ------
    InvalidInput
        The text is no formula of PEtab, or the `petab` package is not there to read it.
    """
    number = as_number(text)
    if number is not None and math.isfinite(number):
        return (Number(number),)
    if text.isidentifier() and text.isascii() and text.lower() not in {"true", "false", "inf", "nan"}:
        return (Symbol(text),)
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise InvalidInput(f"the formula {_short(text)!r} is too long or too deep", where=where)
    key = cache.digest(_VERSION, text)
    stored = cache.get(_KIND, key)
    if stored is not None:
        return _decode(json.loads(stored))
    tokens = _parsed(text, where)
    cache.put(_KIND, key, json.dumps(_encode(tokens)).encode())
    return tokens


def _short(text: str) -> str:
    """As much of a text as a message can hold."""
    return text if len(text) <= 80 else f"{text[:77]}..."


def _depth(text: str) -> int:
    """How deep the parentheses go."""
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _parsed(text: str, where: Where) -> Math:
    try:
        from petab.v1.math import sympify_petab  # here: three seconds, and an optional package
    except ImportError:
        raise InvalidInput(
            f"the formula {text!r} needs the petab package; install it by: pip install 'allodynia[infer]'", where=where
        ) from None
    try:
        # Not evaluated: the operations stay those that the author wrote.
        tree = sympify_petab(text, evaluate=False)
        tokens: list[Token] = []
        _walk(tree, tokens)
    except (ValueError, TypeError, AssertionError, KeyError, AttributeError, RecursionError) as problem:
        said = str(problem).strip().splitlines()
        raise InvalidInput(
            f"formula {_short(text)!r} is not PEtab mathematics: {_short(said[0]) if said else type(problem).__name__}",
            where=where,
        ) from None
    return tuple(tokens)


def _walk(tree: Any, tokens: list[Token]) -> None:
    """Append the tokens of a sympy tree, arguments first."""
    kind = type(tree).__name__
    if tree.is_Symbol:
        tokens.append(Symbol(tree.name))
    elif kind in {"BooleanTrue", "BooleanFalse"}:
        tokens.append(Apply("true" if kind == "BooleanTrue" else "false", 0))
    elif tree.is_number and not tree.args:
        tokens.append(Number(float(tree)))
    elif kind == "Piecewise":
        _piecewise(tree, tokens)
    elif kind == "sign":
        _sign(tree.args[0], tokens)
    elif kind == "Pow" and _is(tree.args[1], -1.0):
        tokens.append(Number(1.0))
        _walk(tree.args[0], tokens)
        tokens.append(Apply("divide", 2))
    elif kind == "Pow" and _is(tree.args[1], 0.5):
        tokens.append(Number(2.0))
        _walk(tree.args[0], tokens)
        tokens.append(Apply("root", 2))
    elif kind == "Mul":
        _product(tree, tokens)
    elif kind == "log" and len(tree.args) == 2:
        _walk(tree.args[1], tokens)
        _walk(tree.args[0], tokens)
        tokens.append(Apply("log", 2))
    elif kind in _FUNCTIONS:
        for argument in tree.args:
            _walk(argument, tokens)
        tokens.append(Apply(_FUNCTIONS[kind], len(tree.args)))
    else:
        raise ValueError(f"{kind} is not known")


def _is(tree: Any, value: float) -> bool:
    """Whether a tree is the number ``value``: sympy's own comparison tells 1/2 from 0.5."""
    return bool(tree.is_number and not tree.args and float(tree) == value)


def _product(tree: Any, tokens: list[Token]) -> None:
    """A product, in which a factor ``x**-1`` divides: ``a / b`` rounds once, ``a * (1 / b)`` twice."""
    for position, factor in enumerate(tree.args):
        divides = position > 0 and type(factor).__name__ == "Pow" and _is(factor.args[1], -1.0)
        _walk(factor.args[0] if divides else factor, tokens)
        if position:
            tokens.append(Apply("divide" if divides else "times", 2))


def _piecewise(tree: Any, tokens: list[Token]) -> None:
    """Value, condition, value, condition, ..., otherwise."""
    count = 0
    for value, condition in tree.args:
        _walk(value, tokens)
        count += 1
        if type(condition).__name__ == "BooleanTrue":
            break
        _walk(condition, tokens)
        count += 1
    tokens.append(Apply("piecewise", count))


def _sign(argument: Any, tokens: list[Token]) -> None:
    """1 above zero, -1 below, 0 at it."""
    for value, relation in ((1.0, "gt"), (-1.0, "lt")):
        tokens.append(Number(value))
        _walk(argument, tokens)
        tokens.extend((Number(0.0), Apply(relation, 2)))
    tokens.extend((Number(0.0), Apply("piecewise", 5)))


def _encode(tokens: Math) -> list[list[Any]]:
    return [[type(token).__name__, *token] for token in tokens]


def _decode(data: list[list[Any]]) -> Math:
    kinds: dict[str, Any] = {"Number": Number, "Symbol": Symbol, "Apply": Apply}
    return tuple(kinds[kind](*parts) for kind, *parts in data)
