"""Work on hostile items in processes of their own, so that a crash or a hang is an outcome and not the end.

A worker says one line of JSON an item, in order. One that dies, or says nothing for too long, has that held against
the item it was at; a new one goes on with the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

Answer = dict[str, Any]


def work(task: str, items: Sequence[Any], patience: float, workers: int = 2) -> list[Answer]:
    """What ``tests.fuzz.worker`` answers to ``task`` for each item.

    ``{"kind": "crash", "said": ...}`` or ``{"kind": "hang"}`` where it did not.
    """
    parts = [list(range(first, len(items), workers)) for first in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        answered = pool.map(lambda part: _answers(task, [items[i] for i in part], patience), parts)
    found: list[Answer] = [{} for _ in items]
    for part, answers in zip(parts, answered, strict=True):
        for place, answer in zip(part, answers, strict=True):
            found[place] = answer
    return found


def _answers(task: str, items: list[Any], patience: float) -> list[Answer]:
    found: list[Answer] = []
    while len(found) < len(items):
        ended: Answer | None = None
        for answer in _listen(task, items[len(found) :], patience):
            if answer.get("kind") in {"crash", "hang"}:
                ended = answer
            else:
                found.append(answer)
        if ended is not None and len(found) < len(items):
            found.append(ended)
    return found


def _listen(task: str, items: list[Any], patience: float) -> Iterator[Answer]:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as complaints:
        given.write(json.dumps(items).encode())
        given.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker", task], stdin=given, stdout=subprocess.PIPE, stderr=complaints,
            cwd=ROOT, env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}, start_new_session=True,
        )  # fmt: skip
        lines: queue.Queue[bytes] = queue.Queue()

        def hear() -> None:
            assert child.stdout is not None
            for line in child.stdout:
                lines.put(line)
            lines.put(b"")

        threading.Thread(target=hear, daemon=True).start()
        try:
            for _ in range(len(items)):
                line = lines.get(timeout=patience)
                if not line:
                    code = child.wait(patience)
                    complaints.seek(0)
                    yield {"kind": "crash", "code": code, "said": complaints.read()[-2000:].decode(errors="replace")}
                    return
                yield json.loads(line)
        except (queue.Empty, subprocess.TimeoutExpired):
            yield {"kind": "hang"}
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # and the readers that it started
            child.wait()
