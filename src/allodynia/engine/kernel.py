"""A compiled model: made once, kept in the cache, loaded in milliseconds."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from allodynia import cache as store
from allodynia.engine.compile import Loaded, load, to_object, versions
from allodynia.engine.ir.driver import ENTRY, write_module
from allodynia.engine.ir.layout import Layout
from allodynia.engine.machine import Machine
from allodynia.engine.pivots import algebraic_pivots
from allodynia.engine.plan import Plan, make_plan
from allodynia.engine.tableaux import tableau
from allodynia.model import expr
from allodynia.model.ode import OdeSystem, system_digest

ALIGNMENT = 64


@dataclass(frozen=True)
class Kernel:
    """Machine code for one system, one set of outputs, one method and one machine."""

    plan: Plan
    machine: Machine
    code: Loaded
    workspace_size: int

    def workspace(self) -> NDArray[np.uint8]:
        """Memory for one worker, at an address that vectors may have."""
        return aligned(self.workspace_size)


def aligned(size: int) -> NDArray[np.uint8]:
    """``size`` bytes of zeros that begin at a multiple of `ALIGNMENT`."""
    memory = np.zeros(size + ALIGNMENT, dtype=np.uint8)
    skip = -memory.ctypes.data % ALIGNMENT
    return memory[skip : skip + size]


GENERATOR = (
    "actions", "book", "compile", "control", "enclosures", "lu", "machine", "pivots", "plan", "ranges", "regroup",
    "stateless", "status", "switches", "tableaux",
)  # fmt: skip
"""Besides ``ir/``, the modules that decide what code is made."""


@cache
def generator_version() -> str:
    """A hash of the text of everything that decides what code is made: a changed generator finds no old kernels."""
    here = Path(__file__).parent
    files = [*sorted((here / "ir").rglob("*.py")), *(here / f"{name}.py" for name in GENERATOR), Path(expr.__file__)]
    return store.digest_files(files)


def kernel_key(system: OdeSystem, outputs: Sequence[str], method: str, machine: Machine) -> str:
    """What a kernel is stored under: all that its bytes depend on."""
    return store.digest(
        system_digest(system),
        repr(algebraic_pivots(system)),
        repr(tuple(outputs)),
        method,
        repr(machine),
        generator_version(),
        versions(),
    )


@lru_cache(maxsize=32)
def _loaded(code: bytes) -> Loaded:
    return load(code, ENTRY)


def make_kernel(system: OdeSystem, outputs: Sequence[str], method: str, machine: Machine) -> Kernel:
    """The kernel for a system: from the cache, or compiled now.

    Raises
    ------
    InvalidInput
        For an unknown output or method.
    UnsupportedModel
        For a function that cannot be compiled.
    """
    plan = make_plan(system, outputs, tableau(method))
    numbers = Layout(plan).size
    machine = machine.suited(numbers)
    key = kernel_key(system, outputs, method, machine)
    code = store.get("kernel", key)
    if code is None:
        code = to_object(write_module(plan, machine), machine)
        store.put("kernel", key, code)
    size = numbers * machine.width * ctypes.sizeof(ctypes.c_double)
    return Kernel(plan, machine, _loaded(code), size)


AT_HAND = 8
"""Kernels that are kept for the next call with the very same system."""

_at_hand: OrderedDict[tuple[int, tuple[str, ...], str, Machine], tuple[OdeSystem, Kernel]] = OrderedDict()
_lock = Lock()


def kernel_at_hand(system: OdeSystem, outputs: Sequence[str], method: str, machine: Machine) -> Kernel:
    """The same as :func:`make_kernel`; at once where the same object was asked for before.

    A study calls the engine block after block, and to tell a large system by its content takes longer than a block.
    The system is kept with its kernel, so that no other can have its identity.
    """
    key = (id(system), tuple(outputs), method, machine)
    with _lock:
        if key in _at_hand:
            _at_hand.move_to_end(key)
            return _at_hand[key][1]
    kernel = make_kernel(system, outputs, method, machine)
    with _lock:
        _at_hand[key] = (system, kernel)
        while len(_at_hand) > AT_HAND:
            _at_hand.popitem(last=False)
    return kernel
