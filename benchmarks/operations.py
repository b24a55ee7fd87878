"""Useful operations of the engine on a problem, counted from its graph and its tables, not from its code.

A multiply-add counts two, any other arithmetic operation one, an elementary function what its polynomial needs. Moves,
loads, comparisons of lanes, and arithmetic done for lanes that did not need it count nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from allodynia.engine.plan import Plan, make_plan
from allodynia.engine.tableaux import RODAS5P
from allodynia.model import Op
from allodynia.model.ode import OdeSystem

FUNCTION = 40
"""Operations of an elementary function."""

FREE = frozenset({Op.CONST, Op.TIME, Op.STATE, Op.PARAM, Op.TRUE, Op.FALSE, Op.NEG})
ARITHMETIC = frozenset({
    Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.SQRT, Op.ABS, Op.FLOOR, Op.CEIL, Op.MIN, Op.MAX,
    Op.LT, Op.LE, Op.EQ, Op.NE, Op.AND, Op.OR, Op.NOT, Op.SELECT,
})  # fmt: skip


@dataclass(frozen=True)
class Work:
    """Operations for one subject: of an attempted step, and of one sample of all states."""

    attempt: int
    sample: int


def _expressions(plan: Plan, roots: list[int], known: frozenset[int] = frozenset()) -> int:
    """Operations to compute ``roots`` at a step, when nodes ``known`` and those of parameters are there already."""
    dag, ready = plan.dag, known | set(plan.hoisted)
    seen: set[int] = set()
    stack, total = list(roots), 0
    while stack:
        node = stack.pop()
        if node in seen or node in ready:
            continue
        seen.add(node)
        stack.extend(dag.args[node])
        op = dag.ops[node]
        if op is Op.POW and dag.ops[dag.args[node][1]] is Op.CONST:
            total += 2
        elif op not in FREE:
            total += 1 if op in ARITHMETIC else FUNCTION
    return total


def work(system: OdeSystem) -> Work:
    """Count for a system whose states are all sampled."""
    plan = make_plan(system, [state.id for state in system.states], RODAS5P)
    system, method, structure = plan.system, RODAS5P, plan.factorisation
    n, jacobian = plan.n, plan.system.jacobian
    slopes = [node for node in system.time_derivative if node is not None]
    timely = frozenset(plan.timely)
    clock = len(plan.moments) * _expressions(plan, list(timely))
    first = _expressions(plan, [*system.rhs, *jacobian.nodes, *slopes], timely)
    later = _expressions(plan, list(system.rhs), timely)
    off_diagonal = structure.entries - n
    # the matrix 1 - h gamma J; eliminations; multipliers, as many as entries off the diagonal; reciprocals of pivots
    factor = len(jacobian.nodes) + n + 2 * structure.steps + off_diagonal + n
    solve = 2 * n + 2 * off_diagonal + n  # h gamma f + g, the two triangles, the diagonal
    combine = 0
    for stage in range(1, method.stages):
        before = method.A[stage - 1]
        follows = stage > 1 and method.A[stage][: len(before)] == before
        new = method.A[stage][len(before) if follows else 0 :]
        combine += sum(1 if a == 1.0 else 2 for a in new if a != 0.0) + 2 * sum(c != 0.0 for c in method.C[stage]) - 1
    drift = 2 * len(slopes) * sum(d != 0.0 for d in method.d)
    measure = 9 * n  # new state, weight, share, sum of squares
    solves = method.stages * solve - n  # nothing is added to the first slope
    attempt = clock + first + (method.stages - 1) * later + factor + solves + n * combine
    return Work(attempt=attempt + drift + measure, sample=2 * n * method.stages)
