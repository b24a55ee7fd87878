"""A subject's result is its own: the same bits in any company, lane, order, number of threads, width, and processor."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ode_systems import cascade, one_compartment, stiff

from allodynia.engine import Action, ActionKind, Actions, Solution, simulate
from allodynia.engine import machine as machines
from allodynia.engine.kernel import make_kernel
from allodynia.engine.simulate import simulate_with
from allodynia.model.ode import OdeSystem

TIMES = np.array([0.0, 0.3, 1.0, 1.5, 4.0])
FIELDS = ("values", "status", "failed_at", "steps", "rejected", "factorisations", "final")


def same(a: Solution, b: Solution) -> None:
    for field in FIELDS:
        left, right = getattr(a, field), getattr(b, field)
        assert left.tobytes() == right.tobytes(), field


def pick(solution: Solution, rows: list[int]) -> Solution:
    parts = {field: getattr(solution, field)[rows] for field in FIELDS}
    return Solution(solution.times, solution.outputs, **parts)


@cache
def population() -> tuple[OdeSystem, np.ndarray, list[list[Action]], Solution]:
    """Forty unlike subjects with unlike schedules, two of them hostile, each simulated alone."""
    system = one_compartment()
    rng = np.random.default_rng(7)
    parameters = np.exp(rng.normal(size=(40, 4)))
    parameters[11] = [np.nan, 1.0, 1.0, 1.0]
    parameters[23] = [1e300, 1e-300, 0.0, np.inf]
    schedules = [
        [
            Action(float(t), ActionKind(int(kind)), int(rng.integers(2)), float(rng.exponential()))
            for t, kind in zip(
                np.sort(rng.choice([0.0, 0.5, 1.0, 1.7, 4.0], count)), rng.integers(4, size=count), strict=True
            )
        ]
        for count in rng.integers(0, 6, size=40)
    ]
    alone = [run(system, parameters, schedules, [i], width=1, threads=1) for i in range(40)]
    joined = {field: np.concatenate([getattr(one, field) for one in alone]) for field in FIELDS}
    return system, parameters, schedules, Solution(TIMES, alone[0].outputs, **joined)


def run(
    system: OdeSystem, parameters: np.ndarray, schedules: list[list[Action]], rows: list[int], **options: int
) -> Solution:
    actions = Actions.from_lists([schedules[i] for i in rows])
    return simulate(system, parameters[rows], TIMES, ["conc", "depot", "ke"], actions=actions, **options)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.integers(0, 39), min_size=1, max_size=60),
    width=st.sampled_from([w for w in machines.WIDTHS if w <= machines.host().width]),
    threads=st.integers(1, 5),
)
def test_same_bits_in_any_company(rows: list[int], width: int, threads: int) -> None:
    system, parameters, schedules, alone = population()
    same(run(system, parameters, schedules, rows, width=width, threads=threads), pick(alone, rows))


@pytest.mark.parametrize("make", [stiff, cascade])
def test_same_bits_at_every_width(make: object) -> None:
    """Long and stiff: the slightest difference between widths would change a step and then everything."""
    system = make()  # type: ignore[operator]
    rng = np.random.default_rng(3)
    n_parameters = len(system.parameters)
    scale = [0.04, 3e7, 1e4] if n_parameters == 3 else [1.0] * n_parameters
    parameters = np.array(scale) * np.exp(0.5 * rng.normal(size=(21, n_parameters)))
    times, outputs = [0.5, 3.0, 20.0, 400.0], [q.id for q in system.states]
    widths = [w for w in machines.WIDTHS if w <= machines.host().width]
    found = [simulate(system, parameters, times, outputs, rtol=1e-8, width=w) for w in widths]
    assert found[0].solved.all()
    for other in found[1:]:
        same(found[0], other)


@pytest.mark.skipif(not machines.host().is_x86, reason="compares generations of x86 processors")
@pytest.mark.parametrize("cpu", ["haswell", "skylake", "znver2", "skylake-avx512"])
def test_same_bits_as_an_older_processor(cpu: str) -> None:
    """Code made for an older processor runs here; what it computes must not differ."""
    here = machines.host()
    if cpu == "skylake-avx512" and here.width < 8:
        pytest.skip("this processor has no AVX-512")
    system = cascade(9)
    other = machines.Machine(here.triple, cpu, "", 8 if cpu == "skylake-avx512" else 4)
    parameters = np.exp(0.5 * np.random.default_rng(5).normal(size=(10, 20)))
    outputs = ("y0", "y5")
    native = simulate(system, parameters, TIMES, outputs, rtol=1e-9)
    same(native, simulate_with(make_kernel(system, outputs, "Rodas5P", other), parameters, TIMES, rtol=1e-9))


def test_blocks_of_a_stream_are_the_whole() -> None:
    system, parameters, schedules, alone = population()
    actions = Actions.from_lists(schedules)
    parts: list[tuple[int, Solution]] = []
    empty = simulate(
        system, parameters, TIMES, ["conc", "depot", "ke"], actions=actions, block=7, keep=False,
        sink=lambda first, part: parts.append((first, part)),
    )  # fmt: skip
    assert len(empty) == 0
    assert [first for first, _ in parts] == list(range(0, 40, 7))
    for first, part in parts:
        same(part, alone.rows(first, first + len(part)))


def test_what_is_sampled_does_not_change_the_road() -> None:
    """Asking for one output more, or at one time more, leaves every other number as it was."""
    system, parameters, schedules, _ = population()
    actions = Actions.from_lists(schedules)
    few = simulate(system, parameters, [1.0, 4.0], ["drug"], actions=actions)
    more = simulate(system, parameters, TIMES, ["conc", "rate", "drug", "volume"], actions=actions)
    assert few.values[:, 0, 0].tobytes() == more.values[:, 2, 2].tobytes()
    assert few.final.tobytes() == more.final.tobytes()
    assert few.steps.tobytes() == more.steps.tobytes()
