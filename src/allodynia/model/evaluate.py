"""The value of expressions with plain NumPy: the reference that everything faster is held against.

Nothing here is clever. Every node is computed once, in order, for all subjects at a time, with the operation its name
says. Complex input is accepted (comparisons and rounding look at the real part), so that a derivative can be checked
by the complex step, which is exact to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.model.expr import Dag, Node, Op

Array = NDArray[Any]


def _choose(condition: Array, if_true: Array, if_false: Array) -> Array:
    return np.where(condition, if_true, if_false)


FUNCTIONS: dict[Op, Callable[..., Array]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: np.divide,
    Op.NEG: np.negative,
    Op.POW: np.power,
    Op.ABS: lambda x: _choose(x.real < 0, -x, x) if np.iscomplexobj(x) else np.abs(x),
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.SQRT: np.sqrt,
    Op.FLOOR: lambda x: np.floor(x.real),
    Op.CEIL: lambda x: np.ceil(x.real),
    Op.SIN: np.sin,
    Op.COS: np.cos,
    Op.TAN: np.tan,
    Op.ASIN: np.arcsin,
    Op.ACOS: np.arccos,
    Op.ATAN: np.arctan,
    Op.SINH: np.sinh,
    Op.COSH: np.cosh,
    Op.TANH: np.tanh,
    Op.ASINH: np.arcsinh,
    Op.ACOSH: np.arccosh,
    Op.ATANH: np.arctanh,
    Op.MIN: lambda a, b: _choose((a.real <= b.real) | np.isnan(a), a, b),
    Op.MAX: lambda a, b: _choose((a.real >= b.real) | np.isnan(a), a, b),
    Op.LT: lambda a, b: a.real < b.real,
    Op.LE: lambda a, b: a.real <= b.real,
    Op.EQ: lambda a, b: a.real == b.real,
    Op.NE: lambda a, b: a.real != b.real,
    Op.AND: np.logical_and,
    Op.OR: np.logical_or,
    Op.NOT: np.logical_not,
    Op.SELECT: _choose,
}


class Evaluator:
    """Evaluates the same nodes again and again, as an integrator does."""

    __slots__ = ("_dag", "_order", "nodes")

    def __init__(self, dag: Dag, nodes: Sequence[Node]) -> None:
        self._dag = dag
        self.nodes = tuple(nodes)
        self._order = dag.reachable(nodes)

    def __call__(self, t: ArrayLike, y: ArrayLike, p: ArrayLike) -> Array:
        """The values of the nodes.

        Parameters
        ----------
        t : time, a number or one per subject, shape ``(...)``.
        y : states, shape ``(n_states, ...)``.
        p : parameters, shape ``(n_parameters, ...)``.

        Returns
        -------
        Array of shape ``(n_nodes, ...)``; truth values as 1 and 0. Division by zero and the like give inf or NaN,
        silently.
        """
        time, states, parameters = np.asarray(t), np.asarray(y), np.asarray(p)
        shape = np.broadcast_shapes(time.shape, states.shape[1:], parameters.shape[1:])
        kind = np.result_type(time, states, parameters, np.float64)
        dag = self._dag
        values: dict[Node, Array] = {}
        with np.errstate(all="ignore"):
            for node in self._order:
                op = dag.ops[node]
                match op:
                    case Op.CONST:
                        values[node] = np.asarray(dag.payload[node], dtype=np.float64)
                    case Op.TIME:
                        values[node] = time.astype(kind)
                    case Op.STATE:
                        values[node] = states[int(dag.payload[node])].astype(kind)
                    case Op.PARAM:
                        values[node] = parameters[int(dag.payload[node])].astype(kind)
                    case Op.TRUE | Op.FALSE:
                        values[node] = np.asarray(op is Op.TRUE)
                    case _:
                        values[node] = np.asarray(FUNCTIONS[op](*(values[a] for a in dag.args[node])))
        result = np.empty((len(self.nodes), *shape), dtype=kind)
        for row, node in enumerate(self.nodes):
            result[row] = values[node]
        return result


def evaluate(dag: Dag, nodes: Sequence[Node], t: ArrayLike, y: ArrayLike, p: ArrayLike) -> Array:
    """The values of ``nodes`` at time ``t``, states ``y`` and parameters ``p``: see :class:`Evaluator`."""
    return Evaluator(dag, nodes)(t, y, p)
