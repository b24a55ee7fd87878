"""The commands that list: everything is there, and as JSON it is JSON."""

from __future__ import annotations

import json

import pytest

from allodynia.judge import load_claims
from allodynia.study import study_names
from allodynia.system import load_evidence, load_system

from .conftest import Cli


def test_help_names_every_command(cli: Cli) -> None:
    done = cli()
    assert done.returncode == 0
    for name in ("run", "studies", "claims", "evidence", "system"):
        assert f"\n  {name} " in done.stdout


def test_studies_lists_all_with_their_questions(cli: Cli) -> None:
    found = json.loads(cli("studies", "--json").stdout)
    assert [study["id"] for study in found] == study_names()
    said = cli("studies").stdout
    assert all(study["question"] in said for study in found)


ASKED = ("transfer-recovers", "no-tissue-inflammation", "picture")
"""A calibration with variants, a prediction in people, and one whose study comes later."""


def test_claims_are_listed_once_with_their_numbers(cli: Cli) -> None:
    found = json.loads(cli("claims", *ASKED, "--json").stdout)
    assert [claim["id"] for claim in found] == list(ASKED)
    by_id = {claim["id"]: claim for claim in found}
    assert {"ada_on", "ada_off"} <= {outcome["variant"] for outcome in by_id["transfer-recovers"]["outcomes"]}
    for claim in found:
        assert (claim["verdict"] == "not yet built") == (claim["study"] not in study_names())
        assert claim["outcomes"] or claim["verdict"] == "not yet built"
    said = cli("claims", *ASKED).stdout  # from the cache now
    assert any(line.startswith(f"{len(ASKED)} claims, ") for line in said.splitlines())
    assert all(name in said for name in ASKED)


@pytest.mark.long
def test_every_claim_is_judged(cli: Cli) -> None:
    found = json.loads(cli("claims", "--json").stdout)
    assert [claim["id"] for claim in found] == [claim.id for claim in load_claims()]
    for claim in found:
        assert (claim["verdict"] == "not yet built") == (claim["study"] not in study_names())
        assert claim["outcomes"] or claim["verdict"] in ("not yet built", "failed")


def test_evidence_finds_the_records_that_hold_every_word(cli: Cli) -> None:
    found = json.loads(cli("evidence", "noxious", "cold", "--json").stdout)
    assert "goebel2021-cold-responder-fraction" in {record["id"] for record in found}
    assert 0 < len(found) < len(load_evidence())
    assert len(json.loads(cli("evidence", "--json").stdout)) == len(load_evidence())


def test_evidence_show_says_what_rests_on_the_record(cli: Cli) -> None:
    record = json.loads(cli("evidence", "show", "goebel2021-igg-dosing", "--json").stdout)
    assert record["source"]["doi"] == "10.1172/JCI144201"
    assert "transfer-pressure" in record["used_by_claims"]
    assert "10.1172/JCI144201" in cli("evidence", "show", "goebel2021-igg-dosing").stdout


def test_system_gives_every_parameter_its_unit_value_grade_and_basis(cli: Cli) -> None:
    found = json.loads(cli("system", "--json").stdout)
    loaded = load_system()
    rows = [row for module in found["modules"].values() for row in module["parameters"]]
    assert {row["id"] for row in rows} == set(loaded.parameters)
    assert all(row["unit"] and row["grade"] and (row["evidence"] or row["assumed"]) for row in rows)
    assert {edge["id"] for edge in found["edges"]} == set(loaded.edges)
    states = [state["id"] for module in found["modules"].values() for state in module["states"]]
    assert sorted(states) == sorted(quantity.id for quantity in loaded.ode.states)


def test_system_of_one_module_prints_its_numbers_whole(cli: Cli) -> None:
    said = cli("system", "ganglion").stdout
    rows = [row for name, row in load_system().parameters.items() if name.startswith("ganglion.")]
    assert all(row.id in said and row.unit in said and str(row.where) in said for row in rows)
    assert "igg.body_weight" not in said
    assert "…" not in said


def test_system_audit_counts_every_number_of_every_species(cli: Cli) -> None:
    done = cli("system", "audit", "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["problems"] == []
    for species in ("mouse", "rat", "human"):
        rows = {row["id"]: row for row in found["numbers"] if row["species"] == species}
        assert set(load_system(species).parameters) <= set(rows)
        assert all(row["grade"] in found["grades"] and (row["evidence"] or row["assumed"]) for row in rows.values())
    assert cli("system", "audit", "--species", "mous").returncode == 2
