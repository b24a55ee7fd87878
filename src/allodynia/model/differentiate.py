"""Exact derivatives of expressions, as expressions.

Forward accumulation over the DAG in topological order: each node carries a sparse map from variables to derivative
nodes, and what cannot depend on a variable has no entry. A structural zero is therefore never a node, never
multiplied and never stored, and subexpressions shared between rows of a Jacobian are differentiated once.

The derivative of a kinked function is that of the piece the value comes from; at the kink itself, of the piece named
first: ``abs`` at 0 has slope +1, ``min(a, b)`` and ``max(a, b)`` with a = b have that of a. ``floor`` and ``ceil``
have slope 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from allodynia.model.build import Builder
from allodynia.model.expr import BOOLEAN, Dag, Node, Op

Gradient = dict[Node, Node]


def gradients(dag: Dag, roots: Sequence[Node], variables: Iterable[Node]) -> list[Gradient]:
    """The derivative of each of ``roots`` by each of ``variables``.

    Parameters
    ----------
    dag : the store; derivative nodes are appended to it.
    roots : the expressions to differentiate.
    variables : leaves (TIME, STATE or PARAM nodes) held independent of each other.

    Returns
    -------
    For each root a map from variable to the node of the derivative; a variable that is missing has derivative zero.
    """
    builder = Builder(dag)
    found: dict[Node, Gradient] = {variable: {variable: dag.const(1.0)} for variable in variables}
    nothing: Gradient = {}
    for node in dag.reachable(roots):
        if node not in found and dag.args[node] and dag.ops[node] not in BOOLEAN:
            gradient = _gradient(builder, node, [found.get(argument, nothing) for argument in dag.args[node]])
            if gradient:
                found[node] = gradient
    return [dict(found.get(root, nothing)) for root in roots]


def derivative(dag: Dag, root: Node, variable: Node) -> Node | None:
    """The derivative of ``root`` by the leaf ``variable``; None where it is zero whatever the values."""
    return gradients(dag, [root], [variable])[0].get(variable)


def _gradient(b: Builder, node: Node, inner: list[Gradient]) -> Gradient:
    """The gradient of ``node`` from those of its arguments, by the chain rule."""
    op = b.dag.ops[node]
    args = b.dag.args[node]
    variables = sorted({variable for gradient in inner for variable in gradient})
    if not variables:
        return {}
    if op in _PIECES:
        return _of_pieces(b, node, inner, variables)
    if op in (Op.ADD, Op.SUB):
        combine = b.add if op is Op.ADD else b.sub
        return {v: _combine(b, combine, op, inner[0].get(v), inner[1].get(v)) for v in variables}
    partials = _PARTIALS[op](b, node, args, [bool(gradient) for gradient in inner])
    result: Gradient = {}
    for v in variables:
        total: Node | None = None
        for partial, gradient in zip(partials, inner, strict=True):
            if partial is not None and v in gradient:
                term = b.mul(partial, gradient[v])
                total = term if total is None else b.add(total, term)
        if total is not None:
            result[v] = total
    return result


def _combine(b: Builder, combine: Callable[[Node, Node], Node], op: Op, x: Node | None, y: Node | None) -> Node:
    if x is not None and y is not None:
        return combine(x, y)
    if x is not None:
        return x
    assert y is not None  # noqa: S101 - a variable is listed only if one side has it
    return y if op is Op.ADD else b.neg(y)


_PIECES = frozenset({Op.SELECT, Op.MIN, Op.MAX, Op.ABS})


def _of_pieces(b: Builder, node: Node, inner: list[Gradient], variables: list[Node]) -> Gradient:
    """Derivatives chosen, not multiplied: an infinite slope on the piece not taken must not make NaN."""
    args = b.dag.args[node]
    zero = b.const(0.0)
    match b.dag.ops[node]:
        case Op.SELECT:
            condition, first, second = args[0], inner[1], inner[2]
        case Op.MIN:
            condition, first, second = b.less_equal(args[0], args[1]), inner[0], inner[1]
        case Op.MAX:
            condition, first, second = b.less_equal(args[1], args[0]), inner[0], inner[1]
        case _:
            condition, first = b.less(args[0], zero), {v: b.neg(d) for v, d in inner[0].items()}
            second = inner[0]
    return {v: b.select(condition, first.get(v, zero), second.get(v, zero)) for v in variables}


Partials = list[Node | None]
_Rule = Callable[[Builder, Node, tuple[Node, ...], list[bool]], Partials]


def _mul(_builder: Builder, _node: Node, args: tuple[Node, ...], _wanted: list[bool]) -> Partials:
    return [args[1], args[0]]


def _div(b: Builder, node: Node, args: tuple[Node, ...], wanted: list[bool]) -> Partials:
    """(a/b)' = a'/b - (a/b) b'/b: the quotient is there already, one reciprocal serves all, b² is never formed."""
    over = b.div(b.const(1.0), args[1])
    return [over, b.neg(b.mul(node, over)) if wanted[1] else None]


