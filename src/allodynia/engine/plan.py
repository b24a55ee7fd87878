"""What a kernel has to compute, decided before any code is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from allodynia.engine.lu import Factorisation, factorise
from allodynia.engine.pivots import algebraic_pivots
from allodynia.engine.regroup import DECIDES, regroup
from allodynia.engine.stateless import with_a_state
from allodynia.engine.switches import Hybrid, find_hybrid
from allodynia.engine.tableaux import Tableau
from allodynia.errors import unknown
from allodynia.model.expr import BOOLEAN, Dag, Node, Op
from allodynia.model.ode import OdeSystem


@dataclass(frozen=True, slots=True)
class Output:
    """A thing to sample: a state or a parameter by index, or an observable by node."""

    id: str
    kind: Op | None
    index: int


@dataclass(frozen=True)
class Plan:
    """A system, what is sampled, and how: the input of the code generator.

    ``parameters`` lists the parameters that the kernel reads (their position there is their slot); ``hoisted`` the
    nodes that depend on parameters only and are computed once a subject; ``reciprocals`` those of them, or
    parameters, that something is divided by (one multiplication is many times faster than one division, and differs
    by a rounding); ``quotients`` the divisions done that way; ``uses`` how often each node is used;
    ``sampled_states`` the states that dense output must interpolate; ``timely`` the costly functions of time alone,
    computed once for each of the times of a step.

    ``hybrid`` is there for a system with events, jumps or algebraic rows. ``system`` then has its switches held: one
    parameter each, after the model's own.
    """

    system: OdeSystem
    tableau: Tableau
    outputs: tuple[Output, ...]
    parameters: tuple[int, ...]
    hoisted: tuple[Node, ...]
    reciprocals: tuple[Node, ...]
    quotients: frozenset[Node]
    uses: dict[Node, int]
    sampled_states: tuple[int, ...]
    factorisation: Factorisation
    timely: tuple[Node, ...] = ()
    hybrid: Hybrid | None = None

    @property
    def own_parameters(self) -> int:
        """The number of parameters of the model itself."""
        return len(self.system.parameters) if self.hybrid is None else self.hybrid.own_parameters

    @property
    def read_parameters(self) -> tuple[int, ...]:
        """Those of ``parameters`` that are the model's own, a prefix."""
        return tuple(index for index in self.parameters if index < self.own_parameters)

    @property
    def algebraic(self) -> tuple[bool, ...]:
        """Which rows are algebraic; empty where none is."""
        return self.system.algebraic if any(self.system.algebraic) else ()

    @property
    def unrolled(self) -> bool:
        """Whether the linear algebra is straight-line code."""
        return self.factorisation.steps <= UNROLLED_STEPS

    @property
    def fused(self) -> bool:
        """Whether the model's expressions are printed into it. (A consistent start of algebraic rows needs them
        apart.)
        """
        return self.unrolled and not self.algebraic and self.factorisation.entries <= FUSED_ENTRIES

    @property
    def dag(self) -> Dag:
        """The store of all nodes."""
        return self.system.dag

    @property
    def n(self) -> int:
        """The number of states."""
        return len(self.system.states)

    @property
    def moments(self) -> tuple[float, ...]:
        """The times of the stages, each once, as shares of a step."""
        return tuple(dict.fromkeys(self.tableau.c))

    @property
    def watched_states(self) -> tuple[int, ...]:
        """The states that triggers and switches look at."""
        if self.hybrid is None:
            return ()
        nodes = [*self.hybrid.triggers, *self.hybrid.marks, *(gap.node for gap in self.hybrid.gaps)]
        nodes += [node for switch in self.hybrid.switches for node in (switch.node, switch.watched)]
        return tuple(sorted(self.dag.leaves(nodes, Op.STATE)))

    @property
    def timed(self) -> bool:
        """Whether some right-hand side depends on time itself."""
        return any(node is not None for node in self.system.time_derivative)


def find_outputs(system: OdeSystem, ids: Sequence[str]) -> tuple[Output, ...]:
    """The outputs named ``ids``; an unknown id raises, with the nearest names."""
    known: dict[str, Output] = {}
    for node, quantity in zip(system.observable_nodes, system.observables, strict=True):
        known[quantity.id] = Output(quantity.id, None, node)
    for kind, quantities in ((Op.PARAM, system.parameters), (Op.STATE, system.states)):
        for index, quantity in enumerate(quantities):
            known[quantity.id] = Output(quantity.id, kind, index)
    for identifier in ids:
        if identifier not in known:
            raise unknown("output", identifier, known)
    return tuple(known[identifier] for identifier in ids)


