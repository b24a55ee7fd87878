"""Every MathML function, by values a person can check."""

from __future__ import annotations

import math

import pytest

from allodynia.model import ModelText, evaluate, read_sbml, to_ode

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time"> t </csymbol>'
AVOGADRO = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/avogadro"> N </csymbol>'


def f(name: str, *arguments: float | str) -> str:
    """The MathML of a function of numbers or of more MathML."""
    return f"<apply><{name}/>{''.join(a if isinstance(a, str) else f'<cn> {a!r} </cn>' for a in arguments)}</apply>"


def piecewise(*parts: float | str) -> str:
    shown = [part if isinstance(part, str) else f"<cn> {part!r} </cn>" for part in parts]
    pieces = "".join(f"<piece>{v}{c}</piece>" for v, c in zip(shown[0::2], shown[1::2], strict=False))
    otherwise = f"<otherwise>{shown[-1]}</otherwise>" if len(shown) % 2 else ""
    return f"<piecewise>{pieces}{otherwise}</piecewise>"


TRUE, FALSE = "<true/>", "<false/>"
CASES: list[tuple[str, float]] = [
    (f("plus"), 0.0), (f("plus", 2.0), 2.0), (f("plus", 1.0, 2.0, 4.0), 7.0),
    (f("times"), 1.0), (f("times", 3.0), 3.0), (f("times", 2.0, 3.0, 4.0), 24.0),
    (f("minus", 3.0), -3.0), (f("minus", 3.0, 1.0), 2.0), (f("divide", 3.0, 4.0), 0.75),
    (f("divide", 1.0, 0.0), math.inf),
    (f("power", 2.0, 10.0), 1024.0), (f("power", 2.0, -1.0), 0.5), (f("power", 0.0, 0.0), 1.0),
    (f("root", 9.0), 3.0), (f("root", "<degree><cn> 3 </cn></degree>", 27.0), 3.0),
    (f("root", "<degree><cn> 3 </cn></degree>", -8.0), -2.0), (f("root", "<degree><cn> 4 </cn></degree>", 16.0), 2.0),
    (f("abs", -2.5), 2.5), (f("exp", 1.0), math.e), (f("ln", 2.0), math.log(2)), (f("log", 1000.0), 3.0),
    (f("log", "<logbase><cn> 2 </cn></logbase>", 8.0), 3.0), (f("floor", -1.5), -2.0), (f("ceiling", -1.5), -1.0),
    (f("factorial", 5.0), 120.0), (f("factorial", 0.0), 1.0), (f("factorial", 171.0), math.inf),
    (f("sin", 0.5), math.sin(0.5)), (f("cos", 0.5), math.cos(0.5)), (f("tan", 0.5), math.tan(0.5)),
    (f("sec", 0.5), 1 / math.cos(0.5)), (f("csc", 0.5), 1 / math.sin(0.5)), (f("cot", 0.5), 1 / math.tan(0.5)),
    (f("sinh", 0.5), math.sinh(0.5)), (f("cosh", 0.5), math.cosh(0.5)), (f("tanh", 0.5), math.tanh(0.5)),
    (f("sech", 0.5), 1 / math.cosh(0.5)), (f("csch", 0.5), 1 / math.sinh(0.5)), (f("coth", 0.5), 1 / math.tanh(0.5)),
    (f("arcsin", 0.5), math.asin(0.5)), (f("arccos", 0.5), math.acos(0.5)), (f("arctan", 0.5), math.atan(0.5)),
    (f("arcsec", 2.0), math.acos(0.5)), (f("arccsc", 2.0), math.asin(0.5)), (f("arccot", 2.0), math.atan(0.5)),
    (f("arcsinh", 0.5), math.asinh(0.5)), (f("arccosh", 2.0), math.acosh(2.0)), (f("arctanh", 0.5), math.atanh(0.5)),
    (f("arcsech", 0.5), math.acosh(2.0)), (f("arccsch", 2.0), math.asinh(0.5)), (f("arccoth", 2.0), math.atanh(0.5)),
    (f("max", 1.0, 3.0, 2.0), 3.0), (f("min", 4.0, 2.0, 3.0), 2.0),
    (f("quotient", 7.0, 2.0), 3.0), (f("quotient", -7.0, 2.0), -3.0), (f("rem", 7.0, 2.0), 1.0),
    (f("rem", -7.0, 2.0), -1.0),
    ("<pi/>", math.pi), ("<exponentiale/>", math.e), ("<infinity/>", math.inf), ("<notanumber/>", math.nan),
    (TIME, 2.5), (AVOGADRO, 6.02214179e23), (TRUE, 1.0), (FALSE, 0.0),
    (f("lt", 1.0, 2.0, 3.0), 1.0), (f("lt", 1.0, 3.0, 2.0), 0.0), (f("leq", 2.0, 2.0), 1.0), (f("gt", 3.0, 2.0), 1.0),
    (f("geq", 1.0, 2.0), 0.0), (f("eq", 2.0, 2.0, 2.0), 1.0), (f("neq", 2.0, 2.0), 0.0),
    (f("and"), 1.0), (f("and", TRUE, FALSE), 0.0), (f("or"), 0.0), (f("or", TRUE, FALSE), 1.0), (f("not", FALSE), 1.0),
    (f("xor"), 0.0), (f("xor", TRUE, TRUE, TRUE), 1.0), (f("xor", TRUE, TRUE), 0.0),
    (f("implies", TRUE, FALSE), 0.0), (f("implies", FALSE, FALSE), 1.0),
    (piecewise(1.0, f("lt", TIME, 2.0), 2.0, f("lt", TIME, 3.0), 3.0), 2.0), (piecewise(1.0, FALSE), math.nan),
    (piecewise(4.0), 4.0), (piecewise(TRUE, f("lt", TIME, 2.0), FALSE), 0.0), (piecewise(5.0, TRUE, TRUE), 5.0),
    (f("plus", TRUE, TRUE), 2.0), (f("and", 2.0, TRUE), 1.0), (piecewise(1.0, 0.0, 2.0), 2.0),
]  # fmt: skip


