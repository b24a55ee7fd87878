"""A small writer of LLVM IR text: vectors of doubles, one lane a subject, IEEE operations only.

No instruction written here carries a fast-math flag, and LLVM contracts nothing on its own, so every lane computes
the same bits whatever the vector width and the processor.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Value = str
"""The name of an SSA value ("%v12") or the text of a constant."""


def hexadecimal(value: float) -> str:
    """A double as LLVM writes it without loss."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Module:
    """The text of one compilation unit for vectors of ``width`` doubles."""

    def __init__(self, width: int, machine: str) -> None:
        self.width = width
        self.machine = machine
        self._functions: dict[str, str] = {}
        self._globals: list[str] = []
        self._declared: dict[str, str] = {}

    def declare(self, name: str, signature: str) -> None:
        """Note that intrinsic ``name`` is called; ``signature`` is "result (arguments)"."""
        result, arguments = signature.split(" (", 1)
        self._declared[name] = f"declare {result} @{name}({arguments}"

    def require(self, name: str, build: Callable[[Module], Code]) -> str:
        """The function ``name``, built the first time it is asked for."""
        if name not in self._functions:
            self._functions[name] = ""  # holds the place, so that a function may not ask for itself
            self._functions[name] = build(self).finish()
        return name

    def define(self, code: Code) -> None:
        """Add a finished function."""
        self._functions[code.name] = code.finish()

    def integers(self, name: str, values: list[int]) -> Value:
        """A constant table of 32-bit integers; returns its address."""
        body = ", ".join(f"i32 {value}" for value in values) or "i32 0"
        self._globals.append(f"@{name} = internal constant [{max(len(values), 1)} x i32] [{body}], align 8")
        return f"@{name}"

    def longs(self, name: str, values: list[int]) -> Value:
        """A constant table of 64-bit integers; returns its address."""
        body = ", ".join(f"i64 {value}" for value in values) or "i64 0"
        self._globals.append(f"@{name} = internal constant [{max(len(values), 1)} x i64] [{body}], align 8")
        return f"@{name}"

    def doubles(self, name: str, values: list[float]) -> Value:
        """A constant table of doubles; returns its address."""
        body = ", ".join(f"double {hexadecimal(value)}" for value in values)
        self._globals.append(f"@{name} = internal constant [{len(values)} x double] [{body}], align 8")
        return f"@{name}"

    def add_global(self, line: str) -> None:
        """Add one line of global text as it is."""
        self._globals.append(line)

    def text(self, triple: str) -> str:
        """The whole unit."""
        # Windows objects that use floating point refer to this marker of Microsoft's C library.
        marker = ["@_fltused = linkonce_odr constant i32 0"] if "windows" in triple else []
        parts = [
            f'target triple = "{triple}"',
            *marker,
            *self._globals,
            *self._functions.values(),
            *self._declared.values(),
        ]
        return "\n".join(parts) + "\n"


