"""The expectation of a study: what it would show with subjects without end, the uncertainty of the parameters
propagated.

A claim is never judged on one small sample. The study is simulated as it is designed, with thousands of donors and
their mice spread over draws of the uncertain parameters ("worlds"), and every observable that a claim asks for is
taken in each world. Where the study is a trial of people, each world is one replicate of it. The answer depends on
nothing but the texts, the code and the seed, so every answer is cached under a digest of these; what is not there yet
is taken from one simulation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from allodynia import cache
from allodynia.errors import unknown
from allodynia.judge.criteria import Estimate
from allodynia.judge.models import Given, Model, code_digest

if TYPE_CHECKING:
    from allodynia.study import Expectation, Study, StudyResult
    from allodynia.study.trial.expected import TrialExpectation
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
    model: Model | System,
    condition: Condition,
    questions: Iterable[Question],
    design: Expectation,
    seed: int = SEED,
    progress: Progress | None = None,
) -> dict[Question, Estimate]:
    """The answer to every question, from the cache where the same was asked of the same texts, code and seed before.

    Parameters
    ----------
    study, model, condition
        What is simulated.
    questions
        The observables wanted; all that are not stored are taken from one simulation.
    design
        How many worlds, and how many donors, subjects and people in each.
    seed
        The seed of every random number.
    progress
        Called as subjects finish.
    """
    asked = sorted(set(questions), key=lambda question: question.key)
    found = stored(study, model, condition, asked, design, seed)
    missing = [question for question in asked if question not in found]
    if missing:
        estimates = _simulate(study, _model(model).system, condition, missing, design, seed, progress)
        for question, estimate in estimates.items():
            text = json.dumps(asdict(estimate))
            cache.put("expectation", digest(study, model, condition, question, design, seed), text.encode())
        found |= estimates
    return {question: found[question] for question in asked}


def stored(
    study: Study, model: Model | System, condition: Condition, questions: Iterable[Question], design: Expectation,
    seed: int = SEED,
) -> dict[Question, Estimate]:  # fmt: skip
    """The answers that are in the cache."""
    found: dict[Question, Estimate] = {}
    for question in questions:
        text = cache.get("expectation", digest(study, model, condition, question, design, seed))
        if text is not None:
            data = json.loads(text)
            found[question] = Estimate(**{**data, "values": tuple(data["values"])})
    return found


def digest(
    study: Study, model: Model | System, condition: Condition, question: Question, design: Expectation, seed: int
) -> str:
    """The name of an answer: everything that it depends on."""
    return cache.digest(
        model.digest,
        study.digest,
        code_digest(),
        json.dumps([condition.hypothesis, condition.variant, sorted(condition.edges.items())]),
        question.key,
        json.dumps([asdict(design), seed], sort_keys=True),
    )


def _model(model: Model | System) -> Model:
    return Given(model) if not hasattr(model, "system") else model


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
    from allodynia.study.begin import ImplausiblePopulation
    from allodynia.study.trial.enrol import NobodyEnters

    label = " ".join(filter(None, (study.name, condition.hypothesis, condition.variant)))
    told = None if progress is None else lambda done, total: progress(label, done, total)
    edges = gains(system, condition)
    result: StudyResult | TrialExpectation
    try:
        if study.spec.trial is not None:
            from allodynia.study.trial.expected import expect_trial

            result = expect_trial(
                study, system, design=design, seed=seed, edges=edges, hypothesis=condition.hypothesis, progress=told
            )
        else:
            from allodynia.study import simulate_study

            result = simulate_study(
                study,
                system,
                design=design,
                seed=seed,
                edges=edges,
                hypothesis=condition.hypothesis,
                observables=sorted({question.observable for question in questions}),
                progress=told,
            )
    except (ImplausiblePopulation, NobodyEnters) as refused:
        # A finding about the world that was asked for, not a slip of whoever asked.
        return {question: Estimate.missing(refused.message) for question in questions}
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
            good=found.good,
            values=found.values,
        )
    return answers
