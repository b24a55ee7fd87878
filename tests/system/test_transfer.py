"""The whole mouse under patients' IgG: what must hold, what must not, and what goes when a mechanism is taken away."""

from __future__ import annotations

import numpy as np
import pytest

DAYS = np.arange(0.0, 28.01, 0.25)
PAW = "symptom.paw_pressure"


def paw(mouse, subjects, doses, times=DAYS):
    """Paw pressure over its start [subject, time]."""
    values = mouse.run(subjects, times, [PAW], doses)[PAW]
    return values / mouse.run(subjects, [0.0], [PAW])[PAW]


def at(values, day):
    return values[..., round(day * 4)]


def first_day_back(values):
    trough = int(np.argmin(values))
    return float(DAYS[trough:][np.flatnonzero(values[trough:] >= 0.95)[0]])


def test_an_untreated_mouse_stays_as_it_is_for_four_weeks(mouse):
    everything = [quantity.id for quantity in (*mouse.ode.states, *mouse.ode.observables)]
    for name, values in mouse.run([mouse.gains()], [0.0, 1.0, 14.0, 28.0], everything).items():
        # fibres start at their set-point, which background alone keeps from being quite exact; what is over or under
        # it is a difference of ones
        assert values == pytest.approx(np.repeat(values[:, :1], 4, axis=1), rel=1e-6, abs=1e-6), name


def test_onset_is_sensitisation_not_transport(mouse, four_doses):
    run = mouse.run([mouse.gains()], DAYS, ["ganglion.c_igg", "igg.c_plasma_human", PAW], four_doses)
    ratio = mouse.system.parameters["ganglion.entry_ratio"].value
    # six hours in, the ganglion holds what it will ever hold for that plasma, and the mouse feels nothing yet
    assert at(run["ganglion.c_igg"], 0.25)[0] == pytest.approx(ratio * at(run["igg.c_plasma_human"], 0.25)[0], rel=0.05)
    assert at(run[PAW], 0.25)[0] > 0.99 * run[PAW][0, 0]
    assert at(run[PAW], 1)[0] < 0.97 * run[PAW][0, 0]
    assert at(run[PAW], 2)[0] < 0.85 * run[PAW][0, 0]


def test_titre_is_not_potency(mouse, four_doses):
    inert = {**mouse.gains(), "igg.given_titre": 0.003, "ganglion.potency": 0.0}
    patient = mouse.gains()
    run = mouse.run([inert, patient], DAYS, ["satellite_glia.bound", PAW], four_doses)
    assert run["satellite_glia.bound"][0].max() > run["satellite_glia.bound"][1].max()
    assert run[PAW][0] == pytest.approx(run[PAW][0, 0], rel=1e-6)
    assert run[PAW][1].min() < 0.75 * run[PAW][1, 0]


@pytest.mark.parametrize(("hypothesis", "gate"), [("antibody-glia", "glia-gate"), ("antibody-mast-cell", "mast-gate")])
def test_each_gate_carries_its_hypothesis_and_only_that(mouse, four_doses, hypothesis, gate):
    other = {"glia-gate": "mast-gate", "mast-gate": "glia-gate"}[gate]
    whole = mouse.gains(hypothesis)
    values = paw(mouse, [whole, {**whole, f"edge.{gate}": 0.0}, {**whole, f"edge.{other}": 0.0}], four_doses)
    assert values[0].min() < 0.75
    assert values[1].min() > 0.999
    assert values[2] == pytest.approx(values[0], rel=1e-9)


def test_recovery_follows_from_the_mouse_s_antibodies_or_from_a_steep_response(mouse, four_doses):
    # The tension: both roads lead back within the published two to three weeks, but they are not one road.
    on, off = mouse.gains(None, "ada_on"), mouse.gains(None, "ada_off")
    gentle = {"ganglion.steepness": 2.0}
    values = paw(mouse, [on, off, {**off, **gentle}], four_doses)
    assert 11 < first_day_back(values[0]) < first_day_back(values[1]) < 24
    assert values[2, -1] < 0.90  # neither antibodies nor steepness: not back after four weeks
    strong = {**on, **gentle, "igg.complex_clearance": 6.0}
    assert first_day_back(paw(mouse, [strong], four_doses)[0]) < 18  # antibodies that clear well need no steepness


