"""The child process: one request on standard input, one answer on standard output, then the end.

Run by path with ``python -I``: the environment and the working folder have no say in what is imported. Standard
output is kept for the answer; whatever C++ libraries print goes nowhere.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> int:
    """Read the request, answer it."""
    answer_to = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    request = json.loads(sys.stdin.buffer.read())
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # the code of the parent, whatever else is installed

    import libsbml  # noqa: F401 - loaded before files are denied

    from allodynia.model.read import answer, limits

    if request["format"] == "antimony":
        import antimony  # noqa: F401

    bounds = limits.Limits(**request["limits"])
    limits.confine(bounds)
    answers = [answer.answer(item, request["format"], bounds) for item in request["texts"]]
    data = json.dumps(answers).encode("ascii")
    while data:
        data = data[os.write(answer_to, data) :]
    return 0


if __name__ == "__main__":
    status = main()
    os._exit(status)  # no destructors: some of libSBML's recurse as deep as the formula
