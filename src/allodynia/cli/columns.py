"""Columns of text side by side, as wide as what stands in them: nothing is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

GAP = 2


class Columns:
    """A header and rows of equal length; ``right`` names the columns that are set to the right.

    ``wrapped`` names the column that may be broken into lines, and the least width it may be given.
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[str | Text]],
        *,
        right: frozenset[str] = frozenset(),
        wrapped: tuple[str, int] | None = None,
    ) -> None:
        self.header, self.rows, self.right, self.wrapped = header, rows, right, wrapped
        self.widths = [
            max(cell_len(name), *(cell_len(str(row[number])) for row in rows), 0) for number, name in enumerate(header)
        ]

    @property
    def needed(self) -> int:
        """The least width at which nothing is cut."""
        widths = list(self.widths)
        if self.wrapped is not None:
            number = self.header.index(self.wrapped[0])
            widths[number] = min(widths[number], self.wrapped[1])
        return sum(widths) + GAP * (len(widths) - 1)

    def table(self, rows: Sequence[Sequence[str | Text]] | None = None, *, header: bool = True) -> Table:
        """The columns as a table; of ``rows`` only, in the same widths, when given."""
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim", show_header=header)
        for name, width in zip(self.header, self.widths, strict=True):
            justify: Literal["left", "right"] = "right" if name in self.right else "left"
            if self.wrapped is not None and name == self.wrapped[0]:
                table.add_column(name, justify=justify, min_width=self.wrapped[1], max_width=max(width, 1))
            else:
                table.add_column(name, justify=justify, no_wrap=True, min_width=width)
        for row in self.rows if rows is None else rows:
            table.add_row(*row)
        return table
