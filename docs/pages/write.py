"""Writes the pages that are made from the files: ``python -m docs.pages.write`` from the root of the repository."""

from __future__ import annotations

from pathlib import Path

from allodynia import yamltext
from allodynia.system import load_evidence, load_system
from allodynia.system.chance import read_causes
from allodynia.system.drug_table import drug_names
from allodynia.system.load import FOLDER, species_names
from allodynia.system.module_texts import optional_modules, read_modules
from docs.pages.listings import claims_page, drugs_page, evidence_page, hypotheses_page
from docs.pages.modules import page

MADE = Path(__file__).parents[1] / "made"


def write(folder: Path = MADE) -> list[Path]:
    """Every made page, under ``folder``; returns their paths."""
    systems = {species: load_system(species) for species in species_names()}
    wiring = yamltext.load(FOLDER / "wiring.yaml", "wiring.yaml")
    evidence, optional = load_evidence(), optional_modules(wiring)
    models, _ = read_modules(FOLDER, wiring, also=optional)
    eventful = {"human": load_system("human", chance=[*read_causes(wiring, evidence)])}
    pages = {
        f"modules/{name}.md": page(name, eventful if name in optional else systems, model)
        for name, model in models.items()
    }
    pages["evidence.md"] = evidence_page(evidence)
    pages["claims.md"] = claims_page()
    pages["hypotheses.md"] = hypotheses_page(systems)
    names = drug_names(FOLDER)
    pages["drugs.md"] = drugs_page(load_system("human", drugs=names) if names else systems["human"])
    listed = "\n".join(f"modules/{name}" for name in models)
    pages["modules.md"] = f"# Modules\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    written = []
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write():
        print(path)