def make_plan(system: OdeSystem, outputs: Sequence[str], tableau: Tableau) -> Plan:
    """Decide what is computed once a subject, what at every step, and in which order the matrix is eliminated."""
    chosen = find_outputs(system, outputs)
    system = with_a_state(system)
    pivots = algebraic_pivots(system)
    hybrid = find_hybrid(system)
    system = regroup(system if hybrid is None else hybrid.system)
    dag = system.dag
    sampled = [output.index for output in chosen if output.kind is None]
    slopes = [node for node in system.time_derivative if node is not None]
    happenings = [] if hybrid is None else hybrid.nodes
    roots = [*system.rhs, *system.jacobian.nodes, *slopes, *happenings, *sampled]
    # Uses are counted over every observable, sampled or not: what is asked for must not change how the rest is
    # computed.
    counted = [*system.rhs, *system.jacobian.nodes, *slopes, *happenings, *system.observable_nodes]
    reached = dag.reachable(counted)

    fixed: dict[Node, bool] = {}  # whether a node depends on nothing but parameters
    uses: dict[Node, int] = dict.fromkeys(reached, 0)
    for node in reached:
        op, args = dag.ops[node], dag.args[node]
        fixed[node] = op is not Op.TIME and op is not Op.STATE and all(fixed[a] for a in args)
        for a in args:
            uses[a] += 1
    for node in counted:
        uses[node] += 1

    quotients = _quotients(dag, reached, fixed)
    hoisted, reciprocals = _frontier(dag, roots, fixed, quotients)
    parameters = dag.leaves([*roots, *system.initial], Op.PARAM)
    parameters |= {output.index for output in chosen if output.kind is Op.PARAM}
    states = dag.leaves(sampled, Op.STATE) | {output.index for output in chosen if output.kind is Op.STATE}
    if hybrid is not None:
        parameters |= {switch.parameter for switch in hybrid.switches}
        states = set(range(len(system.states)))  # a step may be cut short anywhere
    pattern = zip(system.jacobian.rows, system.jacobian.cols, strict=True)
    plan = Plan(
        system=system,
        tableau=tableau,
        outputs=chosen,
        parameters=tuple(sorted(parameters)),
        hoisted=hoisted,
        reciprocals=reciprocals,
        quotients=quotients,
        uses=uses,
        sampled_states=tuple(sorted(states)),
        factorisation=factorise(len(system.states), pattern, pivots),
        hybrid=hybrid,
    )
    if hybrid is not None or not plan.fused:
        return plan
    return replace(plan, timely=_timely(dag, [*system.rhs, *system.jacobian.nodes, *slopes], fixed))


UNROLLED_STEPS = 4000
"""Above this many elimination steps tables drive the code (at 3,114 steps unrolled code is 2.3 times faster)."""

FUSED_ENTRIES = 600
"""Above this many entries of the factors the two are better apart: together they outgrow registers and caches."""

CHEAP = frozenset({Op.TIME, Op.ADD, Op.SUB, Op.MUL, Op.NEG})
"""Operations that are done again sooner than their results are kept."""


def _timely(dag: Dag, roots: Sequence[Node], fixed: dict[Node, bool]) -> tuple[Node, ...]:
    """Functions of time and parameters that something else uses, but for mere sums and products."""
    kind: dict[Node, tuple[bool, bool]] = {}  # whether it depends on time and parameters alone, whether it is costly
    for node in dag.reachable(roots):
        op, args = dag.ops[node], dag.args[node]
        alone = op is not Op.STATE and all(fixed[a] or kind[a][0] for a in args) and not fixed[node]
        costly = not fixed[node] and (op not in CHEAP or any(kind[a][1] for a in args))
        kind[node] = (alone and op not in BOOLEAN, costly)
    found: set[Node] = set()
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen or fixed[node]:
            continue
        seen.add(node)
        if kind[node] == (True, True):
            found.add(node)
        else:
            stack.extend(dag.args[node])
    return tuple(sorted(found))


def _quotients(dag: Dag, nodes: Sequence[Node], fixed: dict[Node, bool]) -> frozenset[Node]:
    """Divisions by what depends on parameters only, but for those whose rounding decides something.

    Under a step (floor, ceil, a comparison) t * (1/24) in place of t / 24 could put a whole number on the wrong side. A
    share beside something fixed, as in 1 - x / K, is exactly 0 where x is K, which x * (1/K) need not be.
    """
    exact = set(dag.reachable([a for node in nodes if dag.ops[node] in DECIDES for a in dag.args[node]]))
    sums = [dag.args[node] for node in nodes if dag.ops[node] in {Op.ADD, Op.SUB}]
    exact |= {a for pair in sums for a, other in (pair, pair[::-1]) if fixed[other]}
    return frozenset(
        node
        for node in nodes
        if dag.ops[node] is Op.DIV and fixed[dag.args[node][1]] and not fixed[node] and node not in exact
    )


def _frontier(
    dag: Dag, roots: Sequence[Node], fixed: dict[Node, bool], quotients: frozenset[Node]
) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Fixed nodes that something not fixed uses directly: as they are, and as divisors.

    Truth values and leaves are never stored as they are.
    """
    seen: set[Node] = set()
    direct: set[Node] = set()
    divisors: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        args = dag.args[node]
        if fixed[node] and args and dag.ops[node] not in BOOLEAN:
            direct.add(node)
        elif node in quotients:
            divisors.add(args[1])
            stack.append(args[0])
        else:
            stack.extend(args)
    return tuple(sorted(direct)), tuple(sorted(divisors))
