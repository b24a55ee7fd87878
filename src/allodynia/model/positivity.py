"""Which pools provably never become negative, whatever the numbers: what lets an engine call an undershoot an error.

A pool stays at or above zero if its rate is not negative where it is zero, as long as that holds for the others too.
So every pool starts as a candidate, and those whose rate at zero has no sure sign drop out until none does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from allodynia.model.evaluate import evaluate
from allodynia.model.expr import BOOLEAN, Dag, Node, Op


class Sign(IntEnum):
    """What is known of a number, before any of its values are."""

    ZERO = 0
    POSITIVE = 1  # at least zero
    NEGATIVE = 2  # at most zero
    UNKNOWN = 3


_OPPOSITE = {
    Sign.ZERO: Sign.ZERO,
    Sign.POSITIVE: Sign.NEGATIVE,
    Sign.NEGATIVE: Sign.POSITIVE,
    Sign.UNKNOWN: Sign.UNKNOWN,
}
# f(0) = 0 and the sign of f(x) is that of x.
_ODD = frozenset({Op.FLOOR, Op.CEIL, Op.SINH, Op.TANH, Op.ASINH, Op.ATAN, Op.ATANH, Op.ASIN})


def never_negative(
    dag: Dag,
    candidates: Iterable[int],
    *,
    initial: Sequence[Node],
    rhs: Sequence[Node],
    assigned: Sequence[tuple[int, Node]],
    parameters: Sequence[float | None],
    surely: Iterable[int] = (),
) -> frozenset[int]:
    """Those rows of ``candidates`` whose state starts at or above zero and never leaves.

    Parameters
    ----------
    assigned : what events set, as pairs of a row and its new value.
    parameters : nominal values; whatever depends on parameters alone is taken to keep the sign it has there.
    surely : rows of states that are known not to be negative.
    """
    rows = frozenset(candidates)
    if not rows:
        return rows
    signs = _fixed(dag, parameters)
    known = frozenset(surely)
    reached = {row: dag.reachable([rhs[row]]) for row in rows}
    given = [(row, node) for row, node in [*((row, initial[row]) for row in rows), *assigned] if row in rows]
    while True:
        now = known | rows
        lost = {row for row, node in given if row in rows and not _at_least_zero(dag, node, signs, now, None)}
        lost |= {row for row in rows - lost if not _at_least_zero(dag, rhs[row], signs, now, row, order=reached[row])}
        if not lost:
            return rows
        rows -= lost


def _at_least_zero(
    dag: Dag,
    root: Node,
    fixed: Mapping[Node, Sign],
    states: frozenset[int],
    zero: int | None,
    order: Sequence[Node] | None = None,
) -> bool:
    """Whether ``root`` is sure to be at least zero where state ``zero`` is zero; ``states`` are at least zero too."""
    found: dict[Node, Sign] = {}
    for node in dag.reachable([root]) if order is None else order:
        op = dag.ops[node]
        match op:
            case _ if node in fixed:
                found[node] = fixed[node]
            case Op.TIME:
                found[node] = Sign.POSITIVE
            case Op.STATE:
                row = int(dag.payload[node])
                found[node] = Sign.ZERO if row == zero else Sign.POSITIVE if row in states else Sign.UNKNOWN
            case _:
                found[node] = _of_operation(op, [found[argument] for argument in dag.args[node]])
    return found[root] in (Sign.ZERO, Sign.POSITIVE)


def _fixed(dag: Dag, parameters: Sequence[float | None]) -> dict[Node, Sign]:
    """The sign of every number that depends on parameters alone."""
    alone: set[Node] = set()
    for node, (op, args) in enumerate(zip(dag.ops, dag.args, strict=True)):
        if op not in (Op.TIME, Op.STATE) and alone.issuperset(args):
            alone.add(node)
    nodes = sorted(node for node in alone if dag.ops[node] not in BOOLEAN)
    values = [math.nan if value is None else value for value in parameters]
    found: dict[Node, Sign] = {}
    for node, value in zip(nodes, evaluate(dag, nodes, 0.0, [], values), strict=True):
        if dag.ops[node] is Op.CONST and value == 0:
            found[node] = Sign.ZERO
        else:
            found[node] = Sign.POSITIVE if value >= 0 else Sign.NEGATIVE if value < 0 else Sign.UNKNOWN
    return found


def _of_operation(op: Op, x: list[Sign]) -> Sign:
    match op:
        case Op.NEG:
            return _OPPOSITE[x[0]]
        case Op.ADD:
            return _both(x[0], x[1])
        case Op.SUB:
            return _both(x[0], _OPPOSITE[x[1]])
        case Op.MUL | Op.DIV:
            return _product(op, x[0], x[1])
        case Op.POW:
            return x[0] if x[0] in (Sign.ZERO, Sign.POSITIVE) and x[1] is Sign.POSITIVE else _power(x[0])
        case Op.EXP:
            return Sign.POSITIVE
        case Op.ABS | Op.SQRT:
            return Sign.ZERO if x[0] is Sign.ZERO else Sign.POSITIVE
        case Op.MIN | Op.MAX:
            return _both(x[0], x[1])
        case Op.SELECT:
            return _both(x[1], x[2])
        case Op.SIN | Op.TAN:
            return Sign.ZERO if x[0] is Sign.ZERO else Sign.UNKNOWN
    return x[0] if op in _ODD else Sign.UNKNOWN


def _power(base: Sign) -> Sign:
    """A power with any exponent: of zero it may be one, or infinite."""
    return Sign.POSITIVE if base in (Sign.ZERO, Sign.POSITIVE) else Sign.UNKNOWN


def _both(a: Sign, b: Sign) -> Sign:
    """The sign of a sum, and of whichever of two."""
    if a is b or b is Sign.ZERO:
        return a
    return b if a is Sign.ZERO else Sign.UNKNOWN


def _product(op: Op, a: Sign, b: Sign) -> Sign:
    if a is Sign.ZERO or (b is Sign.ZERO and op is Op.MUL):
        return Sign.ZERO
    if Sign.UNKNOWN in (a, b) or b is Sign.ZERO:
        return Sign.UNKNOWN
    return Sign.POSITIVE if a is b else Sign.NEGATIVE
