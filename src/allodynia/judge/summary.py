"""What all verdicts amount to: how many statements are shown, and whether any fails without a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allodynia.judge.verdict import Verdict, Word

WEIGHED = ("prediction", "calibration")
"""Grades that count: the others are listed apart, since their structure or their numbers say them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of claims.

    ``weighed`` are predictions and calibrations that were evaluated and could have failed, ``shown`` and
    ``not_supported`` of them; ``apart`` those listed apart that hold. ``criteria_held`` of ``criteria`` graded
    prediction or calibration hold, whatever the grade of their claim. ``unexcused`` fail without a reason, or have no
    study; ``overtaken`` hold although they are listed as failing or not supported.
    """

    claims: int
    evaluated: int
    weighed: int
    shown: int
    not_supported: int
    apart: int
    criteria: int
    criteria_held: int
    unexcused: tuple[str, ...]
    overtaken: tuple[str, ...]

    @property
    def share(self) -> float:
        """Shown or not supported, of those weighed; NaN without any."""
        return (self.shown + self.not_supported) / self.weighed if self.weighed else float("nan")

    def sentences(self) -> list[str]:
        """What a person is told at the end."""
        said = [
            f"{self.claims} claims, {self.evaluated} evaluated; of {self.weighed} predictions and calibrations "
            f"{self.shown} shown and {self.not_supported} not supported"
            + (f" ({100.0 * self.share:.0f} %)" if self.weighed else "")
            + f"; {self.apart} listed apart"
        ]
        if self.criteria:
            said.append(
                f"{self.criteria_held} of {self.criteria} single criteria graded prediction or calibration hold"
            )
        if self.overtaken:
            said.append(f"listed as failing or not supported, but hold: {', '.join(self.overtaken)}")
        if self.unexcused:
            said.append(f"fail without a reason, or have no study: {', '.join(self.unexcused)}")
        return said


def summary(verdicts: Sequence[Verdict]) -> Summary:
    """Counts over ``verdicts``."""
    evaluated = [one for one in verdicts if one.word not in (Word.NOT_BUILT, Word.MISSING)]
    weighed = [one for one in evaluated if one.claim.grade in WEIGHED and one.word is not Word.REPORTED]
    judged = [
        outcome.holds
        for one in evaluated
        for outcome in one.outcomes
        if outcome.holds is not None and outcome.criterion.grade in WEIGHED
    ]
    apart = (Word.BY_CONSTRUCTION, Word.INPUT, Word.DESCRIPTIVE, Word.REPORTED)
    listed = [one for one in evaluated if one.claim.failing or one.claim.not_supported]
    return Summary(
        claims=len(verdicts),
        evaluated=len(evaluated),
        weighed=len(weighed),
        shown=sum(one.word is Word.SHOWN for one in weighed),
        not_supported=sum(one.word is Word.NOT_SUPPORTED for one in weighed),
        apart=sum(one.word in apart for one in evaluated),
        criteria=len(judged),
        criteria_held=sum(holds is True for holds in judged),
        unexcused=tuple(one.claim.id for one in verdicts if one.word in (Word.FAILED, Word.MISSING)),
        overtaken=tuple(one.claim.id for one in listed if one.word not in (Word.KNOWN, Word.NOT_SUPPORTED)),
    )
