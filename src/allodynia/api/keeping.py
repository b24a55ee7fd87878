"""A session that keeps what it does in a run folder, whatever it does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
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
    _noting: AbstractContextManager[set[int]]

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self._writer.folder

    def __enter__(self) -> Self:
        from allodynia.engine.simulate import noting_widths

        self._writer.__enter__()
        self._noting = noting_widths()
        self._writer.widths = self._noting.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._noting.__exit__(kind, problem, trace)
        self._writer.__exit__(kind, problem, trace)
