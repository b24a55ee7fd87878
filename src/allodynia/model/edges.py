"""Edges between modules: who drives whose input, by name, with a unit and a gain; and what an event puts into a state
of another module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allodynia.errors import InvalidInput, Where

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Edge:
    """``target``, an input port (``module.name``), follows ``source``, any quantity (``module.name``), in ``unit``.

    With an ``event`` (``module.name``) the edge is an impulse: ``target`` is a state, of which there is as much more as
    ``source`` is just before the event, each time it happens.
    """

    id: str
    source: str
    target: str
    unit: str
    where: Where | None = None
    event: str = ""

    @property
    def gain(self) -> str:
        """The id of the parameter that scales this edge: 1 as drawn, 0 cut."""
        return f"edge.{self.id}"


def refuse_doubles(edges: Sequence[Edge]) -> None:
    """Raise InvalidInput for a malformed edge id, two edges of one id, or two edges into one port."""
    by_id: dict[str, Edge] = {}
    by_target: dict[str, Edge] = {}
    for edge in edges:
        if not _ID.fullmatch(edge.id):
            raise InvalidInput(f"edge id {edge.id!r} is not a word of letters, digits, '_' and '-'", where=edge.where)
        if edge.id in by_id:
            raise InvalidInput(f"edge {edge.id!r} is drawn twice{_also(by_id[edge.id])}", where=edge.where)
        if edge.event:
            by_id[edge.id] = edge
            continue  # any number of impulses may go into one state
        if edge.target in by_target:
            other = by_target[edge.target]
            raise InvalidInput(
                f"input port {edge.target!r} is driven twice, by edges {other.id!r} and {edge.id!r}; "
                "add them up in a module",
                where=edge.where,
            )
        by_id[edge.id] = by_target[edge.target] = edge


def _also(edge: Edge) -> str:
    return f" (first at {edge.where})" if edge.where is not None else ""


def refuse_undriven(ports: Iterable[tuple[str, Where]], edges: Sequence[Edge], open_ports: Iterable[str]) -> None:
    """Raise InvalidInput for a port that neither an edge drives nor ``open_ports`` lists."""
    driven = {edge.target for edge in edges} | set(open_ports)
    for port, where in ports:
        if port not in driven:
            raise InvalidInput(
                f"input port {port!r} is driven by no edge; draw one, or open it as a study input", where=where
            )