def document(formulas: list[str]) -> ModelText:
    parameters = "".join(f'<parameter id="p{i}" constant="false"/>' for i in range(len(formulas)))
    rules = "".join(
        f'<assignmentRule variable="p{i}"><math {MATHML}>{formula}</math></assignmentRule>'
        for i, formula in enumerate(formulas)
    )
    return read_sbml(
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{rules}</listOfRules></model></sbml>",
        "functions.xml",
    )


@pytest.fixture(scope="module")
def found() -> list[float]:
    system = to_ode(document([formula for formula, _ in CASES]))
    return [float(v) for v in evaluate(system.dag, system.observable_nodes, 2.5, [], [])]


@pytest.mark.parametrize("index", range(len(CASES)), ids=[formula[:60] for formula, _ in CASES])
def test_value_of(found: list[float], index: int) -> None:
    assert found[index] == pytest.approx(CASES[index][1], rel=2e-15, nan_ok=True)


def test_initial_values_see_time_zero() -> None:
    text = read_sbml(
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfParameters><parameter id="x" constant="false"/><parameter id="k" constant="true"/></listOfParameters>'
        f'<listOfInitialAssignments><initialAssignment symbol="x"><math {MATHML}>{f("plus", TIME, 3.0)}</math>'
        f'</initialAssignment><initialAssignment symbol="k"><math {MATHML}>{f("times", "<ci> x </ci>", 2.0)}</math>'
        "</initialAssignment></listOfInitialAssignments>"
        f'<listOfRules><rateRule variable="x"><math {MATHML}>{f("plus", TIME, "<ci> k </ci>")}</math></rateRule>'
        "</listOfRules></model></sbml>",
        "time.xml",
    )
    system = to_ode(text)
    assert evaluate(system.dag, system.initial, 7.0, [0.0], [])[0] == 3.0
    assert evaluate(system.dag, system.rhs, 7.0, [100.0], [])[0] == 13.0
    assert evaluate(system.dag, [system.find("k")[0]], 7.0, [100.0], [])[0] == 6.0


@pytest.mark.parametrize("argument", [2.5, -1.0])
def test_factorial_of_what_has_none_is_nan(argument: float) -> None:
    system = to_ode(document([f("factorial", argument)]))
    assert math.isnan(evaluate(system.dag, system.observable_nodes, 0.0, [], [])[0])


@pytest.mark.parametrize(("time", "expected"), [(0.0, 1.0), (5.0, 120.0), (20.0, 2432902008176640000.0)])
def test_factorial_of_what_changes(time: float, expected: float) -> None:
    system = to_ode(document([f("factorial", TIME)]))
    assert evaluate(system.dag, system.observable_nodes, time, [], [])[0] == expected
    assert math.isinf(evaluate(system.dag, system.observable_nodes, 171.0, [], [])[0])
    assert math.isnan(evaluate(system.dag, system.observable_nodes, 4.5, [], [])[0])
