"""What leaves is what is inside: the same trajectories in every format, and refusals that say what to do."""

from __future__ import annotations

import zipfile

import libsbml
import numpy as np
import pytest

from allodynia.api.export import export
from allodynia.cohort import read_table
from allodynia.engine import simulate
from allodynia.engine.actions import ActionKind, Actions
from allodynia.errors import InvalidInput
from allodynia.export import scheduled, typical_values
from allodynia.model import evaluate, read_sbml, to_ode
from allodynia.model.write import to_sbml
from allodynia.model.write.ids import ids_of
from allodynia.problem import explain, load_problem
from allodynia.study import load_study, simulate_study
from allodynia.study.regimen import Act
from allodynia.study.systems import system_for
from allodynia.system import load_system
from allodynia.system.load import species_names
from allodynia.system.terms_table import load_terms

STUDIES = ("passive-transfer", "dish-neuron")


@pytest.fixture(scope="module", params=STUDIES)
def study(request):
    """A study, its system, and one sample of it."""
    found = load_study(request.param)
    system = system_for(found)
    return found, system, simulate_study(found, system, seed=3)


def direct(system, arm, times, outputs):
    """The typical subject of an arm, by the engine's own actions."""
    table = read_table(system.ode, system.parameters)
    row = table.nominal.copy()
    for name, value in typical_values(system, arm).items():
        row[table.column(name)] = value
    acts = [
        (act.time, ActionKind[act.kind], act.target, act.value * (row[act.per] if act.per >= 0 else 1.0))
        for act in arm.acts
    ]
    actions = Actions.shared(1, acts) if acts else None
    found = simulate(system.ode, row[None], times, outputs, actions=actions, rtol=1e-9, atol=1e-12)
    assert found.solved.all()
    return np.stack([found.output(name)[0] for name in outputs])


def test_the_events_of_a_written_study_are_its_doses_and_changes(study):
    _, system, result = study
    plan = result.plan
    model = scheduled(system.ode, {arm.name: arm.acts for arm in plan.arms})
    back = to_ode(read_sbml(to_sbml(model.ode), "model.xml"))
    ids = ids_of(model.ode)
    outputs = sorted({endpoint.output for endpoint in plan.endpoints.values()})
    for arm in plan.arms:
        values = {quantity.id: quantity.value for quantity in back.parameters}
        values |= {ids[name]: v for name, v in {**typical_values(system, arm), **model.values[arm.name]}.items()}
        row = np.array([values[quantity.id] for quantity in back.parameters])
        # Dense enough to see every dose, but not at the doses' own times.
        times = np.linspace(plan.end / 977, plan.end, 211)
        found = simulate(back, row[None], times, [ids[name] for name in outputs], rtol=1e-9, atol=1e-12)
        assert found.solved.all()
        expected = direct(system, arm, times, outputs)
        for number, name in enumerate(outputs):
            scale = np.abs(expected[number]).max() + 1e-12
            assert np.abs(found.output(ids[name])[0] - expected[number]).max() < 1e-6 * scale, (arm.name, name)


def test_a_dose_left_out_is_seen(study):
    """The agreement above can fail."""
    _, system, result = study
    arm = next(arm for arm in result.plan.arms if arm.acts)
    model = scheduled(system.ode, {arm.name: arm.acts})
    outputs = sorted({endpoint.output for endpoint in result.plan.endpoints.values()})
    times = np.linspace(0.0, result.plan.end, 50)
    row = np.array([{**model.untreated}.get(q.id, q.value) for q in model.ode.parameters])
    found = simulate(model.ode, row[None], times, outputs)
    expected = direct(system, arm, times, outputs)
    missed = [np.abs(found.output(name)[0] - course).max() for name, course in zip(outputs, expected, strict=True)]
    assert max(np.array(missed) / np.abs(expected).max(axis=1)) > 0.1


def test_changes_and_doses_at_one_time_keep_their_order():
    system = load_system("mouse", modules=["ganglion"])
    column = [quantity.id for quantity in system.ode.parameters].index("ganglion.stimulus")
    acts = [Act(1.0, "SET_PARAMETER", column, 2.0), Act(1.0, "ADD_PARAMETER", column, 0.5)]
    model = scheduled(system.ode, {"a": acts, "b": ()})
    for arm, after in (("a", 2.5), ("b", 0.0)):
        row = np.array([model.values[arm].get(q.id, q.value) for q in model.ode.parameters])
        found = simulate(model.ode, row[None], [1.0, 2.0], ["ganglion.stimulus.now"])
        assert found.output("ganglion.stimulus.now")[0].tolist() == [0.0, after]


