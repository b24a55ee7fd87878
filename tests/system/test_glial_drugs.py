"""The drugs that quiet glia: courses against records, potency against what a dose reaches."""

from __future__ import annotations

import numpy as np
import pytest
from tests.system.conftest import Bench

from allodynia.system import load_system
from allodynia.system.drug_exposure import exposure
from allodynia.system.load import species_names

GLIAL = (
    "naltrexone", "acetazolamide", "pentoxifylline", "ganciclovir", "rifampicin", "etanercept", "dexmedetomidine",
    "dextromethorphan", "propentofylline", "minocycline", "cannabidiol", "jnj-54175446",
)  # fmt: skip
HOUR = 1.0 / 24.0


@pytest.fixture(scope="module")
def human():
    system = load_system("human", modules=["cytokine", "ganglion", "cord", "brain"], drugs=GLIAL)
    return Bench(system.ode, system)


def regimen(drug, route, dose, every, times):
    """Doses of ``dose`` mg every ``every`` h, ``times`` of them."""
    state = f"drugs.{drug.replace('-', '_')}_{route}"
    return [(number * every * HOUR, state, dose) for number in range(times)]


def course(human, drug, doses, hours, what="plasma"):
    """A concentration in mg/L at ``hours``."""
    name = f"drugs.{drug.replace('-', '_')}_{what}"
    return human.run([{}], np.asarray(hours) * HOUR, [name], doses)[name][0]


def half_life(hours, levels):
    slope = np.polyfit(hours, np.log(levels), 1)[0]
    return np.log(2.0) / -slope


# What was measured, in people, and how far a typical person may be from it: twice the SD where the record has one.
PEAKS = [
    # drug, route, dose mg, every h, how many, from h, to h, where, lowest, highest (mg/L), record
    ("naltrexone", "oral", 50, 24, 1, 0, 12, "plasma", 0.0133 / 2, 0.0133 * 2, "naltrexone-pk-label"),
    ("ganciclovir", "valganciclovir", 360, 24, 1, 0, 12, "plasma", 1.44, 4.52, "jung1999-valganciclovir-pk"),
    ("ganciclovir", "valganciclovir", 900, 24, 1, 0, 12, "plasma", 2.57, 8.65, "buck2009-ganciclovir"),
    ("rifampicin", "oral", 600, 24, 1, 0, 12, "plasma", 7.0, 14.0, "rifampicin-label"),
    ("etanercept", "subcutaneous", 25, 84, 1, 0, 200, "plasma", 0.5, 2.9, "korth2000-etanercept-pk"),
    ("dextromethorphan", "oral", 20, 8, 1, 0, 12, "plasma", 0.0005, 0.008, "dextromethorphan-druginfo-1993"),
    ("minocycline", "oral", 100, 12, 14, 156, 168, "plasma", 1.0, 4.0, "minocycline-uk-label-levels"),
    ("cannabidiol", "oral", 750, 12, 7, 72, 80, "plasma", 0.389 - 0.306, 0.389 + 0.306, "zhang-cannabidiol-750"),
    ("jnj-54175446", "oral", 300, 24, 1, 0, 24, "free", 0.017, 0.160, "jnj54175446-pkpd"),
    ("jnj-54175446", "oral", 300, 24, 1, 0, 24, "brain", 0.036, 0.192, "jnj54175446-pkpd"),
]


@pytest.mark.parametrize("case", PEAKS, ids=lambda case: f"{case[0]}-{case[2]}-{case[7]}")
def test_peaks_are_those_that_were_measured(human, case):
    drug, route, dose, every, times, start, stop, what, lowest, highest, record = case
    found = course(human, drug, regimen(drug, route, dose, every, times), np.linspace(start + 0.05, stop, 400), what)
    assert lowest <= found.max() <= highest, record
    if drug == "minocycline":  # the record is a range of levels: the trough lies in it too
        assert found.min() >= lowest


