"""Antimony text to typed data: what is kept, on which line, and which units are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch, UnsupportedModel
from allodynia.model import evaluate, read_antimony, read_antimony_modules, to_ode
from allodynia.model.read import chains
from allodynia.model.read.from_antimony import to_sbml
from allodynia.model.read.limits import Limits
from allodynia.model.text import Apply, Number, Symbol

DECAY = """// A drug in one compartment.
model decay

  unit mg = 1e-3 gram; unit day = 86400 second
  unit per_day = 1 / day
  unit time_unit = day

  /* two constants,
     one of them without a number */
  const k has per_day, tau has day
  const share = 0.25 dimensionless          // not 0.5
  var x has mg
  x = 8; x is "amount // in the body"
  var rate has per_day
  rate := k * share + 1 dimensionless / tau
  x' = -rate * x
end
"""


def test_what_the_text_says_is_kept() -> None:
    text = read_antimony(DECAY, "decay.ant")
    assert (text.name, text.id, text.units.time, text.strict) == ("decay.ant", "decay", "day", True)
    found = {p.id: (p.value, p.unit, p.constant, p.line, p.label) for p in text.parameters}
    assert found == {
        "k": (None, "per_day", True, 10, ""),
        "tau": (None, "day", True, 10, ""),
        "share": (0.25, "dimensionless", True, 11, ""),
        "x": (8.0, "mg", False, 12, "amount // in the body"),
        "rate": (None, "per_day", False, 14, ""),
    }
    (rule,) = text.assignment_rules
    (rate,) = text.rate_rules
    assert (rule.variable, rule.line, rate.variable, rate.line) == ("rate", 15, "x", 16)
    assert rule.math == (
        Symbol("k"), Symbol("share"), Apply("times", 2), Number(1.0, "dimensionless"), Symbol("tau"),
        Apply("divide", 2), Apply("plus", 2),
    )  # fmt: skip


def test_reactions_functions_and_starts() -> None:
    text = read_antimony(
        """function rate(k, s)
  k * s
