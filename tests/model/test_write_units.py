"""What is written says every unit: libSBML's own check of units and meaning finds nothing, in SBML and in Antimony."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import antimony
import libsbml
import pytest

from allodynia.errors import InvalidInput, UnsupportedModel
from allodynia.model import read_antimony, read_sbml, to_ode
from allodynia.model.expr import Dag, Op
from allodynia.model.ode import Quantity, complete
from allodynia.model.write import archive, time_course, to_antimony, to_sbml
from allodynia.model.write.annotations import read_term
from allodynia.model.write.ids import ids_of

MODEL = """
model growth
  unit time_unit = 86400 second
  unit d = 86400 second
  unit per_d = 1 / d
  unit mg = 1e-3 gram
  unit mL = 1e-3 litre
  unit mg_per_mL = mg / mL
  unit mg_per_d = mg / d
  const gain has mg_per_d
  const loss has per_d
  const space has mL
  const half has mg_per_mL
  const hill has dimensionless
  gain = 0.1 mg_per_d
  loss = 0.30000000000000004 per_d
  space = 3.3 mL
  half = 0.07 mg_per_mL
  hill = 1.7 dimensionless
  c := amount / space;  c has mg_per_mL
  size := (c^2 + half^2)^(0.5 dimensionless);  size has mg_per_mL
  share := (c / half)^hill / (1 dimensionless + (c / half)^hill);  share has dimensionless
  late := piecewise(size, time > 2 d, c + half);  late has mg_per_mL
  var amount = 0.2 mg
  amount' = gain * (1 dimensionless - 0.5 dimensionless * share) - loss * amount
  E1: at time >= 3 d, t0 = false, persistent = true, fromTrigger = true: amount = amount + 2 mg;
end
"""


def model():
    return to_ode(read_antimony(MODEL, "growth.ant"))


def findings(text):
    document = libsbml.readSBMLFromString(text)
    document.checkConsistency()
    return [document.getError(number).getMessage() for number in range(document.getNumErrors())]


def test_the_full_check_of_libsbml_finds_nothing():
    assert findings(to_sbml(model())) == []


def test_a_wrong_unit_would_be_found():
    """The check above can fail: the same text with one unit changed does."""
    text = to_sbml(model())
    before = next(line for line in text.splitlines() if 'name="loss"' in line)
    other = next(line for line in text.splitlines() if 'name="space"' in line)
    unit, wrong = (line.split('units="')[1].split('"')[0] for line in (before, other))
    assert findings(text.replace(before, before.replace(f'units="{unit}"', f'units="{wrong}"')))


def test_antimony_is_read_by_antimony_with_every_unit():
    antimony.clearPreviousLoads()
    text = to_antimony(model())
    assert antimony.loadAntimonyString(text) != -1, antimony.getLastError()
    assert findings(antimony.getSBMLString()) == []


@pytest.mark.parametrize("write", [to_sbml, to_antimony])
def test_values_come_back_to_the_same_bits(write):
    ours = model()
    text = write(ours)
    back = to_ode(read_sbml(text, "m.xml") if write is to_sbml else read_antimony(text, "m.ant"))
    found = {quantity.id: quantity.value for quantity in back.parameters}
    for quantity in ours.parameters:
        assert struct.pack("<d", found[ids_of(ours)[quantity.id]]) == struct.pack("<d", quantity.value)


def test_a_system_without_units_is_written_without():
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString("model m; k = 2; x = 1; x' = -k*x; end") != -1
    bare = to_ode(read_sbml(antimony.getSBMLString(), "m.xml"))
    assert "units=" not in to_sbml(bare)
    assert "unit " not in to_antimony(bare)
    assert antimony.loadAntimonyString(to_antimony(bare)) != -1
    assert to_ode(read_sbml(antimony.getSBMLString(), "m.xml")).parameters[0].value == 2.0


def test_a_quantity_called_like_a_word_of_antimony_is_written_under_another_name():
    dag = Dag()
    fall = dag.add(Op.MUL, dag.add(Op.NEG, dag.param(0)), dag.state(0))
    odd = complete(
        "odd", dag, states=[Quantity("power", "mg")], parameters=[Quantity("root", "1/d", 2.0)],
        initial=[dag.const(1.0)], rhs=[fall],
    )  # fmt: skip
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(to_antimony(odd)) != -1, antimony.getLastError()
    assert findings(antimony.getSBMLString()) == []


def test_algebraic_equations_are_refused_in_antimony():
    dag = Dag()
    row = dag.add(Op.SUB, dag.state(0), dag.param(0))
    held = complete(
        "held", dag, states=[Quantity("x", "mg")], parameters=[Quantity("k", "mg", 2.0)], initial=[dag.const(1.0)],
        rhs=[row], algebraic=[True],
    )  # fmt: skip
    with pytest.raises(UnsupportedModel, match="SBML"):
        to_antimony(held)


def test_terms_stand_on_the_elements_they_are_about_and_do_not_change_the_model():
    terms = {"amount": [read_term("is", "uniprot:P01375")], "": [read_term("hasTaxon", "taxonomy:9606")]}
    text = to_sbml(model(), terms=terms)
    assert findings(text) == []
    read = libsbml.readSBMLFromString(text).getModel()
    assert read.getParameter("amount").getCVTerm(0).getResourceURI(0) == "https://identifiers.org/uniprot:P01375"
    assert read.getParameter("amount").getCVTerm(0).getBiologicalQualifierType() == libsbml.BQB_IS
    assert read.getCVTerm(0).getResourceURI(0) == "https://identifiers.org/taxonomy:9606"


@pytest.mark.parametrize(
    ("qualifier", "text"),
    [("iz", "uniprot:P01375"), ("is", "uniprott:P01375"), ("is", "uniprot:P0137"), ("is", "CL:12"), ("is", "CHEBI:x")],
)
def test_a_term_of_the_wrong_form_is_refused(qualifier, text):
    with pytest.raises(InvalidInput):
        read_term(qualifier, text)


def test_an_archive_holds_what_its_manifest_says_and_is_the_same_every_time():
    files = {"model.xml": to_sbml(model()), "course.sedml": time_course("model.xml", [("amount", "amount")], 5.0, 10)}
    packed = archive(files, "course.sedml")
    assert packed == archive(dict(reversed(files.items())), "course.sedml")
    with zipfile.ZipFile(BytesIO(packed)) as opened:
        listed = ElementTree.fromstring(opened.read("manifest.xml"))
        locations = [entry.get("location") for entry in listed]
        assert sorted(opened.namelist()) == sorted(["manifest.xml", *files])
        assert set(locations) == {".", "./manifest.xml", "./model.xml", "./course.sedml"}
        assert [entry.get("location") for entry in listed if entry.get("master")] == ["./course.sedml"]
        course = ElementTree.fromstring(opened.read("course.sedml"))
        assert course.tag.endswith("sedML")
        assert next(course.iter("{http://sed-ml.org/sed-ml/level1/version4}model")).get("source") == "model.xml"


@pytest.mark.parametrize("name", ["../model.xml", "/model.xml", "a\\b.xml", "model.exe"])
def test_a_name_outside_the_archive_or_of_no_format_is_refused(name):
    with pytest.raises(InvalidInput):
        archive({name: ""})
