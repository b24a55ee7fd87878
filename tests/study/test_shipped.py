"""The studies that come with the system fit it, rest on records that exist, and answer what the claims ask."""

import numpy as np
import pytest

from allodynia.study import AsPlanned, Expectation, load_study, simulate_study, study_names
from allodynia.study.bind import bind
from allodynia.study.differences import table_of
from allodynia.study.observables import Observer
from allodynia.study.systems import system_for
from allodynia.system.load import load_system
from allodynia.yamltext import load

STUDIES = ("dish-neuron", "passive-transfer", "passive-transfer-knockouts", "passive-transfer-pools")


@pytest.fixture(scope="module")
def system():
    return load_system()


@pytest.fixture(scope="module")
def claims():
    from importlib import resources

    text = (resources.files("allodynia.system") / "claims.yaml").read_text(encoding="utf-8")
    return {claim["id"]: claim for claim in load(text, "claims.yaml").data}


def evidence_of(spec):
    """Every evidence field of a study, wherever it stands."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key == "evidence":
                yield value
            else:
                yield from evidence_of(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from evidence_of(value)


def test_all_are_there():
    assert set(STUDIES) <= set(study_names())


@pytest.mark.parametrize("name", study_names())
def test_it_fits_the_system_and_rests_on_records(name, claims):
    study = load_study(name)
    system = system_for(study)
    plan = bind(study, system, AsPlanned())
    Observer(plan, system.ode.time_unit).check()
    table_of(system)
    for written in evidence_of(study.document.data):
        for record in written.split():
            assert record == "assumed" or record in system.evidence.ids, f"{name}: {record}"
    for arm in study.spec.arms.values():
        for published in arm.published.values():
            assert published.claim in claims


def test_the_claims_find_their_observables_arms_and_times(system, claims):
    asked = 0
    for claim in claims.values():
        if claim["study"] not in STUDIES:
            continue
        plan = bind(load_study(claim["study"]), system, AsPlanned())
        observer = Observer(plan, system.ode.time_unit)
        for criterion in claim["expect"]:
            name, arms = criterion["observable"], criterion.get("arm")
            hypothesis = criterion.get("hypothesis") or plan.arms[0].hypothesis
            for arm in [arms] if isinstance(arms, str | None) else arms:
                observer.arms(name, arm, hypothesis)
            if "at" in criterion:
                times = observer.needs([name])[observer.spec(name).endpoint]
                assert np.isclose(times, observer.time(criterion["at"], name)).any()
            asked += 1
    assert asked >= 15


def test_the_main_study_is_the_experiment_of_the_record(system):
    plan = bind(load_study("passive-transfer"), system, AsPlanned())
    sizes = {arm.name: (arm.cohort.donors, arm.cohort.subjects) for arm in plan.arms}
    assert sizes == {"fm_igg": (8, 12), "healthy_igg": (6, 12), "depleted_serum": (1, 12), "saline": (1, 12)}
    acts = plan.arm("fm_igg").acts
    target = system.ode.states[acts[0].target]
    assert [(act.time, act.value) for act in acts] == [(day, 8.0) for day in range(4)]
    assert (target.id, target.unit) == ("igg.peritoneum", "mg")
    assert (plan.end, system.ode.time_unit) == (28.0, "d")


def test_the_whole_main_study_runs_and_every_mouse_is_solved(system):
    result = simulate_study(load_study("passive-transfer"), system, subjects=3)
    assert result.failed == 0
    assert np.isfinite(result.trajectories).all()
    assert {row.endpoint for row in result.summary() if row.in_table} == set(result.plan.endpoints)


@pytest.mark.parametrize("gain", [1.0, 0.0])
def test_the_dish_says_nothing_when_its_positive_controls_are_cut(system, gain):
    result = simulate_study(
        load_study("dish-neuron"), system, design=Expectation(4, 4), edges={"bath-complex": gain, "bath-il1b": gain}
    )
    found = result.observable("firing_of_naive_neuron")
    if gain == 1.0:
        assert abs(found.value) < 0.05
        assert found.worlds == 4
    else:
        assert np.isnan(found.value)


def test_without_the_gate_patients_igg_does_nothing(system):
    study = load_study("passive-transfer")
    design = Expectation(6, 8)
    open_, cut = (
        simulate_study(study, system, design=design, observables=["paw_pressure_change"], edges=edges)
        for edges in ({}, {"glia-gate": 0.0})
    )
    assert open_.observable("paw_pressure_change", arm="fm_igg").value < -0.5
    assert abs(cut.observable("paw_pressure_change", arm="fm_igg").value) < 0.01


def test_antibodies_against_human_igg_only_ever_shorten_it(system):
    study = load_study("passive-transfer")
    on, off = (
        simulate_study(study, system, subjects=2, edges={"ada": gain}).readings.true(
            "igg_plasma", "fm_igg", [4.0, 21.0]
        )
        for gain in (1.0, 0.0)
    )
    assert (on[..., 1] < off[..., 1]).all()
    np.testing.assert_allclose(on[..., 0], off[..., 0], rtol=0.1)  # day 4 is before they come


def test_a_pool_of_private_antigens_is_told_from_a_shared_one(system):
    study = load_study("passive-transfer-pools")
    result = simulate_study(study, system, design=Expectation(8, 8))
    shared = result.observable("effect_of_pool_over_mean_of_its_single_donors").value
    private = result.observable("effect_of_pool_if_antigens_were_private").value
    assert 0.7 < shared < 1.3
    assert private < 0.7
