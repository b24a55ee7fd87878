"""Texts built to hang, crash or mislead: refused in one line, or solved, or failed with a status; in bounded time."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.engine import Status

from .isolated import Answer, work
from .structures import enormous, texts
from .worker import TIMES

TEXTS = texts()
PATIENCE = 90.0
"""Seconds for one text, on a machine shared with other work: a hang would be for ever."""

LONGEST_MESSAGE = 1_100


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    items = [{"name": f"{number}.xml", "text": text} for number, (_, text) in enumerate(TEXTS.values())]
    return dict(zip(TEXTS, work("sbml", items, PATIENCE), strict=True))


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_structure_is_refused_or_solved(name: str, answers: dict[str, Answer]) -> None:
    judge(answers[name], TEXTS[name][0], f"{list(TEXTS).index(name)}.xml")


def judge(answer: Answer, wanted: str, file: str) -> None:
    """Refused in one line that names the file, or a number, or a status; and what was wanted, where that is known."""
    kind = answer["kind"]
    assert kind not in {"crash", "hang", "escaped"}, answer
    if kind == "refused":
        message = answer["message"]
        assert "\n" not in message and 20 < len(message) <= LONGEST_MESSAGE, message[:LONGEST_MESSAGE]
        assert message.startswith(file), message
    elif kind == Status.SOLVED.name:
        assert answer["finite"]
    else:
        assert answer["empty"]
    if wanted == "refused":
        assert kind == "refused", kind
    if wanted == "solved":
        assert kind == Status.SOLVED.name, answer.get("message", kind)


def test_what_is_solved_is_right(answers: dict[str, Answer]) -> None:
    """Every model that holds y' = 1 from 0 gives y = t."""
    checked = 0
    for name, answer in answers.items():
        if answer["kind"] == Status.SOLVED.name and 'id="y" value="0"' in TEXTS[name][1]:
            (place,) = (i for i, output in enumerate(answer["outputs"]) if output.endswith("y"))
            y = answer["values"][place]
            np.testing.assert_allclose(y, TIMES, rtol=1e-9, err_msg=name)
            checked += 1
    assert checked >= 3
    for name, output, known in (
        ("150 rules, each one more than the last", "p149", TIMES + 149.0),
        ("150 rules, each twice the last", "p149", TIMES * 2.0**149),
        ("40 functions, each calling the last", "p", TIMES),
        ("500 rules, each one more than the last", "p499", TIMES + 499.0),
        ("100 functions, each calling the last", "p", TIMES),
    ):
        answer = answers[name]
        np.testing.assert_allclose(answer["values"][answer["outputs"].index(output)], known, rtol=1e-9, err_msg=name)


@pytest.mark.long
@pytest.mark.parametrize("name", enormous())
def test_an_enormous_structure_is_refused_or_solved(name: str) -> None:
    wanted, text = enormous()[name]
    (answer,) = work("sbml", [{"name": "0.xml", "text": text}], PATIENCE, workers=1)
    judge(answer, wanted, "0.xml")
