"""The ganglion by itself: each way into pain without the others, and firing that takes longer than sensitivity."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.system import load_system

PRESSURE = "ganglion.sensitisation_pressure"
SPONTANEOUS = "ganglion.spontaneous"


@pytest.fixture(scope="module")
def ganglion(mouse):
    """The ganglion with glia and mast cells, everything else at rest."""
    system = load_system("mouse", modules=["ganglion", "satellite_glia", "mast_cell"])
    return type(mouse)(system.ode, system)


def settled(ganglion, settings, outputs=(PRESSURE, SPONTANEOUS), day=1000.0):
    run = ganglion.run([{**ganglion.gains(), **one} for one in settings], [day], list(outputs))
    return [run[name][:, 0] for name in outputs]


def test_rest_is_steady_and_silent(ganglion):
    outputs = [quantity.id for quantity in (*ganglion.ode.states, *ganglion.ode.observables)]
    run = ganglion.run([ganglion.gains()], [0.0, 1.0, 100.0, 1000.0], outputs)
    for name, values in run.items():
        assert values == pytest.approx(np.repeat(values[:, :1], 4, axis=1), rel=1e-5, abs=1e-9), name
    for name in ("spontaneous", "atp_excess", "substance_p_excess", "sensitisation_pressure"):
        assert run[f"ganglion.{name}"][0, 0] < 1e-3, name


@pytest.mark.parametrize(
    "cause",
    [
        {"ganglion.plasma_auto": 0.003},
        {"ganglion.neutrophils": 1.0},
        {"ganglion.inflamed_tissue": 0.5},
        {"ganglion.tnf_blood": 1.0},
        {"ganglion.il6_blood": 2.0},
        {"ganglion.adrenergic": 1.0},
    ],
    ids=lambda cause: next(iter(cause)).partition(".")[2],
)
def test_each_cause_sensitises_without_the_others(ganglion, cause):
    healthy, sensitive = settled(ganglion, [{}, cause], [PRESSURE])[0]
    assert sensitive > healthy + 0.1


def test_blood_below_its_healthy_level_does_not_count(ganglion):
    low = {"ganglion.tnf_blood": -1.0, "ganglion.il6_blood": -1.0, "ganglion.adrenergic": -1.0}
    healthy, lowered = settled(ganglion, [{}, low], [PRESSURE])[0]
    assert 0 <= lowered < healthy + 2e-3


def test_neutrophils_carry_pain_without_antibody_and_antibody_without_neutrophils(ganglion):
    outputs = ["ganglion.called_by_igg", "ganglion.called_by_neutrophils"]
    igg, neutrophils = settled(ganglion, [{"ganglion.plasma_auto": 0.003}, {"ganglion.neutrophils": 1.0}], outputs)
    assert igg[0] > 0.3
    assert igg[1] < 1e-4
    assert neutrophils[0] == 0
    assert neutrophils[1] > 0.3


@pytest.mark.parametrize(
    ("block", "left"), [("il1_block", 0.5), ("tnf_block", 0.95), ("p2x7_block", 0.85), ("opioid", 0.01)]
)
def test_a_block_relieves(ganglion, block, left):
    cause = {"ganglion.neutrophils": 2.0}
    whole, blocked = settled(ganglion, [cause, {**cause, f"ganglion.{block}": 1.0}], [PRESSURE])[0]
    assert blocked < left * whole


def test_a_lower_threshold_is_not_yet_spontaneous_firing(ganglion):
    # Sensitive within days, firing by itself after months; and it fades again when its cause has gone.
    cause = [{**ganglion.gains(), "ganglion.neutrophils": 2.0}]
    run = ganglion.run(cause, [4.0, 14.0, 400.0], [PRESSURE, SPONTANEOUS])
    assert run[PRESSURE][0, 0] > 0.9 * run[PRESSURE][0, 2]
    assert run[SPONTANEOUS][0, 0] < 0.12 * run[SPONTANEOUS][0, 2]
    assert run[SPONTANEOUS][0, 1] < 0.3 * run[SPONTANEOUS][0, 2]
    assert run[SPONTANEOUS][0, 2] > 0.2


def test_inflamed_tissue_makes_nociceptors_fire_at_once(ganglion):
    # djouhri2006: 38 % a day after adjuvant. IL-1beta in plenty does it too.
    cause = {**ganglion.gains(), "ganglion.inflamed_tissue": 1.0}
    soon = ganglion.run([cause], [0.1, 1.0], [SPONTANEOUS, PRESSURE])
    assert soon[SPONTANEOUS][0, 0] == pytest.approx(0.33, abs=0.03)
    assert soon[PRESSURE][0, 0] > 0.4


def test_damaged_endings_fire_without_being_sensitised(ganglion):
    pressure, firing = settled(ganglion, [{}, {"ganglion.terminals": 0.5}])
    assert firing[1] > 0.2 > firing[0]
    assert pressure[1] < pressure[0] + 0.05


def test_endings_more_than_whole_by_a_rounding_error_strain_nobody_whatever_the_exponent(ganglion):
    # Strain is then below 0, and a power of it that is not whole has no value.
    naive = {"ganglion.background": 1e-9, "ganglion.terminals": 1.01}
    for exponent in (3.0, 3.7, 4.2):
        run = ganglion.run(
            [{**ganglion.gains(), **naive, "ganglion.lasting_steepness": exponent}],
            [0.0, 500.0],
            ["ganglion.strain", "ganglion.lasting_strain", SPONTANEOUS],
        )
        assert run["ganglion.strain"][0, 1] < 0.0
        assert 0.0 <= run["ganglion.lasting_strain"][0, 1] < 1e-3
        assert run[SPONTANEOUS][0, 1] < 1e-3


def test_lasting_strain_is_the_hill_function_of_strain(ganglion):
    run = ganglion.run(
        [{**ganglion.gains(), "ganglion.terminals": share, "ganglion.lasting_steepness": 3.3} for share in (0.9, 0.5)],
        [0.0],
        ["ganglion.strain", "ganglion.lasting_strain"],
    )
    strain, half = run["ganglion.strain"][:, 0], ganglion.system.parameters["ganglion.lasting_half"].value
    assert run["ganglion.lasting_strain"][:, 0] == pytest.approx(strain**3.3 / (strain**3.3 + half**3.3), rel=1e-12)


def test_firing_brings_atp_and_substance_p(ganglion):
    names = ["ganglion.atp_excess", "ganglion.substance_p_excess", SPONTANEOUS]
    atp, peptide, firing = settled(ganglion, [{"ganglion.terminals": 0.5}], names)
    assert atp[0] > 0.1
    # tsilioni2016 (tuned to): three times the healthy level where a third of nociceptors fire.
    assert peptide[0] / firing[0] == pytest.approx(2.25 / 0.31, rel=0.1)


@pytest.fixture(scope="module")
def mast_cells(mouse):
    """Mast cells alone."""
    system = load_system("mouse", modules=["mast_cell"])
    return type(mouse)(system.ode, system)


def test_mast_cells_under_a_stabiliser_or_without_their_receptor_stay_quiet(mast_cells):
    base = {"mast_cell.auto": 0.01, "mast_cell.substance_p": 2.0}
    settings = [base, {**base, "mast_cell.stabiliser": 1.0}, {**base, "mast_cell.mrgprx2_block": 1.0}]
    engaged, density = settled(mast_cells, settings, ["mast_cell.engaged", "mast_cell.density"])
    assert engaged[0] > 0.3
    assert (engaged[1:] == 0).all()
    assert density[0] > 1


def test_a_crowd_of_mast_cells_acts_less_than_its_number(mast_cells):
    base = {"mast_cell.auto": 0.005}
    engaged, density = settled(
        mast_cells, [base, {**base, "mast_cell.infiltration": 16.0}], ["mast_cell.engaged", "mast_cell.density"]
    )
    assert 1.5 < engaged[1] / engaged[0] < 3
    assert density[1] / density[0] > 10


@pytest.mark.parametrize("species", ["rat", "human"])
def test_the_same_ganglion_rests_in_every_species(species, mouse):
    system = load_system(species, modules=["ganglion", "satellite_glia", "mast_cell", "igg", "bcell", "body"])
    bench = type(mouse)(system.ode, system)
    outputs = [PRESSURE, SPONTANEOUS, "igg.c_plasma_total", "body.age_excess", "body.bmi_excess"]
    run = bench.run([bench.gains()], [0.0, 2000.0], outputs)
    for name, values in run.items():
        assert values[0, 1] == pytest.approx(values[0, 0], rel=1e-5, abs=1e-7), name


def test_a_persons_autoantibody_makes_nociceptors_fire_and_fewer_antibodies_leave_most_of_it(people, person):
    # People hold five times the IgG that the mice were given: at a quarter of it they still hold what made mice ill.
    drives = [{**person.gains("antibody-glia"), "bcell.auto_drive": drive} for drive in (0.0, 0.001, 0.00025)]
    firing = person.run(drives, [4000.0], [SPONTANEOUS])[SPONTANEOUS][:, 0]
    assert firing[0] < 0.01
    assert 0.3 < firing[1] < 0.5
    assert firing[2] > 0.3 * firing[1]
