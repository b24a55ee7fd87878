"""Sentences that stand in every report, or in those of certain studies, kept as text beside this file."""

from __future__ import annotations

from importlib import resources
from typing import Any

from allodynia.report.content import Disagreement
from allodynia.yamltext import load


def limits(study: str) -> tuple[str, ...]:
    """What the study called ``study`` cannot tell."""
    return tuple(" ".join(entry["text"].split()) for entry in _entries("limits.yaml", study))


def disagreements(study: str) -> tuple[Disagreement, ...]:
    """Where articles and papers disagree on what the study called ``study`` is about."""
    return tuple(
        Disagreement(
            " ".join(entry["article"].split()), " ".join(entry["papers"].split()), tuple(map(str, entry["evidence"]))
        )
        for entry in _entries("disagreements.yaml", study)
    )


def _entries(file: str, study: str) -> list[dict[str, Any]]:
    """The entries of a file that are about ``study``, or about all."""
    text = (resources.files("allodynia.report") / file).read_text(encoding="utf-8")
    return [entry for entry in load(text, file).data if {"all", study} & set(entry["studies"])]
