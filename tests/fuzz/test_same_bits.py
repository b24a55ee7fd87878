"""A mouse's result is its own: batch, order, threads, width, blocks and processes do not touch a bit of it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allodynia.engine import Solution, Status, simulate
from allodynia.engine import machine as machines
from allodynia.model import OdeSystem

from .isolated import work
from .models import own
from .population import SIZE, fingerprints, mice, solve

WIDTHS = [width for width in machines.WIDTHS if width <= machines.host().width]


@cache
def alone() -> list[str]:
    """Every mouse simulated by itself, one at a time, side by side with nobody."""
    return [fingerprints(solve([i], width=1, threads=1))[0] for i in range(SIZE)]


def test_the_mice_differ() -> None:
    """Otherwise the tests below would show nothing."""
    assert len(set(alone())) == SIZE
    everyone = solve(range(SIZE))
    assert 0 < (~everyone.solved).sum() < SIZE // 2
    assert len(set(everyone.steps[everyone.solved].tolist())) > SIZE // 3
    assert Status.NOT_RUN not in everyone.counts()
    assert len({len(schedule) for schedule in mice()[2]}) >= 4


@settings(max_examples=60, deadline=None)
@given(
    subjects=st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=60),
    width=st.sampled_from(WIDTHS),
    threads=st.integers(1, 6),
    block=st.none() | st.integers(1, 20),
)
def test_company_order_threads_width_and_blocks_do_not_matter(
    subjects: list[int], width: int, threads: int, block: int | None
) -> None:
    known = [alone()[i] for i in subjects]
    if block is None:
        assert fingerprints(solve(subjects, width=width, threads=threads)) == known
        return
    parts: list[tuple[int, Solution]] = []
    solve(
        subjects, width=width, threads=threads, block=block, keep=False,
        sink=lambda first, part: parts.append((first, part)),
    )  # fmt: skip
    assert [first for first, _ in parts] == list(range(0, len(subjects), block))
    assert [print_ for _, part in parts for print_ in fingerprints(part)] == known


@pytest.mark.parametrize("fresh", [False, True], ids=["cached kernel", "compiled anew"])
def test_processes_do_not_matter(fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two new processes share the batch, each with its own start, memory layout and hash seed."""
    known = alone()
    if fresh:
        monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    order = np.random.default_rng(5).permutation(SIZE)
    halves = [order[: SIZE // 3].tolist(), order[SIZE // 3 :].tolist()]
    answers = work("mice", halves, patience=120.0, workers=2)
    for half, answer in zip(halves, answers, strict=True):
        assert answer["kind"] == "solved", answer
        assert answer["fingerprints"] == [known[i] for i in half]
    assert answers[0]["process"] != answers[1]["process"]


@cache
def hybrid(name: str) -> tuple[OdeSystem, np.ndarray, list[str]]:
    """A model with events, a jump or an algebraic rule; thirty subjects; and what each is alone."""
    from allodynia.model import read_sbml_models, to_ode

    system = to_ode(read_sbml_models(own())[name])
    plain = np.array([[quantity.value for quantity in system.parameters]], dtype=float)
    rows = plain * np.exp(0.5 * np.random.default_rng(8).normal(size=(30, plain.shape[1])))
    return system, rows, [fingerprints(go(system, rows[i : i + 1], width=1, threads=1))[0] for i in range(30)]


def go(system: OdeSystem, rows: np.ndarray, **options: int) -> Solution:
    """All states at a few times."""
    return simulate(system, rows, [0.0, 0.4, 1.1, 3.0, 9.0], [q.id for q in system.states], **options)


@pytest.mark.parametrize("name", ["events", "rules", "algebra"])
@settings(max_examples=25, deadline=None)
@given(
    subjects=st.lists(st.integers(0, 29), min_size=1, max_size=40),
    width=st.sampled_from(WIDTHS),
    threads=st.integers(1, 4),
)
def test_events_and_algebra_keep_to_their_own_lane(name: str, subjects: list[int], width: int, threads: int) -> None:
    system, rows, known = hybrid(name)
    assert len(set(known)) == len(known)
    assert fingerprints(go(system, rows[subjects], width=width, threads=threads)) == [known[i] for i in subjects]
