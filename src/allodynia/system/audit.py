"""Every number of the system by how well it is known, and those that stand without unit or source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from allodynia import yamltext
from allodynia.errors import AllodyniaError, Where
from allodynia.system.answers_table import read_answers
from allodynia.system.drug_table import NotInSpecies, drug_names, read_drugs
from allodynia.system.evidence_library import load_evidence
from allodynia.system.load import FOLDER, load_system, species_names, weights
from allodynia.system.module_texts import optional_modules, read_modules
from allodynia.system.rows import ParameterRow
from allodynia.system.species_tables import Resolver

STRUCTURAL = frozenset({0.0, 0.5, 1.0, 2.0})
"""Numbers that a formula may hold without a source: nothing, a whole, a square and its root, a half."""

_UNIT_LINE = re.compile(r"^\s*unit\s")
_COMMENT = re.compile(r"//.*$")
_NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*(?:[eE][+-]?\d+)?)(?![\w.])")


@dataclass(frozen=True, slots=True)
class Audited:
    """One number: whose it is, and its row."""

    species: str
    row: ParameterRow


@dataclass(frozen=True)
class Audit:
    """What an audit found: every number that stands, and one line for each that does not."""

    numbers: tuple[Audited, ...]
    problems: tuple[str, ...]


def audit(folder: Path | None = None) -> Audit:
    """Look at every number of every species and drug, and of what people in a trial answer.

    Each entry is looked at by itself, so that one that cannot be used does not hide the next. A number that a module
    holds in its text, where it can have no source, is a problem too.
    """
    root = folder or FOLDER
    evidence = load_evidence(root / "evidence")
    wiring = yamltext.load(root / "wiring.yaml", "wiring.yaml")
    optional = optional_modules(wiring)
    models, _ = read_modules(root, wiring, also=optional)
    resolver = Resolver(root, models, evidence)
    numbers: list[Audited] = []
    problems = list(literals(root))
    for one in species_names(root):
        for module in models:
            if module in optional and module not in resolver.tables(one).tables:
                continue  # part of a system of other species
            for name, line in resolver.constants(module).items():
                try:
                    row = resolver.row(one, name)
                    if row is None:
                        problems.append(f"{models[module].where(line)}: {name} has no value for the {one}")
                    else:
                        numbers.append(Audited(one, row))
                except AllodyniaError as problem:
                    problems.append(str(problem))
        for drug in drug_names(root):
            try:
                found, _ = read_drugs(root, [drug], one, weights(root, resolver), evidence)
                numbers += [Audited(one, row) for row in found[drug].rows.values()]
            except NotInSpecies:
                continue
            except AllodyniaError as problem:
                problems.append(str(problem))
        try:
            whole = load_system(one, root)
            groups = [people.parameters for people in whole.people.values()]
            groups += [donors.parameters for donors in whole.populations.values()]
            numbers += [Audited(one, row) for group in groups for row in group.values()]
        except AllodyniaError as problem:
            problems.append(str(problem))
    try:
        numbers += [Audited("human", row) for row in read_answers(root, evidence).rows.values()]
    except AllodyniaError as problem:
        problems.append(str(problem))
    return Audit(tuple(numbers), tuple(dict.fromkeys(problems)))


def literals(root: Path) -> Iterator[str]:
    """One line for each number that stands in a module's formulas and needs a source."""
    for path in sorted((root / "modules").glob("*.ant")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if _UNIT_LINE.match(text):
                continue
            for found in _NUMBER.findall(_COMMENT.sub("", text)):
                if float(found) not in STRUCTURAL:
                    where = Where(f"modules/{path.name}", number)
                    yield f"{where}: {found} stands in a formula, where a number has no source; make it a constant"
