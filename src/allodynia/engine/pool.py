"""Workers that share one queue of subjects."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allodynia.engine.actions import Actions
from allodynia.engine.ir.layout import CONTEXT
from allodynia.engine.kernel import Kernel
from allodynia.engine.solution import Solution

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Job:
    """All that a kernel reads and writes for a block of subjects. Arrays are contiguous."""

    kernel: Kernel
    solution: Solution
    parameters: NDArray[np.float64]
    start: float
    rtol: float
    atol: NDArray[np.float64]
    low: NDArray[np.float64]
    initial: NDArray[np.float64] | None
    actions: Actions
    max_steps: int


def run(job: Job, threads: int, report: Callable[[int], None], cancelled: Callable[[], bool] | None) -> bool:
    """Simulate the subjects of ``job``; returns whether it was cancelled.

    The kernels run without Python's lock, each on its own thread, while this one watches. On Ctrl-C, or any error
    raised by ``report`` or ``cancelled``, the workers stop at their next step and the error goes on.
    """
    count = len(job.solution)
    if count == 0:
        return False
    cursor, done, stop = np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int32)
    times = np.append(job.solution.times, np.full(job.kernel.machine.width, np.inf))
    workspaces = [job.kernel.workspace() for _ in range(max(1, min(threads, count)))]
    contexts = [_context(job, times, workspace, cursor, done, stop) for workspace in workspaces]
    workers = [
        threading.Thread(target=job.kernel.code.call, args=(context.ctypes.data,), daemon=True) for context in contexts
    ]
    try:
        for worker in workers:
            worker.start()
        last = -1
        for worker in workers:
            while True:
                worker.join(POLL_SECONDS)
                if not worker.is_alive():
                    break
                if cancelled is not None and not stop[0] and cancelled():
                    stop[0] = 1
                if done[0] != last:
                    last = int(done[0])
                    report(last)
        report(int(done[0]))
    finally:
        stop[0] = 1
        for worker in workers:
            if worker.ident is not None:
                worker.join()
    return int(done[0]) < count


def _context(
    job: Job,
    times: NDArray[np.float64],
    workspace: NDArray[np.uint8],
    cursor: NDArray[np.int64],
    done: NDArray[np.int64],
    stop: NDArray[np.int32],
) -> NDArray[np.int64]:
    solution, actions = job.solution, job.actions
    words: dict[str, int | float | NDArray[np.generic]] = {
        "workspace": workspace,
        "cursor": cursor,
        "done": done,
        "stop": stop,
        "end": len(solution),
        "parameters": job.parameters,
        "parameter_stride": job.parameters.shape[1],
        "initial": 0 if job.initial is None else job.initial,
        "times": times,
        "n_times": len(solution.times),
        "start": float(job.start),
        "rtol": float(job.rtol),
        "atol": job.atol,
        "floor": job.low,
        "max_steps": job.max_steps,
        "offsets": actions.offsets,
        "action_time": actions.time,
        "action_kind": actions.kind,
        "action_target": actions.target,
        "action_value": actions.value,
        "values": solution.values,
        "status": solution.status,
        "failed_at": solution.failed_at,
        "steps": solution.steps,
        "rejected": solution.rejected,
        "factorisations": solution.factorisations,
        "final": solution.final,
    }
    return np.array([_word(words[name]) for name in CONTEXT], dtype=np.int64)


def _word(value: int | float | NDArray[np.generic]) -> int:
    if isinstance(value, float):
        return int(struct.unpack("<q", struct.pack("<d", value))[0])
    return value if isinstance(value, int) else int(value.ctypes.data)
