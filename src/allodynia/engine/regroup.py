"""Right-hand sides and derivatives written as sums of (coefficient of parameters) x (product of what varies).

Models are written for people: p * (k * (x * p)) / V is a rate in a compartment, divided by a volume. All that depends
on parameters only is worth computing once a subject; but in such a chain every product holds a state, and nothing can
be taken out. Here chains of products and quotients are regrouped, by the laws of the real numbers, so that the
parameters stand together in a coefficient, and what varies in a product that is the same node wherever it occurs. Both
rows that a flux joins then add and subtract the same number.

The order of multiplications differs from the model's, so results differ by roundings; nothing is cancelled (V / V is
computed, so that a volume of 0 is still not a number). Left as they are:

- What decides: under floor, ceil and comparisons a rounding could put a number on the wrong side.
- Sums with terms that have no coefficient, such as the difference in k (a - b): it is exactly 0 at equilibrium.
- A share beside something fixed, as in 1 - x / K: x times the reciprocal of K need not be 1 where x is K.
- Sums that are used in more than one place: they are computed once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from allodynia.model.expr import BOOLEAN, Dag, Node, Op
from allodynia.model.ode import OdeSystem, Sparse

Product = tuple[Node, ...]
"""The factors of a product, sorted, none of them fixed; empty for 1."""

Terms = dict[Product, tuple[bool, Node]]
"""A sum: of each product whether it is subtracted, and its coefficient, a fixed node."""

DECIDES = BOOLEAN | {Op.FLOOR, Op.CEIL}


def regroup(system: OdeSystem) -> OdeSystem:
    """The same system with other nodes in ``rhs``, ``jacobian`` and ``time_derivative``, in a store of its own."""
    slopes = [node for node in system.time_derivative if node is not None]
    work = _Regrouping(system.dag, [*system.rhs, *system.jacobian.nodes, *slopes])
    jacobian = system.jacobian
    return dataclasses.replace(
        system,
        dag=work.dag,
        rhs=tuple(work.node(node) for node in system.rhs),
        jacobian=Sparse(jacobian.rows, jacobian.cols, tuple(work.node(node) for node in jacobian.nodes)),
        time_derivative=tuple(None if node is None else work.node(node) for node in system.time_derivative),
    )


class _Regrouping:
    """A store that grows, with the sums that its first nodes stand for."""

    def __init__(self, dag: Dag, roots: Iterable[Node]) -> None:
        self.dag = dag.copy()
        self.one = self.dag.const(1.0)
        self._uses: dict[Node, int] = {}
        self._fixed: dict[Node, bool] = {}
        self._timely: dict[Node, bool] = {}  # whether a node depends on time, but on no state
        self._terms: dict[Node, Terms] = {}
        self._built: dict[Node, Node] = {}
        self._note(self.one)
        roots = list(roots)
        reached = dag.reachable(roots)
        for node in reached:
            for a in dag.args[node]:
                self._uses[a] = self._uses.get(a, 0) + 1
        for node in reached:  # arguments come first, so no recursion is deep
            self._note(node)
            if dag.ops[node] not in BOOLEAN:
                self._terms[node] = self._find(node)

    def _note(self, node: Node) -> None:
        """Whether a node is fixed, and whether it is a function of time."""
        op, args = self.dag.ops[node], self.dag.args[node]
        self._fixed[node] = op not in {Op.TIME, Op.STATE} and all(self._fixed[a] for a in args)
        timely = op is not Op.STATE and all(self._fixed[a] or self._timely[a] for a in args)
        self._timely[node] = timely and not self._fixed[node]

    def _add(self, op: Op, *args: Node) -> Node:
        node = self.dag.add(op, *args)
        if node not in self._fixed:
            self._note(node)
        return node

    # sums -------------------------------------------------------------------------------------------------------------
    def _find(self, node: Node) -> Terms:
        """The sum that a node stands for."""
        dag = self.dag
        op, args = dag.ops[node], dag.args[node]
        if self._fixed[node]:
            return {(): (False, node)}
        match op:
            case Op.NEG:
                return _negative(self._inline(args[0]))
            case Op.ADD | Op.SUB:
                first, second = self._compared(args[0], args[1]), self._compared(args[1], args[0])
                return self._sum(first, _negative(second) if op is Op.SUB else second)
            case Op.MUL:
                fixed, other = args if self._fixed[args[0]] else args[::-1]
                if self._fixed[fixed]:
                    return self._scaled(self._content(other), lambda c: self._times(c, fixed))
                return self._product(self._single(args[0]), self._single(args[1]))
            case Op.DIV:
                if self._fixed[args[1]]:
                    return self._scaled(self._content(args[0]), lambda c: self._add(Op.DIV, c, args[1]))
                return self._product(self._single(args[0]), self._reciprocal(args[1]))
            case Op.POW if dag.is_const(args[1], 2.0):
                return self._product(self._single(args[0]), self._single(args[0]))
            case _ if op in DECIDES or not args:
                return {(node,): (False, self.one)}
            case _:
                inner = [a if dag.ops[a] in BOOLEAN else self.node(a) for a in args]
                return {(self._add(op, *inner),): (False, self.one)}

    def _inline(self, node: Node) -> Terms:
        """The terms of a node for a sum: itself as one, if it is a sum that others use too."""
        terms = self._terms[node]
        return terms if len(terms) == 1 or self._uses[node] == 1 else self._opaque(node)

    def _compared(self, node: Node, other: Node) -> Terms:
        """The terms of a node for its sum with ``other``. Beside something fixed, a share such as x / K is divided as
        the model says: it is exactly 1 where x is K.
        """
        if self._fixed[other] and self.dag.ops[node] is Op.DIV and not self._fixed[node]:
            above, below = self.dag.args[node]
            if self._fixed[below]:
                return {(self._add(Op.DIV, self.node(above), below),): (False, self.one)}
        return self._inline(node)

    def _content(self, node: Node) -> Terms:
        """The terms of a node that is multiplied by something fixed; itself as one, if that costs further products."""
        terms = self._terms[node]
        free = self._uses[node] == 1 and all(coefficient != self.one for _, coefficient in terms.values())
        return terms if len(terms) == 1 or free else self._opaque(node)

    def _single(self, node: Node) -> Terms:
        """A node as one term."""
        return self._terms[node] if len(self._terms[node]) == 1 else self._opaque(node)

    def _opaque(self, node: Node) -> Terms:
        return {(self.node(node),): (False, self.one)}

    def _reciprocal(self, node: Node) -> Terms:
        """The reciprocal of a node as one term: one division a factor that varies, shared by all that need it."""
        ((product, (minus, coefficient)),) = self._single(node).items()
        inverse = sorted((self._add(Op.DIV, self.one, factor) for factor in product), key=self._rank)
        return {tuple(inverse): (minus, self._over(coefficient))}

    def _over(self, coefficient: Node) -> Node:
        return self.one if coefficient == self.one else self._add(Op.DIV, self.one, coefficient)

    def _times(self, a: Node, b: Node) -> Node:
        """The product of two fixed nodes."""
        if self.one in (a, b):
            return b if a == self.one else a
        return self._add(Op.MUL, min(a, b), max(a, b))

    @staticmethod
    def _scaled(terms: Terms, scale: Callable[[Node], Node]) -> Terms:
        return {product: (minus, scale(coefficient)) for product, (minus, coefficient) in terms.items()}

    def _product(self, first: Terms, second: Terms) -> Terms:
        """The product of two sums of one term each."""
        ((a, (minus_a, c_a)),), ((b, (minus_b, c_b)),) = first.items(), second.items()
        return {tuple(sorted((*a, *b), key=self._rank)): (minus_a != minus_b, self._times(c_a, c_b))}

    def _sum(self, first: Terms, second: Terms) -> Terms:
        total = dict(first)
        for product, (minus, coefficient) in second.items():
            if product not in total:
                total[product] = (minus, coefficient)
                continue
            before, other = total[product]
            total[product] = (before, self._add(Op.ADD if before == minus else Op.SUB, other, coefficient))
        return total

    def _rank(self, node: Node) -> tuple[bool, Node]:
        """Functions of time come first in a product: they are the same for many."""
        return not self._timely[node], node

    # nodes ------------------------------------------------------------------------------------------------------------
    def node(self, node: Node) -> Node:
        """The node that computes what ``node`` of the old store does."""
        if node not in self._built:
            self._built[node] = self._build(self._terms[node]) if node in self._terms else node
        return self._built[node]

    def _build(self, terms: Mapping[Product, tuple[bool, Node]]) -> Node:
        """A sum: what needs no product first, and what is added before what is subtracted."""
        order = sorted(terms.items(), key=lambda term: (bool(term[0]) and term[1][1] != self.one, term[1][0]))
        total: Node | None = None
        for product, (minus, coefficient) in order:
            value = self._value(product, coefficient)
            if total is None:
                total = self._add(Op.NEG, value) if minus else value
            else:
                total = self._add(Op.SUB if minus else Op.ADD, total, value)
        return self.dag.const(0.0) if total is None else total

    def _value(self, product: Product, coefficient: Node) -> Node:
        if not product:
            return coefficient
        value = product[0]
        for factor in product[1:]:
            value = self._add(Op.MUL, value, factor)
        return value if coefficient == self.one else self._add(Op.MUL, coefficient, value)


def _negative(terms: Terms) -> Terms:
    return {product: (not minus, coefficient) for product, (minus, coefficient) in terms.items()}
