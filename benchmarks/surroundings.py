"""Where a measurement was made: machine and versions."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from allodynia.engine.machine import host
from benchmarks.peers import MODULES, peer
from benchmarks.peers.peer import Unusable, versions


def one_core() -> None:
    """Keep this process, and threads that libraries start, on one processor. To be called before they are imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.environ.setdefault("JAX_PLATFORMS", "cpu")


def machine() -> dict[str, str | int]:
    """What this runs on."""
    found = host()
    return {
        "processor": _processor(),
        "as LLVM knows it": found.cpu,
        "vector width": found.width,
        "processors": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def peers() -> dict[str, str]:
    """Versions by engine, or why it is not there."""
    found = {}
    for name in MODULES:
        try:
            found[name] = ", ".join(
                f"{package} {version}" for package, version in versions(peer(name).packages).items()
            )
        except Unusable as reason:
            found[name] = str(reason)
    return found
