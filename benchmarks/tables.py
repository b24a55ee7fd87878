"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.work_precision import AT_ERRORS


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1e6:,.1f}" if seconds < 1e-3 else f"{seconds * 1e6:,.0f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def table(results: Mapping[str, Any]) -> str:
    """Microseconds a subject at equal achieved error, and how many times ours that is."""
    heads = [f"µs at {error:g}" for error in AT_ERRORS] + [f"× at {error:g}" for error in AT_ERRORS]
    lines = ["| model (states) | engine | " + " | ".join(heads) + " |", "|---|---|" + "---:|" * len(heads)]
    for found in results["models"].values():
        title = f"{found['title']} ({found['states']})"
        for name, one in found["engines"].items():
            if "reason" in one:
                lines.append(f"| {title} | {name} | {one['reason']} |" + " |" * (len(heads) - 1))
                continue
            cells = [_time(one["seconds_at"][f"{error:g}"]) for error in AT_ERRORS]
            cells += [_ratio(one["ratios"][f"{error:g}"]) for error in AT_ERRORS]
            lines.append(f"| {title} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def surroundings(results: Mapping[str, Any]) -> str:
    """Machine and versions."""
    lines = [f"- {key}: {value}" for key, value in results["machine"].items()]
    lines += [f"- {name}: {version}" for name, version in results["versions"].items()]
    return "\n".join(lines)
