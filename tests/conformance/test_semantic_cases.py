"""Every semantic case of the SBML Test Suite, through the compiled engine: none wrong, at least 94 % right."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest
from solving import Verdict, judge_all
from suite import find_suite, load_cases

FOLDER, REASON = find_suite()
pytestmark = pytest.mark.skipif(FOLDER is None, reason=REASON)

SHARE = 0.94
AT_ONCE = 32
# What may be refused: the tag that a refused case must bear, and what its refusal says.
REFUSALS = {
    "CSymbolDelay": "uses 'delay', a value of the past",
    "FastReaction": "is fast, which is not supported",
    "comp:ExternalModelDefinition": "is in another file, which is not read",
}


@pytest.fixture(scope="module")
def verdicts(counts: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[Verdict]:
    """What becomes of each case; on as many processes as there are processors."""
    assert FOLDER is not None
    cases = [case for case in load_cases(FOLDER) if case.is_time_course]
    parts = [cases[first : first + AT_ONCE] for first in range(0, len(cases), AT_ONCE)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLODYNIA_CACHE_DIR", str(tmp_path_factory.mktemp("conformance") / "cache"))
        workers = min(8, os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            found = [verdict for part in pool.map(judge_all, parts) for verdict in part]
    words = Counter(verdict.word for verdict in found)
    counts.append(f"{len(found)} cases: {words['pass']} pass, {words['refused']} refused, {words['wrong']} wrong")
    counts.extend(f"  {verdict.case.id}: {verdict.why}" for verdict in found if verdict.word == "wrong")
    return found


def test_none_is_wrong(verdicts: list[Verdict]) -> None:
    assert [f"{verdict.case.id}: {verdict.why}" for verdict in verdicts if verdict.word == "wrong"] == []


def test_enough_pass(verdicts: list[Verdict]) -> None:
    passed = sum(verdict.word == "pass" for verdict in verdicts)
    assert passed >= SHARE * len(verdicts)


def test_what_is_refused_is_on_the_list_with_its_place(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.word == "refused":
            said = [text for tag, text in REFUSALS.items() if tag in verdict.case.tags]
            assert any(text in verdict.why for text in said), (verdict.case.id, verdict.why)
            assert verdict.why.startswith(f"{verdict.case.id}:"), "no line"


def test_the_balance_of_fluxes_alone_is_left_out() -> None:
    assert FOLDER is not None
    left = [case for case in load_cases(FOLDER) if not case.is_time_course]
    assert all("FluxBalanceSteadyState" in case.tags for case in left)
