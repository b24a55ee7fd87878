"""A session that keeps what it does in a run folder, whatever it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from allodynia.runs.kept import KeptRun

Progress = Callable[[str, int, int], None]
"""Called with what is under way, how much is done and how much there is in all."""


class Keeping:
    """Use as a context manager: it closes the manifest however the session ends."""

    _writer: KeptRun

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self._writer.folder

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, problem, trace)
