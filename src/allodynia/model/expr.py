"""Expressions as one hash-consed directed acyclic graph.

A node is an integer. Equal expressions are the same node, so a subexpression that occurs a hundred times in a model is
computed once, and structural equality is integer equality. Nodes are appended in topological order: every argument of a
node has a smaller number than the node itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum


class Op(IntEnum):
    """What a node computes. Values are stable: they enter the content hash of a model."""

    # leaves
    CONST = 0
    TIME = 1
    STATE = 2
    PARAM = 3
    # arithmetic
    ADD = 10
    SUB = 11
    MUL = 12
    DIV = 13
    NEG = 14
    POW = 15
    # functions of one argument
    ABS = 20
    EXP = 21
    LOG = 22
    SQRT = 23
    FLOOR = 24
    CEIL = 25
    SIN = 26
    COS = 27
    TAN = 28
    ASIN = 29
    ACOS = 30
    ATAN = 31
    SINH = 32
    COSH = 33
    TANH = 34
    ASINH = 35
    ACOSH = 36
    ATANH = 37
    # functions of two arguments
    MIN = 40
    MAX = 41
    # truth values: the nodes below are boolean, and only they may be the arguments of AND, OR, NOT and the first of
    # SELECT
    LT = 50
    LE = 51
    EQ = 52
    NE = 53
    AND = 54
    OR = 55
    NOT = 56
    TRUE = 57
    FALSE = 58
    # SELECT(condition, if true, if false); both branches are evaluated
    SELECT = 60


ARITY: dict[Op, int] = {
    Op.CONST: 0, Op.TIME: 0, Op.STATE: 0, Op.PARAM: 0, Op.TRUE: 0, Op.FALSE: 0,
    Op.ADD: 2, Op.SUB: 2, Op.MUL: 2, Op.DIV: 2, Op.POW: 2, Op.MIN: 2, Op.MAX: 2,
    Op.LT: 2, Op.LE: 2, Op.EQ: 2, Op.NE: 2, Op.AND: 2, Op.OR: 2, Op.SELECT: 3,
} | dict.fromkeys(
    (Op.NEG, Op.ABS, Op.EXP, Op.LOG, Op.SQRT, Op.FLOOR, Op.CEIL, Op.SIN, Op.COS, Op.TAN, Op.ASIN, Op.ACOS, Op.ATAN,
     Op.SINH, Op.COSH, Op.TANH, Op.ASINH, Op.ACOSH, Op.ATANH, Op.NOT),
    1,
)  # fmt: skip

BOOLEAN = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE, Op.AND, Op.OR, Op.NOT, Op.TRUE, Op.FALSE})

Node = int


class Dag:
    """An append-only store of expression nodes.

    ``ops[n]`` is the operation of node ``n``, ``args[n]`` its arguments (smaller node numbers), ``payload[n]`` the
    value of a constant or the index of a state or parameter (0 otherwise).
    """

    __slots__ = ("_index", "args", "ops", "payload")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.args: list[tuple[Node, ...]] = []
        self.payload: list[float | int] = []
        self._index: dict[tuple[object, ...], Node] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def add(self, op: Op, *args: Node, payload: float | int = 0) -> Node:
        """The node for ``op(args)``, made if it is new. No rewriting is done here: see the named builders."""
        if len(args) != ARITY[op]:
            raise ValueError(f"{op.name} takes {ARITY[op]} arguments, not {len(args)}")
        # -0.0 == 0.0 and nan != nan: constants are told apart by their bits.
        key = (op, args, struct.pack("<d", payload) if op is Op.CONST else payload)
        node = self._index.get(key)
        if node is None:
            node = len(self.ops)
            self.ops.append(op)
            self.args.append(args)
            self.payload.append(float(payload) if op is Op.CONST else payload)
            self._index[key] = node
        return node

    def copy(self) -> Dag:
        """A store with the same nodes under the same numbers, to append to without touching this one."""
        other = Dag()
        other.ops = list(self.ops)
        other.args = list(self.args)
        other.payload = list(self.payload)
        other._index = dict(self._index)
        return other

    # leaves ---------------------------------------------------------------------------------------
    def const(self, value: float) -> Node:
        """A number, told apart from others by its bits."""
        return self.add(Op.CONST, payload=float(value))

    def time(self) -> Node:
        """Time."""
        return self.add(Op.TIME)

    def state(self, index: int) -> Node:
        """The state in row ``index`` of y."""
        return self.add(Op.STATE, payload=index)

    def param(self, index: int) -> Node:
        """The parameter in row ``index`` of p."""
        return self.add(Op.PARAM, payload=index)

    # reading --------------------------------------------------------------------------------------
    def is_const(self, node: Node, value: float | None = None) -> bool:
        """Whether ``node`` is a constant (equal to ``value``, if one is given)."""
        return self.ops[node] is Op.CONST and (value is None or self.payload[node] == value)

    def reachable(self, roots: Iterable[Node]) -> list[Node]:
        """Every node that ``roots`` depend on, themselves included, arguments before the nodes that use them."""
        seen: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack.extend(self.args[node])
        return sorted(seen)

    def leaves(self, roots: Sequence[Node], op: Op) -> set[int]:
        """The payloads (state or parameter indices) of all leaves of kind ``op`` under ``roots``."""
        return {int(self.payload[n]) for n in self.reachable(roots) if self.ops[n] is op}
