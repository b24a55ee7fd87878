"""Events against closed forms, and the kernel against the plain integrator."""

from __future__ import annotations

import numpy as np
import pytest
from hybrid_systems import at_least, ball, clockwork, hybrid, less, run, thermostat

from allodynia.engine import Action, ActionKind, Status
from allodynia.errors import UnsupportedModel
from allodynia.model.build import Builder
from allodynia.model.expr import Node, Op
from allodynia.model.ode import Event, Quantity, complete

Nodes = list[Node]


def test_a_ball_bounces_when_it_must() -> None:
    """Flight k lasts 2 v e^k / g; height and speed on the way are a parabola's."""
    g, e, v = 9.81, 0.7, 5.0
    lands = np.cumsum([2 * v * e**k / g for k in range(6)])
    times = sorted([*(lands[:5] + 1e-7), *(lands[:5] - 1e-7), *(lands[:5] - 0.02)])
    found = run(ball(), [g, e, v], times)
    flight = np.searchsorted(lands, times)
    since = np.array(times) - np.array([0.0, *lands])[flight]
    speed = v * e**flight
    np.testing.assert_allclose(found[:, 0], speed * since - g * since**2 / 2, atol=1e-9)
    np.testing.assert_allclose(found[:, 1], speed - g * since, atol=1e-8)
    np.testing.assert_array_equal(found[:, 2], flight)


def test_a_sample_at_the_time_of_an_event_is_taken_after_it_and_at_that_of_an_action_before_it() -> None:
    system = clockwork(lambda b, y, p: [Event("e", at_least(b, b.time(), 2.0), ((1, b.const(7.0)),))])
    shot = [Action(3.0, ActionKind.SET_STATE, 2, 5.0)]
    found = run(system, [1.0, 0.0], [1.9, 2.0, 3.0, 3.1], ["a", "b"], shot)
    np.testing.assert_array_equal(found[:, 0], [0, 7, 7, 7])
    np.testing.assert_array_equal(found[:, 1], [0, 0, 0, 5])


@pytest.mark.parametrize("strict", [True, False])
def test_at_and_after_a_time(strict: bool) -> None:
    """time >= 2 holds at 2, time > 2 only after it."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        two = b.const(2.0)
        trigger = b.less(two, b.time()) if strict else b.less_equal(two, b.time())
        return [Event("e", trigger, ((1, b.const(1.0)), (2, b.time())))]

    found = run(clockwork(events), [1.0, 0.0], [2.0, np.nextafter(2.0, 3.0), 2.5], ["a", "b"])
    assert found[2].tolist() == [1.0, np.nextafter(2.0, 3.0) if strict else 2.0]


@pytest.mark.parametrize("initially", [True, False])
def test_an_event_at_the_start(initially: bool) -> None:
    system = clockwork(lambda b, y, p: [
        Event("e", at_least(b, y[0], 0.5), ((1, b.const(3.0)),), initially=initially),
    ])  # fmt: skip
    found = run(system, [1.0, 0.0], [0.0, 1.0], ["a"])
    assert found[:, 0].tolist() == ([0.0, 0.0] if initially else [3.0, 3.0])


def test_a_dose_by_event_equals_the_same_dose_by_action() -> None:
    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [
            Event(f"dose {k}", at_least(b, b.time(), at), ((0, b.add(y[0], p[1])),))
            for k, at in enumerate((0.3, 1.1, 1.7, 4.0))
        ]

    times = [0.2, 1.0, 1.5, 3.3, 6.0]
    by_event = run(clockwork(events), [0.8, 2.0], times, ["decay"], rtol=1e-8)
    doses = [Action(at, ActionKind.ADD_STATE, 0, 2.0) for at in (0.3, 1.1, 1.7, 4.0)]
    by_action = run(clockwork(lambda b, y, p: []), [0.8, 2.0], times, ["decay"], doses, rtol=1e-8)
    np.testing.assert_allclose(by_event, by_action, rtol=1e-10)
    exact = [
        np.exp(-0.8 * t) + sum(2.0 * np.exp(-0.8 * (t - a)) for a in (0.3, 1.1, 1.7, 4.0) if a <= t) for t in times
    ]
    np.testing.assert_allclose(by_event[:, 0], exact, rtol=1e-7)


@pytest.mark.parametrize("at_trigger", [True, False])
def test_delay(at_trigger: bool) -> None:
    """decay = e^-t crosses 1/2 at ln 2; one unit later a takes decay as it was then, or as it is now; b the delay."""
    system = clockwork(lambda b, y, p: [
        Event("e", less(b, y[0], 0.5), ((1, y[0]), (2, b.time())), delay=p[1], values_at_trigger=at_trigger),
    ])  # fmt: skip
    found = run(system, [1.0, 1.0], [np.log(2) + 0.999999, np.log(2) + 1.000001], ["a", "b"], rtol=1e-9, atol=1e-12)
    assert found[0].tolist() == [0.0, 0.0]
    expected = [0.5, np.log(2)] if at_trigger else [0.5 / np.e, np.log(2) + 1]
    np.testing.assert_allclose(found[1], expected, rtol=1e-8)


@pytest.mark.parametrize("persistent", [True, False])
def test_an_event_that_does_not_persist_is_cancelled(persistent: bool) -> None:
    """The trigger holds from 1 to 2 and from 3 on; the delay is 1.5: only the second outlives it."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        first = b.both(at_least(b, b.time(), 1.0), less(b, b.time(), 2.0))
        trigger = b.either(first, at_least(b, b.time(), 3.0))
        return [Event("e", trigger, ((1, b.add(y[1], b.const(1.0))),), delay=b.const(1.5), persistent=persistent)]

    found = run(clockwork(events), [1.0, 0.0], [2.4, 2.6, 4.4, 4.6], ["a"])
    assert found[:, 0].tolist() == ([0.0, 1.0, 1.0, 2.0] if persistent else [0.0, 0.0, 0.0, 1.0])


