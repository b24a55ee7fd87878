"""The expectation of a study: what it would show with subjects without end, the uncertainty of the parameters
propagated.

A claim is never judged on one small sample. The study is simulated as it is designed, with thousands of donors and
their mice spread over draws of the uncertain parameters ("worlds"), and every observable that a claim asks for is
taken in each world. The answer depends on nothing but the texts, the code and the seed, so it is cached under a digest
of these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from allodynia import cache
from allodynia.errors import unknown
from allodynia.judge.criteria import Estimate

if TYPE_CHECKING:
    from allodynia.study import Expectation, Study
    from allodynia.system import System

SEED = 1
"""Of every expectation that the package reports."""

Progress = Callable[[str, int, int], None]
"""Called with what is being simulated, subjects done, subjects in all."""


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """An observable of a study, in one arm and at one time where it has them."""

    observable: str
    arm: str | None = None
    at: str | None = None

    @property
    def key(self) -> str:
        """The question as one text, by which its answer is stored."""
        return " | ".join((self.observable, self.arm or "", self.at or ""))


@dataclass(frozen=True, slots=True)
class Condition:
    """What the model is while a study runs: a rival explanation, named switches, and edges set by hand (id to gain)."""

    hypothesis: str | None = None
    variant: str | None = None
    edges: Mapping[str, float] = field(default_factory=dict)


def expect(
    study: Study,
    system: System,
    condition: Condition,
    questions: Iterable[Question],
    design: Expectation,
    seed: int = SEED,
    progress: Progress | None = None,
) -> dict[Question, Estimate]:
    """The answer to every question, from the cache where the same was asked of the same texts, code and seed before.

    Parameters
    ----------
    study, system, condition
        What is simulated.
    questions
        The observables wanted; all are taken from one simulation.
    design
        How many worlds, and how many donors and subjects in each.
    seed
        The seed of every random number.
    progress
        Called as subjects finish.
    """
    asked = sorted(set(questions), key=lambda question: question.key)
    key = digest(study, system, condition, asked, design, seed)
    stored = cache.get("expectation", key)
    if stored is not None:
        answers = json.loads(stored)
        return {question: Estimate(**answers[question.key]) for question in asked}
    estimates = _simulate(study, system, condition, asked, design, seed, progress)
    text = json.dumps({question.key: asdict(estimate) for question, estimate in estimates.items()})
    cache.put("expectation", key, text.encode())
    return estimates


def digest(
    study: Study, system: System, condition: Condition, questions: Iterable[Question], design: Expectation, seed: int
) -> str:
    """The name of an expectation: everything that its answer depends on."""
    return cache.digest(
        system.digest,
        study.digest,
        _code_digest(),
        json.dumps([condition.hypothesis, condition.variant, sorted(condition.edges.items())]),
        json.dumps([question.key for question in questions]),
        json.dumps([asdict(design), seed], sort_keys=True),
    )


def gains(system: System, condition: Condition) -> dict[str, float]:
    """The edge gains that a condition sets beyond its hypothesis: those of its switch, then those set by hand.

    Raises
    ------
    InvalidInput
        The switch or an edge is not known.
    """
    switched: dict[str, float] = {}
    if condition.variant is not None:
        if condition.variant not in system.switches:
            raise unknown("variant", condition.variant, system.switches)
        switched.update(system.switches[condition.variant].edges)
    return switched | dict(condition.edges)


def _simulate(
    study: Study,
    system: System,
    condition: Condition,
    questions: list[Question],
    design: Expectation,
    seed: int,
    progress: Progress | None,
) -> dict[Question, Estimate]:
    from allodynia.study import simulate_study

    label = " ".join(filter(None, (study.name, condition.hypothesis, condition.variant)))
    result = simulate_study(
        study,
        system,
        design=design,
        seed=seed,
        edges=gains(system, condition),
        hypothesis=condition.hypothesis,
        observables=sorted({question.observable for question in questions}),
        progress=None if progress is None else lambda done, total: progress(label, done, total),
    )
    answers: dict[Question, Estimate] = {}
    for question in questions:
        found = result.observable(
            question.observable, arm=question.arm, at=question.at, hypothesis=condition.hypothesis
        )
        answers[question] = Estimate(
            value=found.value,
            lo=found.lo,
            hi=found.hi,
            standard_error=found.standard_error,
            unit=found.unit,
            units=found.units,
            subjects=found.subjects,
            failed=found.failed,
        )
    return answers


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """A digest of the code that turns texts into observables: a change to it must not find old answers."""
    rooms = Path(__file__).parents[1]
    return cache.digest_files(
        file
        for room in ("model", "engine", "cohort", "study", "judge")
        for file in sorted((rooms / room).rglob("*.py"))
    )
