"""Predictions of trials whose result is not known yet, frozen: what was predicted, on which day, and by which texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Progress
from allodynia.errors import InvalidInput, unknown

if TYPE_CHECKING:
    from allodynia.study import Study
    from allodynia.study.trial.result import EffectRow, TrialResult
    from allodynia.system import System

FORM = 1
SWITCHES = ("ada_on", "ada_off")
"""Under each of which a prediction is made."""


@dataclass(frozen=True, slots=True)
class FreezeOptions:
    """How a prediction is made: the trial is conducted ``replicates`` times under every explanation, with people taken
    from a ``pool`` drawn once under each; ``date`` is the day that the file names (ISO 8601).
    """

    date: str
    replicates: int = 100
    pool: int = 500
    seed: int = 1

    def __post_init__(self) -> None:
        from datetime import date

        try:
            date.fromisoformat(self.date)
        except ValueError:
            raise InvalidInput(f"date: {self.date} is no day; write it as 2026-11-25") from None
        if self.replicates < 2 or self.pool < 2:
            raise InvalidInput("a prediction needs two replicates, and a pool of two people, at least")


def freeze(name: str, options: FreezeOptions, progress: Progress | None = None) -> dict[str, Any]:
    """What the trial ``name`` would find under every rival explanation, each with the mouse's clearing antibodies (ada)
    on and off, as plain data.

    Parameters are those of the tables: what one trial's chance is stands in the interval, what is not known of the
    parameters does not. Where the switch changes no bit under the default explanation, it is not run again under the
    others. An explanation under which hardly anybody is ill, or may enter, has the reason instead of numbers.

    Raises
    ------
    InvalidInput
        The study is not there, or has no trial.
    """
    from allodynia import __version__
    from allodynia.study import load_study
    from allodynia.study.systems import system_for

    study = load_study(name)
    if study.spec.trial is None:
        raise InvalidInput(f"{name} has no trial: section", where=study.where())
    system = system_for(study)
    default = system.default_hypothesis
    names = [default, *(one for one in system.hypotheses if one != default)]
    rows: list[dict[str, Any]] = []
    same = False
    for number, hypothesis in enumerate(names):
        if progress is not None:
            progress(hypothesis, number, len(names))
        here: list[dict[str, Any]] = []
        for switch in SWITCHES:
            if here and same:
                here.append({**here[0], "switch": switch})
                continue
            told = _conduct(study, system, hypothesis, system.switches[switch].edges, options)
            here.append({"hypothesis": hypothesis, "switch": switch, **told})
        if hypothesis == default:
            first, second = ({key: value for key, value in row.items() if key != "switch"} for row in here)
            same = first == second
        rows += here
    if progress is not None:
        progress("done", len(names), len(names))
    return {
        "form": FORM,
        "trial": name,
        "title": study.spec.title,
        "date": options.date,
        "digests": digests(study),
        "version": __version__,
        "replicates": options.replicates,
        "pool": options.pool,
        "seed": options.seed,
        "switch_changes_nothing": same,
        "predictions": rows,
    }


def digests(study: Study) -> dict[str, str]:
    """What a prediction hangs on: the system's equations and numbers, the study, and how people answer."""
    from allodynia.judge.models import Shipped
    from allodynia.study.answers import shipped

    return {"model": Shipped(study).digest, "study": study.digest, "answers": shipped().digest}


def frozen_names() -> tuple[str, ...]:
    """The trials with a prediction in the package."""
    folder = resources.files("allodynia.system") / "predictions"
    return tuple(sorted(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json")))


def load_frozen(name: str) -> dict[str, Any]:
    """The frozen prediction of a trial, as the package ships it. Raises InvalidInput where there is none."""
    if name not in frozen_names():
        raise unknown("frozen prediction", name, frozen_names())
    text = (resources.files("allodynia.system") / "predictions" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def changed_since(frozen: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of the things that the prediction hangs on are others today."""
    from allodynia.study import load_study

    now = digests(load_study(str(frozen["trial"])))
    return tuple(part for part, digest in now.items() if frozen["digests"].get(part) != digest)


def as_text(frozen: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(frozen, indent=1, ensure_ascii=False) + "\n"


def _conduct(
    study: Study, system: System, hypothesis: str, edges: Mapping[str, float], options: FreezeOptions
) -> dict[str, Any]:
    from allodynia.study.begin import ImplausiblePopulation
    from allodynia.study.trial.bind import bind_trial
    from allodynia.study.trial.conduct import Conductor
    from allodynia.study.trial.dataset import joined
    from allodynia.study.trial.enrol import NobodyEnters
    from allodynia.study.trial.result import summarise

    trial = bind_trial(study, system, edges=dict(edges), hypothesis=hypothesis)
    try:
        conductor = Conductor(trial, system, options.seed, pool_size=options.pool)
        data = joined(list(conductor.all(options.replicates)))
    except (ImplausiblePopulation, NobodyEnters) as refused:
        return {"why": refused.message, "effects": []}
    return _told(summarise(trial, data, options.seed, uncertainty=False))


def _told(result: TrialResult) -> dict[str, Any]:
    asked = result.flow.get("asked", math.nan)
    return {
        "why": "",
        "asked": round(asked, 1),
        "effects": [_effect(row) for row in result.effects],
    }


def _effect(row: EffectRow) -> dict[str, Any]:
    """``lo`` to ``hi`` holds the estimate of one trial yet to come in 95 of 100 cases, the trials being normal about
    their mean.
    """
    from scipy.special import stdtrit

    known = int(row.power.replicates - row.power.failed)  # whose analysis gave a result
    half = float(stdtrit(known - 1, 0.975)) * row.spread * math.sqrt(1.0 + 1.0 / known) if known > 1 else math.nan
    return {
        "analysis": row.analysis, "primary": row.primary, "arm": row.arm, "versus": row.versus, "unit": row.unit,
        "effect": round(row.effect.mean, 3), "lo": round(row.effect.mean - half, 3),
        "hi": round(row.effect.mean + half, 3), "significant": round(float(row.power.power), 3),
        "same_persons": None if row.truth is None else round(row.truth.mean, 3),
    }  # fmt: skip
