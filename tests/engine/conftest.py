"""The engine's tests share small systems and keep their compiled kernels apart from the user's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for the session: tests neither see nor touch the user's kernels."""
    folder = tmp_path_factory.mktemp("kernels") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLODYNIA_CACHE_DIR", str(folder))
        patch.delenv("ALLODYNIA_NO_CACHE", raising=False)
        yield folder
