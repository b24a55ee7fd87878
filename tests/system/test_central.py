"""Cord, brain and what shows of them, apart from the rest: rest, onset and upkeep, sex, drugs, the camera."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import ActionKind, Actions, simulate
from allodynia.system import load_system

DAYS = np.arange(0.0, 61.0)
OFF = 14.0


class Part:
    """Cord, brain and symptoms of a species; ports that other modules drive are parameters."""

    def __init__(self, species, modules=("cord", "brain", "symptom")):
        self.ode = load_system(species, modules=list(modules)).ode
        self.columns = {quantity.id: number for number, quantity in enumerate(self.ode.parameters)}
        self.states = [quantity.id for quantity in self.ode.states]
        self.outputs = [quantity.id for quantity in (*self.ode.states, *self.ode.observables)]

    def run(self, times, outputs, changes=(), doses=(), **settings):
        """``changes`` are (time, parameter, value), ``doses`` (time, state, amount); ids with a double underscore for
        their dot.
        """
        row = [0.0 if quantity.value is None else quantity.value for quantity in self.ode.parameters]
        for key, value in settings.items():
            row[self.columns[key.replace("__", ".")]] = value
        schedule = [(time, ActionKind.SET_PARAMETER, self.columns[key], value) for time, key, value in changes]
        schedule += [(time, ActionKind.ADD_STATE, self.states.index(key), value) for time, key, value in doses]
        found = simulate(
            self.ode, np.array([row]), np.array(times, dtype=np.float64), list(outputs),
            actions=Actions.shared(1, sorted(schedule, key=lambda action: action[0])) if schedule else None,
            rtol=1e-8, atol=1e-11,
        )  # fmt: skip
        assert found.solved.all()
        return {output: found.output(output)[0] for output in outputs}

    def value(self, constant):
        return self.ode.parameters[self.columns[constant]].value

    def adrenergic(self, outputs=("symptom.von_frey",), more=(), **settings):
        """Two weeks of adrenergic drive."""
        changes = [(0.0, "cord.adrenergic", 1.5), (OFF, "cord.adrenergic", 0.0), *more]
        found = self.run(DAYS, outputs, changes, **settings)
        return found if len(found) > 1 else next(iter(found.values()))

    def acid(self, *days, **settings):
        """Threshold over baseline after injections of acid into muscle."""
        doses = [(float(day), "cord.acid", 1.0) for day in days]
        return over(self.run(DAYS, ["symptom.von_frey"], doses=doses, **settings)["symptom.von_frey"])


def over(threshold):
    return threshold / threshold[0]


@pytest.fixture(scope="module")
def rat():
    return Part("rat")


@pytest.fixture(scope="module")
def person():
    return Part("human")


@pytest.fixture(scope="module")
def observer():
    return Part("human", ["symptom"])


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_at_rest_nothing_moves_and_every_excess_is_nil(species):
    part = Part(species)
    found = part.run([0.0, 1000.0], part.outputs)
    for name, values in found.items():
        assert values[1] == pytest.approx(values[0], rel=1e-9, abs=1e-9), name
    nil = ["cord.sensitisation", "cord.touch", "cord.microglia", "cord.astrocytes", "cord.maintenance", "cord.wind_up",
           "cord.bdnf_excess", "brain.glutamate", "brain.central_drive", "symptom.pain", "symptom.wpi"]  # fmt: skip
    one = ["cord.inhibition", "cord.gain", "brain.descending", "brain.s1", "brain.medulla", "brain.dvr_s1"]
    assert [found[name][0] for name in nil] == pytest.approx([0.0] * len(nil))
    assert [found[name][0] for name in one] == pytest.approx([1.0] * len(one))


# ---------------------------------------------------------------- onset and upkeep


def test_the_diseased_steady_state_is_the_larger_root_of_the_balance(person):
    # Upkeep alone: (1 - m) s m^2 / (m^2 + h^2) = m has the roots 0 and, for s above its least value, two more.
    quiet = {"cord__kept_weight": 0.0, "cord__predisposition": 1.0}
    s, h = 2.0 * person.value("cord.self_drive"), person.value("cord.self_half")
    larger = (s + np.sqrt(s**2 - 4.0 * (1.0 + s) * h**2)) / (2.0 * (1.0 + s))
    smaller = (s - np.sqrt(s**2 - 4.0 * (1.0 + s) * h**2)) / (2.0 * (1.0 + s))
    ends = {}
    for start in (0.9 * smaller, 1.1 * smaller, 0.95):
        found = person.run([0.0, 3000.0], ["cord.maintenance"], doses=[(0.0, "cord.maintenance", start)], **quiet)
        ends[start] = found["cord.maintenance"][-1]
    low, high, top = ends.values()
    assert low == pytest.approx(0.0, abs=1e-6)
    assert [high, top] == pytest.approx([larger, larger], rel=1e-5)


def test_who_is_not_susceptible_has_only_the_healthy_one(person):
    found = person.run([0.0, 3000.0], ["cord.maintenance"], doses=[(0.0, "cord.maintenance", 0.95)])
    assert found["cord.maintenance"][-1] == pytest.approx(0.0, abs=1e-6)


def test_two_weeks_of_adrenergic_drive_outlast_themselves_and_pass(rat):
    threshold = over(rat.adrenergic())
    assert 0.15 < threshold[14] < 0.5
    assert threshold[35] < 0.8
    assert threshold[60] > threshold[35] + 0.2


def test_minocycline_prevents_and_does_not_reverse(rat):
    untreated = over(rat.adrenergic(cord__female=0.0))
    early = over(rat.adrenergic(cord__female=0.0, cord__microglia_block=0.8))
    late = over(rat.adrenergic(more=[(OFF, "cord.microglia_block", 0.8)], cord__female=0.0))
    assert early[35] > 0.95
    assert late[35] - untreated[35] < 0.1 * (1.0 - untreated[35])


def test_in_females_blocking_microglia_prevents_little(rat):
    blocked = {sex: over(rat.adrenergic(cord__female=sex, cord__microglia_block=0.8))[21] for sex in (0.0, 1.0)}
    assert 1.0 - blocked[1.0] > 5.0 * (1.0 - blocked[0.0])


def test_two_acid_injections_days_apart_last_weeks_and_one_does_not(rat):
    one, near, far = rat.acid(0), rat.acid(0, 5), rat.acid(0, 10)
    assert one[14] > 0.9
    assert near[25] < 0.85
    assert near[60] > 0.95
    assert near[28] < far[28]


def test_firing_for_ten_days_is_no_way_in_and_firing_for_good_is(rat):
    brief = rat.run(
        DAYS, ["cord.maintenance", "symptom.von_frey"], [(0.0, "cord.firing", 0.3), (10.0, "cord.firing", 0.0)]
    )
    assert brief["cord.maintenance"].max() < 0.02
    assert over(brief["symptom.von_frey"])[28] > 0.98
    lasting = rat.run([0.0, 400.0], ["cord.maintenance"], [(0.0, "cord.firing", 0.6)])
    assert lasting["cord.maintenance"][-1] > 0.3


def test_lower_thresholds_alone_leave_the_cord_as_it_is(rat):
    found = rat.run([0.0, 100.0], ["cord.maintenance", "cord.sensitisation"], symptom__sensitisation_pressure=1.0)
    assert found["cord.maintenance"][-1] == found["cord.sensitisation"][-1] == 0.0


def test_microglia_lead_and_astrocytes_follow(rat):
    found = rat.adrenergic(("cord.microglia", "cord.astrocytes"))
    half = [np.argmax(values > 0.5 * values[14]) for values in found.values()]
    assert half[0] < half[1]


# ---------------------------------------------------------------- inhibition and drugs


def test_loss_of_inhibition_makes_touch_hurt_and_acetazolamide_gives_back_only_that(rat):
    outputs = ("cord.touch", "cord.lost", "cord.sensitisation", "cord.maintenance")
    without = rat.adrenergic(outputs)
    treated = rat.adrenergic(outputs, cord__carbonic_anhydrase=1.0)
    assert without["cord.touch"][14] > 0.1
    assert treated["cord.lost"][14] == pytest.approx(
        (1.0 - rat.value("cord.rescue")) * without["cord.lost"][14], rel=1e-6
    )
    assert treated["cord.touch"][14] < without["cord.touch"][14]
    # What is kept up without glia is not touched.
    kept = {
        block: rat.run([0.0, 0.01], ["cord.sensitisation"], doses=[(0.0, "cord.maintenance", 0.5)],
                       cord__carbonic_anhydrase=block)["cord.sensitisation"][-1]
        for block in (0.0, 1.0)
    }  # fmt: skip
    assert kept[1.0] == pytest.approx(kept[0.0], rel=1e-3)


def test_ketamine_works_while_it_is_there(rat):
    hour = 1.0 / 24.0
    outputs = ["cord.wind_up", "cord.maintenance"]
    times = [0.0, 1.0, 1.0 + hour, 1.0 + 2.0 * hour, 2.0]
    changes = [(1.0, "cord.nmda_block", 0.8), (1.0 + 1.01 * hour, "cord.nmda_block", 0.0)]
    found = rat.run(times, outputs, changes, [(0.0, "cord.maintenance", 0.5)])
    untreated = rat.run(times, outputs, doses=[(0.0, "cord.maintenance", 0.5)])
    assert found["cord.wind_up"][2] == pytest.approx(0.2 * untreated["cord.wind_up"][2], rel=1e-3)
    assert found["cord.wind_up"][3] == pytest.approx(untreated["cord.wind_up"][3], rel=1e-3)
    assert found["cord.maintenance"] == pytest.approx(untreated["cord.maintenance"], rel=1e-6)


@pytest.mark.parametrize(
    "drug", ["noradrenaline", "serotonin", "alpha2_agonist", "alpha2delta_block", "cannabinoid", "tnf_block",
             "pde_block", "p2x7_block", "astrocyte_block", "nmda_block"],
)  # fmt: skip
def test_each_drug_raises_the_threshold_of_a_sensitised_animal_and_of_no_healthy_one(rat, drug):
    ill = {"cord__firing": 0.5}
    times, output = [0.0, 40.0], ["symptom.von_frey"]
    untreated = rat.run(times, output, **ill)["symptom.von_frey"][-1]
    assert rat.run(times, output, [(0.0, f"cord.{drug}", 0.8)], **ill)["symptom.von_frey"][-1] > 1.01 * untreated
    healthy = rat.run(times, output, [(0.0, f"cord.{drug}", 0.8)])["symptom.von_frey"]
    assert healthy[-1] == pytest.approx(healthy[0], rel=1e-9)


# ---------------------------------------------------------------- brain


def test_the_loop_through_the_brain_has_a_gain_below_one(person):
    # Glutamate that a small bias leaves behind, with the brain's way back to the cord open and cut: 1 / (1 - gain).
    gains = {}
    for cut in (0.0, 1.0):
        settings = {
            "brain__central_bias": 1e-4,
            "cord__facilitation_gain": (1.0 - cut) * person.value("cord.facilitation_gain"),
        }
        gains[cut] = person.run([0.0, 200.0], ["brain.glutamate"], **settings)["brain.glutamate"][-1]
    loop = 1.0 - gains[1.0] / gains[0.0]
    assert 0.01 < loop < 0.5


DOWN = ("medulla", "amygdala", "l_superior_temporal")
UP = ("s1", "m1", "superior_frontal", "l_superior_parietal", "l_precuneus", "l_medial_frontal")


def scanned(person, **settings):
    regions = [f"brain.dvr_{region}" for region in (*UP, *DOWN)] + [f"brain.vt_{region}" for region in ("s1", *DOWN)]
    found = person.run([0.0, 400.0], regions, cord__firing=0.5, cord__adrenergic=0.5, brain__distress=0.4, **settings)
    return {name.removeprefix("brain."): values[-1] / values[0] for name, values in found.items()}


def test_a_ratio_to_a_region_that_rises_reads_as_a_fall_where_nothing_fell(person):
    found = scanned(person)
    assert all(found[f"dvr_{region}"] > 1.01 for region in UP)
    assert all(found[f"dvr_{region}"] < 0.99 for region in DOWN)
    assert all(found[f"vt_{region}"] >= 1.0 for region in ("s1", *DOWN))


def test_without_a_rise_of_the_reference_region_nothing_reads_as_a_fall(person):
    found = scanned(person, brain__reference_input=0.0)
    assert all(found[f"dvr_{region}"] >= 1.0 for region in (*UP, *DOWN))


def test_cytokines_raise_every_region_within_hours_and_alike(person):
    outputs = ["brain.s1", "brain.medulla", "brain.reference"]
    changes = [(0.0, "brain.inflammation", 1.0), (0.25, "brain.inflammation", 0.0)]
    found = person.run([0.0, 0.125, 1.0], outputs, changes)
    assert found["brain.s1"][1] > 1.2
    assert found["brain.s1"] == pytest.approx(found["brain.medulla"])
    assert found["brain.s1"][2] < 1.05


def test_expectation_relieves_through_opioids_in_part(person):
    ill = {"cord__firing": 0.3, "symptom__firing": 0.3, "cord__adrenergic": 0.3}
    pains = []
    for reward, block in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)):
        changes = [(0.0, "brain.reward", reward), (0.0, "brain.opioid_block", block)]
        pains.append(person.run([0.0, 200.0], ["symptom.nrs"], changes, **ill)["symptom.nrs"][-1])
    untreated, placebo, blocked = pains
    assert placebo < blocked < untreated


# ---------------------------------------------------------------- symptoms


@pytest.mark.parametrize(
    ("port", "value", "falls", "rises"),
    [
        ("sensitisation_pressure", 0.5, ["paw_pressure", "von_frey", "ppt", "grip", "distance", "steps"], ["pain"]),
        ("sensitisation_cold", 0.5, ["cold_latency"], ["cold_pain"]),
        ("firing", 0.3, ["steps"], ["nrs", "fatigue", "stiffness", "fiqr"]),
        ("central", 2.0, ["paw_pressure", "von_frey", "cold_latency", "ppt", "grip"], ["cold_pain", "wpi", "nrs"]),
        ("touch", 0.3, ["von_frey"], ["pain_from_touch", "nrs"]),
        ("wind_up", 1.0, [], ["summation"]),
        ("descending", 0.5, ["cpm"], []),
        ("central_drive", 0.4, [], ["nrs"]),
        ("inflammation", 0.3, [], ["nrs", "fatigue", "stiffness"]),
        ("illness", 1.0, [], ["nrs", "fatigue"]),
        ("sleep_debt", 0.5, [], ["sleep_quality", "fatigue", "sss"]),
        ("distress", 0.5, [], ["anxiety", "depression", "fiqr"]),
        ("strength", 0.7, ["grip"], ["fiqr"]),
        ("female", 1.0, ["grip"], []),
    ],
)
def test_each_port_moves_what_it_should(observer, port, value, falls, rises):
    names = [f"symptom.{name}" for name in (*falls, *rises)]
    before = observer.run([0.0], names)
    after = observer.run([0.0], names, **{f"symptom__{port}": value})
    for name in falls:
        assert after[f"symptom.{name}"][0] < 0.99 * before[f"symptom.{name}"][0], name
    for name in rises:
        assert after[f"symptom.{name}"][0] > 1.01 * before[f"symptom.{name}"][0], name


def test_scales_keep_to_their_ends(observer):
    drives = ("firing", "central", "inflammation", "illness", "sleep_debt", "distress", "central_drive", "wind_up")
    worst = {f"symptom__{port}": 8.0 for port in drives}
    worst |= {"symptom__touch": 1.0, "symptom__sensitisation_pressure": 1.0, "symptom__sensitisation_cold": 1.0}
    tops = {"nrs": 10, "pain_from_touch": 10, "fatigue": 1, "stiffness": 1, "anxiety": 21, "depression": 21,
            "sleep_quality": 21, "wpi": 19, "sss": 12, "fiqr": 100}  # fmt: skip
    found = observer.run([0.0], [f"symptom.{name}" for name in tops], **worst)
    for name, top in tops.items():
        assert 0.8 * top < found[f"symptom.{name}"][0] <= top, name
