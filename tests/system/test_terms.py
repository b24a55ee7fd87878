"""What quantities are in public vocabularies: nearly every state says it, in the form that identifiers.org resolves."""

from __future__ import annotations

import re
import shutil

import pytest

from allodynia.errors import InvalidInput
from allodynia.system import load_system
from allodynia.system.load import FOLDER, species_names
from allodynia.system.terms_table import load_terms

URI = {
    "uniprot": r"([A-NR-Z][0-9]([A-Z][A-Z0-9]{2}[0-9]){1,2}|[OPQ][0-9][A-Z0-9]{3}[0-9])",
    "hgnc": r"\d{1,5}",
    "CHEBI": r"\d+",
    "UBERON": r"\d{7}",
    "CL": r"\d{7}",
    "GO": r"\d{7}",
    "taxonomy": r"\d+",
}
"""The forms of identifiers, as the registry of identifiers.org has them."""

NAMED = 0.95
"""Share of the states that have a term; damage of a tissue has none."""


@pytest.mark.parametrize("species", species_names())
def test_nearly_every_state_has_a_term_and_every_module_some(species):
    system = load_system(species)
    terms = load_terms(system)
    states = [quantity.id for quantity in system.ode.states]
    assert sum(name in terms for name in states) >= NAMED * len(states), [n for n in states if n not in terms]
    modules = {name.partition(".")[0] for name in states}
    assert modules <= {name.partition(".")[0] for name in terms}
    for given in terms.values():
        for term in given:
            assert re.fullmatch(rf"https://identifiers\.org/{term.collection}:{URI[term.collection]}", term.uri)


def test_an_animal_has_homologues_of_human_proteins_not_the_proteins():
    mouse, human = (load_terms(load_system(species)) for species in ("mouse", "human"))
    for name in ("ganglion.tnf", "cytokine.il6"):
        assert {t.identifier for t in mouse[name]} == {t.identifier for t in human[name]}
    of_humans = [t for given in mouse.values() for t in given if t.collection in ("uniprot", "hgnc")]
    assert {t.qualifier for t in of_humans} == {"isHomologTo"}
    assert "isHomologTo" not in {t.qualifier for given in human.values() for t in given}
    # beta-endorphin is part of a human precursor: in an animal that is not said
    assert any(t.qualifier == "isPartOf" for t in human["traffic.endorphin"])
    assert "traffic.endorphin" not in mouse


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"CL:0000236"', '"CL:236"', "CL"),
        ('"CL:0000236"', '"Cl:0000236"', "did you mean 'CL'"),
        ("bcell.b_cells", "bcell.b_cell", "did you mean 'bcell.b_cells'"),
        ("hasTaxon", "hasTaxa", "hasTaxon"),
    ],
)
def test_a_term_that_cannot_be_is_refused_with_file_and_line(tmp_path, before, after, said):
    shutil.copytree(FOLDER, tmp_path / "system")
    table = tmp_path / "system" / "terms.yaml"
    table.write_text(table.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    system = load_system("human")
    with pytest.raises(InvalidInput, match=said) as error:
        load_terms(system, tmp_path / "system")
    assert re.search(r"terms\.yaml:\d+", str(error.value))
    assert "\n" not in str(error.value)
