"""Events, algebraic rules, changing sizes, rates of change and submodels, each against a closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from allodynia.engine.reference import integrate
from allodynia.engine.status import Status
from allodynia.errors import InvalidInput, UnreadableModel, UnsupportedModel
from allodynia.model import OdeSystem, read_antimony, read_sbml, to_ode

CORE = 'xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"'
COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'


def of_antimony(text: str) -> OdeSystem:
    return to_ode(read_antimony(text, "m.ant", strict_units=False))


def apply(operator: str, *parts: str) -> str:
    return f"<apply><{operator}/>{''.join(p if p.startswith('<') else f'<ci> {p} </ci>' for p in parts)}</apply>"


def algebraic(formula: str, parameters: str, more: str = "", starts: str = "") -> OdeSystem:
    """``x`` falls as exp(-t) from 2; ``formula`` is what the algebraic rule says is 0."""
    text = (
        f'<sbml {CORE}><model id="m"><listOfParameters><parameter id="x" value="2" constant="false"/>{parameters}'
        f"</listOfParameters>{starts}<listOfRules><algebraicRule>{MATH.format(formula)}</algebraicRule>"
        f'<rateRule variable="x">{MATH.format(apply("minus", "x"))}</rateRule>{more}</listOfRules></model></sbml>'
    )
    return to_ode(read_sbml(text, "m.xml"))


def solved(system: OdeSystem, times: list[float], *ids: str) -> list[list[float]]:
    values = [math.nan if q.value is None else q.value for q in system.parameters]
    found = integrate(system, values, times, ids, rtol=1e-9, atol=1e-12)
    assert found.status is Status.SOLVED
    return found.values.T.tolist()


def free(name: str, value: float | None = None) -> str:
    return f'<parameter id="{name}" constant="false"{"" if value is None else f" value={str(value)!r}"}/>'


# events ------------------------------------------------------------------------------------------------
def test_an_event_changes_a_parameter_and_a_species_at_once_with_the_old_values_of_both() -> None:
    system = of_antimony("x = 1; x' = 0; k = 5; at (time > 1): x = k, k = x")
    assert {q.id for q in system.states} == {"x", "k"}
    assert solved(system, [0.5, 1.5], "x", "k") == [[1.0, 5.0], [5.0, 1.0]]


@pytest.mark.parametrize(("from_trigger", "expected"), [("true", 1.0), ("false", 3.0)])
def test_a_delayed_event_takes_values_of_the_trigger_or_of_its_own_time(from_trigger: str, expected: float) -> None:
    system = of_antimony(f"x = 0; x' = 1; y = 0; at 2 after (x >= 1), fromTrigger={from_trigger}: y = x")
    assert solved(system, [2.9, 3.5], "y")[0] == pytest.approx([0.0, expected], abs=1e-8)


@pytest.mark.parametrize(("persistent", "expected"), [("true", 1.0), ("false", 0.0)])
def test_an_event_that_is_not_persistent_is_cancelled(persistent: str, expected: float) -> None:
    system = of_antimony(f"x = 0; x' = 1; y = 0; at 2 after (x > 1 && x < 2), persistent={persistent}: y = 1")
    assert solved(system, [5.0], "y")[0] == [expected]


@pytest.mark.parametrize(("before", "expected"), [("true", 0.0), ("false", 1.0)])
def test_a_trigger_true_from_the_start_fires_if_it_was_false_before(before: str, expected: float) -> None:
    system = of_antimony(f"x = 0; x' = 1; y = 0; at (time >= 0), t0={before}: y = 1")
    assert solved(system, [1.0], "y")[0] == [expected]


@pytest.mark.parametrize(("one", "two", "last"), [(1, 2, 5.0), (2, 1, 7.0)])
def test_the_higher_priority_goes_first(one: int, two: int, last: float) -> None:
    events = f"at (x > 1), priority={one}: y = 5; at (x > 1), priority={two}: y = 7"
    system = of_antimony(f"x = 0; x' = 1; y = 0; {events}")
    assert solved(system, [2.0], "y")[0] == [last]


def test_an_event_that_sets_what_a_rule_decides_is_refused() -> None:
    with pytest.raises((InvalidInput, UnreadableModel), match=r"y"):
        of_antimony("x = 0; x' = 1; var y; y := 2*x; at (x > 1): y = 1")


# algebraic rules ---------------------------------------------------------------------------------------
def test_an_algebraic_rule_linear_in_its_quantity_is_solved_on_paper() -> None:
    """0 = 3 y + x - 5: no row is left for the engine, and the start is exact too."""
    three = apply("times", "<cn> 3 </cn>", "y")
    system = algebraic(apply("minus", apply("plus", three, "x"), "<cn> 5 </cn>"), free("y"))
    assert (system.algebraic, [q.id for q in system.states]) == ((), ["x"])
    assert solved(system, [0.0, 1.0], "y")[0] == pytest.approx([1.0, (5 - 2 * math.exp(-1)) / 3], rel=1e-8)


def test_an_algebraic_rule_of_higher_degree_is_a_row() -> None:
    """0 = y² - x, from a guess of 1: y = sqrt(x)."""
    system = algebraic(apply("minus", apply("times", "y", "y"), "x"), free("y", 1.0))
    assert sorted(system.algebraic) == [False, True]
    expected = [math.sqrt(2.0), math.sqrt(2.0 * math.exp(-1.0))]
    assert solved(system, [0.0, 1.0], "y")[0] == pytest.approx(expected, rel=1e-7)


def test_two_rules_that_need_each_other_decide_one_quantity_each() -> None:
    """0 = y + z - x and 0 = y - z - 1: y = (x + 1)/2, z = (x - 1)/2."""
    second = apply("minus", apply("minus", "y", "z"), "<cn> 1 </cn>")
    more = f"<algebraicRule>{MATH.format(second)}</algebraicRule>"
    system = algebraic(apply("minus", apply("plus", "y", "z"), "x"), free("y", 1.0) + free("z", 1.0), more)
    x = 2.0 * math.exp(-1.0)
    found = [column[0] for column in solved(system, [1.0], "y", "z")]
    assert found == pytest.approx([(x + 1) / 2, (x - 1) / 2], rel=1e-7)


def test_an_algebraic_rule_with_nothing_to_decide_is_refused() -> None:
    with pytest.raises((InvalidInput, UnreadableModel), match=r"decides nothing|overdetermined|system of equations"):
        algebraic(apply("minus", "x", "<cn> 1 </cn>"), "")


def test_a_start_that_needs_a_row_solved_is_refused() -> None:
    starts = (
        f'<listOfInitialAssignments><initialAssignment symbol="w">{MATH.format("<ci> y </ci>")}'
        "</initialAssignment></listOfInitialAssignments>"
    )
    with pytest.raises(UnsupportedModel, match="depends on 'y', which an algebraic rule decides"):
        algebraic(apply("minus", apply("times", "y", "y"), "x"), free("y", 1.0) + free("w"), "", starts)


# sizes that change ---------------------------------------------------------------------------------------
def test_growth_dilutes_a_concentration_and_keeps_the_amount() -> None:
    system = of_antimony("compartment C = 1; C' = 0.5; species S in C = 4; J: S -> ; 0; x = 1; x' = rateOf(S)")
    (size, concentration, x) = solved(system, [0.0, 2.0], "C", "S", "x")
    assert size == pytest.approx([1.0, 2.0])
    assert concentration == pytest.approx([4.0, 2.0], rel=1e-8)
    assert x == pytest.approx([1.0, -1.0], rel=1e-7), "rateOf(S) is S' itself"


def test_a_jump_in_size_keeps_the_amount() -> None:
    system = of_antimony("compartment C = 1; species S in C = 4; J: S -> ; C*0.1*S; at (time > 1): C = 2")
    (concentration, amount) = solved(system, [0.5, 1.5], "S", "S.amount")
    assert concentration == pytest.approx([4 * math.exp(-0.05), 2 * math.exp(-0.15)], rel=1e-8)
    assert amount == pytest.approx([4 * math.exp(-0.05), 4 * math.exp(-0.15)], rel=1e-8)


def test_a_rule_for_the_size_keeps_the_amount() -> None:
    system = of_antimony("compartment C; C := 1 + time; species S in C = 4; J: S -> ; 0")
    assert solved(system, [0.0, 3.0], "S")[0] == pytest.approx([4.0, 1.0], rel=1e-9)


# what can be negative --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("law", "stays"),
    [("k*S", True), ("V*S/(K + S)", True), ("k*S - r*P", True), ("k", False), ("k*(1 - S)", False), ("k*P", False)],
)
def test_a_species_is_marked_non_negative_only_if_nothing_takes_the_last_of_it(law: str, stays: bool) -> None:
    text = f"species S, P; S = 1; P = 1; k = 1; r = 1; V = 1; K = 1; J: S -> P; {law}"
    system = of_antimony(text)
    assert system.states[system.state_index("S")].non_negative is stays


# submodels ---------------------------------------------------------------------------------------------
DECAY = (
    f'<comp:modelDefinition id="{{name}}"><listOfParameters><parameter id="x" value="1" constant="false"/>'
    f'</listOfParameters><listOfRules><rateRule variable="x">{MATH.format(apply("minus", "x"))}</rateRule>'
    "</listOfRules>{inner}</comp:modelDefinition>"
)


def submodel(name: str, model: str) -> str:
    return f'<comp:submodel comp:id="{name}" comp:modelRef="{model}"/>'


def comp(definitions: str, *submodels: str, external: str = "") -> str:
    return (
        f'<sbml {CORE} {COMP}>\n<model id="m"><comp:listOfSubmodels>{"".join(submodels)}</comp:listOfSubmodels></model>'
        f"<comp:listOfModelDefinitions>{definitions}</comp:listOfModelDefinitions>{external}</sbml>"
    )


def test_submodels_are_put_in_place_under_their_names() -> None:
    text = comp(DECAY.format(name="d", inner=""), submodel("one", "d"), submodel("two", "d"))
    system = to_ode(read_sbml(text, "m.xml"))
    assert [q.id for q in system.states] == ["one__x", "two__x"]
    assert solved(system, [1.0], "two__x")[0] == pytest.approx([math.exp(-1)], rel=1e-8)


def test_a_tower_of_submodels_is_refused_before_it_is_built() -> None:
    floors = [DECAY.format(name="d0", inner="")]
    for i in range(1, 40):
        inner = f"<comp:listOfSubmodels>{submodel('a', f'd{i - 1}')}{submodel('b', f'd{i - 1}')}</comp:listOfSubmodels>"
        floors.append(DECAY.format(name=f"d{i}", inner=inner))
    with pytest.raises(UnreadableModel, match="flat, the model has"):
        read_sbml(comp("".join(floors), submodel("top", "d39")), "m.xml")


def test_a_submodel_of_itself_is_refused() -> None:
    inner = f"<comp:listOfSubmodels>{submodel('again', 'd')}</comp:listOfSubmodels>"
    with pytest.raises(UnreadableModel, match="model 'd' contains itself"):
        read_sbml(comp(DECAY.format(name="d", inner=inner), submodel("one", "d")), "m.xml")


def test_a_submodel_in_another_file_is_refused() -> None:
    external = (
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="far" '
        'comp:source="/etc/passwd"/></comp:listOfExternalModelDefinitions>'
    )
    text = comp(DECAY.format(name="d", inner=""), submodel("one", "far"), external=external)
    with pytest.raises(UnsupportedModel, match=r"m.xml:2: submodel 'far' is in another file, which is not read"):
        read_sbml(text, "m.xml")


def test_the_jacobian_of_a_system_with_rows_and_events_is_exact() -> None:
    system = algebraic(apply("minus", apply("times", "y", "y"), "x"), free("y", 1.0))
    entries = dict(
        zip(zip(system.jacobian.rows, system.jacobian.cols, strict=True), system.jacobian.nodes, strict=True)
    )
    x, y = system.state_index("x"), system.state_index("y")
    assert set(entries) == {(x, x), (y, x), (y, y)}
    assert np.array(system.algebraic)[[x, y]].tolist() == [False, True]
