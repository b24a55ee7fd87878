"""How well the engine uses the machine: share of the multiply-add peak, lanes at work, threads, compilation, memory."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from allodynia.engine.kernel import Kernel, make_kernel
from allodynia.engine.machine import host
from allodynia.engine.simulate import simulate_with
from allodynia.model import read_sbml, to_ode
from benchmarks.counts import sizes
from benchmarks.operations import work
from benchmarks.peak import peak
from benchmarks.problem import Problem, population
from benchmarks.problems import SEED, Missing, petab_text, problem

SUBJECTS = 2048
RTOL = 1e-6
WIDE = 1.0
"""Spread of parameters for the occupancy of lanes."""


def _seconds(kernel: Kernel, one: Problem, parameters: np.ndarray, threads: int, repeats: int = 7) -> tuple[float, Any]:
    atol = RTOL * 1e-2 * sizes(one)
    times, solution = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        solution = simulate_with(
            kernel, parameters, one.times, initial=one.initial[: len(parameters)], rtol=RTOL, atol=atol, threads=threads
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times), solution


def share_of_peak(names: list[str], repeats: int = 7) -> dict[str, Any]:
    """By model: operations a second that were useful, over the measured peak."""
    top = peak()
    found: dict[str, Any] = {"peak": top, "models": {}}
    for name in names:
        try:
            one = problem(name, SUBJECTS)
        except Missing:
            continue
        needed = work(one.system)
        kernel = make_kernel(one.system, one.states, "Rodas5P", host())
        seconds, solution = _seconds(kernel, one, one.parameters, 1, repeats)
        attempts = int(solution.factorisations.sum())
        samples = len(solution) * len(one.times)
        useful = attempts * needed.attempt + samples * needed.sample
        found["models"][name] = {
            "states": len(one.states), "operations an attempt": needed.attempt, "share": useful / seconds / top,
            "microseconds an attempt": seconds / attempts * 1e6,
        }  # fmt: skip
    return found


def occupancy(name: str, subjects: int = 1000) -> float:
    """Share of lane turns that did work, at a spread of 1: attempts over width times turns of the busiest lane.

    Lanes take the next subject from one queue when they are free, so who runs when follows from the attempts of each.
    """
    one = problem(name, subjects)
    kernel = make_kernel(one.system, one.states, "Rodas5P", host())
    parameters = population(one.nominal, one.varied, subjects, SEED, WIDE)
    solution = simulate_with(
        kernel, parameters, one.times, initial=one.initial, rtol=RTOL, atol=RTOL * 1e-2 * sizes(one), threads=1
    )
    return lanes_at_work(solution.factorisations, kernel.machine.width)


def lanes_at_work(attempts: np.ndarray, width: int) -> float:
    """Occupancy of ``width`` lanes fed in order from one queue."""
    busy = np.zeros(width, dtype=np.int64)
    for count in attempts:
        busy[np.argmin(busy)] += count
    return float(attempts.sum() / (width * busy.max()))


def thread_scaling(name: str, repeats: int = 9) -> float:
    """How many times faster two threads are than one; turns are taken, medians compared."""
    one = problem(name, 4 * SUBJECTS)
    kernel = make_kernel(one.system, one.states, "Rodas5P", host())
    single, double = [], []
    for _ in range(repeats):
        single.append(_seconds(kernel, one, one.parameters, 1, 1)[0])
        double.append(_seconds(kernel, one, one.parameters, 2, 1)[0])
    return statistics.median(single) / statistics.median(double)


def compile_seconds(name: str) -> dict[str, float]:
    """Seconds from equations to a kernel that runs: with an empty cache, and from the cache."""
    if name == "salazar-cavazos":
        system = to_ode(read_sbml(petab_text("SalazarCavazos_MBoC2020"), name))
    else:
        system = problem(name, 1).system
    outputs = [state.id for state in system.states]
    before = os.environ.get("ALLODYNIA_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ALLODYNIA_CACHE_DIR"] = str(Path(folder) / "cache")
        try:
            start = time.perf_counter()
            make_kernel(system, outputs, "Rodas5P", host())
            cold = time.perf_counter() - start
            cached = []
            for _ in range(5):
                start = time.perf_counter()
                make_kernel(system, outputs, "Rodas5P", host())
                cached.append(time.perf_counter() - start)
        finally:
            if before is None:
                del os.environ["ALLODYNIA_CACHE_DIR"]
            else:
                os.environ["ALLODYNIA_CACHE_DIR"] = before
    return {"cold": cold, "cached": statistics.median(cached)}


def import_seconds(repeats: int = 7) -> float:
    """Seconds that ``import allodynia`` adds to a bare Python."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    pairs = [(run("import allodynia"), run("pass")) for _ in range(repeats)]
    return statistics.median(with_it for with_it, _ in pairs) - statistics.median(bare for _, bare in pairs)


def many(subjects: int) -> None:
    """Solve that many subjects of passive-transfer and print the largest memory this process had, in bytes."""
    one = problem("passive-transfer", subjects)
    kernel = make_kernel(one.system, one.states, "Rodas5P", host())
    solution = simulate_with(kernel, one.parameters, one.times, initial=one.initial, rtol=RTOL)
    unit = 1 if sys.platform == "darwin" else 1024
    if len(solution) != subjects or not solution.solved.all():
        raise RuntimeError("not all were solved")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def memory(subjects: int = 100_000) -> int:
    """Peak resident bytes of a process that solves so many subjects of passive-transfer (all states, 25 times)."""
    code = f"from benchmarks.efficiency import many; many({subjects})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout)


def everything(names: list[str], *, quick: bool) -> dict[str, Any]:
    """All of it; a model whose text is missing is left out."""
    processors = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    found: dict[str, Any] = {"share of peak": share_of_peak(names, 3 if quick else 9)}
    found["occupancy"] = {name: occupancy(name) for name in found["share of peak"]["models"]}
    found["import seconds"] = import_seconds(3 if quick else 9)
    found["compile seconds"] = {}
    for name in ("passive-transfer", "smith", "salazar-cavazos"):
        try:
            found["compile seconds"][name] = compile_seconds(name)
        except Missing:
            continue
    found["memory of 100000 subjects"] = memory()
    if processors:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        found["two threads"] = {
            name: thread_scaling(name, 3 if quick else 9)
            for name in names
            if name in ("bachmann", "pollu", "passive-transfer")
        }
    finally:
        if processors:
            os.sched_setaffinity(0, processors)
    return found
