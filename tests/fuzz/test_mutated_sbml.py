"""Spoiled SBML: solved, refused in one line, or failed with a status; never a crash, a hang or a silent number."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from allodynia.engine import Status

from .agreement import Compared, compared
from .isolated import Answer, work
from .models import conformance, own
from .mutations import MUTATIONS, mutate

PATIENCE = 120.0
"""Seconds without a word from a worker that reads 40 files at once and shares the machine; a hang would be for ever."""

LONGEST_MESSAGE = 1_100
FAILURES = {status.name for status in Status} - {Status.SOLVED.name, Status.NOT_RUN.name}

Item = dict[str, Any]


def spoiled(count: int, seed: str, only_own: bool = False) -> list[Item]:
    """Files by number; what number i is depends on i and the seed alone."""
    mine, suite = list(own().items()), [] if only_own else list(conformance().items())
    found = []
    for i in range(count):
        source = random.Random(f"{seed} {i}")
        base, text = source.choice(mine if not suite or source.random() < 0.4 else suite)
        text, how = mutate(source, text)
        found.append({"name": f"{i}.xml", "text": text, "base": base, "how": how})
    return found


def complaint(item: Item, answer: Answer) -> str:
    """What is wrong with what became of a file; "" where nothing is."""
    kind = answer["kind"]
    if kind == "refused":
        message = answer["message"]
        if "\n" in message or not 15 < len(message) <= LONGEST_MESSAGE:
            return f"the message is not one line: {message[:200]!r}"
        return "" if answer["how"] != "AllodyniaError" else "the error does not say of what kind it is"
    if kind == Status.SOLVED.name:
        return "" if answer["finite"] else "solved, with states that are not finite"
    if kind in FAILURES:
        return "" if answer["empty"] else "numbers after the failure"
    return f"{kind}: {answer.get('message') or answer.get('said', '')}"


def ask(items: Sequence[Item]) -> tuple[list[Answer], Counter[str]]:
    """What becomes of the files, all of it as it must be; and how often what."""
    answers = work("sbml", items, PATIENCE)
    wrong = [
        f"{item['base']}, {item['how']}: {said}"
        for item, answer in zip(items, answers, strict=True)
        if (said := complaint(item, answer))
    ]
    assert not wrong, "\n".join(wrong)
    return answers, Counter(answer.get("how", answer["kind"]) for answer in answers)


def compare(items: Sequence[Item], answers: Sequence[Answer]) -> Compared:
    """The solved files against other engines; none of them may be wrong."""
    solved = [i for i, answer in enumerate(answers) if answer["kind"] == Status.SOLVED.name]
    found = compared([items[i] for i in solved], [answers[i] for i in solved])
    assert not found.wrong, "\n".join(found.wrong)
    return found


def test_mutations_spoil() -> None:
    """Every mutation changes most texts, and the same seed gives the same files."""
    for mutation in MUTATIONS:
        changed = [mutation(random.Random(i), text) != text for i in range(10) for text in own().values()]
        assert sum(changed) > len(changed) / 4, mutation.__name__
    assert spoiled(20, "a") == spoiled(20, "a") != spoiled(20, "b")


@pytest.mark.usefixtures("other_engine")
def test_whole_texts_are_solved_and_agree_with_other_engines() -> None:
    items = [{"name": f"{name}.xml", "text": text, "base": name, "how": "whole"} for name, text in own().items()]
    answers, kinds = ask(items)
    assert kinds == {Status.SOLVED.name: len(items)}
    # An algebraic rule libRoadRunner refuses, and COPASI too.
    assert compare(items, answers).agreed >= len(items) - 1


def test_three_hundred_spoiled_files() -> None:
    _, kinds = ask(spoiled(300, "spoiled"))
    assert kinds[Status.SOLVED.name] >= 30  # some are still models
    assert kinds["UnreadableModel"] >= 60  # and some are not


@pytest.mark.usefixtures("other_engine")
def test_what_is_solved_agrees_with_other_engines() -> None:
    items = spoiled(120, "compared", only_own=True)
    answers, kinds = ask(items)
    found = compare(items, answers)
    assert found.agreed >= max(25, 0.75 * kinds[Status.SOLVED.name])
    assert len(found.disputed) <= 2


@pytest.mark.long
def test_ten_thousand_spoiled_files(capsys: pytest.CaptureFixture[str]) -> None:
    kinds: Counter[str] = Counter()
    total = 0
    against: list[Compared] = []
    for part in range(10):
        items = spoiled(1_000, f"long {part}")
        answers, found = ask(items)
        kinds += found
        total += len(items)
        against.append(compare(items, answers))
        with capsys.disabled():
            listed = ", ".join(f"{kind} {number:,}" for kind, number in kinds.most_common())
            numbers = sum(one.number for one in against), sum(len(one.disputed) for one in against)
            print(f"\n{total:,} spoiled SBML files: {listed}; {numbers[0]:,} compared with other engines, "
                  f"of which {numbers[1]:,} are disputed among the others")  # fmt: skip
            print("\n".join(against[-1].disputed))
    assert total == 10_000
