"""The multiply-add peak of one core, measured with independent chains in registers."""

from __future__ import annotations

import time

import numpy as np

from allodynia.engine.compile import load, to_object
from allodynia.engine.machine import host

CHAINS = (8, 10, 12, 14)
TURNS = 4_000_000


def _text(width: int, chains: int, triple: str) -> str:
    vector = f"<{width} x double>"
    fma = f"@llvm.fma.v{width}f64"
    head = [
        f'target triple = "{triple}"',
        f"declare {vector} {fma}({vector}, {vector}, {vector})",
        "define void @peak(ptr %where) {",
        "entry:",
        f"%a = load {vector}, ptr %where, align 8",
        "br label %turn",
        "turn:",
        "%i = phi i64 [0, %entry], [%j, %turn]",
    ]
    phis = [f"%x{k} = phi {vector} [%a, %entry], [%y{k}, %turn]" for k in range(chains)]
    body = [f"%y{k} = call {vector} {fma}({vector} %x{k}, {vector} %a, {vector} %a)" for k in range(chains)]
    loop = ["%j = add i64 %i, 1", f"%more = icmp slt i64 %j, {TURNS}", "br i1 %more, label %turn, label %end", "end:"]
    sums = [f"%s{k} = fadd {vector} {'%y0' if k == 1 else f'%s{k - 1}'}, %y{k}" for k in range(1, chains)]
    tail = [f"store {vector} %s{chains - 1}, ptr %where, align 8", "ret void", "}"]
    return "\n".join([*head, *phis, *body, *loop, *sums, *tail])


def peak(repeats: int = 7) -> float:
    """Operations a second (a multiply-add counts two), the best of several numbers of chains."""
    machine = host()
    best = 0.0
    for chains in CHAINS:
        kernel = load(to_object(_text(machine.width, chains, machine.triple), machine), "peak")
        where = np.full(8, 0.5)
        for _ in range(repeats):
            where[:] = 0.5
            start = time.perf_counter()
            kernel.call(where.ctypes.data)
            best = max(best, 2 * machine.width * chains * TURNS / (time.perf_counter() - start))
    return best
