"""The judge itself: it must be able to say that a case is wrong, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from solving import judge_all
from suite import Case

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfCompartments><compartment id="C" size="0.5" spatialDimensions="3" constant="true"/></listOfCompartments>
<listOfSpecies><species id="S" compartment="C" initialAmount="2" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfReactions><reaction id="decay" reversible="false">
<listOfReactants><speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci> C </ci>{}</apply></math></kineticLaw>
</reaction></listOfReactions></model></sbml>
"""
NOW = "<ci> S </ci>"
PAST = (
    '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay"> delay </csymbol>'
    "<ci> S </ci><cn> 1 </cn></apply>"
)


def case(folder: Path, *, amount: bool = True, rate: str = NOW, shift: float = 0.0) -> Case:
    """Exponential decay from 2, in a compartment of one half; ``shift`` spoils what is expected at the end."""
    times = np.linspace(0.0, 2.0, 5)
    values = (2.0 if amount else 4.0) * np.exp(-times)
    values[-1] += shift
    as_amount, as_concentration = ("S", "") if amount else ("", "S")
    (folder / "00042-sbml-l3v2.xml").write_text(MODEL.format(rate))
    (folder / "00042-tags.txt").write_text("componentTags: Species, Reaction\ntestType: TimeCourse\n")
    (folder / "00042-settings.txt").write_text(
        "start: 0\nduration: 2\nsteps: 4\nvariables: S\nabsolute: 1e-6\nrelative: 1e-6\n"
        f"amount: {as_amount}\nconcentration: {as_concentration}\n"
    )
    rows = [f"{time},{value!r}" for time, value in zip(times, values.tolist(), strict=True)]
    (folder / "00042-results.csv").write_text("\n".join(["time,S", *rows]))
    return Case("00042", folder)


@pytest.mark.parametrize("amount", [True, False])
def test_the_closed_form_passes_as_amount_and_as_concentration(tmp_path: Path, amount: bool) -> None:
    (verdict,) = judge_all([case(tmp_path, amount=amount)])
    assert verdict.word == "pass", verdict.why


def test_one_number_off_is_wrong(tmp_path: Path) -> None:
    (verdict,) = judge_all([case(tmp_path, shift=1e-5)])
    assert verdict.word == "wrong"
    assert "S at time 2" in verdict.why


def test_a_delay_is_refused(tmp_path: Path) -> None:
    (verdict,) = judge_all([case(tmp_path, rate=PAST)])
    assert verdict.word == "refused"
    assert "'decay' uses 'delay'" in verdict.why


def test_the_rule_is_the_suites() -> None:
    """|found - r| <= absolute + relative |r|, NaN where NaN is expected, infinity where infinity is."""

    class Fixed(Case):
        absolute = 0.1
        relative = 0.01
        expected = np.array([1.0, 1.0, np.nan, np.inf, -np.inf, np.nan])

    found = np.array([1.109, 1.111, np.nan, np.inf, np.inf, 1.0])
    assert Fixed("00000", Path()).agrees(found).tolist() == [True, False, True, True, False, False]
