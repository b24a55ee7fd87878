"""The evidence library finds what is there, and everything that names a record names one that exists."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from allodynia.errors import InvalidInput
from allodynia.system import load_evidence, load_system
from allodynia.system.drug_text import edge_id
from allodynia.system.load import FOLDER
from allodynia.yamltext import load


@pytest.fixture(scope="module")
def library():
    return load_evidence()


def test_the_scan_finds_what_a_full_parse_finds(library):
    # ruamel.yaml's own reader, YAML 1.2, is the other opinion on the whole files.
    parsed = {}
    for path in sorted((FOLDER / "evidence").glob("*.yaml")):
        for record in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")):
            assert record["id"] not in parsed
            parsed[record["id"]] = record
    assert list(library.ids) == list(parsed)
    assert {record.id: record.data for record in library} == parsed


def test_a_record_knows_its_line(library):
    record = library.record("hansen2002-mouse-igg-clearance-fcrn-ivig")
    text = (FOLDER / record.where.file).read_text(encoding="utf-8").splitlines()
    assert text[record.where.line - 1] == f"- id: {record.id}"
    assert record.citation == "Hansen RJ, Balthasar JP, 2002, Thromb Haemost"


def test_every_record_says_what_and_where_from(library):
    for record in library:
        assert record.claim, record.where
        assert record.data.get("confidence") in ("high", "medium", "low"), record.where
        assert record.data.get("read_from"), record.where
        assert record.source.get("title") or record.source.get("authors"), record.where


def test_search_wants_every_word_and_puts_claims_first(library):
    found = library.search("FcRn IVIg")
    assert found
    assert all("fcrn" in str(record.data).lower() and "ivig" in str(record.data).lower() for record in found)
    assert library.search("FcRn zebrafishless") == []
    words = library.search("clearance")
    says = ["clearance" in f"{record.id} {record.claim}".lower() for record in words]
    assert says == sorted(says, reverse=True)


def test_an_unknown_record_offers_the_nearest(library):
    with pytest.raises(InvalidInput, match="hansen2002-mouse-igg-clearance-fcrn-ivig"):
        library.record("hansen2002-mouse-igg-clearance")


def test_an_id_given_twice_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("- id: one\n  claim: x\n")
    (tmp_path / "b.yaml").write_text("# head\n- id: two\n  claim: y\n- id: one\n  claim: z\n")
    with pytest.raises(InvalidInput, match=r"b\.yaml:4: record 'one' is also at evidence/a\.yaml:1"):
        load_evidence(tmp_path)


def test_finding_records_parses_none(library, monkeypatch):
    def no_parser(*_, **__):
        raise AssertionError("a scan must not parse")

    monkeypatch.setattr("allodynia.system.evidence_library.yamltext.load", no_parser)
    assert load_evidence().ids == library.ids
    assert "hsieh2000-wallerian-epidermal" in library


def test_claims_cite_known_records_and_rest_on_known_edges(library, system):
    claims = load(FOLDER / "claims.yaml").data
    by_chance = load_system("human", chance=["colds", "stressors"]).edges
    assert len(claims) == len({claim["id"] for claim in claims})
    for claim in claims:
        assert set(claim["evidence"]) <= set(library.ids), claim["id"]
        # A drug has an edge to every input that it acts on.
        edges = {*system.edges, *by_chance, *(edge_id(port) for port in system.inputs)}
        assert set(claim.get("rests_on", [])) <= edges, claim["id"]


def test_what_was_tuned_names_what_it_was_tuned_to(library, system):
    known = {claim["id"] for claim in load(FOLDER / "claims.yaml").data} | set(library.ids)
    rows = [*system.parameters.values(), *(row for p in system.populations.values() for row in p.parameters.values())]
    for row in rows:
        assert set(row.tuned_to) <= known, row.where
