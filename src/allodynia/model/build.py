"""Named builders: expressions made with the few rewrites that change no bit of any result.

Every rewrite here holds for all IEEE 754 doubles, infinities, NaN and both zeros included. Operations on constants
are folded only where IEEE demands one correctly rounded answer (+ - * / sqrt, comparisons, rounding to integers), so
a folded constant is what any machine would have computed. ``x + 0`` (wrong for -0), ``0 * x`` (wrong for NaN) and ``x
- x`` stay.
"""

from __future__ import annotations

import math

from allodynia.model.expr import BOOLEAN, Dag, Node, Op

_COMMUTATIVE = frozenset({Op.ADD, Op.MUL, Op.EQ, Op.NE, Op.AND, Op.OR})


def _divide(a: float, b: float) -> float:
    if b != 0.0:
        return a / b
    if a == 0.0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _fold(op: Op, values: list[float]) -> float | bool | None:
    """The value of ``op`` on constants where IEEE 754 fixes every bit of it; None where it does not."""
    a = values[0]
    b = values[-1]
    match op:
        case Op.ADD:
            return a + b
        case Op.SUB:
            return a - b
        case Op.MUL:
            return a * b
        case Op.DIV:
            return _divide(a, b)
        case Op.NEG:
            return -a
        case Op.ABS:
            return abs(a)
        case Op.SQRT:
            return math.sqrt(a) if a >= 0.0 else math.nan
        case Op.FLOOR if math.isfinite(a):
            return math.copysign(float(math.floor(a)), a)
        case Op.CEIL if math.isfinite(a):
            return math.copysign(float(math.ceil(a)), a)
        case Op.LT:
            return a < b
        case Op.LE:
            return a <= b
        case Op.EQ:
            return a == b
        case Op.NE:
            return a != b
    return None