def test_a_short_fall_of_the_trigger_within_one_step_cancels_too() -> None:
    """sin t is below -0.95 from 4.395 to 5.030 only. Triggered at 0 and at 5.03, due 4.6 later; only that one lasts."""
    system = hybrid(
        "pendulum", ["x", "v", "a"], [],
        lambda b, y, p: [y[1], b.neg(y[0]), b.const(0.0)], [0.0, 1.0, 0.0],
        lambda b, y, p: [
            Event("e", b.less(b.const(-0.95), y[0]), ((2, b.add(y[2], b.const(1.0))),), delay=b.const(4.6),
                  persistent=False, initially=False),
        ],
    )  # fmt: skip
    found = run(system, [], [4.7, 9.0, 9.6, 9.7], ["a"], rtol=1e-3)
    assert found[:, 0].tolist() == [0.0, 0.0, 0.0, 1.0]


def test_priorities() -> None:
    """All at one time: 3 before 2 before 1 before none; equals in the order of the model. a reads like a diary."""

    def note(b: Builder, y: Nodes, digit: float, priority: float | None) -> Event:
        entry = b.add(b.mul(y[1], b.const(10.0)), b.const(digit))
        rank = None if priority is None else b.const(priority)
        return Event(f"{digit}", at_least(b, b.time(), 1.0), ((1, entry),), priority=rank, values_at_trigger=False)

    system = clockwork(lambda b, y, p: [
        note(b, y, 1.0, None), note(b, y, 2.0, 1.0), note(b, y, 3.0, 2.0), note(b, y, 4.0, 3.0), note(b, y, 5.0, 2.0),
        note(b, y, 6.0, float("nan")),
    ])  # fmt: skip
    assert run(system, [1.0, 0.0], [2.0], ["a"])[0, 0] == 435216.0


