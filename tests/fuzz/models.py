"""SBML texts to spoil: small ones written here that use every construct, and the conformance cases where they are."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'


def _document(body: str, level: int = 3, version: int = 2) -> str:
    space = f"http://www.sbml.org/sbml/level{level}/version{version}" + ("/core" if level == 3 else "")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sbml xmlns="{space}" level="{level}" version="{version}">\n<model id="m">\n{body}\n</model>\n</sbml>\n'
    )


def _math(content: str) -> str:
    return f"<math {_MATH}>{content}</math>"


def _apply(operator: str, *arguments: str) -> str:
    inside = "".join(
        a if a.startswith("<") else f"<cn> {a} </cn>" if a[0].isdigit() else f"<ci>{a}</ci>" for a in arguments
    )
    return f"<apply><{operator}/>{inside}</apply>"


_CELL = '<listOfCompartments><compartment id="cell" size="2" constant="true"/></listOfCompartments>'


def _species(**amounts: float) -> str:
    each = "".join(
        f'<species id="{name}" compartment="cell" initialAmount="{amount}" hasOnlySubstanceUnits="false" '
        'boundaryCondition="false" constant="false"/>\n'
        for name, amount in amounts.items()
    )
    return f"<listOfSpecies>\n{each}</listOfSpecies>"


def _parameters(constant: bool = True, **values: float) -> str:
    flag = "true" if constant else "false"
    return "".join(f'<parameter id="{name}" value="{value}" constant="{flag}"/>\n' for name, value in values.items())


def _reaction(name: str, reactant: str, product: str, law: str) -> str:
    def one(kind: str, species: str) -> str:
        return (
            f'<listOf{kind}s><speciesReference species="{species}" stoichiometry="1" constant="true"/></listOf{kind}s>'
        )

    left = one("Reactant", reactant) if reactant else ""
    right = one("Product", product) if product else ""
    return f'<reaction id="{name}" reversible="false">{left}{right}<kineticLaw>{_math(law)}</kineticLaw></reaction>\n'


def _chain() -> str:
    law = _apply("times", "cell", "k1", "A")
    saturated = _apply("divide", _apply("times", "cell", "vmax", "B"), _apply("plus", "km", "B"))
    return _document(
        f"{_CELL}{_species(A=3, B=0, C=0)}<listOfParameters>{_parameters(k1=0.7, vmax=1.2, km=0.4)}</listOfParameters>"
        f"<listOfReactions>{_reaction('r1', 'A', 'B', law)}{_reaction('r2', 'B', 'C', saturated)}</listOfReactions>"
    )


def _rules() -> str:
    wave = _apply("plus", "1", _apply("sin", "<csymbol encoding='text' definitionURL="
                                      "'http://www.sbml.org/sbml/symbols/time'> t </csymbol>"))  # fmt: skip
    piece = (
        f"<piecewise><piece><cn> 2 </cn>{_apply('gt', 'x', '1')}</piece>"
        f"<otherwise>{_apply('power', 'x', '2')}</otherwise></piecewise>"
    )
    return _document(
        "<listOfFunctionDefinitions><functionDefinition id='hill'>"
        + _math(f"<lambda><bvar><ci>a</ci></bvar>{_apply('divide', 'a', _apply('plus', '1', 'a'))}</lambda>")
        + f"</functionDefinition></listOfFunctionDefinitions><listOfParameters>{_parameters(k=0.3)}"
        f"{_parameters(False, x=0.5, y=1, z=0)}</listOfParameters>"
        f"<listOfInitialAssignments><initialAssignment symbol='x'>{_math(_apply('times', 'k', '2'))}"
        "</initialAssignment></listOfInitialAssignments>"
        f"<listOfRules><assignmentRule variable='y'>{_math(piece)}</assignmentRule>"
        f"<assignmentRule variable='z'>{_math('<apply><ci>hill</ci><ci>x</ci></apply>')}</assignmentRule>"
        f"<rateRule variable='x'>{_math(_apply('minus', _apply('times', 'k', wave), 'x'))}</rateRule></listOfRules>"
    )


def _events() -> str:
    def event(name: str, trigger: str, variable: str, value: str, extra: str = "") -> str:
        return (
            f'<event id="{name}" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
            f"{_math(trigger)}</trigger>{extra}<listOfEventAssignments><eventAssignment variable='{variable}'>"
            f"{_math(value)}</eventAssignment></listOfEventAssignments></event>"
        )

    delay = f"<delay>{_math('<cn> 0.4 </cn>')}</delay>"
    priority = f"<priority>{_math('<cn> 3 </cn>')}</priority>"
    decay = _math(_apply("times", "<cn> -1 </cn>", "k", "x"))
    return _document(
        f"<listOfParameters>{_parameters(k=0.9)}{_parameters(False, x=2, n=0)}</listOfParameters>"
        f"<listOfRules><rateRule variable='x'>{decay}</rateRule></listOfRules>"
        "<listOfEvents>"
        + event("again", _apply("lt", "x", "0.8"), "x", _apply("plus", "x", "1"))
        + event("count", _apply("lt", "x", "1"), "n", _apply("plus", "n", "1"), priority + delay)
        + "</listOfEvents>"
    )


def _algebra() -> str:
    return _document(
        f"<listOfParameters>{_parameters(k=0.5)}{_parameters(False, x=1, y=0.4)}</listOfParameters><listOfRules>"
        f"<rateRule variable='x'>{_math(_apply('times', '<cn> -1 </cn>', 'k', 'y'))}</rateRule>"
        f"<algebraicRule>{_math(_apply('minus', _apply('plus', _apply('power', 'y', '3'), 'y'), 'x'))}</algebraicRule>"
        "</listOfRules>"
    )


def _old() -> str:
    law = _apply("times", "k", "S1")
    return _document(
        '<listOfCompartments><compartment id="c" size="1"/></listOfCompartments><listOfSpecies>'
        '<species id="S1" compartment="c" initialConcentration="4"/>'
        '<species id="S2" compartment="c" initialAmount="0" boundaryCondition="true"/></listOfSpecies>'
        '<listOfParameters><parameter id="k" value="0.6"/></listOfParameters><listOfReactions><reaction id="r">'
        '<listOfReactants><speciesReference species="S1"/></listOfReactants>'
        '<listOfProducts><speciesReference species="S2" stoichiometry="2"/></listOfProducts>'
        f"<kineticLaw>{_math(law)}</kineticLaw></reaction></listOfReactions>",
        2,
        4,
    )


@cache
def own() -> dict[str, str]:
    """The texts written here, by name."""
    texts = {"chain": _chain(), "rules": _rules(), "events": _events(), "algebra": _algebra(), "level 2": _old()}
    return {name: text.replace("><", ">\n<") for name, text in texts.items()}


@cache
def conformance() -> dict[str, str]:
    """The cases of the SBML test suite by number, where the suite is; else none."""
    beside = Path(__file__).parents[2].parent / "shared" / "sbml-test-suite"
    folder = Path(os.environ.get("SBML_TEST_SUITE", beside))
    texts = {}
    for path in sorted(folder.glob("*/*-sbml-l3v*.xml")):
        tags = path.parent / f"{path.parent.name}-tags.txt"
        by_chance = tags.exists() and "RandomEventExecution" in tags.read_text(encoding="utf-8")
        if path.stat().st_size < 60_000 and not by_chance:  # engines may then differ, and be right
            texts[path.parent.name] = path.read_text(encoding="utf-8")
    return texts