class Builder:
    """Makes nodes of one :class:`~allodynia.model.expr.Dag`; each method names the operation it builds."""

    __slots__ = ("dag",)

    def __init__(self, dag: Dag | None = None) -> None:
        self.dag = Dag() if dag is None else dag

    # leaves ---------------------------------------------------------------------------------------
    def const(self, value: float) -> Node:
        """A number, told apart from others by its bits."""
        return self.dag.const(value)

    def time(self) -> Node:
        """Time."""
        return self.dag.time()

    def state(self, index: int) -> Node:
        """The state in row ``index`` of y."""
        return self.dag.state(index)

    def param(self, index: int) -> Node:
        """The parameter in row ``index`` of p."""
        return self.dag.param(index)

    def truth(self, value: bool) -> Node:
        """True or false."""
        return self.dag.add(Op.TRUE if value else Op.FALSE)

    # arithmetic -----------------------------------------------------------------------------------
    def add(self, a: Node, b: Node) -> Node:
        """``a + b``."""
        left, right = self.dag.ops[a], self.dag.ops[b]
        if right is Op.CONST and self._is_minus_zero(b):
            return a
        if left is Op.CONST and self._is_minus_zero(a):
            return b
        if right is Op.NEG:
            return self.sub(a, self.dag.args[b][0])
        if left is Op.NEG:
            return self.sub(b, self.dag.args[a][0])
        return self.make(Op.ADD, a, b)

    def sub(self, a: Node, b: Node) -> Node:
        """``a - b``."""
        if self._is_plus_zero(b):
            return a
        if self.dag.ops[b] is Op.NEG:
            return self.add(a, self.dag.args[b][0])
        return self.make(Op.SUB, a, b)

    def mul(self, a: Node, b: Node) -> Node:
        """``a * b``."""
        for one, other in ((a, b), (b, a)):
            if self.dag.is_const(one, 1.0):
                return other
            if self.dag.is_const(one, -1.0):
                return self.neg(other)
        if self.dag.ops[a] is Op.NEG and self.dag.ops[b] is Op.NEG:
            return self.mul(self.dag.args[a][0], self.dag.args[b][0])
        return self.make(Op.MUL, a, b)

    def div(self, a: Node, b: Node) -> Node:
        """``a / b``."""
        if self.dag.is_const(b, 1.0):
            return a
        if self.dag.is_const(b, -1.0):
            return self.neg(a)
        return self.make(Op.DIV, a, b)

    def neg(self, a: Node) -> Node:
        """``-a``."""
        if self.dag.ops[a] is Op.NEG:
            return self.dag.args[a][0]
        return self.make(Op.NEG, a)

    def pow(self, a: Node, b: Node) -> Node:
        """``a ** b`` as IEEE 754 defines pow: ``pow(x, 0) = 1`` for every x, NaN included."""
        if self.dag.is_const(b, 0.0):
            return self.const(1.0)
        if self.dag.is_const(b, 1.0):
            return a
        if self.dag.is_const(b, 2.0):
            return self.mul(a, a)
        if self.dag.is_const(b, -1.0):
            return self.div(self.const(1.0), a)
        return self.make(Op.POW, a, b)

    def min(self, a: Node, b: Node) -> Node:
        """The smaller of two; NaN if either is NaN."""
        return a if a == b else self.make(Op.MIN, a, b)

    def max(self, a: Node, b: Node) -> Node:
        """The larger of two; NaN if either is NaN."""
        return a if a == b else self.make(Op.MAX, a, b)

    def call(self, op: Op, a: Node) -> Node:
        """A function of one argument: ``op`` is EXP, LOG, SQRT, SIN, ..."""
        if op is Op.NEG:
            return self.neg(a)
        if op is Op.NOT:
            return self.negation(a)
        if op is Op.ABS and self.dag.ops[a] in (Op.NEG, Op.ABS):
            return self.call(Op.ABS, self.dag.args[a][0])
        return self.make(op, a)

    # truth ----------------------------------------------------------------------------------------
    def less(self, a: Node, b: Node) -> Node:
        """``a < b``."""
        return self.make(Op.LT, a, b)

    def less_equal(self, a: Node, b: Node) -> Node:
        """``a <= b``."""
        return self.make(Op.LE, a, b)

    def equal(self, a: Node, b: Node) -> Node:
        """``a == b``."""
        return self.make(Op.EQ, a, b)

    def unequal(self, a: Node, b: Node) -> Node:
        """``a != b``."""
        return self.make(Op.NE, a, b)

    def both(self, a: Node, b: Node) -> Node:
        """Logical and."""
        for one, other in ((a, b), (b, a)):
            if self.dag.ops[one] is Op.TRUE:
                return other
            if self.dag.ops[one] is Op.FALSE:
                return one
        return a if a == b else self.make(Op.AND, a, b)

    def either(self, a: Node, b: Node) -> Node:
        """Logical or."""
        for one, other in ((a, b), (b, a)):
            if self.dag.ops[one] is Op.FALSE:
                return other
            if self.dag.ops[one] is Op.TRUE:
                return one
        return a if a == b else self.make(Op.OR, a, b)

    def negation(self, a: Node) -> Node:
        """Logical not. ``not (a < b)`` is not ``b <= a``: they differ for NaN."""
        match self.dag.ops[a]:
            case Op.TRUE:
                return self.truth(False)
            case Op.FALSE:
                return self.truth(True)
            case Op.NOT:
                return self.dag.args[a][0]
            case Op.EQ:
                return self.make(Op.NE, *self.dag.args[a])
            case Op.NE:
                return self.make(Op.EQ, *self.dag.args[a])
        return self.make(Op.NOT, a)

    def select(self, condition: Node, if_true: Node, if_false: Node) -> Node:
        """``if_true`` where ``condition`` holds, else ``if_false``; of booleans too."""
        match self.dag.ops[condition]:
            case Op.TRUE:
                return if_true
            case Op.FALSE:
                return if_false
            case Op.NOT:
                return self.select(self.dag.args[condition][0], if_false, if_true)
        if if_true == if_false:
            return if_true
        if self.is_truth(if_true):
            return self.either(self.both(condition, if_true), self.both(self.negation(condition), if_false))
        return self.make(Op.SELECT, condition, if_true, if_false)

    # between numbers and truth --------------------------------------------------------------------
    def is_truth(self, node: Node) -> bool:
        """Whether ``node`` is a truth value, not a number."""
        return self.dag.ops[node] in BOOLEAN

    def as_number(self, node: Node) -> Node:
        """``node`` as a number: true is 1, false is 0."""
        return self.select(node, self.const(1.0), self.const(0.0)) if self.is_truth(node) else node

    def as_truth(self, node: Node) -> Node:
        """``node`` as a truth value: every number but 0 is true."""
        return node if self.is_truth(node) else self.unequal(node, self.const(0.0))

    # all of the above end here --------------------------------------------------------------------
    def make(self, op: Op, *args: Node) -> Node:
        """``op(args)``, folded when all are constants and IEEE 754 leaves no choice, else hash-consed."""
        dag = self.dag
        if dag.ops[args[0]] is Op.CONST and all(dag.ops[a] is Op.CONST for a in args):
            folded = _fold(op, [float(dag.payload[a]) for a in args])
            if isinstance(folded, bool):
                return self.truth(folded)
            if folded is not None:
                return dag.const(folded)
        if op in _COMMUTATIVE and args[0] > args[1]:
            args = (args[1], args[0])
        return dag.add(op, *args)

    def _is_plus_zero(self, node: Node) -> bool:
        return self.dag.is_const(node, 0.0) and math.copysign(1.0, float(self.dag.payload[node])) > 0

    def _is_minus_zero(self, node: Node) -> bool:
        return self.dag.is_const(node, 0.0) and math.copysign(1.0, float(self.dag.payload[node])) < 0
