"""The parent's side of the child process: start it, bound it, believe nothing it has not checked."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allodynia.model.read.limits import Limits

_CHILD = Path(__file__).with_name("child.py")
# One thread: a pool of them for linear algebra would eat the address space that is allowed.
_SET = {"LC_ALL": "C", "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# What dynamic loaders need; nothing else of the environment reaches the child.
_PASSED_ON = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP")


class ChildFailed(Exception):
    """The child gave no usable answer; the message says how it ended."""


def ask(form: str, texts: Sequence[Mapping[str, Any]], limits: Limits) -> list[dict[str, Any]]:
    """The child's answers, one a text.

    Raises ChildFailed when it crashed, ran out of time or memory, said too much, or said something else than JSON.
    """
    request = {"format": form, "texts": list(texts), "limits": dataclasses.asdict(limits)}
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _SET
    with tempfile.TemporaryFile() as given, tempfile.TemporaryDirectory(prefix="allodynia-") as folder:
        given.write(json.dumps(request).encode("ascii"))
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603 - this interpreter on a file of this package
            [sys.executable, "-I", str(_CHILD)],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            close_fds=True,
        )
        said, in_time = _listen(child, limits)
    if not in_time:
        raise ChildFailed(f"reading it took longer than {limits.wall:g} s")
    if len(said) > limits.answer:
        raise ChildFailed("it becomes more data than allowed")
    if child.returncode != 0:
        raise ChildFailed(_ended(child.returncode, limits))
    try:
        answers = json.loads(said)
    except (ValueError, RecursionError):
        raise ChildFailed("the reader gave no answer") from None
    if not isinstance(answers, list) or len(answers) != len(texts):
        raise ChildFailed("the reader gave no answer")
    return answers


def _listen(child: subprocess.Popen[bytes], limits: Limits) -> tuple[bytes, bool]:
    """What the child says, at most one byte more than it may; and whether it ended in time."""
    assert child.stdout is not None  # noqa: S101
    source = child.stdout
    pieces: list[bytes] = []

    def read() -> None:
        left = limits.answer + 1
        while left > 0:
            piece = os.read(source.fileno(), min(left, 1 << 20))
            if not piece:
                return
            pieces.append(piece)
            left -= len(piece)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        reader.join(limits.wall)
        in_time = not reader.is_alive()
        if in_time and sum(map(len, pieces)) <= limits.answer:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                in_time = False
    finally:
        child.kill()
        child.wait()
        reader.join(10)
        source.close()
    return b"".join(pieces), in_time


def _ended(code: int, limits: Limits) -> str:
    if code == -getattr(signal, "SIGXCPU", 24):
        return f"reading it takes more than {limits.processor} s of processor time"
    how = f"on signal {-code}" if code < 0 else f"with code {code}"
    return f"the reader stopped {how}: the text is malformed, too large or too deep"
