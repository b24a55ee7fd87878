"""Rival explanations against the records that were scored: which fits better, on equal prior odds."""

from __future__ import annotations

import math
from collections.abc import Mapping

from allodynia.judge.verdict import Verdict

LOG_SCORE = "log score"


def scores(verdict: Verdict) -> dict[str, float]:
    """The log score of each hypothesis that a claim asked about; those that cannot be worked out are left out."""
    return {
        outcome.hypothesis: outcome.estimate.value
        for outcome in verdict.outcomes
        if outcome.hypothesis is not None
        and outcome.estimate.unit == LOG_SCORE
        and math.isfinite(outcome.estimate.value)
    }


def posterior(log_scores: Mapping[str, float]) -> dict[str, float]:
    """The probability of each hypothesis given the scored records, all alike beforehand.

    It is relative to the hypotheses scored and to the records chosen, and no evidence that any of them is true.
    """
    if not log_scores:
        return {}
    best = max(log_scores.values())
    weights = {name: math.exp(score - best) for name, score in log_scores.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
