"""Measure a person's year, the whole human system with a dose a week: ``python -m benchmarks.year``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.engine import say
from benchmarks.surroundings import one_core


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few people and rounds: minutes instead of half an hour")
    parser.add_argument("--out", type=Path, default=Path("year.json"), help="results as JSON")
    return parser.parse_args()


def compare(*, quick: bool) -> dict[str, Any]:
    """What each engine takes for a year of a person, at which error."""
    from benchmarks.protocol import Effort, measure_each
    from benchmarks.weekly import weekly
    from benchmarks.weekly_engines import ENGINES, checked
    from benchmarks.work_precision import AT_ERRORS, ratios, seconds_at

    effort = Effort(subjects=32, rounds=2, seconds=0.7, scouts=1) if quick else Effort(scouts=3)
    dosed = weekly(effort.subjects)
    check = checked(dosed)
    say(f"reference: {check}")
    points, reasons = measure_each("year", {name: partial(one, dosed) for name, one in ENGINES.items()}, effort, say)
    engines: dict[str, Any] = {name: {"reason": reason} for name, reason in reasons.items()}
    for name, found in points.items():
        engines[name] = {
            "points": [asdict(point) for point in found],
            "seconds_at": {f"{error:g}": seconds_at(found, error) for error in AT_ERRORS},
            "ratios": ratios(points["allodynia"], found),
        }
    problem = dosed.task.problem
    return {
        "title": problem.title, "states": len(problem.states), "varied_parameters": len(problem.varied),
        "end": problem.end, "doses": 1 + len(dosed.doses.times), "people": len(problem.parameters),
        "reference": check, "engines": {name: engines[name] for name in ENGINES},
    }  # fmt: skip


def main() -> int:
    """Run, print, write."""
    one_core()
    options = arguments()
    from benchmarks import surroundings, tables
    from benchmarks.weekly_engines import PEERS

    results: dict[str, Any] = {
        "machine": surroundings.machine(),
        "versions": {name: version for name, version in surroundings.peers().items() if name in PEERS},
        "quick": options.quick,
        "year": compare(quick=options.quick),
    }
    print(tables.year(results))
    options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
