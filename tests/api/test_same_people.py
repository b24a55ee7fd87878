"""Who is drawn, and what is read of them, does not hang on which processor NumPy and the C library find."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("people_drawn.py")
OWN = "numpy's own"
C_LIBRARY = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-AVX512F"
"""glibc then takes those exp, log and pow that fuse nothing; other C libraries do not read it."""


def digests(**environment: str) -> dict[str, str]:
    ended = subprocess.run(
        [sys.executable, str(SCRIPT)], env={**os.environ, **environment}, capture_output=True, text=True, check=True,
        timeout=300,
    )  # fmt: skip
    found: dict[str, str] = json.loads(ended.stdout)
    return found


def features_to_hide() -> list[str]:
    """What NumPy chooses its code by and this processor has."""
    core = getattr(np, "_core", None) or np.core
    umath = core._multiarray_umath
    return [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]


def test_people_are_the_same_on_a_processor_with_nothing_special() -> None:
    hidden = features_to_hide()
    if not hidden:
        pytest.skip("NumPy chooses nothing by this processor")
    here = digests()
    there = digests(NPY_DISABLE_CPU_FEATURES=" ".join(hidden), GLIBC_TUNABLES=C_LIBRARY)
    differ = [name for name in here if here[name] != there[name] and name != OWN]
    assert not differ
    if {"AVX512_SKX", "X86_V4"} & set(hidden):  # there NumPy has an exp and a log of its own: the test can fail
        assert here[OWN] != there[OWN]
