"""Allodynia: the neuro-immune system of fibromyalgia as software that runs.

>>> import allodynia as al
>>> run = al.run("passive-transfer")  # doctest: +SKIP
>>> run.trajectories  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allodynia.api import (
        Fitted,
        Model,
        Run,
        Trial,
        diagnose,
        draw_cohort,
        fit,
        load,
        open_run,
        read_cohort,
        run,
        studies,
        trial,
    )

__version__ = "0.1.0"

__all__ = [
    "Fitted",
    "Model",
    "Run",
    "Trial",
    "__version__",
    "diagnose",
    "draw_cohort",
    "fit",
    "load",
    "open_run",
    "read_cohort",
    "run",
    "studies",
    "trial",
]

_FROM_API = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> Any:
    """What lives in :mod:`allodynia.api`, imported when first asked for: `import allodynia` itself stays instant."""
    if name in _FROM_API:
        return getattr(import_module("allodynia.api"), name)
    raise AttributeError(f"module 'allodynia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FROM_API})
