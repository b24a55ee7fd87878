"""The made pages hold what the files hold: every equation, every number of every species, every edge and record."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docs.pages.write import write

from allodynia import yamltext
from allodynia.judge import load_claims
from allodynia.system import load_evidence, load_system
from allodynia.system.drug_exposure import exposure
from allodynia.system.drug_table import drug_names
from allodynia.system.load import FOLDER, species_names
from allodynia.system.module_texts import optional_modules, read_modules

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in write(folder)}


@pytest.fixture(scope="module")
def models():
    wiring = yamltext.load(FOLDER / "wiring.yaml", "wiring.yaml")
    return read_modules(FOLDER, wiring, also=optional_modules(wiring))[0]


def test_every_equation_of_every_module_is_typeset_and_well_formed(made, models):
    for name, model in models.items():
        page = made[f"modules/{name}.md"]
        formulas = re.findall(r"<math.*?</math>", page)
        rules = [*model.assignment_rules, *model.rate_rules]
        assert len(formulas) >= len(rules)
        shown = {"".join(ElementTree.fromstring(text).itertext()) for text in formulas}
        for rule in model.assignment_rules:
            assert any(text.startswith(f"{rule.variable}=") for text in shown), rule.variable
        for rule in model.rate_rules:
            assert any(text.startswith(f"d{rule.variable}dt=") for text in shown), rule.variable


def test_every_number_of_every_species_stands_on_its_module_s_page_with_its_grade(made):
    systems = [*map(load_system, species_names()), load_system("human", chance=["colds", "stressors"])]
    for system in systems:
        species = system.species
        for row in system.parameters.values():
            module, _, short = row.id.partition(".")
            line = next(
                text
                for text in made[f"modules/{module}.md"].splitlines()
                if text.startswith(f"| `{short}` | {species} |")
            )
            assert f"| {row.written_value:.6g} {row.written_unit} |" in line
            assert row.grade in line


def test_every_edge_is_drawn_at_both_of_its_ends(made):
    for row in load_system("mouse").edges.values():
        for end in (row.source, row.target):
            page = made[f"modules/{end.partition('.')[0]}.md"]
            assert f"`{row.id}`" in page
            assert f">{row.id}</text>" in page


def test_every_record_and_claim_has_its_place(made):
    for record in load_evidence():
        assert f"\n## {record.id}\n" in made["evidence.md"]
    for claim in load_claims():
        assert f"\n## {claim.id}\n" in made["claims.md"]


def test_the_page_of_drugs_sets_what_a_dose_reaches_beside_what_it_takes(made):
    lines = made["drugs.md"].splitlines()
    drugs = load_system("human", drugs=drug_names(FOLDER)).drugs
    for drug in drugs.values():
        reached = exposure(drug)
        if reached is None:
            continue
        for port, share in reached.share.items():
            line = next(text for text in lines if text.startswith(f"| {drug.label} |") and f"`{port}`" in text)
            assert drug.usual.words in line
            assert f"| {100 * share:.3g} % |" in line
    # What is assumed stands in the unit of its value: 5 to 60 L/h, not 120 to 1440 (L/d).
    assert any(text.startswith("| `naltrexone_exchange` | 20 | L/h |") and "5 to 60" in text for text in lines)
    # Micromolar potency at TLR4 against the picomolar level of 4.5 mg: the table must not round it into an effect.
    line = next(text for text in lines if text.startswith("| naltrexone |") and "`cord.tlr4_block`" in text)
    assert float(line.split("|")[6]) < 1e-5


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_to_files_lead_somewhere(page, made):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#\s]+)", (ROOT / page).read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("made/"):
            assert (folder / target).exists(), f"{page} links to {target}"


def test_every_rival_explanation_stands_with_its_causes_and_its_records(made):
    system = load_system("human")
    page = made["hypotheses.md"]
    head = next(line for line in page.splitlines() if line.startswith("| edge |"))
    assert head.split(" | ")[2:] == [*list(system.hypotheses)[:-1], f"{list(system.hypotheses)[-1]} |"]
    for edge in system.hypotheses["mixed"].edges:
        (line,) = (text for text in page.splitlines() if text.startswith(f"| `{edge}` |"))
        gains = [float(text) for text in line.strip(" |").split(" | ")[2:]]
        assert gains == [rival.edges[edge] for rival in system.hypotheses.values()]
    for rival in system.hypotheses.values():
        section = page.split(f"## {rival.id}\n")[1].split("\n## ")[0]
        for record in (*rival.evidence, *rival.against):
            assert f"evidence.md#{record}" in section
    for species in species_names():
        assert f"- {species}: {load_system(species).default_hypothesis}" in page
