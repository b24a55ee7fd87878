"""From claims to verdicts: which studies to simulate under which conditions, each once, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from allodynia.judge import criteria
from allodynia.judge.claims import Claim, Criterion, load_claims
from allodynia.judge.criteria import Estimate
from allodynia.judge.expectation import SEED, Condition, Progress, Question, expect
from allodynia.judge.verdict import Outcome, Verdict, Word, conclude

if TYPE_CHECKING:
    from allodynia.study import Expectation
    from allodynia.system import System


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
        The model; the shipped mouse when left out.
    design
        How expectations are taken: 64 draws of the uncertain parameters with 32 donors each when left out, 2,048
        donors in all, each with as many mice as the study gives it.
    seed
        The seed of every random number.
    edges
        Gains by edge id, set in every run: 0 cuts an edge.
    progress
        Called with what is simulated, subjects done and in all, as simulations that are not in the cache go on.

    Raises
    ------
    InvalidInput
        A criterion names a hypothesis, a variant, an arm or an observable that its study or the system lacks.
    """
    from allodynia.study import Expectation, load_study, study_names
    from allodynia.system import load_system

    chosen = load_claims() if claims is None else tuple(claims)
    shipped = set(study_names())
    built = [claim for claim in chosen if claim.study in shipped]
    model = load_system("mouse") if system is None else system
    how = design or Expectation()
    plan: dict[tuple[str, str | None, str | None], set[Question]] = {}
    for claim in built:
        for criterion in claim.criteria:
            for variant in criterion.variants or (None,):
                run = (claim.study, criterion.hypothesis, variant)
                plan.setdefault(run, set()).update(questions(criterion))
    answers = {
        run: expect(load_study(run[0]), model, Condition(run[1], run[2], edges or {}), asked, how, seed, progress)
        for run, asked in plan.items()
    }
    return tuple(_judge(claim, answers) if claim.study in shipped else _not_built(claim) for claim in chosen)


def judge(claim: Claim, **options: object) -> Verdict:
    """The verdict on one claim; ``options`` as for :func:`verdicts`."""
    return verdicts([claim], **options)[0]  # type: ignore[arg-type]


def questions(criterion: Criterion) -> list[Question]:
    """What a criterion asks of its study: its observable in each of its arms."""
    return [Question(criterion.observable, arm, criterion.at) for arm in criterion.arms or (None,)]


def _judge(claim: Claim, answers: Mapping[tuple[str, str | None, str | None], Mapping[Question, Estimate]]) -> Verdict:
    outcomes: list[Outcome] = []
    for criterion in claim.criteria:
        for variant in criterion.variants or (None,):
            given = answers[claim.study, criterion.hypothesis, variant]
            for question in questions(criterion):
                estimate = given[question]
                holds, rule = weigh(criterion, estimate)
                outcomes.append(Outcome(criterion, variant or "as designed", question.arm, estimate, holds, rule))
    return conclude(claim, tuple(outcomes))


def weigh(criterion: Criterion, estimate: Estimate) -> tuple[bool | None, str]:
    """Whether ``estimate`` meets ``criterion`` (None: it is only reported), and the rule in words."""
    if criterion.kind == "report":
        return None, "reported"
    if criterion.kind == "direction":
        return criteria.in_direction(estimate, criterion.sign or "up")
    if criterion.kind == "none":
        return criteria.is_none(estimate)
    if criterion.kind == "interval_overlap" and criterion.lo is not None and criterion.hi is not None:
        return criteria.overlaps(estimate, criterion.lo, criterion.hi)
    return criteria.in_range(estimate, criterion.lo, criterion.hi)


def _not_built(claim: Claim) -> Verdict:
    return Verdict(claim, Word.NOT_BUILT, f"the study {claim.study!r} is not built yet")
