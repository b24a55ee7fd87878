"""What cannot be solved says so, alone."""

from __future__ import annotations

import numpy as np
import pytest
from ode_systems import decay, explosion, make, one_compartment, stiff

from allodynia.engine import Action, ActionKind, Actions, Status, control, simulate
from allodynia.engine import machine as machines
from allodynia.engine.reference import integrate
from allodynia.errors import InvalidInput, UnsupportedMachine
from allodynia.model.expr import Op


def test_an_explosion_is_found_where_it_is() -> None:
    """y' = a y^2 is infinite at 1 / (a y0): values up to there, NaN after, and nobody else is touched."""
    parameters = np.array([[1.0, 0.1]] * 5 + [[1.0, 2.0]] + [[1.0, 0.1]] * 5)
    times = np.linspace(0, 1, 20)  # not the pole itself
    found = simulate(explosion(), parameters, times, ["y"], rtol=1e-9)
    assert found.status[5] in (Status.STEP_TOO_SMALL, Status.NOT_FINITE)
    assert found.failed_at[5] == pytest.approx(0.5, abs=1e-6)
    before = times < found.failed_at[5]
    np.testing.assert_allclose(found.values[5, before, 0], 2 / (1 - 2 * times[before]), rtol=1e-5)
    assert np.isnan(found.values[5, ~before, 0]).all()
    assert np.isnan(found.final[5]).all()
    others = np.arange(11) != 5
    assert found.solved[others].all()
    alone = simulate(explosion(), parameters[:1], times, ["y"], rtol=1e-9)
    for i in np.flatnonzero(others):
        assert found.values[i].tobytes() == alone.values[0].tobytes()


@pytest.mark.parametrize("value", [0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-300, 5e-324])
def test_hostile_numbers_end_with_a_status_and_touch_nobody(value: float) -> None:
    rng = np.random.default_rng(2)
    plain = np.exp(rng.normal(size=(9, 4)))
    mixed = np.repeat(plain, 2, axis=0)
    for i in range(9):
        mixed[2 * i + 1, i % 4] = value
    dose = [Action(0.5, ActionKind.ADD_STATE, 0, 1.0)]
    names, times = ["conc", "depot"], [0.0, 0.4, 1.0, 2.0]
    found = simulate(one_compartment(), mixed, times, names, actions=Actions.shared(18, dose), max_steps=2000)
    alone = simulate(one_compartment(), plain, times, names, actions=Actions.shared(9, dose), max_steps=2000)
    assert found.values[::2].tobytes() == alone.values.tobytes()
    assert alone.solved.all()
    assert not (found.status == Status.NOT_RUN).any()
    failed = ~found.solved
    assert np.isnan(found.failed_at[found.solved]).all()
    assert np.isfinite(found.failed_at[failed]).all()


def test_a_start_that_is_not_finite() -> None:
    found = simulate(decay(), [[1.0, np.inf], [1.0, 1.0], [1.0, np.nan]], [0.0, 1.0], ["y"])
    assert found.status.tolist() == [Status.BAD_START, Status.SOLVED, Status.BAD_START]
    assert found.failed_at[0] == 0.0
    assert np.isnan(found.values[0]).all()


def test_a_state_beyond_all_measure_ends_the_same_whatever_is_sampled() -> None:
    """e^(700 t) passes the largest state that is followed, 2^1000, at t = 0.990."""
    system = make("growth", ["y"], ["k"], lambda b, y, p: [b.mul(p[0], y[0])], lambda b, p: [b.const(1.0)])
    times = np.linspace(0.0, 1.0, 101)
    found = simulate(system, [[700.0], [1.0]], times, ["y"])
    assert found.status.tolist() == [Status.NOT_FINITE, Status.SOLVED]
    assert found.failed_at[0] == pytest.approx(1000.0 * np.log(2.0) / 700.0, rel=1e-3)
    before = times < found.failed_at[0]
    np.testing.assert_allclose(np.log(found.values[0, before, 0]), 700.0 * times[before], atol=1e-3)
    assert np.isnan(found.values[0, ~before]).all()
    plain = integrate(system, [700.0], times.tolist(), ["y"])
    assert plain.status is Status.NOT_FINITE
    assert plain.failed_at == pytest.approx(found.failed_at[0], rel=1e-6)
    without = simulate(system, [[700.0]], [1.0], ["k"])
    assert (without.status[0], without.failed_at[0]) == (Status.NOT_FINITE, found.failed_at[0])