end
compartment cell = 2
species A in cell, B in cell, $C in cell
A = 3; B := 0 + C; C = 1.5
C0 = 4 * k
J1: 2 A -> C; rate(k, A) * cell
k = 0.5
""",
        "cell.ant",
        strict_units=False,
    )
    (reaction,) = text.reactions
    assert [(p.species, p.stoichiometry) for p in (*reaction.reactants, *reaction.products)] == [("A", 2.0), ("C", 1.0)]
    assert reaction.line == 8
    assert [(f.id, f.arguments, f.line) for f in text.functions] == [("rate", ("k", "s"), 1)]
    assert [(a.variable, a.line) for a in text.initial_assignments] == [("C0", 7)]
    assert [s.boundary for s in text.species] == [False, False, True]
    system = to_ode(text)
    assert [q.id for q in system.states] == ["A", "C"]
    p = [q.value for q in system.parameters]
    assert evaluate(system.dag, system.rhs, 0.0, [3.0, 1.5], p).tolist() == [-2 * (0.5 * 3.0 * 2.0) / 2.0, 0.0]
    assert evaluate(system.dag, [system.find("C0")[0]], 0.0, [3.0, 1.5], p)[0] == 2.0


BASE = (
    "unit mg = 1e-3 gram; unit mL = 1e-3 litre; unit day = 86400 second; unit time_unit = day; unit per_day = 1/day\n"
)
BAD_UNITS = {
    "sum of unlike": ("a has mg; b has mL; var c has mg\nc := a + b", "'c': .*'mL' is not 'mg'"),
    "sum of unlike factors": ("a has mg; b has gram; var c has mg\nc := a + b", "'c': .*a factor of 1000"),
    "literal": ("a has mg; var c has mg\nc := a + 1", "'c': the literal 1 has no unit"),
    "factor": ("a has mg; var c has mg\nc := 1e3 * a", "'c': the literal 1000 has no unit"),
    "zero": ("a has mg; var c has mg\nc := max(a, 0)", "'c': the literal 0 has no unit"),
    "bare value": ("var c has mg\nc := 5", "'c': its value is a literal without a unit"),
    "assigned": ("a has mL; var c has mg\nc := a", "'c': its formula: unit 'mL' is not 'mg'"),
    "rate": ("k has mg; var x has mg; x = 0\nx' = k", "'x': its formula: unit 'mg' is not 'mg/day'"),
    "rate by the wrong time": (
        "k has mg; h has hertz; var x has mg; x = 0\nx' = k * h", "'x': .* by a factor of 86400"
    ),
    "initial value": ("a has mL; var x has mg; k has per_day; x' = k * x\nx = a",
                      "'x': its formula: unit 'mL'"),
    "condition": ("a has mg; var c has mg\nc := piecewise(a, a > 0, a)", "'c': the literal 0"),
    "pieces": ("a has mg; b has mL; var c has mg\nc := piecewise(a, a > b, b)", "'c': the two sides of 'gt'"),
    "exponential": ("a has mg; var c has dimensionless\nc := exp(a)", "'c': the argument of 'exp'"),
    "logarithm": ("a has mg; var c has dimensionless\nc := ln(a)", "'c': the argument of 'ln'"),
    "power of a parameter": ("a has mg; n has dimensionless; var c has mg\nc := a ^ n", "not a literal"),
    "exponent with a unit": ("a has dimensionless; n has mg; var c has dimensionless\nc := a ^ n", "exponent"),
    "no unit": ("const a; var c has mg\nc := 2 mg", "'a' has no unit; declare it like 'a has mg'"),
    "misspelt id": ("alpha has mg; var c has mg\nc := alhpa", "'alhpa' has no unit.*did you mean 'alpha'"),
    "misspelt unit": ("a has mgg; var c has mg\nc := 2 mg", "unknown unit 'mgg'; did you mean 'mg'", InvalidInput),
    "inside a function": (
        "a has mg; b has mL; var c has mg\nc := twice(a, b)\nfunction twice(x, y)\n x + y\nend", "'c': .*'mL'"
    ),
    "reaction": (
        "unit substance = mg; unit extent = mg; unit volume = mL; compartment v = 1; v has mL\n"
        "substanceOnly species S in v\n"
        "S has mg; S = 1; k has mg\nJ1: S -> ; k * S",
        "'J1': its formula: unit 'mg.2' is not 'mg/day'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_UNITS)
def test_units_that_are_missing_or_do_not_fit_are_refused(name: str) -> None:
    body, message, *kind = BAD_UNITS[name]
    body, function, definition = body.partition("\nfunction")
    text = f"{function.strip()}{definition}\nmodel m\n{BASE}{body}\nend\n"
    with pytest.raises(kind[0] if kind else UnitMismatch, match=rf"^units\.ant:\d+: .*{message}") as caught:
        read_antimony(text, "units.ant")
    assert caught.value.where is not None
    line = text.splitlines()[(caught.value.where.line or 0) - 1]
    element = str(caught.value).split("'")[1]
    assert element in line


def test_units_that_fit_pass() -> None:
    body = """
  unit mg_per_mL = mg / mL
  const v has mL, k has per_day, n has dimensionless, half has mg_per_mL
  var x has mg
  x = 0 mg
  var c has mg_per_mL
  c := x / v
  var r has dimensionless
  r := (c / half) ^ n / (1 dimensionless + (c / half) ^ n) + sqrt(c ^ 2 / half ^ 2) + exp(-k * time)
  var s has per_day
  s := piecewise(k, c > 0.5 mg_per_mL && time < 2 day, k * r, r >= 0.2 dimensionless, 2 dimensionless * k)
  x' = -(k + s) * x + max(0 mg_per_mL, c - half) * v * k