def test_a_priority_is_taken_anew_after_each_event() -> None:
    """The first event lowers the priority of the second below that of the third."""

    def note(b: Builder, y: Nodes, digit: float) -> Node:
        return b.add(b.mul(y[1], b.const(10.0)), b.const(digit))

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        now = at_least(b, b.time(), 1.0)
        return [
            Event("1", now, ((1, note(b, y, 1.0)), (2, b.const(-9.0))), priority=b.const(9.0)),
            Event("2", now, ((1, note(b, y, 2.0)),), priority=b.add(b.const(5.0), y[2]), values_at_trigger=False),
            Event("3", now, ((1, note(b, y, 3.0)),), priority=b.const(4.0), values_at_trigger=False),
        ]

    assert run(clockwork(events), [1.0, 0.0], [2.0], ["a"])[0, 0] == 132.0


def test_all_new_values_are_taken_before_any_is_set() -> None:
    system = clockwork(lambda b, y, p: [
        Event("load", at_least(b, b.time(), 1.0), ((1, b.const(2.0)), (2, b.const(5.0)))),
        Event("swap", at_least(b, b.time(), 2.0), ((1, y[2]), (2, y[1]))),
    ])  # fmt: skip
    assert run(system, [1.0, 0.0], [3.0], ["a", "b"])[0].tolist() == [5.0, 2.0]


def test_events_set_each_other_off_at_one_moment() -> None:
    """a -> b -> c -> d, all at time 1, each by the change the one before makes."""
    system = clockwork(lambda b, y, p: [
        Event("c", b.less(b.const(0.5), y[3]), ((4, b.time()),)),
        Event("b", b.less(b.const(0.5), y[2]), ((3, b.const(1.0)),)),
        Event("a", b.less(b.const(0.5), y[1]), ((2, b.const(1.0)),)),
        Event("start", at_least(b, b.time(), 1.0), ((1, b.const(1.0)),)),
    ])  # fmt: skip
    assert run(system, [1.0, 0.0], [2.0], ["a", "b", "c", "d"])[0].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_an_action_sets_off_an_event() -> None:
    system = clockwork(lambda b, y, p: [Event("e", b.less(p[1], y[0]), ((1, b.add(y[1], b.const(1.0))),))])
    actions = [
        Action(1.0, ActionKind.ADD_STATE, 0, 5.0),  # above the threshold of 2
        Action(2.0, ActionKind.SET_PARAMETER, 1, 90.0),  # below it again
        Action(3.0, ActionKind.SET_PARAMETER, 1, 0.1),  # and above
    ]
    found = run(system, [0.1, 2.0], [1.0, 1.5, 2.5, 3.0, 3.5], ["a"], actions)
    assert found[:, 0].tolist() == [0.0, 1.0, 1.0, 1.0, 2.0]


def test_a_hazard_crosses_thresholds_that_actions_move() -> None:
    """H' = rate; an event at H >= threshold counts and stores the time; the threshold is then moved on by actions."""
    system = hybrid(
        "hazard", ["H", "count", "when"], ["rate", "threshold"],
        lambda b, y, p: [b.mul(p[0], b.time()), b.const(0.0), b.const(0.0)], [0.0, 0.0, 0.0],
        lambda b, y, p: [Event("cold", b.less_equal(p[1], y[0]), ((1, b.add(y[1], b.const(1.0))), (2, b.time())))],
    )  # fmt: skip
    moves = [Action(2.5, ActionKind.SET_PARAMETER, 1, 8.0), Action(5.0, ActionKind.SET_PARAMETER, 1, 50.0)]
    found = run(system, [1.0, 2.0], [1.99, 2.01, 3.99, 4.01, 9.9, 10.1], actions=moves)
    assert found[:, 1].tolist() == [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]
    np.testing.assert_allclose(found[[1, 3, 5], 2], [2.0, 4.0, 10.0], rtol=1e-8)


def test_a_thermostat_keeps_its_beat() -> None:
    """Between the marks T relaxes to power/k or to 0; the times of switching are logarithms."""
    k, power = 0.5, 15.0
    hot = power / k
    up, down = np.log((hot - 18) / (hot - 22)) / k, np.log(22 / 18) / k
    first = np.log((hot - 20) / (hot - 22)) / k
    switches = first + np.cumsum([0.0] + [down, up] * 10)
    times = sorted([*(switches[:12] - 1e-5), *(switches[:12] + 1e-5)])
    found = run(thermostat(), [k, power], times, rtol=1e-8)
    on = 1 - np.searchsorted(switches, times) % 2
    np.testing.assert_array_equal(found[:, 1], on)
    marks = np.repeat([22.0, 18.0] * 6, 2)
    np.testing.assert_allclose(found[:, 0], marks, atol=3e-4)


