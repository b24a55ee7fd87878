"""Instructions of the AVX2 kernel, counted by valgrind's callgrind (which knows no AVX-512).

``python -m benchmarks.instructions MODEL`` prints instructions a subject. The kernel is compiled and cached first; then
a process that does nothing but load it and solve runs under callgrind with few and with more subjects, and what is
counted is the difference, so that starting Python costs nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from allodynia.engine import pool
from allodynia.engine.kernel import make_kernel
from allodynia.engine.machine import Machine
from allodynia.engine.simulate import simulate_with
from benchmarks.counts import RTOL
from benchmarks.problems import problem

AVX2 = Machine("x86_64-unknown-linux-gnu", "haswell", "+avx2,+fma,+bmi,+bmi2,+lzcnt,+popcnt", 4)
FEW, MORE = 8, 40
"""Subjects of the two runs: whole vectors of lanes."""


def missing() -> str | None:
    """Why instructions cannot be counted here, if so."""
    if shutil.which("valgrind") is None:
        return "valgrind is not installed"
    if os.uname().machine != "x86_64" or sys.platform != "linux":
        return "the AVX2 kernel runs on 64-bit x86 under Linux"
    return None


def solve(name: str, subjects: int) -> None:
    """Solve the first subjects of a problem with the AVX2 kernel."""
    pool.POLL_SECONDS = 3600.0  # looking in on the worker now and then would count, the more the slower the machine is
    one = problem(name, subjects)
    kernel = make_kernel(one.system, one.states, "Rodas5P", AVX2)
    solution = simulate_with(
        kernel, one.parameters, one.times, initial=one.initial, rtol=RTOL, atol=1e-9, threads=1
    )  # fmt: skip
    if not solution.solved.all():
        raise RuntimeError(f"{name}: {solution.counts()}")


def instructions(name: str) -> float:
    """Instructions a subject of the problem called ``name``."""
    solve(name, MORE)  # fills the cache
    few, more = (_counted(name, subjects) for subjects in (FEW, MORE))
    return (more - few) / (MORE - FEW)


def _counted(name: str, subjects: int) -> int:
    command = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
        sys.executable,
        "-m",
        "benchmarks.instructions",
        name,
    ]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), environment.get("PYTHONPATH", "")])
    done = subprocess.run([*command, str(subjects)], capture_output=True, text=True, check=False, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"callgrind failed: {done.stderr[-2000:]}")
    return int(found.group(1))


def main() -> int:
    """Count, or, as the child under callgrind, solve."""
    name, *rest = sys.argv[1:]
    if rest:
        solve(name, int(rest[0]))
    else:
        print(f"{name}: {instructions(name):,.0f} instructions a subject")
    return 0


if __name__ == "__main__":
    sys.exit(main())
