"""Several readings weighed into one score, judged in people whom the weights were not found in."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput
from allodynia.study.diagnose.area import area
from allodynia.study.diagnose.chance import folds
from allodynia.study.diagnose.roc import placements
from allodynia.study.diagnose.scale import Standard

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]
Scores = Callable[[F8], F8]
"""From readings f8[person, reading] to a score of each."""

OUTER, INNER = 10, 3
"""Folds in which a score is judged, and folds of the rest in which its penalty is chosen."""

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""scikit-learn's C, the inverse of the penalty on the weights (of readings in standard deviations)."""

LEAST = 2 * OUTER
"""People that each group must have, so that every fold has two."""


class Judged(NamedTuple):
    """A combination: ``apparent`` area in the people whom its weights were found in; ``scores`` of ill and others by
    weights found without them, and their ``placements`` among the people of their own fold.
    """

    apparent: float
    scores: tuple[F8, F8]
    placements: tuple[F8, F8]


def need_scikit_learn() -> None:
    """Raises :class:`InvalidInput` with what to install where scikit-learn is not there."""
    if find_spec("sklearn") is None:
        raise InvalidInput(
            "a combination of readings needs scikit-learn; install it by: pip install 'allodynia[study]'"
        )


def judge(ill: F8, others: F8, seed: int, groups: tuple[str, str]) -> Judged:
    """A logistic regression on readings f8[person, reading] of two groups, nested in a cross-validation.

    In each of ten folds the readings are centred and scaled, the penalty is chosen (by a cross-validation of its own)
    and the weights are found in the other nine; nothing of the fold is used but to be judged.

    Raises
    ------
    InvalidInput
        Too few people, or scikit-learn is not there.
    """
    need_scikit_learn()
    if min(len(ill), len(others)) < LEAST:
        raise InvalidInput(
            f"{min(len(ill), len(others))} people of {groups[int(len(others) < len(ill))]!r} are too few to "
            f"cross-validate a combination; take at least {LEAST} (--subjects)"
        )
    from sklearn import config_context
    from threadpoolctl import threadpool_limits

    # One thread: matrices this small are slower with more, and sums come out in one order.
    with threadpool_limits(1), config_context(assume_finite=True, skip_parameter_validation=True):
        return _judge(ill, others, seed, groups)


def _judge(ill: F8, others: F8, seed: int, groups: tuple[str, str]) -> Judged:
    x = np.concatenate([ill, others])
    sick = np.arange(len(x)) < len(ill)
    outer = _folds(seed, groups, (len(ill), len(others)), OUTER, 0)
    scores, placed = np.empty(len(x)), np.empty(len(x))
    for fold in range(OUTER):
        here = outer == fold
        inner = _folds(seed, groups, (int((sick & ~here).sum()), int((~sick & ~here).sum())), INNER, fold + 1)
        scores[here] = _fitted(x[~here], sick[~here], inner)(x[here])
        placed[here & sick], placed[here & ~sick] = placements(scores[here & sick], scores[here & ~sick])
    whole = _fitted(x, sick, _folds(seed, groups, (len(ill), len(others)), INNER, OUTER + 1))(x)
    return Judged(area(whole[sick], whole[~sick]), (scores[sick], scores[~sick]), (placed[sick], placed[~sick]))


def _folds(seed: int, groups: tuple[str, str], sizes: tuple[int, int], count: int, level: int) -> I8:
    """The fold of each person, ill first; as many of either group in each as can be."""
    return np.concatenate(
        [folds(seed, f"{side} {group}", size, count, level)
         for side, group, size in zip(("ill", "others"), groups, sizes, strict=True)]
    )  # fmt: skip


def _fitted(x: F8, sick: NDArray[np.bool_], inner: I8) -> Scores:
    """The regression with the penalty whose mean area over the ``inner`` folds is largest."""
    means = []
    for c in PENALTIES:
        areas = []
        for fold in range(INNER):
            here = inner == fold
            scores = _regression(x[~here], sick[~here], c)(x[here])
            areas.append(area(scores[sick[here]], scores[~sick[here]]))
        means.append(float(np.mean(areas)))
    return _regression(x, sick, PENALTIES[int(np.argmax(means))])


def _regression(x: F8, sick: NDArray[np.bool_], c: float) -> Scores:
    from sklearn.linear_model import LogisticRegression

    standard = Standard(x)
    model = LogisticRegression(C=c, class_weight="balanced", solver="newton-cholesky", max_iter=200)
    model.fit(standard.of(x), sick)
    return lambda people: np.asarray(model.decision_function(standard.of(people)))
