"""The table of people's answers takes nothing without unit, source or sense, and an audit sees its numbers."""

from __future__ import annotations

import shutil

import pytest

from allodynia import yamltext
from allodynia.errors import InvalidInput, UnitMismatch
from allodynia.system import load_evidence
from allodynia.system.answers_table import UNITS, read_answers
from allodynia.system.audit import audit
from allodynia.system.load import FOLDER


@pytest.fixture(scope="module")
def evidence():
    return load_evidence()


@pytest.fixture
def changed(tmp_path, evidence):
    """The table with one text in place of another."""

    def change(old, new):
        text = (FOLDER / "answers.yaml").read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (tmp_path / "answers.yaml").write_text(text.replace(old, new), encoding="utf-8")
        line = text[: text.index(old)].count("\n") + 1
        return line, lambda: read_answers(tmp_path, evidence)

    return change


PLACEBO_OR_NOTHING = {
    "chen2017-placebo-effect-size",
    "fibromyalgia-90-day-diary",
    "harris2005-pain-variability",
    "hauser2011-placebo-responders",
    "hauser2012-nocebo-dropout",
    "ohta2012-placebo-flow",
    "responder-emergence-placebo",
}
"""What answers may be tuned to: people on placebo, or on nothing. A drug's effect is what trials are to predict."""


def test_answers_are_tuned_to_nothing_that_a_drug_did(evidence):
    rows = read_answers(FOLDER, evidence).rows
    assert set(rows) == set(UNITS)
    human = yamltext.load(FOLDER / "species" / "human" / "brain.yaml", "brain.yaml").data["parameters"]
    tuned = [row.tuned_to for row in rows.values()]
    tuned += [human[name]["tuned_to"] for name in ("brain.reward_gain", "brain.expectation_time")]
    assert set().union(*tuned) == PLACEBO_OR_NOTHING


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("{value: 0.4, unit: dimensionless, ", "{value: 0.4, ", InvalidInput, "needs 'unit'"),
        ("{value: 30, unit: d, ", "{value: 30, unit: kg, ", UnitMismatch, "different things"),
        ("{value: 0.4, unit", "{value: 1.4, unit", InvalidInput, "lies in 0..1"),
        ("{value: 0.9, unit", "{value: -2, unit", InvalidInput, "lies in -1..1"),
        ("  placebo_median:", "  placebo_mediam:", InvalidInput, "placebo_median"),
        ("evidence: [harris2005-pain-variability, fibromyalgia-90-day-diary]", "evidence: [harris2006]", InvalidInput,
         "harris2006"),
        ("assumed: {uniform: [0.3, 0.9]}, ", "", InvalidInput, "needs a source"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused_with_its_line(changed, old, new, error, says):
    line, read = changed(old, new)
    with pytest.raises(error, match=says) as caught:
        read()
    assert caught.value.where.file == "answers.yaml"
    # An entry stands where its name does, on the line before its value.
    assert caught.value.where.line in (line, line - 1)


def test_a_missing_number_is_named(tmp_path, evidence):
    text = (FOLDER / "answers.yaml").read_text(encoding="utf-8")
    start = text.index("  missed_visit:")
    (tmp_path / "answers.yaml").write_text(text[:start] + text[text.index("  missed_entry:") :], encoding="utf-8")
    with pytest.raises(InvalidInput, match="missed_visit"):
        read_answers(tmp_path, evidence)


def test_an_audit_finds_its_faults(tmp_path):
    root = tmp_path / "system"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies"))
    table = root / "answers.yaml"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("{value: 30, unit: d, ", "{value: 30, "), encoding="utf-8")
    assert any("answers.slow_time" in problem and "'unit'" in problem for problem in audit(root).problems)
