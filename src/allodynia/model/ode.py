"""The one thing that the text of a model becomes: a system of ordinary differential equations.

``OdeSystem`` is where ``model/`` ends and ``engine/`` begins. It is immutable, knows no file format, and holds everything a
solver needs: states, parameters, right-hand side, exact sparse derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from allodynia.errors import Where
from allodynia.model.expr import Dag, Node


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named number of the model: a state, a parameter or an observable.

    ``id`` is unique in the system; a composed system writes ``module.name``. ``unit`` is the text a person reads ("mg/mL").
    ``value`` is the nominal value of a parameter (None for states and observables, whose values are expressions).
    """

    id: str
    unit: str
    value: float | None = None
    label: str = ""
    where: Where | None = None
    non_negative: bool = False


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse matrix of expressions in coordinate form, sorted by row, then column; entries not listed are zero."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class OdeSystem:
    """dy/dt = f(t, y, p), with everything a solver wants to know about it.

    ``rhs[i]`` is the node of dy_i/dt; ``initial[i]`` that of y_i(0), an expression of parameters (and time 0) only.
    ``observables`` name further nodes that may be sampled (functions of t, y, p), as may states and parameters.
    ``jacobian`` is the exact sparse df/dy; ``time_derivative[i]`` the node of the partial df_i/dt at fixed y, or None where it
    is identically zero. Time is in ``time_unit``.
    """

    name: str
    dag: Dag
    states: tuple[Quantity, ...]
    parameters: tuple[Quantity, ...]
    observables: tuple[Quantity, ...]
    initial: tuple[Node, ...]
    rhs: tuple[Node, ...]
    observable_nodes: tuple[Node, ...]
    jacobian: Sparse
    time_derivative: tuple[Node | None, ...]
    time_unit: str = "d"
    notes: Mapping[str, str] = field(default_factory=dict)
