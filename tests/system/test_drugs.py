"""Drugs as tables: courses against closed forms, effects against the binding equation, and what is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from scipy.linalg import expm
from tests.system.conftest import Bench

from allodynia.errors import AllodyniaError
from allodynia.system import load_system
from allodynia.system.load import FOLDER

HALF = "half: {value: 10, unit: uM, assumed: {uniform: [1, 100]}, grade: assumed}"
DRUG = """
drug: NAME
label: NAME
kind: for tests
molar_mass: {value: 160, unit: g/mol, assumed: {uniform: [159, 161]}, grade: assumed}
routes:
  oral:
    absorption: {value: 1, unit: 1/h, assumed: {uniform: [0.5, 3]}, grade: assumed}
    bioavailability: {value: 0.9, unit: dimensionless, assumed: {uniform: [0.8, 1]}, grade: assumed}
  intravenous: {}
usual: {route: oral, amount: {value: 300, unit: mg}, every: {value: 12, unit: h}, assumed: for tests}
pk:
  human:
    volume: {value: 40, unit: L, between: {lognormal: {cv: 0.2}}, assumed: {uniform: [30, 50]}, grade: assumed}
    clearance: {value: 4.6, unit: L/h, assumed: {uniform: [3, 6]}, grade: assumed}
    peripheral_volume: {value: 8, unit: L, assumed: {uniform: [3, 9]}, grade: assumed}
    exchange: {value: 2, unit: L/h, assumed: {uniform: [1, 6]}, grade: assumed}
    unbound: {value: 0.5, unit: dimensionless, assumed: {uniform: [0.4, 1]}, grade: assumed}
    brain_ratio: {value: 0.3, unit: dimensionless, assumed: {uniform: [0.1, 1]}, grade: assumed}
    brain_rate: {value: 0.5, unit: 1/h, assumed: {uniform: [0.1, 1]}, grade: assumed}
  mouse: {from: human}
targets:
  - port: ganglion.il1_block
    at: plasma
    site: SITE
    HALF
    most: {value: MOST, unit: dimensionless, assumed: {uniform: [0, 1]}, grade: assumed}
    what: for tests
    assumed: for tests
