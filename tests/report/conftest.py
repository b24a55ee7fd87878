"""A report's content with values that are easy to recognise: shapes for drawing, not results."""

import numpy as np
import pytest

from allodynia.report.content import ClaimRow, Content, Curve, Disagreement, Expected, Panel, Published, ResultRow

TIMES = np.linspace(0.0, 28.0, 57)


def curve(arm: str, label: str, depth: float, donors: int) -> Curve:
    strength = 1 + 0.1 * np.arange(donors)[:, None]
    lines = 100 * (1 - depth * strength * TIMES * np.exp(-TIMES / 4) / 4)
    mean = lines.mean(axis=0)
    return Curve(arm, label, mean, mean - 3, mean + 3, lines)


@pytest.fixture
def panel() -> Panel:
    return Panel(
        stem="pressure",
        output="symptom.paw_pressure",
        title="Paw pressure threshold",
        unit="g",
        time_unit="d",
        times=TIMES,
        curves=(curve("fm_igg", "FM IgG", 0.6, 4), curve("saline", "saline", 0.0, 1)),
        doses=(0.0, 1.0, 2.0, 3.0),
        published=(Published("fm_igg", 2.0, 45.0, 85.0, "assumed"),),
    )


@pytest.fixture
def content(panel: Panel) -> Content:
    row = ResultRow(
        arm="fm_igg", arm_label="FM IgG", endpoint="paw_pressure", endpoint_label="Paw pressure", time="8 d",
        mean=71.25, lo=66.5, hi=76.0, unit="g", donors=8, failed=2, published="below 92 % of baseline",
        claim="transfer-pressure", verdict="not supported", grade="calibrated",
    )  # fmt: skip
    claim = ClaimRow(
        claim="transfer-recovers", statement="mice recover", observable="first_day_at_95_percent", of="fm_igg",
        rule="12 to 24", basis="published", verdict="failed", grade="calibrated",
        values={"ada_on": Expected(14.0, 11.0, 17.0, "d", True), "ada_off": Expected(26.5, 20.0, 28.0, "d", False)},
    )  # fmt: skip
    return Content(
        title="Antibodies carried from person to mouse",
        question="Does IgG of patients carry pain?",
        simulated=("192 mice in 4 arms",),
        rows=(row,),
        claims=(claim,),
        panels=(panel,),
        cannot_tell=("whether the same holds in people",),
        disagreements=(Disagreement("the article says", "the papers measured", ("goebel2021-igg-dosing",)),),
        warnings=("2 of 192 subjects could not be solved",),
        manifest={"seed": 1, "state": "running"},
        study_text="title: the study itself\n",
    )