def test_touching_is_not_crossing() -> None:
    """h = (t - 1)^2 + height - 1 comes near zero, or falls below it from 0.97 to 1.03: much less than a step."""
    system = hybrid(
        "touch", ["h", "n"], ["slope", "height"],
        lambda b, y, p: [b.mul(p[0], b.sub(b.time(), b.const(1.0))), b.const(0.0)], ["height", 0.0],
        lambda b, y, p: [Event("below", less(b, y[0], 0.0), ((1, b.add(y[1], b.const(1.0))),))],
    )  # fmt: skip
    assert run(system, [2.0, 1.0 + 1e-6], [3.0], ["n"])[0, 0] == 0.0
    assert run(system, [2.0, 1.0 - 1e-3], [3.0], ["n"])[0, 0] == 1.0


def test_events_that_never_end_are_a_status() -> None:
    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        odd = less(b, y[1], 0.5)
        return [
            Event("up", b.both(at_least(b, b.time(), 1.0), odd), ((1, b.const(1.0)),)),
            Event("down", b.both(at_least(b, b.time(), 1.0), b.negation(odd)), ((1, b.const(0.0)),)),
        ]

    found = run(clockwork(events), [1.0, 0.0], [0.5, 2.0], ["a"], status=Status.EVENT_STORM)
    assert found[0, 0] == 0.0 and np.isnan(found[1, 0])


def test_too_many_pending_events_are_a_status() -> None:
    """A trigger that turns 40 times a unit, with a delay beyond the end."""
    system = hybrid(
        "swarm", ["x", "v", "n"], [],
        lambda b, y, p: [y[1], b.mul(b.const(-62500.0), y[0]), b.const(0.0)], [0.0, 250.0, 0.0],
        lambda b, y, p: [Event("e", b.less(b.const(0.0), y[0]), ((2, b.const(1.0)),), delay=b.const(100.0))],
    )  # fmt: skip
    found = run(system, [], [0.5, 9.0], ["n"], status=Status.EVENT_STORM, rtol=1e-3)
    assert found[0, 0] == 0.0


@pytest.mark.parametrize("delay", [-1.0, float("nan")])
def test_a_delay_that_is_none_is_a_status(delay: float) -> None:
    system = clockwork(lambda b, y, p: [Event("e", at_least(b, b.time(), 1.0), ((1, b.const(1.0)),), delay=p[1])])
    found = run(system, [1.0, delay], [0.5, 2.0], ["a"], status=Status.BAD_DELAY)
    assert found[0, 0] == 0.0 and np.isnan(found[1, 0])


def test_pending_events_at_one_time_go_by_priority() -> None:
    """Triggered at 1 and 2 with delays 2 and 1: both due at 3, the later one first by its priority."""

    def note(b: Builder, y: Nodes, digit: float) -> Node:
        return b.add(b.mul(y[1], b.const(10.0)), b.const(digit))

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        return [
            Event("1", at_least(b, b.time(), 1.0), ((1, note(b, y, 1.0)),), delay=b.const(2.0), priority=b.const(1.0),
                  values_at_trigger=False),
            Event("2", at_least(b, b.time(), 2.0), ((1, note(b, y, 2.0)),), delay=b.const(1.0), priority=b.const(2.0),
                  values_at_trigger=False),
        ]  # fmt: skip

    found = run(clockwork(events), [1.0, 0.0], [2.9, 3.0], ["a"])
    assert found[:, 0].tolist() == [0.0, 21.0]


