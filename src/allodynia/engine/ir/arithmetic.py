"""The arithmetic of the processor as every kernel needs it, whatever the process has set."""

from __future__ import annotations

from collections.abc import Callable

from allodynia.engine.ir.text import Code
from allodynia.engine.machine import Machine


def plain_arithmetic(c: Code, machine: Machine) -> Callable[[], None]:
    """Round to nearest and keep subnormal numbers, whatever the process has set; returns what undoes it."""
    if machine.is_x86:
        c.module.declare("llvm.x86.sse.stmxcsr", "void (ptr)")
        c.module.declare("llvm.x86.sse.ldmxcsr", "void (ptr)")
        before, plain = c.local("i32", 4), c.local("i32", 4)
        c.call("llvm.x86.sse.stmxcsr", f"ptr {before}")
        c.store1(str(0x1F80), plain, kind="i32")
        c.call("llvm.x86.sse.ldmxcsr", f"ptr {plain}")
        return lambda: c.call("llvm.x86.sse.ldmxcsr", f"ptr {before}")
    if not machine.is_arm:
        return lambda: None  # a graphics processor rounds so in every instruction and has no such state
    c.module.declare("llvm.aarch64.get.fpcr", "i64 ()")
    c.module.declare("llvm.aarch64.set.fpcr", "void (i64)")
    saved = c.op("call i64 @llvm.aarch64.get.fpcr()")
    c.call("llvm.aarch64.set.fpcr", "i64 0")
    return lambda: c.call("llvm.aarch64.set.fpcr", f"i64 {saved}")