def test_mice_that_do_not_answer_human_igg_recover_like_mice_without_antibodies(mouse, four_doses):
    silent = {**mouse.gains(None, "ada_on"), "anti_human.responsiveness": 0.0}
    values = paw(mouse, [silent, mouse.gains(None, "ada_off")], four_doses)
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_blocking_il1_prevents_most_of_it(mouse, four_doses):
    values = paw(mouse, [mouse.gains(), {**mouse.gains(), "ganglion.il1_block": 1.0}], four_doses)
    assert 1 - values[1].min() < 0.5 * (1 - values[0].min())


def test_function_goes_and_comes_back_before_fibres(mouse, four_doses):
    names = ["small_fibre.terminal_function", "small_fibre.ienfd"]
    run = mouse.run([mouse.gains()], DAYS, names, four_doses)
    function, fibres = (run[name][0] / run[name][0, 0] for name in names)
    assert np.argmin(function) < np.argmin(fibres)
    halfway = [
        DAYS[np.argmin(values) :][np.flatnonzero(values[np.argmin(values) :] > (1 + values.min()) / 2)]
        for values in (function, fibres)
    ]
    assert halfway[0].size
    assert not halfway[1].size or halfway[0][0] < halfway[1][0] - 5


def test_igg_reaches_ganglion_and_hardly_the_cord(mouse, four_doses):
    run = mouse.run([mouse.gains()], [2.0, 8.0], ["ganglion.c_igg", "igg.c_cord"], four_doses)
    assert (run["ganglion.c_igg"] > 10 * run["igg.c_cord"]).all()


def test_igg_alone_fires_no_naive_neuron_but_the_controls_do(mouse):
    hour = [0.0, 1 / 144, 1 / 24]
    bath = {"igg": 1.0, "complex": 10.0, "il1b": 20.0}
    firing = {
        name: mouse.run([mouse.gains()], hour, ["ganglion.firing"], [(0.0, f"medium.{name}", amount)])[
            "ganglion.firing"
        ][0]
        for name, amount in bath.items()
    }
    assert firing["igg"].max() < 1e-4
    assert min(firing["complex"][1:].min(), firing["il1b"][1:].min()) > 1.0
    blocked = {**mouse.gains(), "ganglion.il1_block": 1.0}
    silent = mouse.run([blocked], hour, ["ganglion.firing"], [(0.0, "medium.il1b", 20.0)])["ganglion.firing"]
    assert silent.max() < 1e-6


def test_sensitised_neurons_make_more_of_the_same_stimulus(mouse, four_doses):
    pressed = {**mouse.gains(), "ganglion.stimulus": 1.0}
    firing = mouse.run([pressed], [0.0, 4.0], ["ganglion.firing"], four_doses)["ganglion.firing"][0]
    assert firing[1] > 1.2 * firing[0] > 0


def test_nothing_is_ever_negative(mouse, system):
    rng = np.random.default_rng(3)
    subjects = []
    for _ in range(40):
        subject = mouse.gains(str(rng.choice(list(system.hypotheses))), str(rng.choice(["ada_on", "ada_off"])))
        for name, row in system.parameters.items():
            drawn = row.value * float(np.exp(rng.normal(0.0, 0.5)))
            # What may be a share stays one.
            subject[name] = min(drawn, 1.0) if row.unit == "dimensionless" and row.value <= 1.0 else drawn
        subjects.append(subject)
    doses = [(float(day), "igg.peritoneum", 20.0) for day in (0, 1, 2, 3, 14)]
    states = [state.id for state in mouse.ode.states]
    for name, values in mouse.run(subjects, DAYS, states, doses, rtol=1e-6).items():
        assert values.min() >= -1e-9, name


def test_the_mouse_s_antibodies_rise_as_measured(mouse, system):
    # c57-antihuman-igg-2012: 1 g/kg weekly; by day 21 23-fold over all mice, of which 88 % had answered.
    row = system.parameters["anti_human.responsiveness"]
    doses = [(7.0 * week, "igg.peritoneum", 20.0) for week in range(3)]
    name = "anti_human.antibody"
    runs = mouse.run(
        [mouse.gains(), {**mouse.gains(), "anti_human.responsiveness": row.otherwise}], [7.0, 14.0, 21.0], [name], doses
    )[name]
    mean = row.share * runs[0] + (1 - row.share) * runs[1]
    assert mean[2] == pytest.approx(23, rel=0.15)
    assert 2 < mean[0] < 6 < mean[1]  # it starts in the second week
    assert runs[1, 2] < 4
