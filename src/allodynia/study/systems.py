"""The system that a study needs: its species, the modules it keeps, the drugs it adds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

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
    return _loaded(spec.species, modules, tuple(spec.drugs))


@lru_cache(maxsize=16)
def _loaded(species: str, modules: tuple[str, ...] | None, drugs: tuple[str, ...]) -> System:
    from allodynia.system import load_system

    options: dict[str, tuple[str, ...]] = {}
    if modules is not None:
        options["modules"] = modules
    if drugs:
        options["drugs"] = drugs
    return load_system(species, **options)  # type: ignore[arg-type]
