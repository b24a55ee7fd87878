"""What a report is made of: plain values, computed elsewhere, in the units and words in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row of the results table, with ids as the study has them and labels as a person reads them.

    ``mean``, ``lo`` and ``hi`` are the mean over donors and its 95 % interval in this run's sample, ``donors`` how many
    donors are behind it (or subjects, where ``unit_of_inference`` says that the arm compares no donors) and ``failed``
    how many subjects could not be solved. ``published`` is what a record
    or the claim gives, in words; ``verdict`` that of the cached expectation run, never of this sample; ``grade`` says
    in one word how far the number is to be trusted.
    """

    arm: str
    arm_label: str
    endpoint: str
    endpoint_label: str
    time: str
    mean: float
    lo: float
    hi: float
    unit: str
    donors: int
    failed: int
    unit_of_inference: str = "donor"
    published: str = ""
    claim: str = ""
    verdict: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm in one panel: ``f8[t]`` mean over donors with its 95 % band, and ``f8[d, t]`` one line a donor."""

    arm: str
    label: str
    mean: np.ndarray
    lo: np.ndarray
    hi: np.ndarray
    donors: np.ndarray


@dataclass(frozen=True, slots=True)
class Published:
    """What a claim asks of an arm at one time, in the panel's unit; ``lo`` or ``hi`` is infinite where it is open."""

    arm: str
    time: float
    lo: float
    hi: float
    basis: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure: a model output over time in every arm. ``stem`` is its file's name without the ending."""

    stem: str
    output: str
    title: str
    unit: str
    time_unit: str
    times: np.ndarray
    curves: tuple[Curve, ...]
    doses: tuple[float, ...] = ()
    published: tuple[Published, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """An observable on the expectation, with the central 95 % over what is unknown; ``holds`` None: only reported."""

    value: float
    lo: float
    hi: float
    unit: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One demand of one claim, and what the expectation gives.

    ``values`` maps each way of running the model in which it was asked (``ada_on``, ``ada_off``; ``as designed``) to
    the answer, so that what rests on a switch nobody has measured is seen side by side.
    """

    claim: str
    statement: str
    observable: str
    of: str
    rule: str
    basis: str
    values: Mapping[str, Expected]
    verdict: str
    grade: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where an article says one thing and the papers measured another."""

    article: str
    papers: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a report shows, in the order in which it shows it."""

    title: str
    question: str
    simulated: tuple[str, ...]
    rows: tuple[ResultRow, ...]
    claims: tuple[ClaimRow, ...]
    panels: tuple[Panel, ...]
    cannot_tell: tuple[str, ...]
    disagreements: tuple[Disagreement, ...] = ()
    warnings: tuple[str, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    study_text: str = ""
