"""The formulas of libSBML as flat postfix tokens, in the child process.

The tree is walked with a stack of its own, so a formula as deep as the text may be costs memory, never the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from allodynia.model.read.refusal import Refusal
from allodynia.model.text import Apply, Call, Math, Number, Rate, Symbol, Token

# libSBML's name for a node type, without AST_ -> MathML name.
_FUNCTIONS = {
    "PLUS": "plus", "MINUS": "minus", "TIMES": "times", "DIVIDE": "divide", "POWER": "power", "FUNCTION_POWER": "power",
    "CONSTANT_E": "exponentiale", "CONSTANT_PI": "pi", "CONSTANT_TRUE": "true", "CONSTANT_FALSE": "false",
    "NAME_TIME": "time", "NAME_AVOGADRO": "avogadro",
    "FUNCTION_ABS": "abs", "FUNCTION_CEILING": "ceiling", "FUNCTION_FLOOR": "floor", "FUNCTION_EXP": "exp",
    "FUNCTION_LN": "ln", "FUNCTION_LOG": "log", "FUNCTION_ROOT": "root", "FUNCTION_FACTORIAL": "factorial",
    "FUNCTION_PIECEWISE": "piecewise", "FUNCTION_MAX": "max", "FUNCTION_MIN": "min", "FUNCTION_QUOTIENT": "quotient",
    "FUNCTION_REM": "rem",
    "LOGICAL_AND": "and", "LOGICAL_OR": "or", "LOGICAL_NOT": "not", "LOGICAL_XOR": "xor", "LOGICAL_IMPLIES": "implies",
    "RELATIONAL_EQ": "eq", "RELATIONAL_NEQ": "neq", "RELATIONAL_LT": "lt", "RELATIONAL_LEQ": "leq",
    "RELATIONAL_GT": "gt",
    "RELATIONAL_GEQ": "geq",
} | {
    f"FUNCTION_{name}": name.lower()
    for name in (
        "SIN", "COS", "TAN", "SEC", "CSC", "COT", "SINH", "COSH", "TANH", "SECH", "CSCH", "COTH", "ARCSIN", "ARCCOS",
        "ARCTAN",
        "ARCSEC", "ARCCSC", "ARCCOT", "ARCSINH", "ARCCOSH", "ARCTANH", "ARCSECH", "ARCCSCH", "ARCCOTH",
    )
}  # fmt: skip


@lru_cache(maxsize=1)
def _types() -> dict[int, str]:
    """The MathML name of each node type that libSBML numbers."""
    import libsbml

    return {getattr(libsbml, f"AST_{key}"): name for key, name in _FUNCTIONS.items() if hasattr(libsbml, f"AST_{key}")}


def to_postfix(
    root: Any, *, exact: Callable[[float], float], rename: Mapping[str, str], line: int | None, element: str | None
) -> Math:
    """The formula ``root`` (a libSBML ASTNode) as tokens.

    ``exact`` restores literals; ``rename`` maps ids that mean something else here (the local parameters of a reaction).
    """
    import libsbml

    types = _types()
    tokens: list[Token] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        count = node.getNumChildren()
        kind = node.getType()
        if kind == libsbml.AST_FUNCTION_RATE_OF:
            tokens.append(_rate(node, rename, line, element))
            continue
        if count and not ready:
            stack.append((node, True))
            stack.extend((node.getChild(i), False) for i in range(count - 1, -1, -1))
            continue
        unit = node.getUnits() if node.isSetUnits() else None
        if kind == libsbml.AST_FUNCTION_DELAY:
            _refuse_delay(line, element)
        if kind in types:
            tokens.append(Apply(types[kind], count))
        elif kind == libsbml.AST_NAME:
            name = node.getName()
            tokens.append(Symbol(rename.get(name, name)))
        elif kind == libsbml.AST_FUNCTION:
            tokens.append(Call(node.getName(), count))
        elif kind == libsbml.AST_INTEGER:
            tokens.append(Number(exact(float(node.getInteger())), unit))
        elif kind == libsbml.AST_RATIONAL:
            tokens.append(Number(_ratio(node.getNumerator(), node.getDenominator()), unit))
        elif kind in (libsbml.AST_REAL, libsbml.AST_REAL_E):
            tokens.append(Number(exact(float(node.getValue())), unit))
        else:
            what = node.getName() or f"construct {kind}"
            raise Refusal(
                "unsupported", f"{what!r} cannot be used in a formula here; rewrite it", line=line, element=element
            )
    return tuple(tokens)


def _rate(node: Any, rename: Mapping[str, str], line: int | None, element: str | None) -> Rate:
    import libsbml

    target = node.getChild(0) if node.getNumChildren() == 1 else None
    if target is None or target.getType() != libsbml.AST_NAME:
        what = f"{element!r} takes" if element else "a formula takes"
        message = f"{what} 'rateOf' of something else than one id; name a species, parameter or compartment"
        raise Refusal("unsupported", message, line=line, element=element)
    name = target.getName()
    return Rate(rename.get(name, name))


def _refuse_delay(line: int | None, element: str | None) -> None:
    what = f"{element!r} uses" if element else "a formula uses"
    message = f"{what} 'delay', a value of the past, which is not supported; write the delay as a chain of states"
    raise Refusal("unsupported", message, line=line, element=element)


def _ratio(numerator: int, denominator: int) -> float:
    """Correctly rounded, as dividing two Python integers is."""
    if denominator == 0:
        return float("nan") if numerator == 0 else float("inf") if numerator > 0 else float("-inf")
    return numerator / denominator
