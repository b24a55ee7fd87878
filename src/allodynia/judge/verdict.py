"""What follows for a claim, in one word, with the numbers behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from allodynia.judge.claims import Claim, Criterion
from allodynia.judge.criteria import Estimate


class Word(Enum):
    """The verdict on a claim; only the first three weigh mechanisms, the rest are listed apart."""

    SHOWN = "shown"
    FAILED = "failed"
    KNOWN = "failing, as listed"
    NOT_SUPPORTED = "not supported"
    BY_CONSTRUCTION = "by construction"
    INPUT = "input"
    DESCRIPTIVE = "descriptive"
    REPORTED = "reported"
    NOT_BUILT = "not yet built"
    MISSING = "without a study"


APART = {"by_construction": Word.BY_CONSTRUCTION, "input": Word.INPUT, "descriptive": Word.DESCRIPTIVE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One criterion, judged in one variant of the model (``ada_on``, say), for one arm and under one hypothesis.

    ``holds`` is None where the criterion only asks for a report; ``rule`` says in words what was demanded.
    """

    criterion: Criterion
    variant: str
    arm: str | None
    estimate: Estimate
    holds: bool | None
    rule: str
    hypothesis: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, the word, why, and every outcome behind it."""

    claim: Claim
    word: Word
    reason: str
    outcomes: tuple[Outcome, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data, as ``allodynia claims --json`` prints it."""
        return {
            "id": self.claim.id,
            "statement": self.claim.statement,
            "grade": self.claim.grade,
            "study": self.claim.study,
            "verdict": self.word.value,
            "reason": self.reason,
            "rests_on": list(self.claim.rests_on),
            "evidence": list(self.claim.evidence),
            "seeds": list(self.claim.seeds),
            "outcomes": [
                {
                    "observable": outcome.criterion.observable,
                    "study": outcome.criterion.study,
                    "grade": outcome.criterion.grade,
                    "variant": outcome.variant,
                    "hypothesis": outcome.hypothesis,
                    "arm": outcome.arm,
                    "at": outcome.criterion.at,
                    "rule": outcome.rule,
                    "basis": outcome.criterion.basis,
                    "holds": outcome.holds,
                    **{name: value for name, value in asdict(outcome.estimate).items() if name != "values"},
                }
                for outcome in self.outcomes
            ],
        }


def conclude(claim: Claim, outcomes: tuple[Outcome, ...]) -> Verdict:
    """The verdict that ``outcomes`` amount to.

    A claim of grade calibration or prediction is shown when every criterion holds in every variant; one that only asks
    for numbers is reported, for it could not have failed. One whose
    structure says it, or that is an input or a description, is listed under that name as long as its criteria hold. A
    criterion that does not hold makes the claim fail whatever its grade; the claim may record that the papers do not
    bear it out, or why it is known to fail.
    """
    broken = [outcome for outcome in outcomes if outcome.holds is False]
    if broken:
        reason = "; ".join(describe(outcome) for outcome in broken)
        if claim.not_supported:
            return Verdict(claim, Word.NOT_SUPPORTED, f"{claim.not_supported} ({reason})", outcomes)
        if claim.failing:
            return Verdict(claim, Word.KNOWN, f"{claim.failing} ({reason})", outcomes)
        return Verdict(claim, Word.FAILED, reason, outcomes)
    word = APART.get(claim.grade, Word.SHOWN)
    if word is Word.SHOWN and outcomes and all(outcome.holds is None for outcome in outcomes):
        return Verdict(claim, Word.REPORTED, "nothing was asked that could fail", outcomes)
    held = sum(outcome.holds is True for outcome in outcomes)
    listed = "failing" if claim.failing else "not supported" if claim.not_supported else ""
    said = f"; it is listed as {listed}, and is not: take that out of claims.yaml" if listed else ""
    return Verdict(claim, word, f"{held} of {held} criteria hold{said}", outcomes)


def describe(outcome: Outcome) -> str:
    """One outcome as a person would say it: the observable, where, the number, the rule, and who set the bounds."""
    criterion, estimate = outcome.criterion, outcome.estimate
    place = " ".join(filter(None, (outcome.arm, criterion.at and f"at {criterion.at}", outcome.hypothesis)))
    where = f" ({place})" if place else ""
    unit = "" if estimate.unit in ("", "dimensionless", "1") else f" {estimate.unit}"
    if estimate.why:
        return f"{criterion.observable}{where} [{outcome.variant}]: {estimate.why}"
    found = f"{criterion.observable}{where} [{outcome.variant}] = {estimate.value:.3g}{unit}"
    found += f" (95 % {estimate.lo:.3g} to {estimate.hi:.3g})"
    verb = {True: "is", False: "is not"}
    return f"{found}, {outcome.rule}" if outcome.holds is None else f"{found}: {verb[outcome.holds]} {outcome.rule}"
