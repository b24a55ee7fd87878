"""Kernels: kept and checked in the cache, made for other machines, and quick to make."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from object_symbols import undefined_symbols
from ode_systems import cascade, decay

from allodynia.engine import compile as compiler
from allodynia.engine import kernel as kernels
from allodynia.engine import machine as machines
from allodynia.engine import simulate
from allodynia.engine.ir.driver import ENTRY, write_module
from allodynia.engine.kernel import GENERATOR, kernel_key, make_kernel
from allodynia.engine.machine import Machine
from allodynia.engine.plan import make_plan
from allodynia.engine.simulate import noting_widths
from allodynia.engine.tableaux import RODAS5P

OUTPUTS = ("y", "twice")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kernel"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compiled while the test ran."""
    seen: list[str] = []
    original = compiler.to_object

    def counting(text: str, machine: Machine) -> bytes:
        seen.append(text)
        return original(text, machine)

    monkeypatch.setattr("allodynia.engine.kernel.to_object", counting)
    return seen


def solve() -> np.ndarray:
    return simulate(decay(), [[1.0, 2.0]], [0.5, 1.0], OUTPUTS).values


def test_a_second_run_compiles_nothing(own_cache: Path, compilations: list[str]) -> None:
    first = solve()
    assert len(compilations) == 1
    assert len(list(own_cache.iterdir())) == 1
    second = solve()
    assert len(compilations) == 1
    assert first.tobytes() == second.tobytes()


def test_the_same_system_is_told_by_its_content_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another object with the same content is looked up; more objects than are kept push the oldest out."""
    told: list[int] = []
    digest = kernels.system_digest
    monkeypatch.setattr(kernels, "system_digest", lambda system: told.append(id(system)) or digest(system))
    systems = [decay() for _ in range(kernels.AT_HAND + 1)]
    first = [simulate(systems[0], [[0.5, 1.0]], [1.0], OUTPUTS) for _ in range(3)]
    assert told == [id(systems[0])]
    assert len({one.values.tobytes() for one in first}) == 1
    simulate(systems[0], [[0.5, 1.0]], [1.0], OUTPUTS[:1])
    assert told == [id(systems[0])] * 2
    for system in systems[1:]:
        simulate(system, [[0.5, 1.0]], [1.0], OUTPUTS)
    simulate(systems[0], [[0.5, 1.0]], [1.0], OUTPUTS)
    assert told == [id(systems[0])] * 2 + [id(system) for system in systems[1:]] + [id(systems[0])]


def test_a_damaged_kernel_is_made_again(own_cache: Path, compilations: list[str]) -> None:
    expected = solve()
    (entry,) = own_cache.iterdir()
    stored = bytearray(entry.read_bytes())
    stored[len(stored) // 2] ^= 0x10
    entry.write_bytes(stored)
    assert solve().tobytes() == expected.tobytes()
    assert len(compilations) == 2
    assert entry.read_bytes() != bytes(stored)  # and put right


def test_a_kernel_that_others_could_have_written_is_not_loaded(own_cache: Path, compilations: list[str]) -> None:
    solve()
    own_cache.parent.chmod(0o777)
    solve()
    assert len(compilations) == 2


def test_no_cache_is_honoured(own_cache: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLODYNIA_NO_CACHE", "1")
    solve()
    solve()
    assert len(compilations) == 2
    assert not own_cache.exists()


def test_the_key_knows_all_that_the_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    here = machines.host()
    base = (decay(), OUTPUTS, "Rodas5P", here)
    keys = {
        kernel_key(*base),
        kernel_key(cascade(4), OUTPUTS, "Rodas5P", here),
        kernel_key(decay(), ("y",), "Rodas5P", here),
        kernel_key(decay(), ("twice", "y"), "Rodas5P", here),
        kernel_key(decay(), OUTPUTS, "Rodas4", here),
        kernel_key(decay(), OUTPUTS, "Rodas5P", Machine(here.triple, here.cpu, here.features, 1)),
        kernel_key(decay(), OUTPUTS, "Rodas5P", Machine(here.triple, "other", here.features, here.width)),
        kernel_key(decay(), OUTPUTS, "Rodas5P", Machine(here.triple, here.cpu, "+other", here.width)),
    }
    monkeypatch.setattr("allodynia.engine.kernel.generator_version", lambda: "changed")
    keys.add(kernel_key(*base))
    monkeypatch.undo()
    monkeypatch.setattr("allodynia.engine.kernel.versions", lambda: "changed")
    keys.add(kernel_key(*base))
    assert len(keys) == 10
    monkeypatch.undo()
    assert kernel_key(*base) in keys


def test_the_text_of_a_kernel_is_always_the_same() -> None:
    here = machines.host()
    texts = {write_module(make_plan(cascade(6), ("y0",), RODAS5P), here) for _ in range(2)}
    assert len(texts) == 1


def test_no_arithmetic_that_a_machine_may_bend() -> None:
    """No fast-math flag, no fmuladd (fused or not as the machine likes), no reductions in an order of the machine's."""
    text = write_module(make_plan(cascade(6), ("y0",), RODAS5P), machines.host())
    assert not re.search(r"\b(fast|nnan|ninf|nsz|arcp|contract|afn|reassoc)\b", text)
    assert "fmuladd" not in text
    assert "vector.reduce" not in text
    called = set(re.findall(r"@(llvm\.[a-z0-9.]+)", text))
    kinds = {name.split(".")[1] for name in called}
    assert kinds <= {"fma", "sqrt", "fabs", "floor", "ceil", "copysign", "cttz", "x86", "aarch64"}