class Code:
    """The body of one function, written line by line.

    Values are text. Methods named after LLVM instructions take and return vectors of doubles unless their name or an
    argument says otherwise (``L`` for vectors of 64-bit integers, ``1`` for one number).
    """

    def __init__(
        self,
        module: Module,
        name: str,
        parameters: list[str],
        *,
        result: str = "void",
        public: bool = False,
        width: int | None = None,
    ) -> None:
        self.module = module
        self.name = name
        self.W = width or module.width
        self.vec = f"<{self.W} x double>"
        self.lvec = f"<{self.W} x i64>"
        self.mask = f"<{self.W} x i1>"
        linkage = "" if public else "internal "
        self._head = (
            f"define {linkage}{result} @{name}({', '.join(parameters)}) noinline nounwind {module.machine} {{\nentry:"
        )
        self._lines: list[str] = []
        self._locals: list[str] = []
        self._count = 0
        self.block = "entry"
        self._consts: dict[float | str, str] = {}

    # writing ----------------------------------------------------------------------------------------------------------
    def line(self, text: str) -> None:
        """Write one line as it is."""
        self._lines.append(text)

    def op(self, text: str) -> Value:
        """Write ``name = text`` and return the new name."""
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"{name} = {text}")
        return name

    def finish(self) -> str:
        """The text of the whole function."""
        return "\n".join([self._head, *self._locals, *self._lines, "}\n"])

    def local(self, kind: str, align: int) -> Value:
        """Memory on the stack, taken once at the start of the function wherever it is asked for."""
        self._count += 1
        name = f"%m{self._count}"
        self._locals.append(f"{name} = alloca {kind}, align {align}")
        return name

    # constants --------------------------------------------------------------------------------------------------------
    def const(self, value: float) -> Value:
        """A double in every lane."""
        one = hexadecimal(value)
        known = self._consts.get(one)
        if known is None:
            known = "<" + ", ".join([f"double {one}"] * self.W) + ">"
            self._consts[one] = known
        return known

    def lconst(self, value: int) -> Value:
        """A 64-bit integer in every lane."""
        value &= 0xFFFFFFFFFFFFFFFF
        signed = value - (1 << 64) if value >> 63 else value
        return "<" + ", ".join([f"i64 {signed}"] * self.W) + ">"

    # arithmetic -------------------------------------------------------------------------------------------------------
    def add(self, a: Value, b: Value) -> Value:
        """The sum."""
        return self.op(f"fadd {self.vec} {a}, {b}")

    def sub(self, a: Value, b: Value) -> Value:
        """The difference."""
        return self.op(f"fsub {self.vec} {a}, {b}")

    def mul(self, a: Value, b: Value) -> Value:
        """The product."""
        return self.op(f"fmul {self.vec} {a}, {b}")

    def div(self, a: Value, b: Value) -> Value:
        """The quotient."""
        return self.op(f"fdiv {self.vec} {a}, {b}")

    def neg(self, a: Value) -> Value:
        """The value with its sign turned."""
        return self.op(f"fneg {self.vec} {a}")

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """The sum a b + c, rounded once."""
        return self._intrinsic("fma", a, b, c)

    def fnma(self, a: Value, b: Value, c: Value) -> Value:
        """The difference c - a b, rounded once."""
        return self.fma(self.neg(a), b, c)

    def sqrt(self, a: Value) -> Value:
        """The square root."""
        return self._intrinsic("sqrt", a)

    def abs(self, a: Value) -> Value:
        """The value without its sign."""
        return self._intrinsic("fabs", a)

    def floor(self, a: Value) -> Value:
        """The next whole number below."""
        return self._intrinsic("floor", a)

    def ceil(self, a: Value) -> Value:
        """The next whole number above."""
        return self._intrinsic("ceil", a)

    def copysign(self, magnitude: Value, sign: Value) -> Value:
        """``magnitude`` with the sign of ``sign``."""
        return self._intrinsic("copysign", magnitude, sign)

    def _intrinsic(self, what: str, *values: Value) -> Value:
        name = f"llvm.{what}.v{self.W}f64"
        self.module.declare(name, f"{self.vec} ({', '.join([self.vec] * len(values))})")
        return self.op(f"call {self.vec} @{name}({', '.join(f'{self.vec} {v}' for v in values)})")

    # comparison -------------------------------------------------------------------------------------------------------
    def compare(self, predicate: str, a: Value, b: Value) -> Value:
        """A mask; ``predicate`` is LLVM's: olt, ole, oeq, une, uno, ..."""
        return self.op(f"fcmp {predicate} {self.vec} {a}, {b}")

    def select(self, mask: Value, yes: Value, no: Value) -> Value:
        """``yes`` where ``mask`` is set, else ``no``."""
        return self.op(f"select {self.mask} {mask}, {self.vec} {yes}, {self.vec} {no}")

    def lselect(self, mask: Value, yes: Value, no: Value) -> Value:
        """Like `select`, for 64-bit integers."""
        return self.op(f"select {self.mask} {mask}, {self.lvec} {yes}, {self.lvec} {no}")

    def both(self, a: Value, b: Value) -> Value:
        """Where both masks are set."""
        return self.op(f"and {self.mask} {a}, {b}")

    def either(self, a: Value, b: Value) -> Value:
        """Where either mask is set."""
        return self.op(f"or {self.mask} {a}, {b}")

    def invert(self, a: Value) -> Value:
        """Where the mask is not set."""
        return self.op(f"xor {self.mask} {a}, <{', '.join(['i1 1'] * self.W)}>")

    def any(self, mask: Value) -> Value:
        """One i1: whether any lane is set."""
        bits = self.op(f"bitcast {self.mask} {mask} to i{self.W}")
        return self.op(f"icmp ne i{self.W} {bits}, 0")

    # bits -------------------------------------------------------------------------------------------------------------
    def bits(self, a: Value) -> Value:
        """The same bits as 64-bit integers."""
        return self.op(f"bitcast {self.vec} {a} to {self.lvec}")

    def double(self, a: Value) -> Value:
        """The same bits as doubles."""
        return self.op(f"bitcast {self.lvec} {a} to {self.vec}")

    def L(self, instruction: str, a: Value, b: Value) -> Value:
        """An instruction on vectors of 64-bit integers: add, sub, and, or, xor, shl, lshr."""
        return self.op(f"{instruction} {self.lvec} {a}, {b}")

    def lcompare(self, predicate: str, a: Value, b: Value) -> Value:
        """A mask from 64-bit integers; ``predicate`` is LLVM's: eq, ne, slt, sge, ..."""
        return self.op(f"icmp {predicate} {self.lvec} {a}, {b}")

    # memory -----------------------------------------------------------------------------------------------------------
    def at(self, base: Value, index: int | Value) -> Value:
        """The address of vector number ``index`` from ``base``."""
        return base if index == 0 else self.op(f"getelementptr {self.vec}, ptr {base}, i64 {index}")

    def load(self, base: Value, index: int | Value = 0) -> Value:
        """Vector ``index`` from ``base``."""
        return self.op(f"load {self.vec}, ptr {self.at(base, index)}, align {8 * self.W}")

    def store(self, value: Value, base: Value, index: int | Value = 0) -> None:
        """Set vector ``index`` from ``base``."""
        self.line(f"store {self.vec} {value}, ptr {self.at(base, index)}, align {8 * self.W}")

    def lload(self, base: Value, index: int | Value = 0) -> Value:
        """Like `load`, for 64-bit integers."""
        return self.op(f"load {self.lvec}, ptr {self.at(base, index)}, align {8 * self.W}")

    def lstore(self, value: Value, base: Value, index: int | Value = 0) -> None:
        """Like `store`, for 64-bit integers."""
        self.line(f"store {self.lvec} {value}, ptr {self.at(base, index)}, align {8 * self.W}")

    def at1(self, base: Value, index: int | Value, kind: str = "double") -> Value:
        """The address of element ``index`` of an array of ``kind`` (double, i64, i32, ptr)."""
        return base if index == 0 else self.op(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def load1(self, base: Value, index: int | Value = 0, kind: str = "double") -> Value:
        """Element ``index`` of an array of ``kind``."""
        return self.op(f"load {kind}, ptr {self.at1(base, index, kind)}")

    def store1(self, value: Value, base: Value, index: int | Value = 0, kind: str = "double") -> None:
        """Set element ``index`` of an array of ``kind``."""
        self.line(f"store {kind} {value}, ptr {self.at1(base, index, kind)}")

    def splat(self, value: Value) -> Value:
        """One number in every lane."""
        first = self.op(f"insertelement {self.vec} poison, double {value}, i64 0")
        zeros = ", ".join(["i32 0"] * self.W)
        return self.op(f"shufflevector {self.vec} {first}, {self.vec} poison, <{self.W} x i32> <{zeros}>")

    def index(self, instruction: str, a: Value, b: int | Value) -> Value:
        """An instruction on one 64-bit integer."""
        return self.op(f"{instruction} i64 {a}, {b}")

    # control ----------------------------------------------------------------------------------------------------------
    def label(self, hint: str) -> str:
        """A new label."""
        self._count += 1
        return f"{hint}{self._count}"

    def place(self, label: str) -> None:
        """Begin the block of ``label``."""
        self.line(f"{label}:")
        self.block = label

    def go(self, label: str) -> None:
        """Jump to ``label``."""
        self.line(f"br label %{label}")

    def branch(self, condition: Value, yes: str, no: str) -> None:
        """Jump to ``yes`` or ``no`` by one i1."""
        self.line(f"br i1 {condition}, label %{yes}, label %{no}")

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Run the body if ``condition`` (one i1) holds."""
        body, end = self.label("then"), self.label("end")
        self.branch(condition, body, end)
        self.place(body)
        yield
        self.go(end)
        self.place(end)

    @contextmanager
    def count(self, stop: int | Value, start: int | Value = 0) -> Iterator[Value]:
        """Run the body for i = start .. stop - 1; yields i (one i64)."""
        head, body, latch, end = (self.label(hint) for hint in ("head", "body", "latch", "end"))
        index, following, before = f"%i{self._count}", f"%n{self._count}", self.block
        self.go(head)
        self.place(head)
        self.line(f"{index} = phi i64 [{start}, %{before}], [{following}, %{latch}]")
        more = self.op(f"icmp slt i64 {index}, {stop}")
        self.branch(more, body, end)
        self.place(body)
        yield index
        self.go(latch)
        self.place(latch)
        self.line(f"{following} = add i64 {index}, 1")
        self.go(head)
        self.place(end)

    def fold(self, stop: int, start: list[Value], body: Callable[[Value, list[Value]], list[Value]]) -> list[Value]:
        """Vectors carried through a loop: ``body(i, carried)`` gives what goes on."""
        head, inner, end = (self.label(hint) for hint in ("head", "body", "end"))
        before, number = self.block, self._count
        names = [f"%c{number}.{j}" for j in range(len(start))]
        index, following = f"%i{number}", f"%n{number}"
        self.go(head)
        self.place(head)
        where = len(self._lines)  # the phi nodes are written when the body has said what it carries on
        more = self.op(f"icmp slt i64 {index}, {stop}")
        self.branch(more, inner, end)
        self.place(inner)
        carried = body(index, names)
        self.line(f"{following} = add i64 {index}, 1")
        phis = [f"{index} = phi i64 [0, %{before}], [{following}, %{self.block}]"]
        for name, first, last in zip(names, start, carried, strict=True):
            phis.append(f"{name} = phi {self.vec} [{first}, %{before}], [{last}, %{self.block}]")
        self._lines[where:where] = phis
        self.go(head)
        self.place(end)
        return names

    @contextmanager
    def repeat(self) -> Iterator[Callable[[Value], None]]:
        """Run the body again and again; yields ``leave_unless(condition)`` to be called in it."""
        head, end = self.label("head"), self.label("end")
        self.go(head)
        self.place(head)

        def leave_unless(condition: Value) -> None:
            on = self.label("on")
            self.branch(condition, on, end)
            self.place(on)

        yield leave_unless
        self.go(head)
        self.place(end)

    def call(self, name: str, *arguments: str) -> None:
        """Call a function that returns nothing."""
        self.line(f"call void @{name}({', '.join(arguments)})")

    def give(self, value: str = "void") -> None:
        """Return."""
        self.line(f"ret {value}")
