"""The fuzz tests borrow the small systems of the engine's tests, and keep their cache apart from the user's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for the session, handed on to every worker."""
    folder = tmp_path_factory.mktemp("fuzz") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLODYNIA_CACHE_DIR", str(folder))
        patch.delenv("ALLODYNIA_NO_CACHE", raising=False)
        yield folder


@pytest.fixture(scope="session")
def other_engine() -> None:
    """Skips where libRoadRunner does not load: it needs a shared libpython."""
    try:
        import roadrunner  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(f"libroadrunner does not load here: {error}")