HALF_LIVES = [
    # drug, state, dose, from h, to h, lowest, highest, record: read off the simulated curve
    ("naltrexone", "oral", 50, 6, 14, 2.7, 8.9, "naltrexone-pk-primary"),
    ("pentoxifylline", "central", 100, 0.1, 3, 0.4, 0.8, "pentoxifylline-label"),
    ("rifampicin", "oral", 600, 12, 24, 2.0, 4.0, "rifampicin-label"),
    ("etanercept", "subcutaneous", 25, 200, 500, 68 - 19, 68 + 19, "korth2000-etanercept-pk"),
    ("dexmedetomidine", "central", 0.1, 2, 8, 1.5, 2.8, "dexmedetomidine-label-constants"),
    ("minocycline", "oral", 100, 24, 72, 12, 17, "minocycline-label"),
    ("cannabidiol", "oral", 750, 120, 240, 24, 72, "cannabidiol-monographs"),
]


@pytest.mark.parametrize("case", HALF_LIVES, ids=lambda case: case[0])
def test_half_lives_of_the_simulated_curves_are_those_that_were_measured(human, case):
    drug, state, dose, start, stop, lowest, highest, record = case
    hours = np.linspace(start, stop, 40)
    found = half_life(hours, course(human, drug, regimen(drug, state, dose, 24, 1), hours))
    assert lowest <= found <= highest, record


def test_peaks_come_when_they_were_seen(human):
    for drug, route, stop, lowest, highest in (
        ("etanercept", "subcutaneous", 200.0, 51 - 28, 51 + 28),
        ("rifampicin", "oral", 12.0, 0.4, 5.7),
        ("pentoxifylline", "slow_release", 12.0, 1.5, 4.0),
        ("minocycline", "oral", 12.0, 2.0, 4.0),
        ("cannabidiol", "oral", 24.0, 2.0, 5.0),
    ):
        hours = np.linspace(0.05, stop, 800)
        found = hours[np.argmax(course(human, drug, regimen(drug, route, 100, 24, 1), hours))]
        assert lowest <= found <= highest, drug


def test_exposures_over_an_interval_are_those_that_were_measured(human):
    for drug, state, dose, hours, lowest, highest in (
        ("rifampicin", "oral", 600, 24, 13.5, 117),
        ("ganciclovir", "valganciclovir", 360, 48, 10.8 - 3.8, 10.8 + 3.8),
        (
            "dexmedetomidine",
            "central",
            70 * (6 * 10 + 0.34 * 50) / 60 * 1e-3,
            24,
            2.643e-3 - 0.706e-3,
            2.643e-3 + 0.706e-3,
        ),
    ):
        times = np.linspace(0.01, hours, 4000)
        found = course(human, drug, regimen(drug, state, dose, 1000, 1), times)
        assert lowest <= np.trapezoid(found, times) <= highest, drug


def test_naltrexone_blocks_as_many_opioid_receptors_of_the_brain_as_a_camera_saw(human):
    hours = np.linspace(1.0, 8.0, 200)
    seen = {}
    for dose in (2, 5, 50):
        doses = regimen("naltrexone", "oral", dose, 24, 1)
        seen[dose] = human.run([{}], hours * HOUR, ["brain.opioid_block"], doses)["brain.opioid_block"][0]
    # Scans lay somewhere within 8 h: the record must lie between what is left then and the peak.
    assert seen[2].min() <= 0.27 <= seen[2].max()
    assert seen[5].min() <= 0.43
    assert seen[5].max() >= 0.58
    assert seen[50].max() >= 0.92


def test_the_usual_dose_comes_to_what_the_arithmetic_says(human):
    """All drugs at once for eight weeks: disposition is linear, so none minds the others."""
    drugs = human.system.drugs
    end = 56.0
    doses = []
    for drug in drugs.values():
        count = int(np.ceil(end / drug.usual.every - 1e-9))
        state = drug.into(drug.usual.route)
        doses += [(number * drug.usual.every, state, drug.usual.amount) for number in range(count)]
    doses.sort(key=lambda one: one[0])
    names = [name.replace("-", "_") for name in drugs]
    outputs = [f"drugs.{name}_{what}" for name in names for what in ("plasma", "brain")]
    times = np.linspace(end - 7.0, end, 7 * 24 * 30 + 1)
    found = human.run([{}], times, outputs, doses, rtol=1e-6)
    for name, drug in zip(names, drugs.values(), strict=True):
        said = exposure(drug)
        # The week holds a whole number of every interval, and the slowest are within a percent of steady state.
        for what, value in (("plasma", said.total), ("brain", said.brain)):
            mean = np.trapezoid(found[f"drugs.{name}_{what}"][0], times) / 7.0
            assert mean == pytest.approx(value, rel=0.02), (name, what)