@pytest.mark.parametrize("name", STUDIES)
def test_a_petab_problem_is_read_and_explains_its_own_sample(name, tmp_path):
    pytest.importorskip("petab")
    folder = export(name, format="petab", out=tmp_path / "problem", seed=3)
    problem = load_problem(folder / "problem.yaml")
    found = explain(problem)
    assert (found.status == 0).all()
    study = load_study(name)
    assert {row.condition for row in problem.tables.measurements} == set(study.spec.arms)
    # The sample's means scatter about the typical subject, not about its errors alone: mice are no linear average.
    assert np.median(np.abs(found.residuals)) < 3.0
    assert len(problem.estimated) > 20


def test_an_archive_holds_the_study_and_names_what_to_run(tmp_path):
    path = export("dish-neuron", format="omex", out=tmp_path / "study.omex")
    with zipfile.ZipFile(path) as opened:
        assert {"manifest.xml", "model.xml", "course.sedml", "problem.yaml", "study.yaml"} <= set(opened.namelist())
        assert opened.read("study.yaml").decode() == load_study("dish-neuron").text


@pytest.mark.parametrize("species", species_names())
def test_the_system_of_each_species_passes_the_full_check_with_units_and_terms(species, tmp_path):
    path = export(species=species, out=tmp_path / "model.xml")
    document = libsbml.readSBMLFromString(path.read_text(encoding="utf-8"))
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    model = document.getModel()
    assert model.getNumUnitDefinitions() > 5
    system = load_system(species)
    ids, terms = ids_of(system.ode), load_terms(system)
    assert terms[""]
    for name, given in terms.items():
        element = model if name == "" else model.getParameter(ids[name])
        assert element.getNumCVTerms() == len(given)
    values = {model.getParameter(i).getId(): model.getParameter(i).getValue() for i in range(model.getNumParameters())}
    gains = {f"edge.{edge}": gain for edge, gain in system.gains().items()}
    assert 0.0 in gains.values(), "the default explanation rules none out: nothing is compared"
    for quantity in system.ode.parameters:
        assert values[ids[quantity.id]] == gains.get(quantity.id, quantity.value)


@pytest.mark.parametrize("species", species_names())
def test_the_system_of_each_species_comes_back_to_the_same_bits(species):
    """Its numbers, and every rate and observable at states that no subject is in."""
    ours = load_system(species).ode
    back = to_ode(read_sbml(to_sbml(ours), "model.xml"))
    ids = ids_of(ours)
    rows = {quantity.id: row for row, quantity in enumerate(back.states)}
    values = {quantity.id: quantity.value for quantity in back.parameters}
    assert [values[ids[quantity.id]] for quantity in ours.parameters] == [
        quantity.value for quantity in ours.parameters
    ]
    p, q = (np.array([quantity.value for quantity in one.parameters]) for one in (ours, back))
    for seed in range(3):
        y = np.random.default_rng(seed).uniform(0.1, 2.0, len(ours.states))
        z = np.empty_like(y)
        for value, quantity in zip(y, ours.states, strict=True):
            z[rows[ids[quantity.id]]] = value
        expected = {ids[s.id]: v for s, v in zip(ours.states, evaluate(ours.dag, ours.rhs, 0.5, y, p), strict=True)}
        found = {s.id: v for s, v in zip(back.states, evaluate(back.dag, back.rhs, 0.5, z, q), strict=True)}
        assert found == expected
        expected = zip(ours.observables, evaluate(ours.dag, ours.observable_nodes, 0.5, y, p), strict=True)
        observed = zip(back.observables, evaluate(back.dag, back.observable_nodes, 0.5, z, q), strict=True)
        found = {quantity.id: value for quantity, value in observed}
        assert all(found[ids[quantity.id]] == value for quantity, value in expected)


def test_a_study_is_written_under_the_explanation_that_it_names(tmp_path):
    """Neutrophils that carry pain would do nothing under the default of mice, which cuts their way to the ganglion."""
    gains = {}
    for name in ("cell-transfer", "passive-transfer"):
        document = libsbml.readSBMLFromFile(str(export(name, out=tmp_path / f"{name}.xml")))
        model = document.getModel()
        gains[name] = model.getParameter("edge__neutrophils_to_ganglion").getValue()
    source = load_system("mouse").gains("mixed").get("neutrophils-to-ganglion", 1.0)
    assert gains["cell-transfer"] == source == 1.0
    assert gains["passive-transfer"] == load_system("mouse").gains().get("neutrophils-to-ganglion", 1.0) == 0.0


def test_what_cannot_be_written_is_refused_in_one_line(tmp_path):
    for arguments, message in (
        ({"what": "dish-neuron", "format": "pdf"}, "sbml"),
        ({"format": "petab"}, "name one"),
        ({"what": "dish-neurn"}, "dish-neuron"),
        ({"out": tmp_path}, "already"),
        ({"out": tmp_path / "no" / "model.xml"}, "no folder"),
        ({"species": "mous", "out": tmp_path / "model.xml"}, "mouse"),
    ):
        with pytest.raises(InvalidInput, match=message) as error:
            export(**arguments)
        assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
