"""The system that a study is judged in, known by its digest before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from allodynia import cache

if TYPE_CHECKING:
    from allodynia.study import Study
    from allodynia.system import System

ROOMS = Path(__file__).parents[1]
NOT_BIOLOGY = ("studies", "evidence", "claims.yaml")
"""Texts of the system that no equation depends on."""


class Model(Protocol):
    """A system that may not be loaded yet."""

    @property
    def digest(self) -> str:
        """Changes whenever a text does that a simulation depends on."""
        ...

    @property
    def system(self) -> System:
        """The system itself."""
        ...


@dataclass(frozen=True)
class Given:
    """A system at hand."""

    system: System

    @property
    def digest(self) -> str:
        """That of the system."""
        return self.system.digest


@dataclass(frozen=True)
class Shipped:
    """What the package ships for a study: loaded only where an answer is not stored."""

    study: Study

    @cached_property
    def digest(self) -> str:
        """The system's digest, stored under that of all texts, so that a second look need not load it."""
        from allodynia.study.systems import chance_of, drugs_of

        spec = self.study.spec
        asked = repr((spec.species, spec.modules, drugs_of(self.study), chance_of(self.study)))
        key = cache.digest(_texts(), code_digest(), asked)
        stored = cache.get("system-digest", key)
        if stored is not None:
            return stored.decode()
        found = self.system.digest
        cache.put("system-digest", key, found.encode())
        return found

    @cached_property
    def system(self) -> System:
        """The system, loaded."""
        from allodynia.study.systems import system_for

        return system_for(self.study)


@lru_cache(maxsize=1)
def _texts() -> str:
    root = ROOMS / "system"
    files = (path for path in root.rglob("*") if path.suffix in (".yaml", ".ant"))
    chosen = [path for path in files if path.relative_to(root).parts[0] not in NOT_BIOLOGY]
    return cache.digest_files(sorted(chosen))


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of the code that turns texts into observables: a change to it must not find old answers."""
    rooms = ("model", "engine", "system", "cohort", "study", "judge")
    return cache.digest_files(file for room in rooms for file in sorted((ROOMS / room).rglob("*.py")))