"""


@pytest.fixture
def root(tmp_path):
    """The texts of the system with three drugs of their own: two on one site, one on another."""
    folder = tmp_path / "system"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies", "drugs"))
    (folder / "drugs").mkdir()
    for name, site, most in (("full", "one", "1"), ("part-agonist", "one", "0.2"), ("other", "two", "0.5")):
        text = DRUG.replace("NAME", name).replace("SITE", site).replace("MOST", most).replace("HALF", HALF)
        (folder / "drugs" / f"{name}.yaml").write_text(text.lstrip(), encoding="utf-8")
    return folder


def bench(root, *drugs, species="human"):
    system = load_system(species, root, modules=["ganglion"], drugs=drugs)
    return Bench(system.ode, system)


def test_the_course_of_an_oral_drug_is_that_of_its_linear_equations(root):
    times = np.linspace(0.05, 2.0, 40)
    human = bench(root, "full")
    found = human.run([{}], times, ["drugs.full_plasma", "drugs.full_brain"], [(0.0, "drugs.full_oral", 300.0)])
    hour = 24.0
    absorption, clearance, exchange, rate = 1 * hour, 4.6 * hour, 2 * hour, 0.5 * hour
    flows = np.array(
        [
            [-absorption, 0, 0, 0],
            [0.9 * absorption, -(clearance + exchange) / 40, exchange / 8, 0],
            [0, exchange / 40, -exchange / 8, 0],
            [0, rate * 0.3 * 0.5 / 40, 0, -rate],
        ]
    )
    exact = np.array([expm(flows * time) @ [300.0, 0, 0, 0] for time in times])
    np.testing.assert_allclose(found["drugs.full_plasma"][0], exact[:, 1] / 40, rtol=1e-6)
    np.testing.assert_allclose(found["drugs.full_brain"][0], exact[:, 3], rtol=1e-6, atol=1e-9)


def test_what_is_given_is_lost_again(root):
    """Exposure = dose x bioavailability / clearance, whatever the distribution."""
    human = bench(root, "full")
    times = np.linspace(0.0, 60.0, 60001)[1:]
    found = human.run([{}], times, ["drugs.full_plasma"], [(0.0, "drugs.full_oral", 300.0)])
    area = np.trapezoid(np.r_[0.0, found["drugs.full_plasma"][0]], np.r_[0.0, times])
    assert area == pytest.approx(0.9 * 300.0 / (4.6 * 24.0), rel=1e-4)


def test_on_one_site_drugs_compete_and_on_two_they_add_as_independent(root):
    doses = [(0.0, f"drugs.{name}_central", amount) for name, amount in (("full", 200.0), ("part_agonist", 400.0))]
    both = bench(root, "full", "part-agonist")
    effect = both.run([{}], [0.1], ["ganglion.il1_block", "drugs.full_free", "drugs.part_agonist_free"], doses)
    half = 10e-6 * 160 * 1e3  # mg/L
    full, part = (effect[f"drugs.{name}_free"][0, 0] / half for name in ("full", "part_agonist"))
    competed = (full + 0.2 * part) / (1 + full + part)
    assert effect["ganglion.il1_block"][0, 0] == pytest.approx(competed, rel=1e-9)
    assert competed < full / (1 + full)  # a partial agonist takes the place of a full one

    third = bench(root, "full", "other")
    doses = [(0.0, f"drugs.{name}_central", amount) for name, amount in (("full", 200.0), ("other", 400.0))]
    effect = third.run([{}], [0.1], ["ganglion.il1_block", "drugs.full_free", "drugs.other_free"], doses)
    full, other = (effect[f"drugs.{name}_free"][0, 0] / half for name in ("full", "other"))
    independent = 1 - (1 - full / (1 + full)) * (1 - 0.5 * other / (1 + other))
    assert effect["ganglion.il1_block"][0, 0] == pytest.approx(independent, rel=1e-9)


def test_another_species_takes_the_numbers_by_weight_and_says_so(root):
    here = load_system("mouse", root, modules=["ganglion"], drugs=["full"]).parameters
    there = load_system("human", root, modules=["ganglion"], drugs=["full"]).parameters
    ratio = 20 / 70_000
    for name, power in (("volume", 1), ("clearance", 0.75), ("brain_rate", -0.25), ("unbound", 0)):
        assert here[f"drugs.full_{name}"].value == pytest.approx(there[f"drugs.full_{name}"].value * ratio**power)
        assert here[f"drugs.full_{name}"].note.startswith("from human, ")


def test_a_cut_edge_leaves_the_target_alone(root):
    human = bench(root, "full")
    cut = {"edge.drug-ganglion-il1-block": 0.0}
    found = human.run([{}, cut], [0.1], ["ganglion.il1_block"], [(0.0, "drugs.full_central", 200.0)])
    assert found["ganglion.il1_block"][0, 0] > 0.1
    assert found["ganglion.il1_block"][1, 0] == 0.0


SLIPS = {
    "unknown port": ("port: ganglion.il1_block", "port: ganglion.il1_blok", r"full\.yaml:\d+: .*ganglion\.il1_block"),
    "driven port": ("port: ganglion.il1_block", "port: ganglion.glia_engaged", r"full\.yaml:\d+: .*input"),
    "no potency": (HALF, "", r"full\.yaml:\d+: .*'half'"),
    "no molar mass": ("molar_mass: {value", "note: x\nx-molar_mass: {value", r"molar_mass"),
    "no clearance": ("    clearance: {value: 4.6", "    x-clearance: {value: 4.6", r"clearance"),
    "half a compartment": ("    exchange: {value: 2, ", "    note: {value: 2, ", r"go together"),
    "brain of none": ("at: plasma", "at: brian", r"full\.yaml:\d+: .*brain"),
    "no source": ("    assumed: for tests\n", "", r"needs a source"),
    "no species": ("  mouse: {from: human}", "  rat: {from: human}", r"no pk in the mouse"),
    "usual route": ("usual: {route: oral", "usual: {route: orally", r"full\.yaml:\d+: .*did you mean 'oral'"),
    "usual amount": ("amount: {value: 300, unit: mg}", "amount: {value: 300, unit: mL}", r"mL"),
    "usual without source": (", assumed: for tests}\npk", "}\npk", r"full\.yaml:\d+: .*usual dose needs a source"),
    "usual nothing": ("amount: {value: 300,", "amount: {value: 0,", r"full\.yaml:\d+: .*positive"),
    "circle": ("  mouse: {from: human}", "  mouse: {from: mouse}", r"circle"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_drug_is_refused_with_its_line(root, slip):
    old, new, message = SLIPS[slip]
    file = root / "drugs" / "full.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(AllodyniaError, match=message) as error:
        load_system("mouse", root, modules=["ganglion"], drugs=["full"])
    assert "\n" not in str(error.value)


def test_a_drug_that_becomes_another_brings_it_along_and_one_that_becomes_none_is_refused(root):
    file = root / "drugs" / "full.yaml"
    text = file.read_text(encoding="utf-8")
    made = "becomes: {NAME: {value: 0.5, unit: dimensionless, assumed: {uniform: [0, 1]}, grade: assumed}}\n"
    file.write_text(text + made.replace("NAME", "other"), encoding="utf-8")
    assert set(load_system("human", root, modules=["ganglion"], drugs=["full"]).drugs) == {"full", "other"}
    file.write_text(text + made.replace("NAME", "othr"), encoding="utf-8")
    with pytest.raises(AllodyniaError, match=r"full\.yaml:\d+: .*othr.*other"):
        load_system("human", root, modules=["ganglion"], drugs=["full"])


def test_an_unknown_drug_or_route_is_answered_with_the_nearest(root):
    with pytest.raises(AllodyniaError, match="full"):
        load_system("human", root, drugs=["ful"])
    drug = load_system("human", root, modules=["ganglion"], drugs=["full"]).drugs["full"]
    assert drug.into("oral") == "drugs.full_oral"
    assert drug.into("intravenous") == "drugs.full_central"
    with pytest.raises(AllodyniaError, match="oral"):
        drug.into("orally")
    with pytest.raises(AllodyniaError, match="say route"):
        drug.into(None)
