"""Conformance: where its modules are, a cache of its own, and the count that it prints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

COUNTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def counts(request: pytest.FixtureRequest) -> list[str]:
    """Lines to print at the end."""
    return request.config.stash.setdefault(COUNTS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line: how many cases pass, are refused, are wrong."""
    lines = config.stash.get(COUNTS, [])
    if lines:
        terminalreporter.section("SBML Test Suite, semantic cases")
        for line in lines:
            terminalreporter.write_line(line)
