"""Where things stand in memory: the context that Python fills, and the workspace of one worker."""

from __future__ import annotations

from allodynia.engine.book import Book
from allodynia.engine.ir.text import Code, Value
from allodynia.engine.plan import Plan

CONTEXT = (
    "workspace", "cursor", "done", "stop", "end", "parameters", "parameter_stride", "initial", "times", "n_times",
    "start", "rtol", "atol", "floor", "max_steps", "offsets", "action_time", "action_kind", "action_target",
    "action_value", "values", "status", "failed_at", "steps", "rejected", "factorisations", "final",
)  # fmt: skip
"""The 64-bit words that the entry point is given the address of: pointers, integers and doubles in this order.

``cursor`` is the shared queue: the number of the next subject to take, below ``end``. ``times`` goes on with as many
elements +inf as a vector has. ``initial`` is 0 when the model's own initial values are wanted. ``floor`` is the lowest
value a state may have.
"""

LANE_DOUBLES = ("t", "h", "step", "t_new", "boundary", "sample_time", "old_error", "tau", "guess", "lead")
LANE_WORDS = (
    "subject", "sample", "action", "action_end", "steps", "rejected", "attempts", "fresh", "due", "restart", "shy",
    "accepted", "failure", "setting_out",
)  # fmt: skip


HYBRID_DOUBLES = ("appointment", "aim", "foretold", "until", "low", "high", "share", "width", "last_crossing")
HYBRID_WORDS = (
    "instant", "cut", "found", "looking", "sure", "tried", "spent", "crossed", "setting", "live", "once", "crowd",
    "doing", "settling", "pending", "carried_out", "executed",
)  # fmt: skip
"""Further lane variables of systems with events, jumps or algebraic rows."""


class Layout:
    """The workspace, in vectors of W doubles: ``offset[name]`` is where an array begins, ``size`` the whole."""

    def __init__(self, plan: Plan) -> None:
        n = plan.n
        sizes = dict.fromkeys(LANE_DOUBLES + LANE_WORDS, 1)
        sizes |= {
            "flags": 1,
            "y": n, "u": n, "f": n, "g": n, "ft": n, "y_new": n,
            "k": n * plan.tableau.stages,
            "J": len(plan.system.jacobian.nodes),
            "LU": plan.factorisation.entries,
            "P": len(plan.parameters) + 1,  # the last takes the actions on parameters that nothing reads
            "hoisted": len(plan.hoisted),
            "reciprocals": len(plan.reciprocals),
            "D": len(plan.tableau.H) * len(plan.sampled_states) if plan.hybrid is not None else 0,
            "moments": len(plan.moments) if plan.timely else 0,
            "clock": len(plan.moments) * len(plan.timely),
            "out": len(plan.outputs),
            "taken": len(plan.outputs),
            "error": 1,
        }  # fmt: skip
        if plan.hybrid is not None:
            book = Book.of(plan)
            sizes |= dict.fromkeys(HYBRID_DOUBLES + HYBRID_WORDS, 1)
            sizes |= dict.fromkeys(("was", "fell", "delay", "priority"), book.events)
            sizes |= dict.fromkeys(("seen", "now"), book.events + len(plan.hybrid.marks))
            sizes |= {"value": book.values, "due_time": book.capacity, "due_event": book.capacity}
            sizes |= {"course": 4 * n if plan.hybrid.gaps else 0}
            sizes |= {"kept": book.capacity * book.most_values}
        self.hybrid = plan.hybrid is not None
        self.offset: dict[str, int] = {}
        self.size = 0
        for name, count in sizes.items():
            self.offset[name] = self.size
            self.size += count


class Workspace:
    """Addresses in the workspace and the context, for the code of one function with parameters ``%ctx`` and ``%ws``."""

    def __init__(self, code: Code, layout: Layout) -> None:
        self.code = code
        self.layout = layout

    def at(self, name: str, index: int | Value = 0) -> Value:
        """The address of vector ``index`` of array ``name``."""
        base = self.layout.offset[name]
        if isinstance(index, int):
            return self.code.at("%ws", base + index)
        return self.code.at(self.code.at("%ws", base), index)

    def load(self, name: str, index: int | Value = 0) -> Value:
        """Vector ``index`` of array ``name``."""
        return self.code.load(self.at(name, index))

    def store(self, value: Value, name: str, index: int | Value = 0) -> None:
        """Set vector ``index`` of array ``name``."""
        self.code.store(value, self.at(name, index))

    def words(self, name: str) -> Value:
        """A lane variable of 64-bit integers."""
        return self.code.lload(self.at(name))

    def store_words(self, value: Value, name: str) -> None:
        """Set a lane variable of 64-bit integers."""
        self.code.lstore(value, self.at(name))

    def flag(self, name: str) -> Value:
        """A lane variable of 64-bit integers as a mask: which are not zero."""
        return self.code.lcompare("ne", self.words(name), self.code.lconst(0))

    def store_flag(self, mask: Value, name: str) -> None:
        """Set a lane variable of 64-bit integers to 1 where ``mask`` is set, else 0."""
        self.store_words(self.code.op(f"zext {self.code.mask} {mask} to {self.code.lvec}"), name)

    def lane(self, name: str, lane: Value, kind: str = "double", index: int | Value = 0) -> Value:
        """The address of one lane of a variable."""
        return self.code.op(f"getelementptr {kind}, ptr {self.at(name, index)}, i64 {lane}")

    def context(self, name: str, kind: str = "ptr") -> Value:
        """The word ``name`` of the context."""
        return self.code.load1("%ctx", CONTEXT.index(name), kind)

    def scalar(self, index: int) -> Value:
        """The address of one of the W worker-wide integers: 0 whether the queue is empty."""
        return self.code.at1(self.at("flags"), index, "i64")
