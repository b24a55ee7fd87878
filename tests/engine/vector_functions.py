"""Calls one compiled vector function on arrays, for the tests of the elementary functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from allodynia.engine import machine as machines
from allodynia.engine.compile import load, to_object
from allodynia.engine.ir.expressions import operation
from allodynia.engine.ir.text import Code, Module, Value
from allodynia.engine.ir.vecmath.power import square_root_power, whole_power
from allodynia.engine.kernel import aligned
from allodynia.model.expr import Op


class VectorFunction:
    """An operation (or x^n, or x^0.5, or what a function of the code generator writes) on vectors of one width."""

    def __init__(
        self, op: Op | Callable[[Code, Value], Value], *, exponent: float | None = None, width: int | None = None
    ) -> None:
        machine = machines.host(width)
        self.width = machine.width
        self.arguments = 2 if op is Op.POW and exponent is None else 1
        module = Module(machine.width, machine.attributes)
        code = Code(module, "apply", ["ptr %ctx"], public=True)
        count = code.load1("%ctx", 0, "i64")
        places = [code.load1("%ctx", 1 + i, "ptr") for i in range(self.arguments + 1)]
        with code.count(count) as i:
            values = [code.load(place, i) for place in places[:-1]]
            if not isinstance(op, Op):
                result = op(code, values[0])
            elif exponent is None:
                result = operation(code, op, values)
            elif exponent == 0.5:
                result = square_root_power(code, values[0])
            else:
                result = whole_power(code, values[0], int(exponent))
            code.store(result, places[-1], i)
        code.give()
        module.define(code)
        self._code = load(to_object(module.text(machine.triple), machine), "apply")

    def __call__(self, *arguments: np.ndarray) -> np.ndarray:
        count = len(arguments[0])
        vectors = -(-count // self.width)
        arrays = [aligned(8 * vectors * self.width).view(np.float64) for _ in range(self.arguments + 1)]
        for array, argument in zip(arrays, arguments, strict=False):
            array[:count] = argument
        context = np.array([vectors, *(array.ctypes.data for array in arrays)], dtype=np.int64)
        self._code.call(context.ctypes.data)
        result: np.ndarray = arrays[-1][:count].copy()
        return result
