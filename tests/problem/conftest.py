"""Problems of one's own: two states with a closed form, and tables that can be changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MODEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="decay" timeUnits="second" substanceUnits="mole" extentUnits="mole" volumeUnits="litre">
    <listOfCompartments>
      <compartment id="cell" spatialDimensions="3" size="2" units="litre" constant="true"/>
    </listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="cell" initialConcentration="3"
        hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
      <species id="B" compartment="cell" initialAmount="1"
        hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="k" value="0.7" constant="true"/>
      <parameter id="feed" value="0" constant="true"/>
      <parameter id="twice" constant="true"/>
    </listOfParameters>
    <listOfInitialAssignments>
      <initialAssignment symbol="twice"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><cn>2</cn><ci>k</ci></apply></math></initialAssignment>
    </listOfInitialAssignments>
    <listOfReactions>
      <reaction id="turn" reversible="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
      </reaction>
      <reaction id="supply" reversible="false">
        <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>feed</ci></apply></math></kineticLaw>
      </reaction>
      <reaction id="loss" reversible="false">
        <listOfReactants><speciesReference species="B" stoichiometry="1" constant="true"/></listOfReactants>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>twice</ci><ci>B</ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""

TABLES = {
    "problem.yaml": (
        "format_version: 1\nparameter_file: parameters.tsv\nproblems:\n- sbml_files: [model.xml]\n"
        "  condition_files: [conditions.tsv]\n  observable_files: [observables.tsv]\n"
        "  measurement_files: [measurements.tsv]\n"
    ),
    "parameters.tsv": (
        "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
        "k\tlog10\t0.01\t10\t0.5\t1\n"
        "offset\tlin\t-5\t5\t0.25\t1\n"
        "sd\tlog\t0.01\t1\t0.1\t0\n"
    ),
    "conditions.tsv": "conditionId\tconditionName\tfeed\ncontrol\tnothing added\t0\nfed\tfed\t1.5\n",
    "observables.tsv": (
        "observableId\tobservableFormula\tnoiseFormula\tobservableTransformation\tnoiseDistribution\n"
        "a\tA\tsd\tlin\tnormal\n"
        "b\tobservableParameter1_b * B + offset\tnoiseParameter1_b\tlin\tlaplace\n"
    ),
    "measurements.tsv": (
        "observableId\tsimulationConditionId\tmeasurement\ttime\tobservableParameters\tnoiseParameters\n"
        "a\tcontrol\t2.9\t0\t\t\n"
        "a\tcontrol\t1.7\t1\t\t\n"
        "a\tfed\t2.9\t1\t\t\n"
        "b\tcontrol\t0.9\t1\t2\tsd\n"
        "b\tcontrol\t1.1\t1\toffset\t0.3\n"
    ),
    "model.xml": MODEL,
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the tables above, those named replaced (``conditions=...``), and returns the YAML file's path."""

    def make(**changed: str) -> Path:
        for name, text in TABLES.items():
            (tmp_path / name).write_text(changed.pop(name.partition(".")[0], text), encoding="utf-8")
        assert not changed, f"no table is called {changed}"
        return tmp_path / "problem.yaml"

    return make
