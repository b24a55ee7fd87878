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


def year(results: Mapping[str, Any]) -> str:
    """Milliseconds a person's year takes at equal achieved error, and how many times ours that is."""
    found = results["year"]
    heads = [f"ms at {error:g}" for error in AT_ERRORS] + [f"× at {error:g}" for error in AT_ERRORS]
    lines = [
        f"{found['people']} people, {found['states']} states, {found['doses']} doses in {found['end']:g} days. "
        f"Reference: {found['reference']}.",
        "",
        "| engine | " + " | ".join(heads) + " |",
        "|---|" + "---:|" * len(heads),
    ]
    for name, one in found["engines"].items():
        if "reason" in one:
            lines.append(f"| {name} | {one['reason']} |" + " |" * (len(heads) - 1))
            continue
        times = [one["seconds_at"][f"{error:g}"] for error in AT_ERRORS]
        cells = ["" if seconds is None else f"{1e3 * seconds:.3g}" for seconds in times]
        cells += [_ratio(one["ratios"][f"{error:g}"]) for error in AT_ERRORS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def surroundings(results: Mapping[str, Any]) -> str:
    """Machine and versions."""
    lines = [f"- {key}: {value}" for key, value in results["machine"].items()]
    if results["quick"]:
        lines.append("- a quick run: few subjects, two rounds, to be read with care")
    lines += [f"- {name}: {version}" for name, version in results["versions"].items()]
    return "\n".join(lines)


def efficiency(found: Mapping[str, Any]) -> str:
    """How well the machine is used."""
    share = found["share of peak"]
    lines = [
        f"Multiply-add peak of one core, measured: {share['peak'] / 1e9:.0f} billion operations a second.",
        "",
        "| model (states) | operations an attempt | µs an attempt | share of peak | lanes at work |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in share["models"].items():
        lines.append(
            f"| {name} ({one['states']}) | {one['operations an attempt']:,} | {one['microseconds an attempt']:.3f} "
            f"| {one['share']:.0%} | {found['occupancy'][name]:.1%} |"
        )
    lines += ["", "| | |", "|---|---:|"]
    for name, times in found["compile seconds"].items():
        lines.append(f"| compile {name}: cold, cached | {times['cold']:.2f} s, {times['cached']:.3f} s |")
    for name, gain in found["two threads"].items():
        lines.append(f"| two threads, {name} | {gain:.2f} × |")
    lines.append(f"| import allodynia | {found['import seconds']:.2f} s |")
    lines.append(f"| 100,000 subjects of passive-transfer | {found['memory of 100000 subjects'] / 1e9:.2f} GB |")
    return "\n".join(lines)
