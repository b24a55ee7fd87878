"""Assays: what measuring makes of a true value. One file a kind; a study chooses by ``assay: {kind: ...}``.

>>> from allodynia.study.assay import AssaySpec, Assay
"""

from __future__ import annotations

from allodynia.study.assay.assay import Assay, Exact
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.kinds import AssaySpec

__all__ = ["Assay", "AssaySpec", "Draws", "Exact"]