@pytest.mark.parametrize("observed", [False, True])
def test_a_sample_that_is_not_finite_ends_its_subject(observed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the limit on states, sums of dense output overflow near the largest double while both ends are finite."""
    monkeypatch.setattr(control, "LARGEST", np.inf)
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    system = make(
        "ramp", ["y", "x"], ["k"],
        lambda b, y, p: [b.mul(p[0], b.sub(b.const(1.0), b.mul(b.const(0.2), y[1]))), b.neg(y[1])],
        lambda b, p: [b.const(1.0), b.const(1.0)],
        lambda b, y, p: {"half": b.mul(b.const(0.5), y[0])},
    )  # fmt: skip
    times = np.linspace(0.0, 2.0, 2001)
    parameters = np.array([[1.0], [8e307], [1.0]])
    names = ["y", "half"] if observed else ["y", "x"]
    found = simulate(system, parameters, times, names)
    assert found.status.tolist() == [Status.SOLVED, Status.NOT_FINITE, Status.SOLVED]
    at = found.failed_at[1]
    assert at in times, "it ends at a sample"
    assert np.isfinite(found.values[1, times < at]).all()
    assert np.nanmax(found.values[1]) > 1e308
    assert np.isnan(found.values[1, times >= at]).all()
    assert found.values[0].tobytes() == simulate(system, parameters[:1], times, names).values[0].tobytes()


def test_equations_that_are_never_finite() -> None:
    system = make("log", ["y"], ["a"], lambda b, y, p: [b.call(Op.LOG, b.sub(p[0], y[0]))], lambda b, p: [b.const(0.0)])
    found = simulate(system, [[-1.0], [5.0]], [1.0], ["y"])
    assert found.status.tolist() == [Status.NOT_FINITE, Status.SOLVED]
    assert found.steps[0] == 0
    assert found.rejected[0] < 100


def test_step_limit_counts_attempts() -> None:
    parameters = [[0.04, 3e7, 1e4]]
    free = simulate(stiff(), parameters, [1e5], ["A"])
    assert free.solved.all()
    held = simulate(stiff(), parameters, [1e-6, 1e5], ["A"], max_steps=30)
    assert held.status[0] == Status.STEP_LIMIT
    assert held.factorisations[0] == 30
    assert np.isfinite(held.values[0, 0, 0])
    assert np.isnan(held.values[0, 1, 0])
    exact = int(free.factorisations[0])
    assert simulate(stiff(), parameters, [1e5], ["A"], max_steps=exact).solved.all()
    assert not simulate(stiff(), parameters, [1e5], ["A"], max_steps=exact - 1).solved.any()


def test_a_state_that_may_not_be_negative() -> None:
    """y' = -a goes below zero at y0 / a: a status where the state is marked, a number where it is not."""

    def system(marked: bool):  # type: ignore[no-untyped-def]
        return make(
            "loss", ["y"], ["a"], lambda b, y, p: [b.neg(p[0])], lambda b, p: [b.const(1.0)],
            non_negative=["y"] if marked else [],
        )  # fmt: skip

    times = [0.0, 0.4, 0.6, 1.0]
    found = simulate(system(True), [[2.0], [0.5]], times, ["y"])
    assert found.status.tolist() == [Status.UNDERSHOOT, Status.SOLVED]
    assert found.failed_at[0] == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(found.values[0, :2, 0], [1.0, 0.2], rtol=1e-12)
    assert np.isnan(found.values[0, 2:, 0]).all()
    free = simulate(system(False), [[2.0]], times, ["y"])
    np.testing.assert_allclose(free.values[0, :, 0], [1.0, 0.2, -0.2, -1.0], atol=1e-12)


def test_a_fast_fall_to_nothing_is_no_undershoot() -> None:
    """A large amount that vanishes at once may overshoot in one step; smaller steps mend it and nothing is clipped."""
    parameters = np.array([[50.0, 3.0, 1.0, 0.0]])
    dose = Actions.shared(1, [Action(0.1, ActionKind.ADD_STATE, 0, 1e6)])
    found = simulate(one_compartment(), parameters, [0.1, 5.0, 30.0], ["depot", "drug"], actions=dose, rtol=1e-3)
    assert found.solved.all()
    assert (found.values > -100 * 1e-9).all()


def test_every_status_is_a_full_sentence() -> None:
    for status in Status:
        assert status.sentence[0].isupper()
        assert status.sentence.endswith(".")
        assert len(status.sentence.split()) > 8


def test_stopping_leaves_the_finished_finished() -> None:
    parameters = np.tile([0.04, 3e7, 1e4], (200_000, 1))
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    found = simulate(stiff(), parameters, [1e-3, 1e3], ["A"], cancelled=cancelled, threads=2)
    assert set(np.unique(found.status)) == {Status.SOLVED, Status.NOT_RUN}
    one = simulate(stiff(), parameters[:1], [1e-3, 1e3], ["A"])
    assert (found.values[found.solved] == one.values[0]).all()
    rest = found.status == Status.NOT_RUN
    assert np.isnan(found.final[rest]).all()
    assert np.isnan(found.failed_at[rest]).all()


def test_an_interrupt_hands_on_what_is_finished() -> None:
    parameters = np.tile([0.04, 3e7, 1e4], (200_000, 1))
    parts = []

    def progress(done: int, total: int) -> None:
        assert total == len(parameters)
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(
            stiff(), parameters, [1e3], ["A"], progress=progress, keep=False,
            sink=lambda first, part: parts.append((first, part.solved.sum())),
        )  # fmt: skip
    assert len(parts) == 1
    assert 0 < parts[0][1] < len(parameters)


def test_progress_ends_at_the_total() -> None:
    seen: list[tuple[int, int]] = []
    simulate(decay(), np.ones((50, 2)), [1.0], ["y"], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (50, 50)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_nobody_to_simulate() -> None:
    found = simulate(decay(), np.ones((0, 2)), [1.0], ["y"])
    assert found.values.shape == (0, 1, 1)


def test_nothing_to_sample_still_gives_final_states() -> None:
    found = simulate(decay(), np.ones((3, 2)), [1.0], [], rtol=1e-9)
    assert found.values.shape == (3, 1, 0)
    np.testing.assert_allclose(found.final[:, 0], np.exp(-1.0), rtol=1e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": np.ones((3, 3))}, "2 columns"),
        ({"times": [2.0, 1.0]}, "rise"),
        ({"times": [1.0, 1.0]}, "rise"),
        ({"times": []}, "at least one"),
        ({"times": [np.nan]}, "finite"),
        ({"times": [-1.0]}, "before the start"),
        ({"outputs": ["yy"]}, "did you mean 'y'"),
        ({"rtol": 0.0}, "rtol"),
        ({"atol": [1e-9, 1e-9]}, "atol"),
        ({"atol": 0.0}, "atol"),
        ({"max_steps": 0}, "max_steps"),
        ({"width": 3}, "width 3"),
        ({"initial": np.ones((2, 1))}, "2 rows"),
    ],
)
def test_bad_arguments_are_refused(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"parameters": np.ones((3, 2)), "times": [1.0], "outputs": ["y"]} | change
    with pytest.raises(InvalidInput, match=message):
        simulate(decay(), **arguments)  # type: ignore[arg-type]


def test_a_processor_without_fma_is_refused() -> None:
    with pytest.raises(UnsupportedMachine, match="multiply-add"):
        machines.choose("x86_64-unknown-linux-gnu", "nehalem", "", frozenset({"sse4.2"}), None)
    with pytest.raises(UnsupportedMachine, match="riscv"):
        machines.choose("riscv64-linux", "generic", "", frozenset(), None)


@pytest.mark.parametrize(("a", "y0"), [(1.0, 2.0), (-1.0, 1.0)])
def test_the_reference_fails_alike(a: float, y0: float) -> None:
    found = simulate(explosion(), [[a, y0]], [0.2, 1.0], ["y"])
    plain = integrate(explosion(), [a, y0], [0.2, 1.0], ["y"])
    assert plain.status == found.status[0]
    assert plain.steps == found.steps[0]
