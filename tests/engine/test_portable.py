"""The kernel of a whole study's system is made for every platform, and leans on no library there."""

from __future__ import annotations

import re
from functools import cache

import pytest
from object_symbols import undefined_symbols

from allodynia.engine import compile as compiler
from allodynia.engine.ir.driver import ENTRY, write_module
from allodynia.engine.machine import Machine
from allodynia.engine.plan import Plan, make_plan
from allodynia.engine.tableaux import RODAS5P
from allodynia.system import load_system

MACHINES = {
    "windows x64": Machine("x86_64-pc-windows-msvc", "haswell", "", 4),
    "macos arm64": Machine("arm64-apple-macosx11.0.0", "apple-m1", "", 2),
    "linux arm64": Machine("aarch64-unknown-linux-gnu", "cortex-a72", "", 2),
    "linux x64": Machine("x86_64-unknown-linux-gnu", "skylake-avx512", "", 8),
}
ALLOWED = {"memcpy", "memset"}
"""What every platform has, whatever its C library; Mach-O writes a further underscore before every name."""

GRAPHICS = Machine("nvptx64-nvidia-cuda", "sm_80", "+ptx72", 1)


@cache
def plan() -> Plan:
    system = load_system().ode
    return make_plan(system, [state.id for state in system.states], RODAS5P)


@pytest.mark.parametrize("name", MACHINES)
def test_passive_transfer_needs_no_library(name: str) -> None:
    machine = MACHINES[name]
    code = compiler.to_object(write_module(plan(), machine), machine, cross=True)
    assert len(code) > 10_000
    missing = {symbol.removeprefix("_") if "apple" in machine.triple else symbol for symbol in undefined_symbols(code)}
    assert missing <= ALLOWED


def test_windows_finds_the_marker_of_floating_point_in_the_kernel_itself() -> None:
    text = write_module(plan(), MACHINES["windows x64"])
    assert text.count("@_fltused = ") == 1
    assert "_fltused" not in write_module(plan(), MACHINES["linux x64"])


def test_passive_transfer_compiles_for_graphics_processors() -> None:
    import llvmlite.binding as llvm

    compiler.to_object("", MACHINES["linux x64"], cross=True)  # makes every target known
    try:
        target = llvm.Target.from_triple(GRAPHICS.triple)
    except RuntimeError:
        pytest.skip("this llvmlite was built without NVPTX")
    module = llvm.parse_assembly(write_module(plan(), GRAPHICS))
    module.verify()
    machine = target.create_target_machine(cpu=GRAPHICS.cpu, features=GRAPHICS.features, opt=compiler.OPTIMISATION)
    assembly = machine.emit_assembly(module)
    assert re.search(rf"^\s*\.visible \.func {ENTRY}\b", assembly, re.MULTILINE)
    assert "fma.rn.f64" in assembly
    assert ".extern" not in assembly