def _pow(b: Builder, node: Node, args: tuple[Node, ...], wanted: list[bool]) -> Partials:
    """D xⁿ = n xⁿ⁻¹ dx + xⁿ ln x dn, with the limits that 0 · ∞ would spoil at x = 0 and n = 0."""
    base, exponent = args
    zero = b.const(0.0)
    by_base: Node | None = None
    by_exponent: Node | None = None
    if wanted[0]:
        by_base = b.mul(exponent, b.pow(base, b.sub(exponent, b.const(1.0))))
        if not b.dag.is_const(exponent):
            by_base = b.select(b.equal(exponent, zero), zero, by_base)
    if wanted[1]:
        by_exponent = b.mul(node, b.call(Op.LOG, base))
        vanishes = b.both(b.equal(base, zero), b.less(zero, exponent))
        by_exponent = b.select(vanishes, zero, by_exponent)
    return [by_base, by_exponent]


def _unary(rule: Callable[[Builder, Node, Node], Node | None]) -> _Rule:
    """A rule for a function of one argument, from its slope given (builder, the function's own node, its argument)."""
    return lambda b, node, args, _wanted: [rule(b, node, args[0])]


def _over(b: Builder, denominator: Node) -> Node:
    return b.div(b.const(1.0), denominator)


def _one_plus_square(b: Builder, x: Node) -> Node:
    return b.add(b.const(1.0), b.mul(x, x))


def _one_minus_square(b: Builder, x: Node) -> Node:
    """1 - x² as (1 - x)(1 + x), which does not cancel near 1."""
    return b.mul(b.sub(b.const(1.0), x), b.add(b.const(1.0), x))


def _acosh_slope(b: Builder, _node: Node, x: Node) -> Node:
    one = b.const(1.0)
    return _over(b, b.mul(b.call(Op.SQRT, b.sub(x, one)), b.call(Op.SQRT, b.add(x, one))))


_PARTIALS: dict[Op, _Rule] = {
    Op.MUL: _mul,
    Op.DIV: _div,
    Op.POW: _pow,
    Op.NEG: _unary(lambda b, _node, _x: b.const(-1.0)),
    Op.EXP: _unary(lambda _b, node, _x: node),
    Op.LOG: _unary(lambda b, _node, x: _over(b, x)),
    Op.SQRT: _unary(lambda b, node, _x: b.div(b.const(0.5), node)),
    Op.FLOOR: _unary(lambda _b, _node, _x: None),
    Op.CEIL: _unary(lambda _b, _node, _x: None),
    Op.SIN: _unary(lambda b, _node, x: b.call(Op.COS, x)),
    Op.COS: _unary(lambda b, _node, x: b.neg(b.call(Op.SIN, x))),
    Op.TAN: _unary(lambda b, node, _x: _one_plus_square(b, node)),
    Op.ASIN: _unary(lambda b, _node, x: _over(b, b.call(Op.SQRT, _one_minus_square(b, x)))),
    Op.ACOS: _unary(lambda b, _node, x: b.div(b.const(-1.0), b.call(Op.SQRT, _one_minus_square(b, x)))),
    Op.ATAN: _unary(lambda b, _node, x: _over(b, _one_plus_square(b, x))),
    Op.SINH: _unary(lambda b, _node, x: b.call(Op.COSH, x)),
    Op.COSH: _unary(lambda b, _node, x: b.call(Op.SINH, x)),
    Op.TANH: _unary(lambda b, node, _x: _one_minus_square(b, node)),
    Op.ASINH: _unary(lambda b, _node, x: _over(b, b.call(Op.SQRT, _one_plus_square(b, x)))),
    Op.ACOSH: _unary(_acosh_slope),
    Op.ATANH: _unary(lambda b, _node, x: _over(b, _one_minus_square(b, x))),
}
