"""Work for named models, in counts: a change of the engine that costs steps or evaluations shows here, not in seconds.

``python -m benchmarks.guards`` writes the table. A subject takes the same steps on every machine; its parameters are
drawn with numpy's exp, which may differ in the last bit, hence the narrow band.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from benchmarks.counts import count
from benchmarks.problems import Missing

BAND = 0.005
EXPECTED = json.loads((Path(__file__).parent / "expected.json").read_text(encoding="utf-8"))["counts"]


@pytest.mark.parametrize("name", EXPECTED)
def test_work_for_a_model_has_not_grown(name: str) -> None:
    try:
        found = count(name)
    except Missing as reason:
        pytest.skip(str(reason))
    expected = dict(EXPECTED[name])
    rejected = expected.pop("rejected")
    assert asdict(found) == pytest.approx({**expected, "rejected": found.rejected}, rel=BAND)
    assert found.rejected == pytest.approx(rejected, abs=BAND * expected["steps"])
    assert found.factorisations == found.steps + found.rejected