def test_every_target_is_an_input_that_a_drug_may_set_and_every_table_holds_in_every_species():
    for species in species_names():
        inputs = load_system(species).inputs
        system = load_system(species, drugs=GLIAL)
        assert set(system.drugs) == set(GLIAL)
        for drug in system.drugs.values():
            assert drug.targets, drug.id
            for target in drug.targets:
                assert target.port in inputs, (drug.id, target.port)
                assert target.port not in system.inputs  # and then it is the drug's


def test_at_4_5_mg_naltrexone_reaches_opioid_receptors_and_not_tlr4(human):
    doses = regimen("naltrexone", "oral", 4.5, 24, 7)
    hours = np.linspace(1.0, 168.0, 800)
    outputs = ["cord.tlr4_block", "brain.opioid_block", "drugs.naltrexone_brain"]
    half = human.system.parameters["drugs.naltrexone_cord_tlr4_block_half"].value
    # Were it as potent as at opioid receptors, the same dose would block TLR4: the arithmetic decides, not the port.
    potent = {
        "drugs.naltrexone_cord_tlr4_block_half": human.system.parameters[
            "drugs.naltrexone_brain_opioid_block_half"
        ].value
    }
    found = human.run([{}, potent], hours * HOUR, outputs, doses)
    tlr4, opioid, reached = (found[name] for name in outputs)
    assert half / reached[0].max() > 1e4
    assert tlr4[0].max() < 1e-4
    assert opioid[0].max() > 0.3
    np.testing.assert_allclose(tlr4[1], opioid[1], rtol=1e-9)


def test_what_cannot_reach_its_target_does_not_act_there(human):
    said = {name: exposure(drug) for name, drug in human.system.drugs.items()}
    for name, port in (
        ("rifampicin", "cord.tlr4_block"),
        ("ganciclovir", "cord.microglia_block"),
        ("pentoxifylline", "cord.pde_block"),
        ("cannabidiol", "cord.cannabinoid"),
        ("cannabidiol", "cord.microglia_block"),
        ("dextromethorphan", "cord.nmda_block"),
        ("propentofylline", "cord.pde_block"),
    ):
        assert said[name].over_half[port] < 0.02, (name, port)
    assert said["etanercept"].share["ganglion.tnf_block"] > 0.95
    assert said["etanercept"].share["cord.tnf_block"] < 0.2
    assert said["jnj-54175446"].share["cord.p2x7_block"] > 0.5


def test_two_drugs_of_one_site_compete_and_of_two_sites_are_independent(human):
    hours = [3.0]
    doses = [(0.0, "drugs.naltrexone_central", 5e5), (0.0, "drugs.rifampicin_central", 5e4),
             (0.0, "drugs.minocycline_central", 200.0), (0.0, "drugs.cannabidiol_central", 5e5)]  # fmt: skip
    constants = human.system.parameters
    drugs = ("naltrexone", "rifampicin", "minocycline", "cannabidiol")
    names = [f"drugs.{name}_brain" for name in drugs]
    found = human.run([{}], np.array(hours) * HOUR, ["cord.tlr4_block", "cord.microglia_block", *names], doses)

    def bound(name, port):
        return found[f"drugs.{name}_brain"][0, 0] / constants[f"drugs.{name}_{port}_half"].value

    one, two = bound("naltrexone", "cord_tlr4_block"), bound("rifampicin", "cord_tlr4_block")
    assert min(one, two) > 0.1
    assert found["cord.tlr4_block"][0, 0] == pytest.approx((one + two) / (1 + one + two), rel=1e-9)
    shares = [
        constants[f"drugs.{name}_cord_microglia_block_most"].value * x / (1 + x)
        for name in ("minocycline", "cannabidiol")
        for x in (bound(name, "cord_microglia_block"),)
    ]
    assert min(shares) > 0.1
    assert found["cord.microglia_block"][0, 0] == pytest.approx(1 - (1 - shares[0]) * (1 - shares[1]), rel=1e-9)
