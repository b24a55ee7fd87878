"""Doses become acts at the times and in the units that the protocol says."""

import numpy as np
import pytest

from allodynia.study import AsPlanned, read_study
from allodynia.study.bind import bind
from allodynia.study.regimen import dosing_times
from allodynia.study.schedule import KINDS, schedule


def acts(study_text, body, dose, key="doses", arm="fm_igg"):
    old = "    doses:\n      - {into: body.depot, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}"
    text = study_text.replace(old, f"    {key}:\n      - {dose}", 1)
    assert old in study_text
    return bind(read_study(text, "x", "x.yaml"), body, AsPlanned()).arm(arm).acts


def test_repeated_doses_stand_at_first_plus_k_intervals():
    assert dosing_times(0.5, 0.25, 5) == [0.5, 0.75, 1.0, 1.25, 1.5]
    assert dosing_times(2.0, None, 1) == [2.0]


def test_four_daily_doses_in_any_unit_are_the_same_acts(study_text, body):
    plain = acts(study_text, body, "{into: body.depot, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}")
    other = acts(study_text, body, "{into: body.depot, amount: 8000 ug, at: PT0H, every: 24 h, repeat: 4}")
    assert [act.time for act in plain] == [0.0, 1.0, 2.0, 3.0]
    assert [(act.kind, act.target) for act in plain] == [("ADD_STATE", 0)] * 4
    np.testing.assert_allclose([act.value for act in other], [8.0] * 4, rtol=1e-15)
    np.testing.assert_allclose([act.time for act in other], [0, 1, 2, 3], rtol=1e-15)


def test_an_infusion_gives_its_amount_and_ends(study_text, body):
    found = acts(study_text, body, "{through: body.infusion, amount: 6 mg, over: 6 h, at: 1 d, every: 2 d, repeat: 2}")
    assert [(act.time, act.kind) for act in found] == [(t, "ADD_PARAMETER") for t in (1.0, 1.25, 3.0, 3.25)]
    rates = [act.value for act in found]
    assert rates == pytest.approx([24.0, -24.0, 24.0, -24.0], rel=1e-14)
    # off again to the last bit: what is added is taken away
    assert rates[0] + rates[1] == 0.0


def test_a_change_is_undone_to_what_was(study_text, body):
    bath = acts(study_text, body, "{of: body.plasma, to: 2 mg, at: 1 d, until: 3 d}", "changes")
    assert [(act.time, act.kind, act.value) for act in bath] == [(1.0, "SET_STATE", 2.0), (3.0, "SET_STATE", 0.0)]
    block = acts(study_text, body, "{of: body.loss, to: 0 1/d, at: 1 d, until: 3 d}", "changes")
    assert [(act.kind, act.value) for act in block] == [("SET_PARAMETER", 0.0), ("SET_PARAMETER", 0.4)]
    with_input = "{of: body.loss, to: 0 1/d, at: 1 d, until: 3 d}\n    inputs: {body.loss: 0.7 1/d}"
    assert acts(study_text, body, with_input, "changes")[1].value == pytest.approx(0.7)


def test_schedules_follow_the_arms_of_each_row(study, body):
    plan = bind(study, body, AsPlanned())
    sizes = [arm.cohort.size for arm in plan.arms]
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, sum(sizes), 50)
    found = schedule(plan.arms, numbers, np.ones((numbers.size, len(body.ode.parameters))))
    assert found.offsets.tolist() == [0, *np.cumsum(np.diff(found.offsets))]
    for row, number in enumerate(numbers):
        arm = plan.arms[int(np.searchsorted(np.cumsum(sizes), number, side="right"))]
        part = slice(found.offsets[row], found.offsets[row + 1])
        kinds = [KINDS[kind] for kind in found.kind[part]]
        given = list(zip(found.time[part], kinds, found.target[part], found.value[part], strict=True))
        assert given == [(act.time, act.kind, act.target, act.value) for act in arm.acts]


def test_the_codes_of_kinds_are_the_engines():
    from allodynia.engine import ActionKind

    assert [int(ActionKind[name]) for name in KINDS] == list(range(len(KINDS)))
