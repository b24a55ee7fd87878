"""Small fibres and myelin alone: rest stays, each port pushes where it should, published time courses come back."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import ActionKind, Actions, simulate
from allodynia.system import load_system

SPECIES = ("mouse", "rat", "human")


class Module:
    """One module alone: its ports are parameters, which ``changes`` (time, port, value) may set."""

    def __init__(self, species, name):
        self.ode = load_system(species, modules=[name]).ode
        self.name = name
        self.columns = {quantity.id: number for number, quantity in enumerate(self.ode.parameters)}

    def run(self, times, outputs, changes=(), **settings):
        row = [0.0 if quantity.value is None else quantity.value for quantity in self.ode.parameters]
        for key, value in settings.items():
            row[self.columns[f"{self.name}.{key}"]] = value
        schedule = [
            (time, ActionKind.SET_PARAMETER, self.columns[f"{self.name}.{port}"], value)
            for time, port, value in changes
        ]
        found = simulate(
            self.ode,
            np.array([row]),
            np.array(times, dtype=np.float64),
            [f"{self.name}.{output}" for output in outputs],
            actions=Actions.shared(1, schedule) if schedule else None,
            rtol=1e-9,
            atol=1e-12,
        )
        assert found.solved.all()
        return [found.output(f"{self.name}.{output}")[0] for output in outputs]

    def value(self, constant):
        return self.ode.parameters[self.columns[f"{self.name}.{constant}"]].value


@pytest.fixture(scope="module", params=SPECIES)
def fibres(request):
    return Module(request.param, "small_fibre")


@pytest.fixture(scope="module", params=SPECIES)
def sheath(request):
    return Module(request.param, "myelin")


@pytest.fixture(scope="module")
def skin():
    return Module("human", "small_fibre")


def test_small_fibres_at_rest_stay_as_they_are(fibres):
    outputs = ["thigh", "calf", "terminal_function", "autonomic", "gm3", "ngf_excess", "excitation", "felt"]
    values = fibres.run([0.0, 50.0, 2000.0], outputs)
    assert values[1][0] == fibres.value("baseline")
    for output, found in zip(outputs, values, strict=True):
        assert found == pytest.approx(found[0], abs=1e-7), output
    assert [found[0] for found in values[2:]] == pytest.approx([1.0, 1.0, 1.0, 0.0, 0.0, 1.0], abs=1e-12)


def test_myelin_at_rest_stays_as_it_is(sheath):
    conducting, thickness, velocity, strength = sheath.run(
        [0.0, 2000.0], ["conducting", "sheath", "velocity", "strength"]
    )
    assert [conducting[-1], thickness[-1], strength[-1]] == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)
    assert velocity == pytest.approx(sheath.value("velocity_healthy"), rel=1e-9)


@pytest.mark.parametrize(
    "port",
    [
        ("sensitisation", 0.5),
        ("tnf", 0.2),
        ("tnf_blood", 1.0),
        ("central", 1.0),
        ("anti_ganglioside", 15.0),
        ("injury", 0.5),
    ],
)
def test_every_strain_thins_thigh_calf_and_autonomic_fibres_and_dulls_endings(fibres, port):
    outputs = ["thigh_left", "calf_left", "autonomic", "terminal_function", "ngf_excess"]
    thigh, calf, autonomic, function, ngf = fibres.run([0.0, 7.0, 400.0], outputs, **dict([port]))
    assert thigh[-1] < 0.999
    assert calf[-1] == pytest.approx(thigh[-1], rel=1e-9)  # what comes from ganglion, blood and brain spares no site
    assert autonomic[-1] < 0.999
    assert ngf[-1] > 0.0
    assert function[-1] < 0.999


def test_the_fibres_own_weakness_begins_in_the_feet(skin):
    thigh, calf = skin.run([0.0, 3000.0], ["thigh_left", "calf_left"], vulnerability=3.3, proximal_weight=0.25)
    assert calf[-1] < 0.45  # lauria2015-side-and-time-variability: 0.39 among patients, who have other strains too
    assert thigh[-1] > calf[-1] + 0.25


def test_blocking_gm3_synthase_heals_and_takes_the_antibody_s_target(skin):
    times = [0.0, 400.0, 800.0]
    (ill,) = skin.run(times, ["calf_left"], injury=1.0)
    (healed,) = skin.run(times, ["calf_left"], [(400.0, "gm3_block", 1.0)], injury=1.0)
    assert healed[1] == pytest.approx(ill[1], rel=1e-6)
    assert ill[1] < 0.7
    assert healed[2] == pytest.approx(1.0 - (1.0 - skin.value("gm3_share")) * (1.0 - ill[2]), abs=0.05)
    assert ill[2] == pytest.approx(ill[1], abs=0.02)
    excited, calmed = (
        skin.run(times, ["excitation"], anti_ganglioside=15.0, gm3_block=block)[0][-1] for block in (0.0, 1.0)
    )
    assert excited == pytest.approx(0.5)
    assert calmed < 1e-9


def test_antibody_at_the_limit_of_normal_does_next_to_nothing(skin):
    (excitation,) = skin.run([0.0], ["excitation"], anti_ganglioside=1.0)
    assert excitation[0] < 0.01


def test_without_ngf_fibres_return_as_one_exponential(skin):
    times = np.array([2.0, 10.0, 60.0, 200.0])
    (left,) = skin.run(times, ["calf_left"], [(0.0, "capsaicin", 1.0), (2.0, "capsaicin", 0.0)], sprouting=0.0)
    expected = 1.0 - (1.0 - left[0]) * np.exp(-skin.value("regrowth") * (times - 2.0))
    assert left == pytest.approx(expected, rel=1e-7)


def test_steady_loss_is_that_of_the_balance(skin):
    (calf,) = skin.run([6000.0], ["calf_left"], sensitisation=0.6, sprouting=0.0)
    assert calf[0] == pytest.approx(1.0 / (1.0 + 0.6 * skin.value("retraction") / skin.value("regrowth")), rel=1e-6)


def test_capsaicin_takes_the_fibres_and_both_rates_of_return_are_those_published(skin):
    times = [1.0, 2.0, 12.0, 21.0, 23.0, 54.0]
    thigh, left, felt, function = skin.run(
        times, ["thigh", "thigh_left", "felt", "terminal_function"], [(0.0, "capsaicin", 1.0), (2.0, "capsaicin", 0.0)]
    )
    assert left[0] < 0.06  # rage2010-function-before-structure: almost absent after a day
    assert left[4] == pytest.approx(0.25, abs=0.02)  # simone1998-three-week-reinnervation
    assert 0.5 < felt[4] < 0.75
    assert (thigh[5] - thigh[1]) / 52.0 == pytest.approx(0.177, abs=0.03)  # polydefkis2004-regrowth-rate
    assert function[2] > 0.9 > left[5]


def test_without_growth_nothing_comes_back_and_function_has_no_lead(skin):
    capsaicin = [(0.0, "capsaicin", 1.0), (2.0, "capsaicin", 0.0)]
    (left,) = skin.run([2.0, 23.0, 182.0], ["thigh_left"], capsaicin, regrowth=1e-9)
    assert left == pytest.approx(left[0], abs=1e-6)
    (felt,) = skin.run([182.0], ["felt"], capsaicin, function_recovery=1e-9)
    assert felt[0] < 0.01  # fibres are back and feel nothing


def test_skin_holds_fewer_fibres_with_age_and_in_men(skin):
    (woman,), (older,), (man,) = (
        skin.run([0.0], ["calf"], age=age, female=female)[0] for age, female in ((0.0, 1.0), (2.0, 1.0), (0.0, 0.0))
    )
    assert woman - older == pytest.approx(1.2, abs=0.08)  # goransson2004-normative-regression: 0.06 a year
    assert woman - man == pytest.approx(2.25, abs=0.02)


def test_antiserum_in_the_nerve_repeats_its_time_course_in_the_rat():
    nerve = Module("rat", "myelin")
    times = [1.0, 7.0, 8.0, 16.0, 37.0]
    thickness, velocity, strength = nerve.run(
        times, ["sheath", "velocity", "strength"], [(0.0, "antiserum", 1.0), (7.0, "antiserum", 0.0)]
    )
    velocity = velocity / nerve.value("velocity_healthy")
    # saida1980-remyelination-time-course
    assert strength[0] < 0.05
    assert strength[3] > 0.93
    assert velocity[3] < 0.75
    assert velocity[4] == pytest.approx(0.95, abs=0.02)
    assert thickness[4] == pytest.approx(1.0 / 3.0, abs=0.03)


def test_antibody_marks_macrophages_strip_and_given_igg_spares(sheath):
    def velocity(**ports):
        return sheath.run([3000.0], ["velocity"], **ports)[0][0]

    healthy, marked = velocity(), velocity(anti_myelin=8.0)
    assert velocity(macrophages=1.0) == pytest.approx(healthy)  # nothing is marked
    assert velocity(anti_myelin=8.0, macrophages=1.0) < marked < healthy
    assert marked < velocity(anti_myelin=8.0, ivig=20.0) < healthy


def test_people_remyelinate_in_weeks():
    assert 14.0 < 1.0 / Module("human", "myelin").value("remyelination") < 70.0
