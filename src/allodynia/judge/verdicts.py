"""From claims to verdicts: which studies to simulate under which conditions, each once, and what follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from allodynia.errors import InvalidInput, unknown
from allodynia.judge import criteria
from allodynia.judge.claims import Claim, Criterion, load_claims
from allodynia.judge.criteria import Estimate
from allodynia.judge.expectation import SEED, Condition, Progress, Question, expect
from allodynia.judge.models import Given, Model, Shipped
from allodynia.judge.ratio import over
from allodynia.judge.verdict import Outcome, Verdict, Word, conclude

if TYPE_CHECKING:
    from allodynia.study import Expectation, Study
    from allodynia.system import System

Run = tuple[str, str | None, str | None]
"""One simulation: a study, a hypothesis, a variant."""
Answers = Mapping[Run, Mapping[Question, Estimate]]


def verdicts(
    claims: Sequence[Claim] | None = None,
    *,
    system: System | None = None,
    design: Expectation | None = None,
    seed: int = SEED,
    edges: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> tuple[Verdict, ...]:
    """The verdict on each claim, in the order given.

    Parameters
    ----------
    claims
        The claims to judge; all that the package ships when left out.
    system
        The model for every study; what the package ships for each when left out.
    design
        How expectations are taken; as each study says when left out (64 draws of the uncertain parameters with 32
        donors or people each, 2,048 in all, and as many animals a donor as the study gives it).
    seed
        The seed of every random number.
    edges
        Gains by edge id, set in every run: 0 cuts an edge.
    progress
        Called with what is simulated, subjects done and in all, as simulations that are not in the cache go on.

    Raises
    ------
    InvalidInput
        A criterion names a hypothesis, a variant, an arm or an observable that its study or the system lacks, or asks
        for a direction of what is no standardised effect.
    """
    from allodynia.study import load_study, study_names

    chosen = tuple(_under_all(claim) for claim in (load_claims() if claims is None else claims))
    shipped = set(study_names())
    built = [claim for claim in chosen if shipped.issuperset(claim.studies)]
    studies = {name: load_study(name) for claim in built for name in claim.studies}
    for claim in built:
        for criterion in claim.criteria:
            check_criterion(criterion, studies)
    plan: dict[Run, set[Question]] = {}
    for claim in built:
        for criterion in claim.criteria:
            for run, question in (*_asked(criterion), *_below(criterion)):
                plan.setdefault(run, set()).add(question)
    answers: dict[Run, Mapping[Question, Estimate]] = {}
    for number, (run, asked) in enumerate(sorted(plan.items(), key=lambda item: (item[0][0], str(item[0])))):
        study = studies[run[0]]
        model: Model = Given(system) if system is not None else Shipped(study)
        told = None if progress is None else _numbered(progress, number + 1, len(plan))
        condition = Condition(run[1], run[2], edges or {})
        answers[run] = expect(study, model, condition, asked, design or designed(study), seed, told)
    return tuple(_judge(claim, answers) if claim in built else _not_built(claim) for claim in chosen)


def _under_all(claim: Claim) -> Claim:
    """The claim with the names of all rival explanations where a criterion says ``hypothesis: all``."""
    if not any(criterion.hypotheses == ("all",) for criterion in claim.criteria):
        return claim
    from allodynia.system.load import hypothesis_names

    names = hypothesis_names()
    criteria = (replace(one, hypotheses=names) if one.hypotheses == ("all",) else one for one in claim.criteria)
    return replace(claim, criteria=tuple(criteria))


def designed(study: Study) -> Expectation:
    """How the expectation of a study is taken, as the study says."""
    from allodynia.study import Expectation

    given = study.spec.expectation
    return Expectation(given.worlds, given.donors, None, given.people, given.independent)


def check_criterion(criterion: Criterion, studies: Mapping[str, Study]) -> None:
    """Refuse, before anything is simulated, a criterion that its study cannot answer."""
    from allodynia.study.statistics.statistic import is_standardised

    spec = studies[criterion.study].spec
    if criterion.observable not in spec.observables:
        raise unknown("observable", criterion.observable, spec.observables, where=criterion.where)
    for arm in criterion.arms:
        if arm not in spec.arms:
            raise unknown("arm", arm, spec.arms, where=criterion.where)
    if criterion.kind in ("direction", "none") and not is_standardised(criterion.observable, spec.observables):
        raise InvalidInput(
            f"{criterion.kind} is told by a standardised effect, and {criterion.observable!r} of {criterion.study} is "
            f"of kind {spec.observables[criterion.observable].kind}; use standardised_effect, correlation, or "
            "share_difference as effect",
            where=criterion.where,
        )
    if criterion.kind == "interval_overlap" and criterion.counts is None and None in (criterion.lo, criterion.hi):
        raise InvalidInput("an interval_overlap needs lo and hi, or counts: [with, of]", where=criterion.where)
    if criterion.over is not None and criterion.over.observable not in studies[criterion.over.study].spec.observables:
        known = studies[criterion.over.study].spec.observables
        raise unknown("observable", criterion.over.observable, known, where=criterion.where)


def _numbered(progress: Progress, number: int, count: int) -> Progress:
    return lambda label, done, total: progress(f"{number}/{count} {label}", done, total)


def judge(claim: Claim, **options: object) -> Verdict:
    """The verdict on one claim; ``options`` as for :func:`verdicts`."""
    return verdicts([claim], **options)[0]  # type: ignore[arg-type]


def _asked(criterion: Criterion) -> list[tuple[Run, Question]]:
    """What a criterion asks, of which simulations: its observable in each arm, hypothesis and variant."""
    found: list[tuple[Run, Question]] = []
    for variant in criterion.variants or (None,):
        for hypothesis in criterion.hypotheses or (None,):
            found += [((criterion.study, hypothesis, variant), question) for question in questions(criterion)]
    return found


def questions(criterion: Criterion) -> list[Question]:
    """What a criterion asks of its study: its observable in each of its arms."""
    return [Question(criterion.observable, arm, criterion.at) for arm in criterion.arms or (None,)]


def _below(criterion: Criterion) -> list[tuple[Run, Question]]:
    """What it is divided by, if it is."""
    below = criterion.over
    return [] if below is None else [((below.study, None, None), Question(below.observable, below.arm, below.at))]


def _judge(claim: Claim, answers: Answers) -> Verdict:
    outcomes: list[Outcome] = []
    for criterion in claim.criteria:
        for (study, hypothesis, variant), question in _asked(criterion):
            estimate = answers[study, hypothesis, variant][question]
            for run, below in _below(criterion):
                estimate = over(estimate, answers[run][below])
            holds, rule = weigh(criterion, estimate)
            name = variant or "as designed"
            outcomes.append(Outcome(criterion, name, question.arm, estimate, holds, rule, hypothesis))
    return conclude(claim, tuple(outcomes))


def weigh(criterion: Criterion, estimate: Estimate) -> tuple[bool | None, str]:
    """Whether ``estimate`` meets ``criterion`` (None: it is only reported), and the rule in words."""
    if criterion.kind == "report":
        return None, "reported"
    if estimate.why:
        return False, "a value"
    if criterion.kind == "direction":
        return criteria.in_direction(estimate, criterion.sign or "up")
    if criterion.kind == "none":
        return criteria.is_none(estimate)
    if criterion.kind == "interval_overlap":
        lo, hi = criteria.clopper_pearson(*criterion.counts) if criterion.counts else (criterion.lo, criterion.hi)
        return criteria.overlaps(estimate, -math.inf if lo is None else lo, math.inf if hi is None else hi)
    return criteria.in_range(estimate, criterion.lo, criterion.hi)


def _not_built(claim: Claim) -> Verdict:
    if claim.later:
        return Verdict(claim, Word.NOT_BUILT, claim.later)
    return Verdict(claim, Word.MISSING, f"there is no study {' or '.join(map(repr, claim.studies))}")
