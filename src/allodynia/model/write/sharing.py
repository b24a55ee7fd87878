"""Which subexpressions of a system get a name, and which a function, so that text stays as short as the graph.

A subexpression used more than once is written once, under the id of the observable that it is, or under a name made up
for it. That keeps the text short, but not the work of a program that writes every formula out wherever its value is
used: in x / (1 + x) it writes x out twice, and every such step in a chain doubles the end of it. The part of a formula
that uses a long quantity more than once therefore becomes the call of a function, whose arguments are worked out once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from allodynia.model.expr import BOOLEAN, Dag, Node, Op
from allodynia.model.ode import OdeSystem
from allodynia.model.write.ids import free

LONG = 16
"""Operations, written out, from which a quantity that a formula uses twice is worth a function."""

_CONDITIONAL = BOOLEAN | {Op.SELECT, Op.MIN, Op.MAX, Op.ABS, Op.FLOOR, Op.CEIL}
"""Kept out of functions: programs look for the switches of a model in its formulas."""

_VALUES = frozenset({Op.STATE, Op.PARAM, Op.TIME})


@dataclass(frozen=True, slots=True)
class Call:
    """The part of a formula below ``node`` as the value of a function of ``arguments``."""

    node: Node
    arguments: tuple[Node, ...]
    inside: tuple[Node, ...]
    """The operations and literals of the body, arguments first; ``node`` is the last."""


@dataclass(frozen=True)
class Sharing:
    """How the formulas of a system are cut into pieces of text.

    Attributes
    ----------
    reachable : every node that is written, arguments first.
    names : what stands in formulas for a node that has a rule of its own.
    made_up : the nodes of ``names`` that are no observable.
    calls : nodes that are written as the call of a function.
    """

    reachable: tuple[Node, ...]
    names: Mapping[Node, str]
    made_up: tuple[Node, ...]
    calls: Mapping[Node, Call]


def share(system: OdeSystem, ids: Mapping[str, str]) -> Sharing:
    """The pieces of ``system``, whose quantities have the identifiers ``ids``."""
    dag = system.dag
    roots = (*system.rhs, *system.observable_nodes, *system.initial, *(n for e in system.events for n in e.nodes))
    reachable = tuple(dag.reachable(roots))
    uses = Counter(roots)
    for node in reachable:
        uses.update(dag.args[node])
    observed: dict[Node, str] = {}
    for quantity, node in zip(system.observables, system.observable_nodes, strict=True):
        if dag.args[node] and dag.ops[node] not in BOOLEAN:
            observed.setdefault(node, ids[quantity.id])
    # A truth value cannot be the value of a parameter, so those are unfolded.
    shared = [n for n in reachable if uses[n] > 1 and dag.args[n] and dag.ops[n] not in BOOLEAN]
    taken = set(ids.values())
    names = {node: observed.get(node) or free(f"x{node}", taken) for node in shared}
    calls = _Calls(dag, names).of(reachable)
    return Sharing(reachable, names, tuple(n for n in shared if n not in observed), calls)


class _Calls:
    """Finds what is worth a function, from the leaves upwards."""

    def __init__(self, dag: Dag, names: Mapping[Node, str]) -> None:
        self._dag, self._names = dag, names
        # Operations and operands of a node, every name written out and every argument worked out once.
        self._unfolded: dict[Node, int] = {}
        self._used: dict[Node, frozenset[Node]] = {}  # long quantities that the formula below a node names
        self._calls: dict[Node, Call] = {}

    def of(self, reachable: tuple[Node, ...]) -> dict[Node, Call]:
        """The calls, none of them inside another."""
        dag, plain = self._dag, dict[Node, bool]()
        for node in reachable:
            parts = dag.args[node]
            plain[node] = dag.ops[node] not in _CONDITIONAL and all(
                plain[part] or part in self._names for part in parts
            )
            named = [self._named(part) for part in parts]
            self._used[node] = frozenset().union(*named)
            self._unfolded[node] = 1 + sum(self._unfolded[part] for part in parts)
            if plain[node] and sum(map(len, named)) > len(self._used[node]):
                call = self._call(node)
                for inner in call.inside:
                    self._calls.pop(inner, None)
                self._calls[node] = call
                operands = sum(self._unfolded[argument] for argument in call.arguments)
                self._unfolded[node] = len(call.inside) + operands
        return self._calls

    def _named(self, part: Node) -> frozenset[Node]:
        """The long quantities that a formula names when it has ``part`` in it."""
        if part not in self._names:
            return self._used[part]
        return frozenset({part}) if self._unfolded[part] >= LONG else frozenset()

    def _call(self, node: Node) -> Call:
        """The formula below ``node``, down to what has a name."""
        arguments: dict[Node, None] = {}
        inside: set[Node] = set()
        todo = [node]
        while todo:
            one = todo.pop()
            if one != node and (one in self._names or self._dag.ops[one] in _VALUES):
                arguments[one] = None
            elif one not in inside:
                inside.add(one)
                todo.extend(reversed(self._dag.args[one]))
        return Call(node, tuple(arguments), tuple(sorted(inside)))