def test_a_large_model_has_fewer_lanes_unless_a_width_is_asked_for() -> None:
    wide = replace(FOREIGN["linux x64 avx512"], free=True)
    assert wide.suited(1_000) == FOREIGN["linux x64 avx512"]
    assert wide.suited(20_000).width == 4
    assert replace(wide, free=False).suited(20_000).width == 8
    assert replace(wide, width=4).suited(20_000).width == 4  # AVX2 and NEON keep their own


def test_whatever_the_width_a_large_model_has_the_same_bits() -> None:
    large = cascade(130)
    native = make_kernel(large, ("y0",), "Rodas5P", machines.host())
    assert native.machine.width < 8
    found = [
        simulate(large, np.full((3, 20), 0.5), [0.0, 2.0], ["y0", "y7"], width=width).values.tobytes()
        for width in (None, machines.host().width)
    ]
    assert found[0] == found[1]


FOREIGN = {
    "linux x64 avx512": Machine("x86_64-unknown-linux-gnu", "skylake-avx512", "", 8),
    "windows x64": Machine("x86_64-pc-windows-msvc", "haswell", "", 4),
    "macos arm64": Machine("arm64-apple-macosx11.0.0", "apple-m1", "", 2),
    "linux arm64": Machine("aarch64-unknown-linux-gnu", "cortex-a72", "", 2),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_kernels_for_other_machines_need_no_library(name: str) -> None:
    """The object code may ask for memcpy and memset, which every platform has, and for nothing else."""
    machine = FOREIGN[name]
    system = cascade(12)
    text = write_module(make_plan(system, [q.id for q in system.states], RODAS5P), machine)
    code = compiler.to_object(text, machine, cross=True)
    assert len(code) > 10_000
    assert undefined_symbols(code) <= {"memcpy", "memset", "_memcpy", "_memset", "bzero", "_bzero"}


def test_the_reader_of_symbols_sees_what_is_missing() -> None:
    """The test above can fail: a call to a library is found in every object format."""
    for machine in FOREIGN.values():
        text = f'target triple = "{machine.triple}"\ndeclare double @sin(double)\ndefine double @f(double %x) {{\n'
        text += "%y = call double @sin(double %x)\nret double %y\n}\n"
        assert {name.lstrip("_") for name in undefined_symbols(compiler.to_object(text, machine, cross=True))} - {
            "fltused"
        } == {"sin"}


def test_functions_stay_small() -> None:
    """Code grows with the model, not with stages or lanes: stages and drivers call shared functions."""
    sizes = [len(compiler.to_object(write_module(make_plan(cascade(n), ("y0",), RODAS5P), m), m)) for n, m in
             ((10, machines.host()), (20, machines.host()))]  # fmt: skip
    assert sizes[1] < 2.0 * sizes[0]
    assert make_kernel(decay(), OUTPUTS, "Rodas5P", machines.host()).workspace_size < 2**16
    assert ENTRY in write_module(make_plan(decay(), OUTPUTS, RODAS5P), machines.host())


def test_every_module_that_code_generation_imports_is_in_the_version() -> None:
    """A module of the engine that the printers read, but that is not hashed, would let old kernels live on."""
    folder = Path(compiler.__file__).parent
    read = set()
    for file in [*(folder / "ir").rglob("*.py"), *(folder / f"{name}.py" for name in GENERATOR)]:
        text = file.read_text(encoding="utf-8")
        read |= set(re.findall(r"^from allodynia\.engine\.(\w+) import", text, re.MULTILINE))
        for names in re.findall(r"^from allodynia\.engine import ([\w, ]+)", text, re.MULTILINE):
            read |= {name.split(" as ")[0].strip() for name in names.split(",")}
    assert read - {"ir"} <= set(GENERATOR)


def test_the_width_that_was_solved_at_is_noted() -> None:
    wide = [width for width in machines.WIDTHS if width <= machines.host().width][-1]
    with noting_widths() as noted:
        assert noted == set()
        simulate(decay(), [[1.0, 2.0]], [0.5], OUTPUTS, width=1)
        with noting_widths() as inner:
            simulate(decay(), [[1.0, 2.0]], [0.5], OUTPUTS, width=wide)
        assert (noted, inner) == ({1}, {wide})
    simulate(decay(), [[1.0, 2.0]], [0.5], OUTPUTS, width=2)
    assert noted == {1}
