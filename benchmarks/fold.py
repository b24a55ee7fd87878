"""Expressions handed to another library, by applying its own operators to its own symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allodynia.model import Dag, Node, Op


def fold(dag: Dag, roots: Sequence[Node], leaf: Callable[[Op, float | int], Any], table: Mapping[Op, Any]) -> list[Any]:
    """The values of ``roots``: leaves from ``leaf(op, payload)``, other nodes by the functions in ``table``.

    Raises
    ------
    KeyError
        For an operation that ``table`` lacks.
    """
    values: dict[Node, Any] = {}
    for node in dag.reachable(roots):
        op = dag.ops[node]
        if op in (Op.CONST, Op.TIME, Op.STATE, Op.PARAM):
            values[node] = leaf(op, dag.payload[node])
        else:
            values[node] = table[op](*(values[argument] for argument in dag.args[node]))
    return [values[node] for node in roots]
