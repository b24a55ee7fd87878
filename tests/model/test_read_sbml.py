"""What SBML elements mean as equations: amounts, concentrations, rules, stoichiometry, starts; what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from allodynia.errors import InvalidInput, UnsupportedModel
from allodynia.model import OdeSystem, evaluate, read_sbml, to_ode

MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
SUITE = Path(os.environ.get("ALLODYNIA_SBML_SUITE", Path(__file__).parents[2].parent / "shared" / "sbml-test-suite"))


def math(formula: str) -> str:
    return f"<math {MATHML}>{formula}</math>"


def times(*names: str) -> str:
    return math("<apply><times/>" + "".join(f"<ci> {name} </ci>" for name in names) + "</apply>")


def model(body: str, level: str = 'xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"') -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml {level}>\n<model id="m">\n{body}\n</model>\n</sbml>'


def species(name: str, attributes: str) -> str:
    defaults = {"hasOnlySubstanceUnits": "false", "boundaryCondition": "false", "constant": "false"}
    given = "".join(f' {key}="{value}"' for key, value in defaults.items() if key not in attributes)
    return f'<species id="{name}" compartment="cell" {attributes}{given}/>'


def reacting(two_species: str, law: str, more: str = "", references: str = "") -> str:
    """A → 3 B in a cell of size 2, at the rate ``law``."""
    left = references or '<speciesReference species="A" stoichiometry="1" constant="true"/>'
    return model(
        '<listOfCompartments><compartment id="cell" spatialDimensions="3" size="2" constant="true"/>'
        "</listOfCompartments>"
        f"<listOfSpecies>{two_species}</listOfSpecies>"
        '<listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>'
        f"{more}"
        '<listOfReactions><reaction id="J" reversible="false">'
        f"<listOfReactants>{left}</listOfReactants><listOfProducts>"
        '<speciesReference species="B" stoichiometry="3" constant="true"/></listOfProducts>'
        f"<kineticLaw>{law}</kineticLaw></reaction></listOfReactions>"
    )


def system_of(text: str) -> OdeSystem:
    return to_ode(read_sbml(text, "model.xml"))


def start_and_rates(system: OdeSystem) -> tuple[dict[str, float], dict[str, float]]:
    p = [q.value for q in system.parameters]
    start = evaluate(system.dag, system.initial, 0.0, np.zeros(len(system.states)), p)
    rates = evaluate(system.dag, system.rhs, 0.0, start, p)
    names = [q.id for q in system.states]
    return dict(zip(names, start.tolist(), strict=True)), dict(zip(names, rates.tolist(), strict=True))


def test_concentrations_feel_the_size_of_their_compartment() -> None:
    both = species("A", 'initialAmount="6"') + species("B", 'initialConcentration="1"')
    start, rates = start_and_rates(system_of(reacting(both, times("k", "A", "cell"))))
    assert start == {"A": 3.0, "B": 1.0}  # 6 in a cell of 2
    assert rates == {"A": -1.5, "B": 4.5}  # k A cell = 3 of extent, over 2


def test_amounts_do_not() -> None:
    both = species("A", 'initialAmount="6" hasOnlySubstanceUnits="true"') + species(
        "B", 'initialConcentration="1" hasOnlySubstanceUnits="true"'
    )
    start, rates = start_and_rates(system_of(reacting(both, times("k", "A"))))
    assert start == {"A": 6.0, "B": 2.0}  # 1 a volume of 2
    assert rates == {"A": -3.0, "B": 9.0}


def test_boundary_species_are_felt_and_not_changed() -> None:
    both = species("A", 'initialAmount="6" boundaryCondition="true"') + species("B", 'initialConcentration="1"')
    _, rates = start_and_rates(system_of(reacting(both, times("k", "A", "cell"))))
    assert rates == {"A": 0.0, "B": 4.5}


def test_constant_species_are_no_states() -> None:
    constant = 'initialAmount="6" boundaryCondition="true" constant="true"'
    system = system_of(
        reacting(species("A", constant) + species("B", 'initialConcentration="1"'), times("k", "A", "cell"))
    )
    start, rates = start_and_rates(system)
    assert (start, rates) == ({"B": 1.0}, {"B": 4.5})


def test_conversion_factors_turn_extent_into_substance() -> None:
    both = species("A", 'initialAmount="6" conversionFactor="k"') + species("B", 'initialConcentration="1"')
    _, rates = start_and_rates(system_of(reacting(both, times("k", "A", "cell"))))
    assert rates == {"A": -0.75, "B": 4.5}


def test_local_parameters_hide_global_ones() -> None:
    law = times("k", "A", "cell") + '<listOfLocalParameters><localParameter id="k" value="2"/></listOfLocalParameters>'
    system = system_of(reacting(species("A", 'initialAmount="6"') + species("B", 'initialConcentration="1"'), law))
    assert start_and_rates(system)[1] == {"A": -6.0, "B": 18.0}
    assert {q.id: q.value for q in system.parameters} == {"cell": 2.0, "k": 0.5, "J.k": 2.0}


def test_a_stoichiometry_may_be_named_and_follow_a_rule() -> None:
    named = '<speciesReference species="A" id="n" constant="false"/>'
    rule = f'<listOfRules><assignmentRule variable="n">{times("k", "A")}</assignmentRule></listOfRules>'
    both = species("A", 'initialAmount="6"') + species("B", 'initialConcentration="1"')
    _, rates = start_and_rates(system_of(reacting(both, times("k", "A", "cell"), rule, named)))
    assert rates == {"A": -1.5 * 1.5, "B": 4.5}


def test_formulas_that_follow_one_another_are_put_in_order() -> None:
    rules = "".join(
        f'<assignmentRule variable="{target}">{times(*of)}</assignmentRule>'
        for target, of in (("c", ("b", "b")), ("b", ("a", "k")), ("a", ("k", "k")))
    )
    targets = "".join(f'<parameter id="{name}" constant="false"/>' for name in "abc")
    system = system_of(
        model(
            f'<listOfParameters><parameter id="k" value="3" constant="true"/>{targets}</listOfParameters>'
            f"<listOfRules>{rules}</listOfRules>"
        )
    )
    values = evaluate(system.dag, system.observable_nodes, 0.0, [], [3.0])
    assert dict(zip([q.id for q in system.observables], values, strict=True)) == {"a": 9.0, "b": 27.0, "c": 729.0}


def test_a_missing_value_is_refused_only_where_it_matters() -> None:
    unused = '<parameter id="unused" constant="true"/>'
    used = f'<listOfRules><assignmentRule variable="y">{times("k", "k")}</assignmentRule></listOfRules>'
    parameters = '<parameter id="k" constant="true"/><parameter id="y" constant="false"/>'
    listed = f"<listOfParameters>{parameters}{unused}</listOfParameters>"
    with pytest.raises(InvalidInput, match=r"model.xml:4: 'k' has no value, and others depend on it"):
        system_of(model(listed + used))
    system = system_of(model(listed.replace('id="k"', 'id="k" value="2"') + used))
    assert evaluate(system.dag, [system.find("y")[0]], 0.0, [], [2.0, np.nan])[0] == 4.0


REFUSED = {
    "fast reaction": (
        reacting(species("A", 'initialAmount="1"') + species("B", 'initialAmount="1"'), times("k", "cell"))
        .replace("version2/core", "version1/core")
        .replace('version="2"', 'version="1"')
        .replace('reversible="false"', 'reversible="false" fast="true"'),
        "reaction 'J' is fast, which is not supported",
    ),
    "required package": (
        model(
            "",
            'xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1" '
            'xmlns:multi="http://www.sbml.org/sbml/level3/version1/multi/version1" multi:required="true"',
        ),
        "needs the SBML package 'multi'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_simulated_is_refused(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(UnsupportedModel, match=message):
        system_of(text)


def test_level_one_formulas_are_read() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2">
<model name="m"><listOfCompartments><compartment name="c"/></listOfCompartments>
<listOfSpecies><species name="A" compartment="c" initialAmount="4"/></listOfSpecies>
<listOfParameters><parameter name="k" value="0.5"/></listOfParameters>
<listOfReactions><reaction name="J"><listOfReactants><speciesReference species="A" stoichiometry="3" denominator="2"/>
</listOfReactants><kineticLaw formula="k * A ^ 2 + pow(A, 2) * 0"/></reaction></listOfReactions></model></sbml>"""
    start, rates = start_and_rates(system_of(text))
    assert (start, rates) == ({"A": 4.0}, {"A": -1.5 * 8.0})


