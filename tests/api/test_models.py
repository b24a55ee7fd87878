"""A user's own model: units and meanings of SBML, draws, and the accuracy that the defaults give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import allodynia as al
from allodynia.errors import InvalidInput, UnreadableModel, UnsupportedModel

SBML = """\
<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="two" timeUnits="second" substanceUnits="mole" extentUnits="mole" volumeUnits="litre">
    <listOfCompartments>
      <compartment id="cell" spatialDimensions="3" size="4" units="litre" constant="true"/>
    </listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="cell" initialConcentration="3"
        hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
      <species id="N" compartment="cell" initialAmount="2" name="counted"
        hasOnlySubstanceUnits="true" boundaryCondition="false" constant="false"/>
      <species id="C" compartment="cell" initialConcentration="1"
        hasOnlySubstanceUnits="false" boundaryCondition="true" constant="true"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="k" value="0.5" constant="true"/>
      <parameter id="total" constant="false"/>
    </listOfParameters>
    <listOfRules>
      <assignmentRule variable="total"><math xmlns="http://www.w3.org/1998/Math/MathML">
        <apply><plus/><apply><times/><ci>A</ci><ci>cell</ci></apply><ci>N</ci></apply></math></assignmentRule>
    </listOfRules>
    <listOfReactions>
      <reaction id="turn" reversible="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <listOfProducts><speciesReference species="N" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>cell</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""


@pytest.fixture
def model(tmp_path: Path) -> al.Model:
    (tmp_path / "two.xml").write_text(SBML, encoding="utf-8")
    return al.load(tmp_path / "two.xml")


def test_species_have_the_meaning_and_the_unit_that_sbml_gives_them(model):
    found = model.simulate(end=4, points=9)
    t = np.linspace(0, 4, 9)
    assert list(found.data_vars) == ["A", "N", "total"]  # what is constant is not an output
    assert found.sizes == {"subject": 1, "time": 9}
    assert np.allclose(found["A"][0], 3 * np.exp(-0.5 * t), rtol=1e-5)
    assert np.allclose(found["N"][0], 2 + 12 * (1 - np.exp(-0.5 * t)), rtol=1e-5)
    assert np.allclose(found["total"][0], 14, rtol=1e-12)
    assert found["A"].attrs == {"units": "mol/L", "long_name": "A"}
    assert found["N"].attrs == {"units": "mol", "long_name": "counted"}
    assert found["time"].attrs["units"] == "s"


def test_amounts_concentrations_rates_and_parameters_may_be_asked_for(model):
    names = ["A.amount", "A.concentration", "N.concentration", "N.amount", "turn", "k", "cell", "C"]
    found = model.simulate(end=4, points=9, outputs=names)
    plain = model.simulate(end=4, points=9)
    assert list(found.data_vars) == names
    assert np.array_equal(found["A.amount"], 4 * plain["A"]) and np.array_equal(found["A.concentration"], plain["A"])
    assert np.array_equal(found["N.concentration"], plain["N"] / 4) and np.array_equal(found["N.amount"], plain["N"])
    assert np.allclose(found["turn"], 4 * 0.5 * plain["A"], rtol=1e-12)
    assert (found["k"] == 0.5).all() and (found["cell"] == 4).all() and (found["C"] == 1).all()
    assert found["A.amount"].attrs["units"] == "mol" and found["N.concentration"].attrs["units"] == "mol/L"


def test_what_varies_is_drawn_and_stands_beside_each_subject(model):
    vary = {"k": "lognormal(0.5, 0.3)", "A": "uniform(1, 2)", "cell": 2.0, "N": "normal(5, 0.1)"}
    found = model.simulate(end=4, points=5, subjects=50, vary=vary, seed=3)
    k, a0, n0 = (found[name].to_numpy()[:, None] for name in ("k", "A.initial", "N.initial"))
    t = found["time"].to_numpy()
    assert len(np.unique(k)) == 50 and a0.min() >= 1 and a0.max() <= 2
    assert np.allclose(found["A"], a0 * np.exp(-k * t), rtol=1e-5)
    assert np.allclose(found["N"], n0 + 2 * a0 * (1 - np.exp(-k * t)), rtol=1e-5)
    one = model.simulate(end=4, points=5, subjects=3, vary={"k": "lognormal(0.5, 0.3)"}, seed=3)
    assert one["k"].to_numpy().tobytes() == found["k"].to_numpy()[:3].tobytes()
    assert model.simulate(end=1, points=2, vary={"k": "normal(1, 0.1)"}).sizes["subject"] == 100
    assert model.simulate(end=1, points=2, vary={"k": 1.0}).sizes["subject"] == 1


def test_a_subject_has_the_same_bits_however_many_there_are(model):
    vary = ["k=lognormal(0.5,0.8)", "A=lognormal(3,0.8)"]
    few, many = (model.simulate(end=9, points=7, subjects=n, vary=vary) for n in (5, 333))
    assert few["N"].to_numpy().tobytes() == many["N"].to_numpy()[:5].tobytes()


