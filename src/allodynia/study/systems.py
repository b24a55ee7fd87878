"""The system that a study needs: its species, the modules it keeps, the drugs it adds, what happens by chance."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from allodynia.errors import unknown
from allodynia.study.load import Study

if TYPE_CHECKING:
    from allodynia.system import System


def system_for(study: Study) -> System:
    """The system of a study; loaded once for all studies that need the same.

    Raises
    ------
    InvalidInput
        A species, module or drug that nobody knows, or anything in the texts that cannot be used.
    """
    spec = study.spec
    modules = None if spec.modules is None else tuple(spec.modules)
    return _loaded(spec.species, modules, drugs_of(study), chance_of(study))


def chance_of(study: Study) -> tuple[str, ...]:
    """What happens by chance in a study.

    Raises
    ------
    InvalidInput
        A cause that the wiring does not list.
    """
    from allodynia import yamltext
    from allodynia.system.chance import read_causes
    from allodynia.system.evidence_library import load_evidence
    from allodynia.system.load import FOLDER

    asked = study.spec.chance
    if not asked:
        return ()
    known = read_causes(yamltext.load(FOLDER / "wiring.yaml", "wiring.yaml"), load_evidence(FOLDER / "evidence"))
    for number, name in enumerate(asked):
        if name not in known:
            raise unknown("cause", name, known, where=study.where("chance", number))
    return tuple(sorted(set(asked)))


def drugs_of(study: Study) -> tuple[str, ...]:
    """The drugs of a study: those that it lists, and those that its arms are given.

    Raises
    ------
    InvalidInput
        A drug that has no table; the nearest names are offered.
    """
    from allodynia.system.drug_table import drug_names
    from allodynia.system.load import FOLDER

    spec = study.spec
    asked: list[tuple[str, tuple[str | int, ...]]] = [(name, ("drugs", i)) for i, name in enumerate(spec.drugs)]
    for arm, entry in spec.arms.items():
        given = [(dose.drug, ("arms", arm, "doses", i, "drug")) for i, dose in enumerate(entry.doses)]
        asked += [(name, path) for name, path in given if name is not None]
    known = drug_names(FOLDER)
    for name, path in asked:
        if name not in known:
            raise unknown("drug", name, known, where=study.where(*path))
    return tuple(sorted({name for name, _ in asked}))


@lru_cache(maxsize=16)
def _loaded(species: str, modules: tuple[str, ...] | None, drugs: tuple[str, ...], chance: tuple[str, ...]) -> System:
    from allodynia.system import load_system

    return load_system(species, modules=modules, drugs=drugs, chance=chance)