SAMPLE = {
    "00001": "amounts", "00025": "functions", "00031": "rate rules", "00027": "local parameters, initial assignments",
    "00049": "compartments without size", "00069": "stoichiometry by formula", "00113": "substance units",
    "00973": "stoichiometry by rule", "00975": "conversion factors", "00851": "time",
    "01323": "avogadro", "00959": "uncommon functions", "01283": "truth as numbers",
    "01273": "functions of version 2", "00055": "compartments",
}  # fmt: skip


@pytest.mark.parametrize("case", SAMPLE)
def test_sbml_test_suite(case: str) -> None:
    """One case of the SBML Test Suite a construct, integrated with SciPy."""
    integrate = pytest.importorskip("scipy.integrate")
    folder = SUITE / case
    if not folder.is_dir():
        pytest.skip(f"no SBML Test Suite at {SUITE}; name it in ALLODYNIA_SBML_SUITE")
    text = read_sbml(next(folder.glob("*-sbml-*.xml")).read_text(encoding="utf-8"), case)
    system = to_ode(text)
    table = (folder / f"{case}-results.csv").read_text(encoding="utf-8").splitlines()
    names = [name.strip() for name in table[0].split(",")]
    expected = np.array([[float(cell) for cell in line.split(",")] for line in table[1:] if line.strip()])
    lines = (folder / f"{case}-settings.txt").read_text(encoding="utf-8").splitlines()
    settings = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    p = np.array([q.value for q in system.parameters], float)
    times = expected[:, 0]
    y = np.zeros((0, len(times)))
    if system.states:
        start = evaluate(system.dag, system.initial, 0.0, np.zeros(len(system.states)), p)
        y = integrate.solve_ivp(
            lambda t, y: evaluate(system.dag, system.rhs, t, y, p),
            (0, times[-1]),
            start,
            "LSODA",
            times,
            rtol=1e-9,
            atol=1e-13,
        ).y
    amounts = [name.strip() for name in settings["amount"].split(",")]
    sized = {c.id for c in text.compartments if c.dimensions}
    compartments = {s.id: s.compartment for s in text.species if not s.only_substance and s.compartment in sized}
    for column, name in enumerate(names[1:], 1):
        values = evaluate(system.dag, [system.find(name)[0]], times, y, p[:, None])[0]
        if name in amounts and name in compartments:
            values = values * evaluate(system.dag, [system.find(compartments[name])[0]], times, y, p[:, None])[0]
        np.testing.assert_allclose(
            values, expected[:, column], rtol=float(settings["relative"]), atol=float(settings["absolute"])
        )