"""
    assert read_antimony(f"model m\n{BASE}{body}end\n", "fine.ant").strict


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1; x' = -x\nvar y\ny := delay(x, 1)", r"t.ant:3: 'y' uses 'delay', a value of the past"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name_and_line(text: str, message: str) -> None:
    with pytest.raises(UnsupportedModel, match=message):
        to_ode(read_antimony(text, "t.ant", strict_units=False))


def test_words_of_antimony_are_named_as_such() -> None:
    with pytest.raises(AllodyniaError, match="'volume' is a word of Antimony: choose another id"):
        read_antimony("const volume\nvar c\nc := 2 * volume", "t.ant", strict_units=False)


def test_many_texts_are_read_in_one_go_and_in_order() -> None:
    texts = {f"{name}.ant": DECAY.replace("model decay", f"model {name}") for name in ("b", "a", "c")}
    assert {name: text.id for name, text in read_antimony_modules(texts).items()} == {
        "b.ant": "b",
        "a.ant": "a",
        "c.ant": "c",
    }


def test_what_was_read_is_cached_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ALLODYNIA_NO_CACHE", raising=False)
    first = read_antimony(DECAY, "decay.ant")

    def never(*_: object) -> None:
        raise AssertionError("the text was read again")

    monkeypatch.setattr("allodynia.model.read.reader.ask", never)
    again = read_antimony(DECAY, "elsewhere.ant")
    assert again.name == "elsewhere.ant"
    assert again.parameters == first.parameters
    with pytest.raises(AssertionError, match="read again"):
        read_antimony(DECAY.replace("0.25", "0.5"), "decay.ant")
    (entry,) = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    entry.write_bytes(os.urandom(100))
    with pytest.raises(AssertionError, match="read again"):
        read_antimony(DECAY, "decay.ant")


def chain(length: int, sign: str, *, backwards: bool = False, circle: bool = False) -> str:
    """p1 = p0 + 0.1, p2 = p1 + 0.1, ... in either order; a circle where p0 is the last of them."""
    first = f"p0 {sign} p{length - 1}" if circle else "p0 = 2"
    links = [f"  p{i} {sign} p{i - 1} + 0.1" for i in range(1, length)]
    body = "\n".join(links[::-1] if backwards else links)
    return f"model chained\n  {first}\n{body}\n  x = 1; x' = p{length - 1} * x\nend\n"


@pytest.mark.parametrize("sign", [":=", "="])
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_a_long_chain_of_assignments_is_read_as_it_stands(sign: str, backwards: bool) -> None:
    """Antimony alone would take minutes for it."""
    text = read_antimony(chain(500, sign, backwards=backwards), "chained.ant", strict_units=False)
    rules = text.assignment_rules if sign == ":=" else text.initial_assignments
    assert {rule.math[0] for rule in rules} == {Symbol(f"p{i}") for i in range(499)}
    assert {p.id for p in text.parameters} == {"x", *(f"p{i}" for i in range(500))}
    system = to_ode(text)
    values = [0.0 if quantity.value is None else quantity.value for quantity in system.parameters]
    slope = evaluate(system.dag, system.rhs, 0.0, [1.0], values)
    assert float(slope[0]) == pytest.approx(2.0 + 499 * 0.1)


@pytest.mark.parametrize("module", ["cord.ant", "cytokine.ant", "symptom.ant"])
def test_names_that_are_veiled_come_back(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SBML is that of the plain text, but for the order of its parameters."""
    text = (Path(chains.__file__).parents[2] / "system" / "modules" / module).read_text(encoding="utf-8")
    found = []
    for many in (1, 10**9):
        monkeypatch.setattr(chains, "MANY", many)
        sbml, scan = to_sbml(text, Limits())
        assert bool(scan.ending) == (many == 1)
        found.append(sorted(sbml.splitlines()))
    assert found[0] == found[1]


def test_a_name_of_the_text_is_never_taken_for_a_veil() -> None:
    names = chain(200, ":=").replace("p7 ", "p7_veiled ").replace("p8 ", "p7__veiled ")
    found = {p.id for p in read_antimony(names, "names.ant", strict_units=False).parameters}
    assert {"p7_veiled", "p7__veiled"} <= found
    assert len(found) == 201


def test_a_circle_in_a_long_chain_is_named() -> None:
    with pytest.raises(InvalidInput, match="p0"):
        to_ode(read_antimony(chain(300, ":=", circle=True), "circle.ant", strict_units=False))