def test_the_state_of_an_event_is_as_exact_as_the_rest() -> None:
    """A resonator reset at each crossing: errors of the event times add up, and stay near the tolerance."""
    system = hybrid(
        "reset", ["x", "v", "n"], [],
        lambda b, y, p: [y[1], b.neg(y[0]), b.const(0.0)], [0.0, 1.0, 0.0],
        lambda b, y, p: [
            Event("e", b.less(b.const(0.5), y[0]),
                  ((0, b.const(-0.5)), (1, b.const(1.0)), (2, b.add(y[2], b.const(1.0))))),
        ],
    )  # fmt: skip
    size, angle = np.sqrt(1.25), np.arctan2(0.5, 1.0)
    beat = np.arcsin(0.5 / size) + angle
    first = np.pi / 6
    for rtol in (1e-5, 1e-8):
        ends = [first + 20 * beat + 0.1]
        found = run(system, [], ends, rtol=rtol, atol=1e-3 * rtol)
        assert found[0, 2] == 21.0
        np.testing.assert_allclose(found[0, 0], size * np.sin(0.1 - angle), atol=20 * rtol)


def test_a_window_shorter_than_a_step_is_seen() -> None:
    """Two relations must hold at once, which they do for 0.002 units of a smooth system."""
    system = clockwork(lambda b, y, p: [
        Event("e", b.both(less(b, y[0], 0.501), b.less(b.const(0.5), y[0])), ((1, b.const(1.0)), (2, b.time()))),
    ])  # fmt: skip
    found = run(system, [1.0, 0.0], [9.0], ["a", "b"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found[0], [1.0, -np.log(0.501)], rtol=1e-5)


def test_equal_priorities_are_drawn_and_drawn_alike() -> None:
    """Every unit of time one of two events of equal priority goes first: each does about half of the time."""

    def events(b: Builder, y: Nodes, p: Nodes) -> list[Event]:
        late = b.less_equal(b.add(y[1], b.const(1.0)), b.time())
        return [
            Event("tick", late, ((1, b.time()), (2, b.const(0.0))), priority=b.const(2.0)),
            Event("left", late, ((3, b.add(y[3], b.sub(b.const(1.0), y[2]))), (2, b.const(1.0))),
                  priority=b.const(1.0), values_at_trigger=False),
            Event("right", late, ((4, b.add(y[4], b.sub(b.const(1.0), y[2]))), (2, b.const(1.0))),
                  priority=b.const(1.0), values_at_trigger=False),
        ]  # fmt: skip

    found = run(clockwork(events), [0.0, 0.0], [200.5], ["c", "d"])[0]
    assert found.sum() == 200.0
    assert 70 < found[0] < 130


def test_a_model_without_states() -> None:
    system = clockwork(lambda b, y, p: [], states=0)
    bare = complete(
        "bare", system.dag, states=[], parameters=system.parameters, initial=[], rhs=[],
        observables=[Quantity("later", "1")],
        observable_nodes=[system.dag.add(Op.ADD, system.dag.time(), system.dag.param(0))],
    )  # fmt: skip
    found = run(bare, [3.0, 0.0], [0.0, 2.0], ["later", "k"])
    assert found.tolist() == [[3.0, 3.0], [5.0, 3.0]]


def test_a_trigger_that_holds_for_a_moment_only_is_refused() -> None:
    for trigger in (lambda b, y: b.equal(b.time(), b.const(1.0)), lambda b, y: b.unequal(y[0], b.const(0.5))):
        system = clockwork(lambda b, y, p, trigger=trigger: [Event("e", trigger(b, y), ((1, b.const(1.0)),))])
        with pytest.raises(UnsupportedModel, match="'e' is triggered by an equality"):
            run(system, [1.0, 0.0], [2.0])
    # one of quantities that only events change is as good as any
    still = clockwork(lambda b, y, p: [
        Event("set", at_least(b, b.time(), 1.0), ((1, b.const(3.0)),)),
        Event("e", b.equal(y[1], b.const(3.0)), ((2, b.const(1.0)),)),
    ])  # fmt: skip
    assert run(still, [1.0, 0.0], [2.0], ["b"])[0, 0] == 1.0
