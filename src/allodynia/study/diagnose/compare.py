"""Every test against every group of people: area, sensitivity, what a result means, people for a study of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.errors import InvalidInput
from allodynia.study.diagnose import panel, roc, samplesize
from allodynia.study.diagnose.candidates import Candidate
from allodynia.study.diagnose.chance import resample
from allodynia.study.diagnose.predictive import negative_value, positive_value
from allodynia.study.diagnose.roc import Curve, Interval
from allodynia.study.diagnose.samplesize import People
from allodynia.study.diagnose.scale import logs
from allodynia.study.result import StudyResult

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Meaning:
    """What results mean where ``prevalence`` have the disease, and how many would have to be tested there."""

    prevalence: float
    positive: Interval
    negative: Interval
    to_ask: int


@dataclass(frozen=True)
class Row:
    """A test against the people of one arm.

    ``auc`` is that in people whom its weights were not found in, ``apparent`` that in those whom they were (None: no
    weights were found). ``meaning`` by place; ``people`` for an area known to ± 0.05.
    """

    candidate: Candidate
    versus: str
    ill: int
    others: int
    auc: Interval
    apparent: float | None
    specificity: float
    sensitivity: Interval
    meaning: Mapping[str, Meaning]
    people: People
    curve: Curve


def compare(
    result: StudyResult,
    tests: Sequence[Candidate],
    disease: str,
    versus: Sequence[str],
    *,
    specificity: float,
    prevalence: Mapping[str, float],
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Every test against every arm of ``versus``, on the readings of a study that was simulated as planned.

    Raises
    ------
    InvalidInput
        A test whose reading nobody of an arm has, or too few people.
    """
    if any(one.sign == 0 for one in tests):
        panel.need_scikit_learn()
    rows = []
    for number, (arm, test) in enumerate((arm, test) for arm in versus for test in tests):
        if progress is not None:
            progress(number, len(versus) * len(tests))
        rows.append(_row(result, test, disease, arm, specificity, prevalence, seed))
    if progress is not None:
        progress(len(rows), len(rows))
    return rows


def readings(result: StudyResult, test: Candidate, arm: str) -> F8:
    """What the test reads of the people of ``arm`` in whom nothing of it is missing, f8[person, reading].

    Raises
    ------
    InvalidInput
        Fewer than two have it.
    """
    columns = []
    for name in test.endpoints:
        endpoint = result.plan.endpoint(name)
        columns.append(result.readings.measured(name, arm, [endpoint.table_at])[0, ..., 0].reshape(-1))
    found = np.stack(columns, axis=-1)
    found = found[np.isfinite(found).all(axis=1)]
    if len(found) < 2:
        raise InvalidInput(f"{len(found)} people of {arm!r} have a reading of {test.name!r}: nothing to compare")
    return found


def _row(
    result: StudyResult, test: Candidate, disease: str, arm: str, specificity: float, prevalence: Mapping[str, float],
    seed: int,
) -> Row:  # fmt: skip
    ill, others = readings(result, test, disease), readings(result, test, arm)
    apparent = None
    if test.sign:
        scores = (test.sign * ill[:, 0], test.sign * others[:, 0])
        placed = roc.placements(*scores)
    else:
        both = np.concatenate([ill, others])
        both = logs(both, test.logged, test.endpoints)  # what the least reading is does not depend on who is ill
        judged = panel.judge(both[: len(ill)], both[len(ill) :], seed, (disease, arm))
        apparent, scores, placed = judged.apparent, judged.scores, judged.placements
    drawn = resample(seed, f"ill {disease}", len(ill)), resample(seed, f"others {arm}", len(others))
    auc = roc.area_interval(*placed)
    found = roc.sensitivity(*scores, specificity, drawn)
    meaning = {}
    for place, share in prevalence.items():
        values = [
            Interval(*(float(of(one, specificity, share)) for one in found)) for of in (positive_value, negative_value)
        ]
        meaning[place] = Meaning(share, values[0], values[1], samplesize.to_ask(found.value, specificity, share))
    return Row(
        test, arm, len(ill), len(others), auc, apparent, specificity, found, meaning,
        samplesize.for_area(auc.value), roc.curve(*scores),
    )  # fmt: skip
