"""What a trial shows as rows: for JSON, for tables of the run folder, for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from allodynia.api.animals import assured

if TYPE_CHECKING:
    from allodynia.api.trials import TrialSession
    from allodynia.study.statistics.student import Interval
    from allodynia.study.trial.enrichment import EnrichRow
    from allodynia.study.trial.result import EffectRow, TrialResult

PEOPLE_NOTES = {
    "replicate": "number of the replicate, from 0",
    "person": "the person's place among those asked, from 0",
    "gets": "the arm, or the sequence of arms",
    "left": "when the person left, in the model's unit of time; NULL: stayed",
    "cause": "why: none, adverse_event, lack_of_efficacy, other",
    "rescued": "when rescue medication was first taken; NULL: never",
    "solved": "false where the person could not be simulated",
}
VISIT_NOTES = {
    "replicate": "number of the replicate, from 0",
    "person": "the person's place among those asked, from 0",
    "time": "when, in the model's unit of time after allocation",
    "endpoint": "what was read, as the study names it",
    "reading": "what the trial has in hand; NULL where it was not read",
    "true_value": "the model's value behind the reading",
}


def document(session: TrialSession) -> dict[str, Any]:
    """A trial as JSON: design, flow, arms, effects, power by size, selection."""
    result, options = session.result, session.options
    curve = session.curve
    return {
        "study": session.study.name,
        "title": session.study.spec.title,
        "design": session.words,
        "seed": options.seed,
        "replicates": result.replicates,
        "people": session.trial.people,
        "folder": str(session.folder),
        "share": result.word,
        "flow": result.flow,
        "arms": [asdict(row) for row in result.arms],
        "effects": [effect(row) for row in result.effects],
        "sizes": None
        if curve is None
        else {
            "arm": curve.arm,
            "each": "sequence" if session.trial.crossed else "arm",
            "points": [asdict(point) for point in curve.points],
            "least": {name: asdict(size) for name, size in curve.least.items()},
        },
        "enrichment": [selection(row) for row in session.enrichment],
        "warnings": list(session.warnings),
    }


def effect(row: EffectRow) -> dict[str, Any]:
    """One effect as flat numbers."""
    found: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "analysis",
            "method",
            "estimand",
            "primary",
            "arm",
            "versus",
            "unit",
            "lo",
            "hi",
            "spread",
            "differs",
        )
    }
    found |= _flat("effect", row.effect)
    found |= _flat("truth", row.truth)
    for name in ("power", "either"):
        share = getattr(row, name)
        found |= {name: float(share.power), f"{name}_lo": float(share.lo), f"{name}_hi": float(share.hi)}
    found |= {"replicates": int(row.power.replicates), "without_result": int(row.power.failed)}
    found |= assured(row.assurance)
    for name in ("nnt", "lo", "hi", "benefit", "harm"):
        key = name if name == "nnt" else f"nnt_{name}"
        found[key] = None if row.needed is None else float(getattr(row.needed, name))
    return found


def selection(row: EnrichRow) -> dict[str, Any]:
    """One cut-off of a selection, its intervals by their parts."""
    truth = None if row.truth is None else row.truth._asdict()
    return {**asdict(row), "effect": row.effect._asdict(), "truth": truth}


def _flat(name: str, one: Interval | None) -> dict[str, float | None]:
    if one is None:
        return {name: None, f"{name}_lo": None, f"{name}_hi": None}
    return {name: one.mean, f"{name}_lo": one.lo, f"{name}_hi": one.hi}


def people_columns(result: TrialResult) -> dict[str, np.ndarray]:
    """One row a person."""
    from allodynia.study.answers import Cause

    data, trial = result.data, result.trial
    names = np.array([one.name for one in trial.givings], dtype=object)
    causes = np.array([cause.name.lower() for cause in sorted(Cause)], dtype=object)
    shape = data.person.shape
    columns = {
        "replicate": np.broadcast_to(data.world[:, None], shape),
        "person": data.person,
        "gets": names[data.giving],
        "left": np.where(np.isfinite(data.left), data.left, np.nan),
        "cause": causes[data.cause],
        "rescued": np.where(np.isfinite(data.rescued), data.rescued, np.nan),
        "solved": data.solved,
        **{f"screening_{name}": value for name, value in data.entry.items()},
    }
    return {name: np.asarray(value).reshape(-1) for name, value in columns.items()}


def visit_columns(result: TrialResult) -> dict[str, np.ndarray]:
    """One row a person, endpoint and visit at which the endpoint is measured."""
    data, trial = result.data, result.trial
    parts: dict[str, list[np.ndarray]] = {name: [] for name in VISIT_NOTES}
    for name, bound in trial.plan.endpoints.items():
        measured = [bool(np.isclose(bound.times, time).any()) or time == 0.0 for time in trial.visits]
        here = np.flatnonzero(np.tile(measured, trial.starts.size))
        shape = (*data.person.shape, here.size)
        columns = {
            "replicate": np.broadcast_to(data.world[:, None, None], shape),
            "person": np.broadcast_to(data.person[..., None], shape),
            "time": np.broadcast_to(trial.times[here], shape),
            "endpoint": np.full(shape, name, dtype=object),
            "reading": data.seen(name, trial.times)[..., here],
            "true_value": data.true[name][..., here],
        }
        for key, value in columns.items():
            parts[key].append(np.asarray(value).reshape(-1))
    return {name: np.concatenate(value) for name, value in parts.items()}
