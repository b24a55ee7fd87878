"""The drugs in use: courses and occupancies against what was published, and what a drug must leave alone.

Where a number of a table was tuned to a record, the test says so; the others are checks that no table was tuned to.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from tests.system.conftest import Bench

from allodynia.engine import ActionKind, Actions, simulate
from allodynia.system import load_system
from allodynia.system.drug_table import drug_names
from allodynia.system.load import FOLDER

HOUR = 1 / 24
TARGETS = ("ganglion", "cord", "sleep_stress", "mast_cell", "cytokine", "t_cell", "traffic")


@functools.cache
def system_of(name):
    return load_system("human", modules=TARGETS, drugs=[name])


class Course:
    """Plasma (mg/L) and other outputs of one drug, hour by hour."""

    def __init__(self, name, amount, every=None, doses=1, hours=96, outputs=(), route="oral"):
        system = system_of(name)
        identifier = name.replace("-", "_")
        into = system.drugs[name].into(route)
        schedule = [(number * (every or 0) * HOUR, into, amount) for number in range(doses)]
        self.hours = np.arange(1, hours * 10 + 1) / 10
        plasma = f"drugs.{identifier}_plasma"
        run = Bench(system.ode, system).run([{}], self.hours * HOUR, [plasma, *outputs], schedule)
        self.plasma, self.out = run[plasma][0], {key: values[0] for key, values in run.items()}
        self.last = self.hours > hours - (every or hours)

    def half_life(self, start, stop, values=None):
        part = (self.hours >= start) & (self.hours <= stop)
        return (
            -np.log(2) / np.polyfit(self.hours[part], np.log((self.plasma if values is None else values)[part]), 1)[0]
        )

    def area(self, values=None):
        return np.trapezoid(np.r_[0.0, self.plasma if values is None else values], np.r_[0.0, self.hours])

    def at(self, output, hour):
        return np.interp(hour, self.hours, self.out[output])


def test_of_gabapentin_less_is_absorbed_the_more_is_swallowed():
    label = {300: 0.60, 400: 0.47, 800: 0.34, 1200: 0.33, 1600: 0.27}  # tuned to
    for dose, share in label.items():
        absorbed = Course("gabapentin", dose).area() * 6.7 / dose
        closed = 0.93 * 200 / dose * np.log1p(dose / 200)
        assert absorbed == pytest.approx(closed, rel=2e-3)
        assert absorbed == pytest.approx(share, abs=0.05)


def test_gabapentin_reaches_the_exposure_that_was_measured():
    steady = Course("gabapentin", 300, every=8, doses=12)
    assert steady.plasma[steady.last].max() == pytest.approx(4.02, rel=0.2)
    assert Course("gabapentin", 300).area() == pytest.approx(24.8, rel=0.15)
    assert 5 < Course("gabapentin", 300).half_life(24, 48) < 7


def test_pregabalin_reaches_cerebrospinal_fluid_as_slowly_as_was_measured():
    once = Course("pregabalin", 300, outputs=["drugs.pregabalin_brain"], hours=72)
    fluid = once.out["drugs.pregabalin_brain"]
    for hour, seen in ((2, 0.115), (6, 0.359)):  # tuned to
        assert once.at("drugs.pregabalin_brain", hour) == pytest.approx(seen, rel=0.4)
    assert 6 < once.hours[fluid.argmax()] < 13
    day = once.hours <= 24
    assert np.trapezoid(fluid[day]) / np.trapezoid(once.plasma[day]) == pytest.approx(0.098, abs=2 * 0.016)
    assert 5.5 < once.half_life(12, 36) < 6.9
    assert 0.6 < once.hours[once.plasma.argmax()] < 1.4


def test_duloxetine_holds_the_serotonin_transporter_as_cameras_saw():
    once = Course("duloxetine", 60, outputs=["cord.serotonin"])
    assert 9.2 < once.half_life(30, 60) < 19.1
    for hour, seen in (
        (6, 0.818),
        (25, 0.719),
        (53, 0.449),
    ):  # its rate into the brain is tuned to these, not to the next
        assert once.at("cord.serotonin", hour) == pytest.approx(seen, abs=0.1)
    often = Course("duloxetine", 60, every=24, doses=10, hours=222, outputs=["cord.serotonin"])
    assert often.at("cord.serotonin", 222) == pytest.approx(0.843, abs=0.05)


def test_duloxetine_takes_as_much_of_the_noradrenaline_transporter_as_its_plasma_did_in_a_dish():
    highest = Course("duloxetine", 120, every=24, doses=8, hours=192, outputs=["sleep_stress.na_reuptake"])
    assert highest.out["sleep_stress.na_reuptake"][highest.last].max() == pytest.approx(0.60, abs=0.07)


def test_milnacipran_accumulates_and_occupies_as_published():
    once = Course("milnacipran", 50)
    assert 1.2 <= once.hours[once.plasma.argmax()] <= 4.3
    outputs = ["cord.serotonin", "cord.noradrenaline"]
    often = Course("milnacipran", 50, every=12, doses=8, outputs=outputs)
    first = np.trapezoid(once.plasma[once.hours <= 12], once.hours[once.hours <= 12])
    assert 1.3 < np.trapezoid(often.plasma[often.last], often.hours[often.last]) / first < 1.65
    for amount, serotonin, noradrenaline in ((50, 0.386, 0.400), (100, 0.615, 0.499)):
        run = Course("milnacipran", amount, every=12, doses=8, outputs=outputs)
        assert run.out["cord.serotonin"][run.last].mean() == pytest.approx(serotonin, abs=0.1)
        assert run.out["cord.noradrenaline"][run.last].mean() == pytest.approx(noradrenaline, abs=0.1)


def test_amitriptyline_peaks_and_leaves_as_published():
    once = Course("amitriptyline", 50 * 0.884, outputs=["drugs.nortriptyline_plasma"], hours=700)
    assert 10.85 < once.plasma.max() * 1e3 < 45.7
    assert 2 < once.hours[once.plasma.argmax()] < 5.8
    assert 22.4 - 2 * 4.3 < once.half_life(24, 96) < 22.4 + 2 * 4.3
    made = once.out["drugs.nortriptyline_plasma"]
    assert once.area(made) / once.area() == pytest.approx(0.88, abs=0.05)  # tuned to
    assert 16 < once.half_life(200, 300, made) < 38


def test_what_amitriptyline_becomes_is_what_leaves_it():
    once = Course("amitriptyline", 100, outputs=["drugs.nortriptyline_plasma"], hours=1000)
    assert once.area() == pytest.approx(0.53 * 100 / 50, rel=1e-3)
    assert once.area(once.out["drugs.nortriptyline_plasma"]) * 30.6 == pytest.approx(0.54 * 0.53 * 100, rel=1e-3)


def test_nortriptyline_occupies_what_its_plasma_level_says():
    often = Course("nortriptyline", 75 * 0.879, every=24, doses=25, hours=600, outputs=["cord.noradrenaline"])
    level = often.plasma[often.last].mean() * 1e3  # ng/mL
    assert often.out["cord.noradrenaline"][often.last].mean() == pytest.approx(level / (level + 59.8), abs=0.02)
    assert 16 < Course("nortriptyline", 25).half_life(24, 90) < 38


@pytest.mark.parametrize(("amount", "trough"), [(250, 36.5), (500, 49.2)])
def test_naproxen_comes_within_a_third_of_its_troughs(amount, trough):
    # Binding saturates between the two, which a linear table can only straddle.
    often = Course("naproxen", amount, every=12, doses=14, hours=168, outputs=["ganglion.cox_block"])
    assert trough / 1.35 < often.plasma[-1] < trough * 1.35
    assert often.out["ganglion.cox_block"][often.last].min() > 0.75
    assert 12 < Course("naproxen", amount).half_life(24, 72) < 17


def test_venlafaxine_becomes_desvenlafaxine_and_takes_what_cameras_saw():
    outputs = ["drugs.desvenlafaxine_plasma", "cord.serotonin"]
    low, high = (Course("venlafaxine", mg, every=24, doses=8, hours=192, outputs=outputs) for mg in (75, 225))
    made = low.out["drugs.desvenlafaxine_plasma"][low.last].mean()
    assert made / low.plasma[low.last].mean() == pytest.approx(116 / 75, rel=0.05)  # tuned to
    assert 116 - 65 < made * 1e3 < 116 + 65
    assert high.out["cord.serotonin"][high.last].mean() == pytest.approx(0.85, abs=0.07)


def test_desvenlafaxine_reaches_its_area_and_peak():
    often = Course("desvenlafaxine", 100, every=24, doses=8, hours=192)
    assert np.trapezoid(often.plasma[often.last], often.hours[often.last]) * 1e3 == pytest.approx(6747, rel=0.23)
    assert often.plasma[often.last].max() * 1e3 == pytest.approx(376, rel=0.23)
    least = Course("desvenlafaxine", 14.4, every=24, doses=8, hours=192, outputs=["cord.serotonin"])
    assert least.out["cord.serotonin"][least.last].mean() == pytest.approx(0.5, abs=0.03)  # tuned to


def test_desipramine_leaves_as_published_and_prefers_noradrenaline():
    often = Course("desipramine", 88, every=24, doses=10, hours=240, outputs=["cord.serotonin", "cord.noradrenaline"])
    assert 12 < Course("desipramine", 88).half_life(48, 96) < 36
    assert often.out["cord.noradrenaline"][-1] > 3 * often.out["cord.serotonin"][-1]


def test_ketamine_blocks_while_it_is_there():
    outputs = ["cord.nmda_block"]
    once = Course("ketamine", 10, route="intravenous", hours=48, outputs=outputs)
    assert once.area() * 1e3 == pytest.approx(113, rel=0.2)
    nose = Course("ketamine", 30, route="intranasal", hours=48)
    assert nose.area() * 1e3 == pytest.approx(46, rel=0.3)
    assert 60.8 / 2 < nose.plasma.max() * 1e3 < 60.8 * 2
    infused = Course("ketamine", 35, route="intravenous", hours=48, outputs=outputs)
    assert infused.at("cord.nmda_block", 0.25) > 0.4
    assert infused.at("cord.nmda_block", 3.0) < 0.2
    assert infused.at("cord.nmda_block", 24.0) < 0.01


def test_anakinra_peaks_and_leaves_as_published_and_holds_its_receptors_for_a_day():
    once = Course("anakinra", 70, route="subcutaneous", hours=36)
    assert 687 - 2 * 197 < once.plasma.max() * 1e3 < 687 + 2 * 197
    assert 2 <= once.hours[once.plasma.argmax()] <= 6
    assert 2.8 < once.half_life(10, 30) < 4.8
    often = Course("anakinra", 100, every=24, doses=4, route="subcutaneous", outputs=["ganglion.il1_block"])
    assert (
        0.4 < often.out["ganglion.il1_block"][often.last].min() < often.out["ganglion.il1_block"][often.last].max() < 1
    )


def test_tofacitinib_takes_a_part_of_what_il6_says():
    often = Course("tofacitinib", 5, every=12, doses=4, hours=48, outputs=["cytokine.jak_block"])
    assert 2.5 < Course("tofacitinib", 5, hours=30).half_life(6, 24) < 3.7
    assert 0.5 <= often.hours[often.plasma[often.hours < 12].argmax()] <= 1.1
    assert 0.10 < often.out["cytokine.jak_block"][often.last].mean() < 0.73


def test_natalizumab_reaches_its_levels():
    month = 28 * 24
    often = Course("natalizumab", 300, month, 5, 5 * month, ["t_cell.integrin_block"], route="intravenous")
    assert often.plasma[often.last].max() == pytest.approx(98, abs=34)
    assert often.plasma[often.last].mean() == pytest.approx(30, rel=0.15)
    assert 7 < often.half_life(4 * month + 240, 5 * month) / 24 < 15
    assert often.out["t_cell.integrin_block"][often.last].mean() > 0.7


def test_fingolimod_accumulates_and_holds_lymphocytes_as_published():
    once = Course("fingolimod", 1.25, hours=800)
    assert once.plasma.max() * 1e3 == pytest.approx(1.1, abs=0.2)
    assert 8 < once.hours[once.plasma.argmax()] < 24
    assert 6 < once.half_life(200, 700) / 24 < 9
    for dose, peak, area, fall in ((1.25, 5.0, 109, 0.80), (5, 18.2, 399, 0.88)):
        week = Course("fingolimod", dose, every=24, doses=7, hours=168, outputs=["t_cell.s1p_block"])
        assert week.plasma[week.last].max() * 1e3 == pytest.approx(peak, rel=0.2)
        assert np.trapezoid(week.plasma[week.last], week.hours[week.last]) * 1e3 == pytest.approx(area, rel=0.22)
        assert week.out["t_cell.s1p_block"][week.last].max() == pytest.approx(fall, abs=0.03)  # tuned to
    usual = Course("fingolimod", 0.5, every=24, doses=40, hours=960, outputs=["t_cell.s1p_block"])
    assert usual.out["t_cell.s1p_block"][usual.last].mean() == pytest.approx(0.70, abs=0.08)


def test_ketotifen_is_four_orders_of_magnitude_from_stabilising_a_mast_cell():
    once = Course("ketotifen", 2, outputs=["mast_cell.stabiliser"])
    assert 7 < once.half_life(24, 72) < 27
    assert 0.25 < once.plasma.max() * 1e3 < 0.45
    assert 0 < once.out["mast_cell.stabiliser"].max() < 1e-4


def test_a_cyclo_oxygenase_blocker_takes_inflammation_and_not_what_igg_does():
    system = load_system("human", modules=["ganglion"], drugs=["naproxen"])
    person = Bench(system.ode, system)
    dose = [(number / 2, "drugs.naproxen_oral", 500.0) for number in range(20)]
    inflamed = {"ganglion.inflamed_tissue": 1.0}
    bound = {"ganglion.glia_engaged": 5.0}
    cut = {"edge.drug-ganglion-cox-block": 0.0}
    outputs = ["ganglion.sensitisation_pressure"]
    lanes = [inflamed, {**inflamed, **cut}, bound, {**bound, **cut}]
    # Within the hour, before cytokines matter: half of the endings' own sensitisation is prostaglandins'.
    early = person.run(lanes, [0.01 + 9.5], outputs, dose)[outputs[0]][:, 0]
    assert early[0] < 0.95 * early[1]
    assert early[2] == early[3]
    assert early[3] > 0.3


def test_pregabalin_and_duloxetine_do_not_meet():
    doses = {"pregabalin": 225.0, "duloxetine": 60.0}
    outputs = ["cord.alpha2delta_block", "cord.noradrenaline", "cord.serotonin"]
    both = load_system("human", modules=["cord", "brain"], drugs=list(doses))
    schedule = [(0.0, f"drugs.{name}_oral", amount) for name, amount in doses.items()]
    together = Bench(both.ode, both).run([{}], [0.25, 0.5, 1.0], outputs, schedule)
    for name, mine in (("pregabalin", outputs[:1]), ("duloxetine", outputs[1:])):
        system = load_system("human", modules=["cord", "brain"], drugs=[name])
        alone = Bench(system.ode, system).run([{}], [0.25, 0.5, 1.0], mine, [(0.0, f"drugs.{name}_oral", doses[name])])
        for output in mine:
            np.testing.assert_allclose(together[output], alone[output], rtol=1e-7)


def test_amitriptyline_and_duloxetine_compete_for_one_transporter():
    system = load_system("human", modules=["cord"], drugs=["amitriptyline", "duloxetine"])
    names = ("amitriptyline", "duloxetine", "nortriptyline")
    schedule = [(0.0, f"drugs.{name}_oral", 60.0) for name in names[:2]]
    outputs = ["cord.noradrenaline", *(f"drugs.{name}_brain" for name in names)]
    run = Bench(system.ode, system).run([{}], [0.5, 1.0, 2.0], outputs, schedule)
    taken = [
        run[f"drugs.{name}_brain"][0] / system.parameters[f"drugs.{name}_cord_noradrenaline_half"].value
        for name in names
    ]
    np.testing.assert_allclose(run["cord.noradrenaline"][0], sum(taken) / (1 + sum(taken)), rtol=1e-9)
    assert all((one > 0).all() for one in taken)


@pytest.mark.parametrize("species", ["mouse", "rat"])
@pytest.mark.parametrize("name", drug_names(FOLDER))
def test_every_drug_has_numbers_in_rodents(name, species):
    drug = load_system(species, modules=["igg"], drugs=[name]).drugs[name]
    assert all(row.value > 0 for row in drug.rows.values())


def test_a_drug_changes_nothing_but_through_its_ports():
    names = [name for name in drug_names(FOLDER) if name != "ivig"]  # which goes into the IgG of the body
    system = load_system("human", drugs=names)
    bench = Bench(system.ode, system)
    drugs = {name: drug for name, drug in system.drugs.items() if drug.rows}
    lanes = [
        [],
        *(
            [(0.0, ActionKind.ADD_STATE, bench.states.index(next(iter(drug.routes.values()))), 100.0)]
            for drug in drugs.values()
        ),
    ]
    edges = {row.id: row.target for row in system.edges.values() if row.source.startswith("drugs.")}
    others = [state for state in bench.states if not state.startswith("drugs.")]
    ports = sorted(edges.values())

    def run(settings, outputs):
        table = bench.parameters([settings] * len(lanes))
        actions = Actions.from_lists(lanes)
        solution = simulate(bench.ode, table, np.array([0.2, 2.0]), outputs, actions=actions, rtol=1e-7, atol=1e-10)
        assert solution.solved.all()
        return np.array([solution.output(name) for name in outputs])  # [output, lane, time]

    cut = run({f"edge.{edge}": 0.0 for edge in edges}, others)
    np.testing.assert_allclose(cut, np.broadcast_to(cut[:, :1], cut.shape), rtol=1e-5, atol=1e-8)
    whole = run({}, ports)
    for lane, drug in enumerate(drugs.values(), start=1):
        mine = {target.port for target in drug.targets}
        for made in drug.becomes:
            mine |= {target.port for target in drugs[made].targets}
        touched = {port for port, values in zip(ports, whole[:, lane, 0], strict=True) if values > 0.0}
        assert touched == mine, drug.id
    assert (whole[:, 0] == 0.0).all()
