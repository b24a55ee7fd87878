"""Compiled kernels of these tests stay apart from the user's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("kernels") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLODYNIA_CACHE_DIR", str(folder))
        patch.delenv("ALLODYNIA_NO_CACHE", raising=False)
        yield folder
