"""Measure the engine and its peers side by side: ``python -m benchmarks.engine``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.surroundings import one_core


def arguments() -> argparse.Namespace:
    """What is asked for."""
    from benchmarks.peers import MODULES
    from benchmarks.problems import NAMES

    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few subjects and rounds: minutes instead of an hour")
    parser.add_argument(
        "--models", nargs="*", choices=NAMES, default=list(NAMES), metavar="MODEL", help=", ".join(NAMES)
    )
    parser.add_argument(
        "--peers", nargs="*", choices=list(MODULES), default=list(MODULES), metavar="PEER", help=", ".join(MODULES)
    )
    parser.add_argument("--skip-efficiency", action="store_true", help="work-precision only")
    parser.add_argument("--out", type=Path, default=Path("results.json"), help="results as JSON; figures go beside it")
    return parser.parse_args()


def say(text: str) -> None:
    """Progress, apart from results."""
    print(text, file=sys.stderr, flush=True)


def compare(names: list[str], peers: list[str], *, quick: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """The work-precision part of the results, model by model."""
    from benchmarks.problems import Missing, problem
    from benchmarks.protocol import Effort, measure
    from benchmarks.reference import refer
    from benchmarks.work_precision import AT_ERRORS, ratios, seconds_at

    effort = Effort(subjects=64, rounds=2, seconds=1.0, scouts=4) if quick else Effort()
    for name in names:
        try:
            one = problem(name, 8 * effort.subjects)
        except Missing as reason:
            say(f"{name} is left out: {reason}")
            continue
        task, check = refer(one, effort.subjects)
        say(f"{name}: reference: {check}")
        points, reasons = measure(task, peers, effort, say)
        ours = points.get("allodynia", [])
        engines: dict[str, Any] = {}
        for engine in peers:
            if engine in reasons:
                engines[engine] = {"reason": reasons[engine]}
                continue
            engines[engine] = {
                "points": [asdict(point) for point in points[engine]],
                "seconds_at": {f"{error:g}": seconds_at(points[engine], error) for error in AT_ERRORS},
                "ratios": ratios(ours, points[engine]),
            }
        yield name, {
            "title": one.title, "states": len(one.states), "varied_parameters": len(one.varied), "end": one.end,
            "reference": check, "engines": engines,
        }  # fmt: skip


def main() -> int:
    """Run, print, write."""
    one_core()
    options = arguments()
    from benchmarks import figures, surroundings, tables

    results: dict[str, Any] = {
        "machine": surroundings.machine(),
        "versions": surroundings.peers(),
        "quick": options.quick,
    }
    print(tables.surroundings(results), flush=True)
    results["models"] = {}
    for name, found in compare(options.models, options.peers, quick=options.quick):
        results["models"][name] = found
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(tables.table(results), flush=True)
    if not options.skip_efficiency:
        from benchmarks.efficiency import everything

        say("efficiency")
        results["efficiency"] = everything(options.models, quick=options.quick)
        print("\n" + tables.efficiency(results["efficiency"]), flush=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    figures.work_precision(results, options.out.with_suffix(".png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
