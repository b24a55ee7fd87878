"""The linear algebra of a step for large models: the operations of the unrolled code in the same order, from tables.

Unrolled code outgrows the instruction cache beyond some thousand elimination steps; a loop over tables of entry numbers
does not. Both give the same bits.
"""

from __future__ import annotations

from allodynia.engine.ir.layout import Layout, Workspace
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.plan import Plan


class _Table:
    """A constant table of integers, read by position."""

    def __init__(self, code: Code, name: str, values: list[int]) -> None:
        self.code = code
        self.length = len(values)
        self.address = code.module.longs(name, values)

    def __getitem__(self, position: Value) -> Value:
        return self.code.load1(self.address, position, "i64")


def build_factor(module: Module, plan: Plan, layout: Layout) -> Code:
    """L D U of M - h gamma J into ``LU``, from tables."""
    c = Code(module, "factor", ["ptr %ctx", "ptr %ws"])
    ws = Workspace(c, layout)
    structure = plan.factorisation
    order = structure.order
    _assemble(c, ws, plan, c.mul(c.const(plan.tableau.gamma), ws.load("step")))

    pivots_of = [structure.eliminations(i) for i in range(len(order))]
    pivots = [(i, k, touched) for i, row in enumerate(pivots_of) for k, touched in row]
    first_pivot, first_touched = [0], [0]
    for row in pivots_of:
        first_pivot.append(first_pivot[-1] + len(row))
    for _, _, touched in pivots:
        first_touched.append(first_touched[-1] + len(touched))
    starts = _Table(c, "lu.rows", first_pivot)
    below = _Table(c, "lu.below", [structure.rows[i][k] for i, k, _ in pivots])
    above = _Table(c, "lu.above", [structure.rows[k][k] for _, k, _ in pivots])
    ranges = _Table(c, "lu.ranges", first_touched)
    changed = _Table(c, "lu.changed", [structure.rows[i][j] for i, _, touched in pivots for j in touched])
    taken = _Table(c, "lu.taken", [structure.rows[k][j] for _, k, touched in pivots for j in touched])
    diagonal = _Table(c, "lu.diagonal", [columns[i] for i, columns in enumerate(structure.rows)])
    ends = _Table(c, "lu.ends", [max(e for j, e in row.items() if j >= i) + 1 for i, row in enumerate(structure.rows)])
    with c.count(len(order)) as i:
        with c.count(starts[c.index("add", i, 1)], starts[i]) as pivot:
            place = below[pivot]
            entry = ws.load("LU", place)
            against = c.neg(entry)
            with c.count(ranges[c.index("add", pivot, 1)], ranges[pivot]) as step:
                target = changed[step]
                ws.store(c.fma(against, ws.load("LU", taken[step]), ws.load("LU", target)), "LU", target)
            ws.store(c.mul(entry, ws.load("LU", above[pivot])), "LU", place)
        place = diagonal[i]
        inverse = c.div(c.const(1.0), ws.load("LU", place))
        ws.store(inverse, "LU", place)
        with c.count(ends[i], c.index("add", place, 1)) as right:
            ws.store(c.mul(ws.load("LU", right), inverse), "LU", right)
    c.give()
    return c


def _assemble(c: Code, ws: Workspace, plan: Plan, shift: Value) -> None:
    """The matrix M - shift J, spread over the filled pattern."""
    structure, jacobian = plan.factorisation, plan.system.jacobian
    slot = {(i, j): s for s, (i, j) in enumerate(zip(jacobian.rows, jacobian.cols, strict=True))}
    less, one = c.neg(shift), c.const(1.0)
    kinds: dict[str, list[tuple[int, int]]] = {"fill": [], "off": [], "own": [], "bare": []}
    for i, columns in enumerate(structure.rows):
        for j, entry in columns.items():
            at = slot.get((structure.equations[i], structure.order[j]))
            shifted = i == j and not (plan.algebraic and plan.algebraic[structure.order[i]])
            kind = ("bare" if at is None else "own") if shifted else ("fill" if at is None else "off")
            kinds[kind].append((entry, at or 0))
    for kind, pairs in kinds.items():
        entries = _Table(c, f"lu.{kind}.entry", [entry for entry, _ in pairs])
        sources = _Table(c, f"lu.{kind}.source", [source for _, source in pairs])
        with c.count(len(pairs)) as position:
            match kind:
                case "fill":
                    value = c.const(0.0)
                case "bare":
                    value = one
                case "off":
                    value = c.mul(less, ws.load("J", sources[position]))
                case _:
                    value = c.fma(less, ws.load("J", sources[position]), one)
            ws.store(value, "LU", entries[position])


def build_solve(module: Module, plan: Plan, layout: Layout) -> Code:
    """Solve L D U x = h gamma f + g; x goes to vectors %into, in the order of the states."""
    c = Code(module, "solve", ["ptr %ctx", "ptr %ws", "ptr %into"])
    ws = Workspace(c, layout)
    structure = plan.factorisation
    order = structure.order
    shift = c.mul(c.const(plan.tableau.gamma), ws.load("step"))
    state_of = _Table(c, "solve.state", list(order))
    equation_of = _Table(c, "solve.equation", list(structure.equations)) if plan.algebraic else state_of
    diagonal = _Table(c, "solve.diagonal", [columns[i] for i, columns in enumerate(structure.rows)])
    halves: dict[str, tuple[_Table, _Table, _Table]] = {}
    for half in ("lower", "upper"):
        parts = [
            [(entry, order[j]) for j, entry in columns.items() if (j < i if half == "lower" else j > i)]
            for i, columns in enumerate(structure.rows)
        ]
        if half == "upper":
            parts = [part[::-1] for part in parts]
        starts = [0]
        for part in parts:
            starts.append(starts[-1] + len(part))
        flat = [pair for part in parts for pair in part]
        halves[half] = (
            _Table(c, f"solve.{half}.rows", starts),
            _Table(c, f"solve.{half}.entry", [entry for entry, _ in flat]),
            _Table(c, f"solve.{half}.state", [state for _, state in flat]),
        )

    def substitute(half: str, i: Value, state: Value) -> None:
        rows, entries, states = halves[half]
        with c.count(rows[c.index("add", i, 1)], rows[i]) as position:
            x = c.load("%into", states[position])
            value = c.fnma(ws.load("LU", entries[position]), x, c.load("%into", state))
            c.store(value, "%into", state)

    with c.count(len(order)) as i:
        state = state_of[i]
        equation = equation_of[i] if plan.algebraic else state
        c.store(c.fma(shift, ws.load("f", equation), ws.load("g", equation)), "%into", state)
        substitute("lower", i, state)
    with c.count(len(order)) as back:
        i = c.index("sub", str(len(order) - 1), back)
        state = state_of[i]
        c.store(c.mul(c.load("%into", state), ws.load("LU", diagonal[i])), "%into", state)
        substitute("upper", i, state)
    c.give()
    return c
