"""What Python callers and the command line call: one road in, one table of defaults."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from allodynia.api.catalogue import claims, studies
from allodynia.api.diagnosis import diagnose
from allodynia.api.fits import Fitted, fit
from allodynia.api.opened import Run, open_run
from allodynia.api.running import run
from allodynia.api.trialled import Trial, trial

if TYPE_CHECKING:
    from allodynia.api.cohorts import draw_cohort, read_cohort
    from allodynia.api.models import Model, load

__all__ = [
    "Fitted",
    "Model",
    "Run",
    "Trial",
    "claims",
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


def __getattr__(name: str) -> Any:
    """What simulates one's own models, and what draws cohorts, imported when first asked for: they need the model
    and the engine.
    """
    if name in {"Model", "load"}:
        return getattr(import_module("allodynia.api.models"), name)
    if name in {"draw_cohort", "read_cohort"}:
        return getattr(import_module("allodynia.api.cohorts"), name)
    raise AttributeError(f"module 'allodynia.api' has no attribute {name!r}")
