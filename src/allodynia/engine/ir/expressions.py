"""Nodes of the expression graph printed as vector code."""

from __future__ import annotations

from collections.abc import Callable

from allodynia.engine.ir.layout import Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath import exponential, hyperbolic, inverse, logarithm, power, trigonometric
from allodynia.engine.ir.vecmath.power import LARGEST_WHOLE, square_root_power, whole_power
from allodynia.engine.plan import Plan
from allodynia.errors import UnsupportedModel
from allodynia.model.expr import BOOLEAN, Node, Op

FUNCTIONS: dict[Op, Callable[[Module], Code]] = {
    Op.EXP: exponential.build_exp,
    Op.LOG: logarithm.build_log,
    Op.POW: power.build_pow,
    Op.SIN: trigonometric.build_sin,
    Op.COS: trigonometric.build_cos,
    Op.TAN: trigonometric.build_tan,
    Op.ASIN: inverse.build_asin,
    Op.ACOS: inverse.build_acos,
    Op.ATAN: inverse.build_atan,
    Op.SINH: hyperbolic.build_sinh,
    Op.COSH: hyperbolic.build_cosh,
    Op.TANH: hyperbolic.build_tanh,
    Op.ASINH: inverse.build_asinh,
    Op.ACOSH: inverse.build_acosh,
    Op.ATANH: inverse.build_atanh,
}
"""Functions of `math.<name>`; an operation that is neither here nor below is refused."""

COMPARISONS = {Op.LT: "olt", Op.LE: "ole", Op.EQ: "oeq", Op.NE: "une"}