def test_a_start_that_a_subject_cannot_take_is_a_status(model):
    found = model.simulate(end=4, points=5, vary={"cell": 0.0})
    assert found["status"].to_numpy()[0] != 0
    assert np.isnan(found["A"].to_numpy()[0, -1])


def test_antimony_and_sbml_of_one_model_agree(model, tmp_path):
    text = "compartment cell = 4; species A in cell, N in cell; A = 3; N = 0.5; k = 0.5; turn: A -> N; cell*k*A;"
    (tmp_path / "two.ant").write_text(text, encoding="utf-8")
    ours, theirs = al.load(tmp_path / "two.ant").simulate(0, 4, 9), model.simulate(0, 4, 9)
    assert np.allclose(ours["A"], theirs["A"], rtol=1e-9)
    assert np.allclose(4 * ours["N"], theirs["N"], rtol=1e-9)  # there an amount, here a concentration


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "end: say until which time"),
        ({"end": 0}, "end: 0 is not a finite time after the start"),
        ({"end": 1, "points": 1}, "points: 1 is not in"),
        ({"end": 1, "subjects": 0}, "subjects: 0 is not at least 1"),
        ({"end": 1, "rtol": 2.0}, "rtol 2.0 is outside"),
        ({"end": 1, "atol": -1.0}, "every atol must"),
        ({"end": 1, "outputs": ["AA"]}, "unknown output 'AA'; did you mean 'A'"),
        ({"end": 1, "outputs": ["A.amout"]}, "unknown output 'A.amout'; did you mean 'A.amount'"),
        ({"end": 1, "outputs": ["A", "A"]}, "'A' is named twice"),
        ({"end": 1, "vary": {"kk": 1.0}}, "vary: unknown quantity 'kk'; did you mean 'k'"),
        ({"end": 1, "vary": {"total": 1.0}}, "vary: 'total' follows from a rule"),
        ({"end": 1, "vary": {"turn": 1.0}}, "vary: 'turn' is a reaction"),
    ],
)
def test_what_cannot_be_done_is_said(model, options, message):
    with pytest.raises(InvalidInput, match=message):
        model.simulate(**options)


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path):
    with pytest.raises(InvalidInput, match=r"missing\.xml: cannot read the model"):
        al.load(tmp_path / "missing.xml")
    for name, text, kind in (
        ("bad.xml", "<sbml>", UnreadableModel),
        ("bad.ant", "A -> ; k*", UnreadableModel),
        ("import.ant", 'import "other.ant"', (UnreadableModel, UnsupportedModel)),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(kind, match=name):
            al.load(tmp_path / name)
    (tmp_path / "bytes.xml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        al.load(tmp_path / "bytes.xml")


def test_a_model_without_states_is_simulated_too(tmp_path):
    """A rule of time and a parameter that varies: nothing is integrated, everything is exact."""
    (tmp_path / "rule.ant").write_text("model rule()\n  k = 2; p := k*time + 1;\nend\n", encoding="utf-8")
    loaded = al.load(tmp_path / "rule.ant")
    assert not loaded.system.states
    found = loaded.simulate(end=3.0, points=4, subjects=5, vary={"k": "lognormal(1, 0.3)"})
    assert (found["status"] == 0).all()
    np.testing.assert_array_equal(found["p"], np.outer(found["k"], [0.0, 1.0, 2.0, 3.0]) + 1.0)
    (tmp_path / "still.ant").write_text("model still()\n  k = 2;\nend\n", encoding="utf-8")
    assert al.load(tmp_path / "still.ant").simulate(end=1.0, points=2, outputs=["k"])["k"].values.tolist() == [
        [2.0, 2.0]
    ]


def test_the_manifest_says_the_width_that_a_large_model_really_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allodynia.api.model_options import ModelOptions
    from allodynia.api.model_run import ModelSession
    from allodynia.engine import machine
    from allodynia.runs.manifest import read_manifest

    monkeypatch.setattr(machine, "LARGE", 1)  # every model is large
    model = tmp_path / "two.xml"
    model.write_text(SBML, encoding="utf-8")
    with ModelSession(model, ModelOptions(end=1.0, points=3, subjects=5), tmp_path / "run") as session:
        session.simulate()
    found = read_manifest(tmp_path / "run").machine.vector_width
    assert found == machine.host().suited(2).width <= 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("model m\nend\n", "it holds no quantity at all"),
        ("model m\n  k = 3; b = 4\nend\n", "name what to sample as outputs, of k, b"),
    ],
    ids=["empty", "no quantity", "constants only"],
)
def test_a_model_in_which_nothing_changes_is_refused_in_a_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "still.ant"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        al.load(path).simulate(end=1.0, points=3)


def test_a_constant_that_is_named_can_be_sampled(tmp_path: Path) -> None:
    path = tmp_path / "still.ant"
    path.write_text("model m\n  k = 3\nend\n", encoding="utf-8")
    assert al.load(path).simulate(end=1.0, points=3, outputs=["k"])["k"].values.tolist() == [[3.0, 3.0, 3.0]]
