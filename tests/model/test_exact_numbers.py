"""Random doubles survive every road in, to the last bit."""

from __future__ import annotations

import json
import random
import struct

import pytest

from allodynia.errors import UnreadableModel
from allodynia.model import ModelText, compose, evaluate, read_antimony, read_antimony_modules, read_sbml, to_ode
from allodynia.model.read.plain import decode, encode
from allodynia.model.text import Number

COUNT = 10_000
CORNERS = [
    5e-324, 1e-310, 2.225073858507201e-308, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1 / 3, 2**53 + 2.0,
    1e22, 1e23, 1e-290,
]  # fmt: skip
MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'


@pytest.fixture(scope="module")
def doubles() -> list[float]:
    """Positive finite doubles: a third of any bits, the rest as they occur in models."""
    source = random.Random(20241122)
    found = list(CORNERS)
    while len(found) < COUNT:
        kind = len(found) % 3
        if kind == 0:
            (value,) = struct.unpack("<d", source.getrandbits(64).to_bytes(8, "little"))
        else:
            value = source.lognormvariate(0.0, 5.0) if kind == 1 else source.random()
        if 0.0 < value < float("inf"):
            found.append(value)
    return found


def literals(text: ModelText) -> list[float]:
    """The literal of each assignment rule, in order."""
    return [next(t.value for t in rule.math if isinstance(t, Number)) for rule in text.assignment_rules]


def sbml(parameters: str, rules: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        f"<listOfParameters>{parameters}</listOfParameters>\n<listOfRules>{rules}</listOfRules></model></sbml>"
    )


def rule(index: int, number: str) -> str:
    return f'<assignmentRule variable="q{index}"><math {MATHML}>{number}</math></assignmentRule>\n'


def e_notation(value: float) -> str:
    mantissa, exponent = f"{value:.17e}".split("e")
    return f'<cn type="e-notation"> {mantissa} <sep/> {int(exponent)} </cn>'


def test_sbml_attributes_and_literals(doubles: list[float]) -> None:
    values = "".join(f'<parameter id="p{i}" value="{x!r}" constant="true"/>' for i, x in enumerate(doubles))
    targets = "".join(f'<parameter id="q{i}" constant="false"/>' for i in range(len(doubles)))
    forms = [f"<cn> {x!r} </cn>" if i % 2 else e_notation(x) for i, x in enumerate(doubles)]
    text = read_sbml(sbml(values + targets, "".join(rule(i, form) for i, form in enumerate(forms))), "numbers.xml")
    assert [p.value for p in text.parameters[: len(doubles)]] == doubles
    assert literals(text) == doubles
    system = to_ode(text)
    assert [q.value for q in system.parameters] == doubles
    assert [system.dag.payload[node] for node in system.observable_nodes] == doubles


FORMS = {
    '<cn type="rational"> 1 <sep/> 3 </cn>': 1 / 3,
    '<cn type="rational"> -22 <sep/> 7 </cn>': -22 / 7,
    '<cn type="integer"> 123456789012345678901234567890 </cn>': 123456789012345678901234567890.0,
    '<cn type="integer"> -9007199254740993 </cn>': -9007199254740992.0,
    '<cn type="e-notation"> 6.02214179 <sep/> 23 </cn>': 6.02214179e23,
    '<cn type="e-notation"> -1.5 <sep/>\n -7 </cn>': -1.5e-7,
    "<cn type='e-notation'>4.9<sep/>-324</cn>": 5e-324,
    "<cn> 1e-7 </cn>": 1e-7,
    "<cn> .5 </cn>": 0.5,
}


def test_other_forms_of_literals() -> None:
    targets = "".join(f'<parameter id="q{i}" constant="false"/>' for i in range(len(FORMS)))
    text = read_sbml(sbml(targets, "".join(rule(i, form) for i, form in enumerate(FORMS))), "number.xml")
    system = to_ode(text)
    assert evaluate(system.dag, system.observable_nodes, 0.0, [], [0.0]).tolist() == list(FORMS.values())


@pytest.mark.parametrize("number", ["<cn> 1e400 </cn>", '<cn type="e-notation"> 1 <sep/> 309 </cn>'])
def test_a_literal_beyond_the_largest_double_is_refused(number: str) -> None:
    with pytest.raises(UnreadableModel, match=r"number.xml:3: the literal 1e\d+ is beyond the largest double"):
        read_sbml(sbml('<parameter id="q0" constant="false"/>', rule(0, number)), "number.xml")


def test_lines_stay_where_they_were_when_literals_are_rewritten() -> None:
    text = read_sbml(
        sbml(
            '<parameter id="q0" constant="false"/><parameter id="q1" constant="false"/>',
            rule(0, '<cn type="e-notation">\n1\n<sep/>\n5\n</cn>') + "<!-- below -->\n" + rule(1, "<cn> 2 </cn>"),
        ),
        "lines.xml",
    )
    assert [r.line for r in text.assignment_rules] == [3, 9]


def test_antimony_values_and_literals(doubles: list[float]) -> None:
    """Antimony writes 15 digits. Signs, units and neighbours that agree in 15 digits are told apart."""
    close = [1.0000000000000002, 1.0000000000000004, 1.0, 0.30000000000000004, 0.3, 0.3000000000000001]
    numbers = [*close, *doubles]
    size = 1000  # Antimony slows down with the square of the number of ids
    texts = {}
    for start in range(0, len(numbers), size):
        part = numbers[start : start + size]
        values = "".join(f"const p{i} = {'-' if i % 7 == 3 else ''}{x!r}\n" for i, x in enumerate(part))
        terms = [" + ".join(f"{x!r} * r" for x in part[i : i + 100]) for i in range(0, len(part), 100)]
        rules = "".join(f"var q{i}\nq{i} := {sum_}\n" for i, sum_ in enumerate(terms))
        texts[f"{start}.ant"] = f"{values}{rules}const r = 2.5"
    models = read_antimony_modules(texts, strict_units=False)
    for start in range(0, len(numbers), size):
        part, model = numbers[start : start + size], models[f"{start}.ant"]
        by_id = {p.id: p.value for p in model.parameters}
        assert [by_id[f"p{i}"] for i in range(len(part))] == [-x if i % 7 == 3 else x for i, x in enumerate(part)]
        found = [token.value for rule in model.assignment_rules for token in rule.math if isinstance(token, Number)]
        assert found == part
        assert by_id["r"] == 2.5


def test_values_and_the_pipe(doubles: list[float]) -> None:
    names = "".join(f"const p{i} has dimensionless\n" for i in range(500))
    model = read_antimony(f"model m\nunit time_unit = second\n{names}end\n", "values.ant")
    for start in range(0, len(doubles), 500):
        part = doubles[start : start + 500]
        system = compose({"m": model}, [], {f"m.p{i}": x for i, x in enumerate(part)})
        assert [q.value for q in system.parameters] == part
    assert decode(json.loads(json.dumps(encode(model)))) == model
    rounded = json.loads(json.dumps(doubles))
    assert rounded == doubles
