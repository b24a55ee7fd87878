"""Formulas of a module typeset as MathML, which browsers draw without any script."""

from __future__ import annotations

from xml.sax.saxutils import escape

from allodynia.model.text import Apply, Assignment, Call, Math, Number, Rate, Symbol

_SIGNS = {"plus": "+", "times": "⋅", "lt": "&lt;", "leq": "≤", "gt": "&gt;", "geq": "≥", "eq": "=", "neq": "≠",
          "and": "∧", "or": "∨"}  # fmt: skip
_LOOSE, _SUM, _PRODUCT, _TIGHT = range(4)
_STRENGTH = {"plus": _SUM, "minus": _SUM, "times": _PRODUCT}
_WORDS = {"ln": "ln", "exp": "exp", "time": "t", "pi": "π"}


def name(identifier: str) -> str:
    """A name as it stands in the text, upright, so that it can be found there."""
    return f"<mtext>{escape(identifier)}</mtext>"


def rate(rule: Assignment) -> str:
    """``d name / dt = …`` as a block."""
    left = f"<mfrac><mrow><mi>d</mi>{name(rule.variable)}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
    return _block(left, rule.math)


def definition(rule: Assignment) -> str:
    """``name = …`` as a block."""
    return _block(name(rule.variable), rule.math)


def start(rule: Assignment) -> str:
    """``name(0) = …`` as a block."""
    return _block(f"{name(rule.variable)}<mo>(</mo><mn>0</mn><mo>)</mo>", rule.math)


def _block(left: str, math: Math) -> str:
    return f'<math display="block"><mrow>{left}<mo>=</mo>{formula(math)}</mrow></math>'


def formula(math: Math) -> str:
    """The presentation of a formula in postfix order."""
    stack: list[tuple[str, int]] = []
    for token in math:
        if isinstance(token, Number):
            stack.append((f"<mn>{token.value:.15g}</mn>", _TIGHT))
        elif isinstance(token, Symbol):
            stack.append((name(token.id), _TIGHT))
        elif isinstance(token, Rate):
            stack.append((f"<mover>{name(token.id)}<mo>˙</mo></mover>", _TIGHT))
        else:
            arguments = [stack.pop() for _ in range(token.arity)][::-1]
            stack.append(_applied(token, arguments))
    return stack.pop()[0]


def _applied(token: Apply | Call, arguments: list[tuple[str, int]]) -> tuple[str, int]:
    function = token.function
    if function == "minus" and len(arguments) == 1:
        return f"<mrow><mo>−</mo>{_held(arguments[0], _PRODUCT)}</mrow>", _SUM
    if function == "minus":
        left, right = _held(arguments[0], _SUM), _held(arguments[1], _PRODUCT)
        return f"<mrow>{left}<mo>−</mo>{right}</mrow>", _SUM
    if function == "divide":
        return f"<mfrac><mrow>{arguments[0][0]}</mrow><mrow>{arguments[1][0]}</mrow></mfrac>", _TIGHT
    if function == "power":
        return f"<msup><mrow>{_held(arguments[0], _TIGHT)}</mrow><mrow>{arguments[1][0]}</mrow></msup>", _TIGHT
    if function == "root":
        return f"<msqrt><mrow>{arguments[-1][0]}</mrow></msqrt>", _TIGHT
    if function == "piecewise":
        return _piecewise([text for text, _ in arguments]), _TIGHT
    if function in _SIGNS and len(arguments) > 1:
        strength = _STRENGTH.get(function, _LOOSE)
        sign = f"<mo>{_SIGNS[function]}</mo>"
        return f"<mrow>{sign.join(_held(argument, strength) for argument in arguments)}</mrow>", strength
    if not arguments:
        return f"<mi>{_WORDS.get(function, escape(function))}</mi>", _TIGHT
    inner = "<mo>,</mo>".join(text for text, _ in arguments)
    return f"<mrow><mi>{_WORDS.get(function, escape(function))}</mi><mo>(</mo>{inner}<mo>)</mo></mrow>", _TIGHT


def _held(argument: tuple[str, int], strength: int) -> str:
    text, own = argument
    return text if own >= strength else f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"


def _piecewise(parts: list[str]) -> str:
    rows = [
        f"<mtr><mtd>{parts[i]}</mtd><mtd><mtext>if </mtext>{parts[i + 1]}</mtd></mtr>"
        for i in range(0, len(parts) - 1, 2)
    ]
    if len(parts) % 2:
        rows.append(f"<mtr><mtd>{parts[-1]}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>")
    return f"<mrow><mo>{{</mo><mtable>{''.join(rows)}</mtable></mrow>"
