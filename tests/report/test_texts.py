"""The sentences of a report rest on records that exist and are about studies that exist."""

from allodynia.report.texts import disagreements, limits
from allodynia.study import study_names
from allodynia.system import load_evidence


def test_every_disagreement_names_its_records() -> None:
    known = load_evidence()
    for study in study_names():
        for entry in disagreements(study):
            assert entry.evidence
            assert all(identifier in known for identifier in entry.evidence)


def test_every_study_says_what_it_cannot_tell_and_a_users_own_does_too() -> None:
    assert all(len(limits(study)) >= 2 for study in study_names())
    assert len(limits("my-own-study")) == 1


def test_the_tension_is_said_where_it_decides() -> None:
    said = " ".join(limits("passive-transfer"))
    assert "ada" in said
    assert "days 7 to 21" in said
