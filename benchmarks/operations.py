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


def _expressions(plan: Plan, roots: list[int]) -> int:
    dag, hoisted = plan.dag, set(plan.hoisted)
    seen: set[int] = set()
    stack, total = list(roots), 0
    while stack:
        node = stack.pop()
        if node in seen or node in hoisted:
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
    method, n, structure = RODAS5P, len(system.states), plan.factorisation
    slopes = [node for node in system.time_derivative if node is not None]
    first = _expressions(plan, [*system.rhs, *system.jacobian.nodes, *slopes])
    later = _expressions(plan, list(system.rhs))
    below = sum(len(structure.eliminations(i)) for i in range(n))
    factor = 2 * structure.steps + below + 2 * n  # eliminations, multipliers, shift and reciprocal of the diagonal
    solve = 2 * (structure.entries - n) + 2 * n
    combine = 0
    for stage in range(1, method.stages):
        before = method.A[stage - 1]
        follows = stage > 1 and method.A[stage][: len(before)] == before
        new = method.A[stage][len(before) if follows else 0 :]
        combine += sum(1 if a == 1.0 else 2 for a in new if a != 0.0) + 2 * sum(a != 0.0 for a in method.C[stage])
    measure = 9 * n  # new state, weight, share, sum of squares
    attempt = first + (method.stages - 1) * later + factor + method.stages * solve + n * combine + measure
    orders = len(method.H)
    return Work(attempt=attempt, sample=n * (2 * orders + 3))
