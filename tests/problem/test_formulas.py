"""Formulas of PEtab tables against sympy's own numbers."""

from __future__ import annotations

import pytest

from allodynia.errors import InvalidInput, Where
from allodynia.model import Builder, evaluate
from allodynia.model.interpret import Interpreter
from allodynia.model.translate import NodeAlgebra
from allodynia.problem.formulas import to_postfix
from allodynia.problem.observe import _nothing

HERE = Where("observables.tsv", 2)
VALUES = {"x": 0.37, "y": 2.25, "z": -1.5}
FORMULAS = [
    "x + y*z - 4/x", "-(100*x - 200*y*(z - 1)) / ((x*(y - 1) - z) + 2*x)", "x^y", "y^-x", "y^2", "2^-x^2", "a_1*x",
    "sqrt(y)", "exp(-x)", "ln(y)", "log(y)", "log10(y)", "log2(y)", "log(y, 3)", "abs(z)", "sign(z)", "sign(x)",
    "min(x, z)", "max(x, y)", "sin(x)", "cos(x)", "tan(x)", "sec(x)", "csc(x)", "cot(x)", "arcsin(x)", "arccos(x)",
    "arctan(z)", "sinh(x)", "cosh(x)", "tanh(z)", "sech(x)", "csch(x)", "coth(x)", "arcsinh(z)", "arccosh(y)",
    "arctanh(x)", "arcsec(y)", "arccsc(y)", "arccot(y)", "arcsech(x)", "arccsch(y)", "arccoth(y)", "pow(y, x)",
    "piecewise(1, x > 1, 2, y >= 2.25, 3)", "piecewise(x, x < 1 && y > 3, y)", "piecewise(x, x < 1 || y > 3, y)",
    "piecewise(1, !(x < 1), 0)", "piecewise(1, x == 0.37, 0)", "piecewise(1, x != 0.37, 0)", "1e-3*x", "x/y/z",
    "x/(y*z)",
    "1/x", "exp(x)^2", "0.1234567890123456789*x", "1.7976931348623157e308*x",
]  # fmt: skip


def value(text: str) -> float:
    builder = Builder()
    names = [*VALUES, "a_1"]
    interpreter = Interpreter(_nothing("test"), NodeAlgebra(builder, builder.time()))
    node = interpreter.value(to_postfix(text, HERE), lambda name: builder.param(names.index(name)), line=2)
    return float(evaluate(builder.dag, [builder.as_number(node)], 0.0, [], [*VALUES.values(), 1.25])[0])


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_has_the_value_that_sympy_gives_it(text, monkeypatch):
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    math = pytest.importorskip("petab.v1.math")
    tree = math.sympify_petab(text)
    given = {symbol: {**VALUES, "a_1": 1.25}[symbol.name] for symbol in tree.free_symbols}
    assert value(text) == pytest.approx(float(tree.subs(given)), rel=1e-14)


def test_a_formula_seen_before_is_read_without_petab(tmp_path, monkeypatch):
    pytest.importorskip("petab.v1.math")
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "cache"))
    first = to_postfix("piecewise(x, y > 1, 2*z)", HERE)
    monkeypatch.setattr("allodynia.problem.formulas._parsed", lambda text, where: pytest.fail("parsed again"))
    assert to_postfix("piecewise(x, y > 1, 2*z)", HERE) == first
    assert to_postfix("1.5e-3", HERE)[0].value == 1.5e-3


@pytest.mark.parametrize(
    "text",
    [
        "x +",
        "f(x)",
        "x[0]",
        "__import__('os')",
        "lambda: 1",
        "x.real",
        "sin(x, y)",
        "(" * 5000 + "x" + ")" * 5000,
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(text):
    pytest.importorskip("petab.v1.math")
    with pytest.raises(InvalidInput) as caught:
        to_postfix(text, HERE)
    assert str(caught.value).startswith("observables.tsv:2: ") and "\n" not in str(caught.value)