class Printer:
    """Writes nodes into one function, each once, reading states from the array ``states`` and time from ``time``.

    A product used only by one sum is fused with it (``fma``): a property of the graph, so the same on every machine.
    ``hoist`` is off in the function that computes what the others read ready-made. ``moment`` is which of the vectors
    ``time`` is read; ``clock``, where given, the address of the functions of that time, computed before.
    """

    def __init__(
        self,
        workspace: Workspace,
        plan: Plan,
        *,
        states: str,
        time: str,
        hoist: bool = True,
        moment: int = 0,
        clock: Value | None = None,
    ) -> None:
        self.workspace = workspace
        self.code = workspace.code
        self.plan = plan
        self.states = states
        self.time, self.moment = time, moment
        self.clock = clock
        self._values: dict[Node, Value] = {}
        self._slot = {index: slot for slot, index in enumerate(plan.parameters)}
        self._hoisted = {node: slot for slot, node in enumerate(plan.hoisted)} if hoist else {}
        self._timely = {} if clock is None else {node: slot for slot, node in enumerate(plan.timely)}
        self._reciprocal = {node: slot for slot, node in enumerate(plan.reciprocals)} if hoist else {}

    def value(self, root: Node) -> Value:
        """The value of a node: a vector of doubles, or a mask for a truth value."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self._values:
                stack.pop()
                continue
            missing = [a for a in self._needed(node) if a not in self._values]
            if missing:
                stack.extend(reversed(missing))
            else:
                self._values[node] = self._write(node)
                stack.pop()
        return self._values[root]

    def parameter(self, index: int) -> Value:
        """The value of a parameter of the system."""
        return self.workspace.load("P", self._slot[index])

    def hoisted(self, node: Node) -> Value | None:
        """The value of a node that was computed ahead; None for any other."""
        if self.clock is not None and node in self._timely:
            return self.code.load(self.clock, self._timely[node])
        slot = self._hoisted.get(node)
        return None if slot is None else self.workspace.load("hoisted", slot)

    def _is_product(self, node: Node) -> bool:
        """A product, or a quotient whose reciprocal divisor is at hand."""
        return self.plan.dag.ops[node] is Op.MUL or (bool(self._reciprocal) and node in self.plan.quotients)

    def _factors(self, product: Node) -> tuple[Value, Value]:
        a, b = self.plan.dag.args[product]
        if self.plan.dag.ops[product] is Op.DIV:
            return self._values[a], self.workspace.load("reciprocals", self._reciprocal[b])
        return self._values[a], self._values[b]

    def _needed(self, node: Node) -> tuple[Node, ...]:
        """The nodes whose values must be there before that of ``node`` can be written."""
        if node in self._hoisted or node in self._timely:
            return ()
        fused = self._fused(node)
        if fused is not None:
            return (*self._needed(fused[0]), fused[1])
        args = self.plan.dag.args[node]
        return args[:1] if self.plan.dag.ops[node] is Op.DIV and self._is_product(node) else args

    def _fused(self, node: Node) -> tuple[Node, Node] | None:
        """For a sum or difference with a product that nothing else uses: the product and the other term."""
        dag = self.plan.dag
        if dag.ops[node] is Op.ADD or dag.ops[node] is Op.SUB:
            first, second = dag.args[node]
            for product, rest in ((first, second), (second, first)):
                ahead = product in self._hoisted or product in self._timely
                only_here = self.plan.uses.get(product) == 1 and not ahead and product != rest
                if self._is_product(product) and only_here:
                    return product, rest
        return None

    def _write(self, node: Node) -> Value:
        dag, c = self.plan.dag, self.code
        ready = self.hoisted(node)
        if ready is not None:
            return ready
        op = dag.ops[node]
        fused = self._fused(node)
        if fused is not None:
            product, rest = fused
            (a, b), z = self._factors(product), self._values[rest]
            if op is Op.ADD:
                return c.fma(a, b, z)
            return c.fma(a, b, c.neg(z)) if product == dag.args[node][0] else c.fnma(a, b, z)
        if op is Op.DIV and self._is_product(node):
            return c.mul(*self._factors(node))
        values = [self._values[a] for a in dag.args[node]]
        match op:
            case Op.CONST:
                return c.const(float(dag.payload[node]))
            case Op.TIME:
                return self.workspace.load(self.time, self.moment)
            case Op.STATE:
                return self.workspace.load(self.states, int(dag.payload[node]))
            case Op.PARAM:
                return self.parameter(int(dag.payload[node]))
            case Op.POW if dag.ops[dag.args[node][1]] is Op.CONST:
                return self._constant_power(values[0], float(dag.payload[dag.args[node][1]]), values[1])
            case _:
                return operation(c, op, values)

    def _constant_power(self, base: Value, exponent: float, value: Value) -> Value:
        c = self.code
        if exponent == 0.5:
            return square_root_power(c, base)
        if exponent == -1.0:
            return c.div(c.const(1.0), base)
        if exponent.is_integer() and 1 <= exponent <= LARGEST_WHOLE:
            return whole_power(c, base, int(exponent))
        return operation(c, Op.POW, [base, value])


def operation(c: Code, op: Op, values: list[Value]) -> Value:
    """One operation on values."""
    match op:
        case Op.ADD:
            return c.add(*values)
        case Op.SUB:
            return c.sub(*values)
        case Op.MUL:
            return c.mul(*values)
        case Op.DIV:
            return c.div(*values)
        case Op.NEG:
            return c.neg(*values)
        case Op.ABS:
            return c.abs(*values)
        case Op.SQRT:
            return c.sqrt(*values)
        case Op.FLOOR:
            return c.floor(*values)
        case Op.CEIL:
            return c.ceil(*values)
        case Op.MIN | Op.MAX:
            a, b = values  # NaN in either comes through
            first = c.either(c.compare("ole" if op is Op.MIN else "oge", a, b), c.compare("uno", a, a))
            return c.select(first, a, b)
        case Op.LT | Op.LE | Op.EQ | Op.NE:
            return c.compare(COMPARISONS[op], *values)
        case Op.AND:
            return c.both(*values)
        case Op.OR:
            return c.either(*values)
        case Op.NOT:
            return c.invert(*values)
        case Op.TRUE | Op.FALSE:
            return "<" + ", ".join([f"i1 {int(op is Op.TRUE)}"] * c.W) + ">"
        case Op.SELECT:
            return c.select(*values)
    if op not in FUNCTIONS:
        raise UnsupportedModel(f"the function {op.name.lower()} cannot be compiled")
    name = f"math.{op.name.lower()}"
    c.module.require(name, FUNCTIONS[op])
    return c.op(f"call {c.vec} @{name}({', '.join(f'{c.vec} {value}' for value in values)})")


def number(printer: Printer, node: Node) -> Value:
    """The value of a node as numbers: a truth value becomes 1 or 0."""
    value = printer.value(node)
    if printer.plan.dag.ops[node] in BOOLEAN:
        return printer.code.select(value, printer.code.const(1.0), printer.code.const(0.0))
    return value
