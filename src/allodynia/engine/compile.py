"""IR text → object code → a function that can be called. The only file that calls LLVM."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from allodynia.engine.machine import Machine

OPTIMISATION = 1
"""Level of LLVM's code generator: level 2 gives code of the same speed and takes twice as long for large models, as its
scheduler is quadratic in the loads and stores of a block. No pass over the IR is run: it is written as it should be.
"""

_names = itertools.count()


@cache
def versions() -> str:
    """Versions of llvmlite and LLVM, part of a kernel's key."""
    import llvmlite
    import llvmlite.binding as llvm

    return f"{llvmlite.__version__} {llvm.llvm_version_info}"


@cache
def _prepare(every_target: bool) -> None:
    import llvmlite.binding as llvm

    if every_target:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        return
    # Newer versions of llvmlite initialise LLVM's core by themselves and refuse the call.
    if tuple(int(part) for part in llvm.llvm_version_info[:1]) < (20,):
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


def _context() -> Any:
    """A private LLVM context. LLVM 15 must be told to read untyped pointers; later versions know no others."""
    import llvmlite
    import llvmlite.binding as llvm
    from llvmlite.binding import ffi

    if hasattr(llvmlite, "opaque_pointers_enabled"):
        return llvm.ContextRef(ffi.lib.LLVMPY_ContextCreate(True))
    return llvm.create_context()


def to_object(text: str, machine: Machine, *, cross: bool = False) -> bytes:
    """Object code of a module. ``cross``: for another machine than this."""
    import llvmlite.binding as llvm

    _prepare(cross)
    target = llvm.Target.from_triple(machine.triple)
    target_machine = target.create_target_machine(
        cpu=machine.cpu, features=machine.features, opt=OPTIMISATION, reloc="pic", codemodel="small"
    )
    context = _context()
    module = llvm.parse_assembly(text, context)
    module.verify()
    return bytes(target_machine.emit_object(module))


@dataclass(frozen=True)
class Loaded:
    """Object code in memory: callable for as long as this lives. ``call(address)`` runs it, without Python's lock."""

    call: Callable[[int], None]
    keep: tuple[Any, ...]


def load(code: bytes, entry: str) -> Loaded:
    """Put object code into memory and find its function ``entry``, which takes one pointer and returns nothing."""
    import llvmlite.binding as llvm

    _prepare(False)
    compiler = llvm.create_lljit_compiler()
    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(entry)
    library = builder.link(compiler, f"allodynia{next(_names)}")
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(library[entry])
    return Loaded(function, (library, compiler))
