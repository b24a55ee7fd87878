"""Readings of a laboratory whose donors are known: the passive-transfer study itself, with its assay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from allodynia.cohort import Cohort, Layout, read_table, sample
from allodynia.study import load_study
from allodynia.study.differences import population_rows
from allodynia.study.load import Study, read_study
from allodynia.study.simulate import simulate_study
from allodynia.study.systems import system_for

DAYS = (0, 1, 2, 4, 8, 11, 14, 21)
TEXT = """\
title: Transfer, paw pressure alone
question: How strong is each donor?
species: mouse
follow_up: 28 d
sampling: {{every: 7 d}}
baseline: {{at: [0 d]}}
subjects: {mice}
donors:
  fm: {{population: fm, n: {fm}, label: fm}}
  h: {{population: healthy, n: {healthy}, label: healthy}}
arms:
  fm_igg: {{donors: fm, doses: [{{into: igg.peritoneum, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}}]}}
  healthy_igg: {{donors: h, doses: [{{into: igg.peritoneum, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}}]}}
  saline: {{}}
endpoints:
  paw_pressure:
    label: Paw pressure threshold
    output: symptom.paw_pressure
    unit: g
    measured: [{days}]
    noise: {{proportional: {noise}, evidence: assumed}}
    ceiling: 250 g
"""


@dataclass(frozen=True)
class Truth:
    """Rows of a CSV (mouse, donor, arm, day, grams) and every donor's titre x potency over a typical patient's."""

    rows: tuple[tuple[str, str, str, float, float], ...]
    strength: dict[str, float]

    def text(self, keep=lambda row: True) -> str:
        lines = ["mouse,donor,arm,day,paw_pressure_g"]
        lines += [
            f"{mouse},{donor},{arm},{day:g},{grams:.2f}"
            for mouse, donor, arm, day, grams in self.rows
            if keep((mouse, donor, arm, day, grams))
        ]
        return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def shipped() -> Study:
    return load_study("passive-transfer")


@lru_cache(maxsize=1)
def system():
    return system_for(shipped())


def laboratory(
    fm: int, healthy: int, mice: int, seed: int, *, ada: float = 1.0, noise: float = 0.08, days=DAYS
) -> Truth:
    """An experiment done once."""
    said = ", ".join(f"{day:g} d" for day in days)
    text = TEXT.format(mice=mice, fm=fm, healthy=healthy, days=said, noise=noise)
    study = read_study(text, "laboratory", "laboratory.yaml")
    result = simulate_study(study, system(), seed=seed, edges={"ada": ada})
    table = result.endpoints
    arms = {"fm_igg": "fm", "healthy_igg": "healthy", "saline": "vehicle"}
    rows = tuple(
        (str(subject), str(donor), arms[str(arm)], float(day), float(value))
        for subject, donor, arm, day, value in zip(
            table["subject"], table["donor"], table["arm"], table["day"], table["measured_value"], strict=True
        )
    )
    return Truth(rows, strengths(result.layout, seed))


def strengths(layout: Layout, seed: int) -> dict[str, float]:
    """Titre x potency of every donor of the same seed, in multiples of a typical patient's."""
    table = read_table(system().ode, system().parameters, population_rows(system()))
    cohort: Cohort = sample(table, layout.arms, seed)
    product = (
        cohort.parameters[:, table.column("igg.given_titre")] * cohort.parameters[:, table.column("ganglion.potency")]
    )
    return {
        donor: float(np.mean(product[cohort.donor == donor]) / 1e-3) for donor in dict.fromkeys(cohort.donor) if donor
    }
