"""Frozen predictions: the file says what it hangs on, the page says when that has changed, and freezing repeats."""

from __future__ import annotations

import json
import math
import re

import pytest

from allodynia.api import frozen
from allodynia.errors import InvalidInput
from allodynia.system.load import hypothesis_names

PRESENT = frozen.frozen_names()


def test_the_registered_trial_is_predicted():
    assert "NCT05643794" in PRESENT


@pytest.mark.parametrize("name", PRESENT)
def test_a_file_names_its_day_its_digests_and_a_number_or_a_reason_for_each_explanation(name):
    one = frozen.load_frozen(name)
    assert one["form"] == frozen.FORM
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one["date"])
    assert set(one["digests"]) == {"model", "study", "answers"}
    assert all(len(digest) >= 32 for digest in one["digests"].values())
    asked = {(row["hypothesis"], row["switch"]) for row in one["predictions"]}
    assert asked == {(name, switch) for name in hypothesis_names() for switch in frozen.SWITCHES}
    for row in one["predictions"]:
        assert bool(row["why"]) != bool(row["effects"])
        assert sum(effect["primary"] for effect in row["effects"]) == (0 if row["why"] else 1)
        for effect in row["effects"]:
            assert effect["lo"] < effect["effect"] < effect["hi"]
            assert 0.0 <= effect["significant"] <= 1.0
    assert frozen.as_text(one) == (json.dumps(one, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", PRESENT)
def test_a_model_that_has_changed_since_is_named(name, capsys):
    from allodynia.cli.main import execute

    one = frozen.load_frozen(name)
    changed = frozen.changed_since(one)
    other = {**one, "digests": {**one["digests"], "model": "0" * 64}}
    assert "model" in frozen.changed_since(other)
    assert execute(["predictions", name]) == 0
    said = capsys.readouterr().out
    assert one["digests"]["model"][:16] in said
    assert ("changed since" in said) == bool(changed)
    assert ("the model of today is the same" in said) != bool(changed)


def test_the_interval_holds_one_trial_yet_to_come():
    from allodynia.study.analysis.power import Power
    from allodynia.study.statistics.student import Interval
    from allodynia.study.trial.result import EffectRow

    power = Power(0.25, 0.1, 0.5, 12, 2)  # two replicates without a result say nothing of the others' spread
    row = EffectRow("a", "ancova", "treatment_policy", True, "drug", "placebo", "points",
                    Interval(-1.0, -1.2, -0.8, 10), -2.0, 0.0, 0.5, power, power, None, None)  # fmt: skip
    told = frozen._effect(row)
    half = 2.2622 * 0.5 * math.sqrt(1.1)  # t of 9 degrees of freedom
    assert (told["lo"], told["hi"]) == pytest.approx((-1.0 - half, -1.0 + half), abs=1e-3)
    assert told["same_persons"] is None


def test_a_day_that_is_none_and_a_study_without_a_trial_are_refused():
    with pytest.raises(InvalidInput, match="is no day"):
        frozen.FreezeOptions("tomorrow")
    with pytest.raises(InvalidInput, match="has no trial: section"):
        frozen.freeze("fcrn-trial", frozen.FreezeOptions("2026-11-25"))
    with pytest.raises(InvalidInput, match="NCT05643794"):
        frozen.load_frozen("NCT0564379")


def test_freezing_repeats_to_the_bit_and_an_explanation_that_makes_nobody_ill_has_a_reason(monkeypatch):
    from allodynia.study.begin import ImplausiblePopulation
    from allodynia.study.trial import conduct

    asked = []

    class Refusing:
        def __init__(self, trial, system, seed, **options):
            asked.append((trial.plan.arms[0].hypothesis, seed, options["pool_size"]))
            raise ImplausiblePopulation("nobody is ill")

    monkeypatch.setattr(conduct, "Conductor", Refusing)
    options = frozen.FreezeOptions("2026-11-25", replicates=2, pool=5, seed=3)
    one, again = (frozen.freeze("NCT05643794", options) for _ in range(2))
    assert one == again
    assert {row["why"] for row in one["predictions"]} == {"nobody is ill"}
    assert one["switch_changes_nothing"]
    assert len(asked) == 2 * (len(hypothesis_names()) + 1)  # twice under the default, once under the others
    assert frozen.changed_since(one) == ()


def test_the_command_freezes_one_named_trial_into_a_file(monkeypatch, tmp_path, capsys):
    from allodynia.cli.main import execute

    monkeypatch.setattr(frozen, "_conduct", lambda *_: {"why": "nobody is ill", "effects": []})
    file = tmp_path / "frozen.json"
    assert execute(["predictions", "NCT05643794", "--freeze", str(file), "--date", "2026-11-25", "--json"]) == 0
    kept = json.loads(file.read_text(encoding="utf-8"))
    (printed,) = json.loads(capsys.readouterr().out)
    assert printed == {**kept, "changed_since": []}
    assert execute(["predictions", "--freeze", str(file)]) == 2
    assert execute(["predictions", "NCT05643794", "--freeze", str(file), "--date", "soon"]) == 2
