"""``python -m benchmarks.guards`` counts anew what the tests hold the engine to, and writes their table."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.counts import count
from benchmarks.instructions import instructions, missing
from benchmarks.problems import NAMES, Missing

TABLE = Path(__file__).parents[1] / "tests" / "benchmarks" / "expected.json"
COUNTED = tuple(name for name in NAMES if name != "passive-transfer")
"""Models that nobody edits."""

INSTRUCTIONS = ("pollu",)
"""Counting takes half a minute a model."""


def main() -> int:
    """Rewrite the table; what cannot be counted here stays as it is."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    counts, kernel = table.setdefault("counts", {}), table.setdefault("instructions", {})
    for name in COUNTED:
        try:
            counts[name] = asdict(count(name))
        except Missing as reason:
            print(f"{name}: {reason}", file=sys.stderr)
    reason = missing()
    if reason:
        print(f"instructions: {reason}", file=sys.stderr)
    else:
        kernel.update({name: round(instructions(name)) for name in INSTRUCTIONS})
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
