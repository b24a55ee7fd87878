"""What Python callers and the command line call: one road in, one table of defaults."""

from __future__ import annotations

from allodynia.api.catalogue import claims, studies
from allodynia.api.opened import Run, open_run
from allodynia.api.running import run

__all__ = ["Run", "claims", "open_run", "run", "studies"]
