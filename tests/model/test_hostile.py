"""Text that means harm, or is merely broken, is refused in bounded time; the process that asks stays well."""

from __future__ import annotations

import random
import time

import pytest

from allodynia.errors import AllodyniaError, UnreadableModel, UnsupportedModel
from allodynia.model import Limits, evaluate, read_antimony, read_sbml, to_ode
from allodynia.model.read import process
from allodynia.model.read.process import ChildFailed

BRIEF = Limits(processor=3, wall=8.0)
MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
)


def assigning(formula: str, before: str = "") -> str:
    return (
        f'{HEAD}{before}<listOfParameters><parameter id="p" constant="false"/></listOfParameters><listOfRules>'
        f'<assignmentRule variable="p"><math {MATHML}>{formula}</math></assignmentRule></listOfRules></model></sbml>'
    )


def tower(height: int, left: str, right: str) -> str:
    """Functions that each call the one below twice: written out, 2 to the power of ``height`` terms."""
    functions = []
    for i in range(height):
        below = f"<ci> f{i - 1} </ci>"
        body = (
            f"<apply><plus/><apply>{below}{left}</apply><apply>{below}{right}</apply></apply>" if i else "<ci> x </ci>"
        )
        functions.append(
            f'<functionDefinition id="f{i}"><math {MATHML}><lambda><bvar><ci> x </ci></bvar>{body}</lambda></math>'
            "</functionDefinition>"
        )
    call = f"<apply><ci> f{height - 1} </ci><cn> 1 </cn></apply>"
    return assigning(call, f"<listOfFunctionDefinitions>{''.join(functions)}</listOfFunctionDefinitions>")


ENTITIES = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
HOSTILE_SBML = {
    "nested 100,000 deep": assigning("<apply><minus/>" * 100_000 + "<cn> 1 </cn>" + "</apply>" * 100_000),
    "entity bomb": f'<!DOCTYPE sbml [<!ENTITY e0 "ha">{ENTITIES}]>{assigning("<cn> &e11; </cn>").split("?>")[1]}',
    "external entity": '<!DOCTYPE sbml [<!ENTITY x SYSTEM "file:///etc/passwd">]><sbml>&x;</sbml>',
    "cut short": assigning("<cn> 1 </cn>")[:-40],
    "empty": "",
    "not XML": "\x00\x01 model",
    "another XML": "<html><body/></html>",
    "level 9": assigning("<cn> 1 </cn>").replace('level="3"', 'level="9"'),
    "no level": assigning("<cn> 1 </cn>").replace('level="3"', ""),
    "no model": HEAD.replace('<model id="m">', "</sbml>"),
    "half a character": "\ud800",
    "a function of itself": assigning(
        "<apply><ci> f </ci><cn> 1 </cn></apply>",
        f'<listOfFunctionDefinitions><functionDefinition id="f"><math {MATHML}><lambda><bvar><ci> x </ci></bvar>'
        "<apply><ci> f </ci><ci> x </ci></apply></lambda></math></functionDefinition></listOfFunctionDefinitions>",
    ),
    "200,000 arguments": assigning("<apply><plus/>" + "<cn> 1 </cn>" * 200_000 + "</apply>"),
    "unknown symbol": assigning("<ci> nobody </ci>"),
}


@pytest.mark.parametrize("name", HOSTILE_SBML)
def test_hostile_sbml_is_unreadable(name: str) -> None:
    begin = time.monotonic()
    with pytest.raises(UnreadableModel) as caught:
        to_ode(read_sbml(HOSTILE_SBML[name], "hostile.xml", limits=BRIEF))
    assert time.monotonic() - begin < 20.0  # generous: other work shares the machine; without limits it would be hours
    assert str(caught.value).startswith("hostile.xml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("height", [24, 200])
def test_functions_are_expanded_with_sharing(height: int) -> None:
    system = to_ode(read_sbml(tower(height, "<ci> x </ci>", "<ci> x </ci>"), "tower.xml", limits=BRIEF))
    assert evaluate(system.dag, system.observable_nodes, 0.0, [], [])[0] == 2.0 ** (height - 1)
    assert len(system.dag) < 10


def test_an_expansion_without_sharing_ends() -> None:
    """Distinct arguments at every call: nothing is shared, and 2²⁴ terms are too many."""
    sine, cosine = "<apply><sin/><ci> x </ci></apply>", "<apply><cos/><ci> x </ci></apply>"
    with pytest.raises(UnreadableModel, match="formulas are more than"):
        to_ode(read_sbml(tower(24, sine, cosine), "tower.xml", limits=BRIEF))


HOSTILE_ANTIMONY = {
    "brackets 100,000 deep": (UnreadableModel, "x := " + "(" * 100_000 + "1" + ")" * 100_000),
    "100,000 signs": (UnreadableModel, "x := " + "!" * 100_000 + "true"),
    "a tower of powers": (UnreadableModel, "y = 1\nx := " + "^".join(["y"] * 50_000)),
    "a sum without end": (UnreadableModel, "y = 1\nx := " + "+".join(["y"] * 50_000)),
    "import": (UnsupportedModel, 'import "/etc/passwd"\nx = 1'),
    "import in disguise": (UnsupportedModel, 'import /* a */ // b\n "/etc/passwd"\nx = 1'),
    "an instance": (UnsupportedModel, "x = 1\nA: part()\n"),
    "two models": (UnsupportedModel, "model a\n x = 1\nend\nmodel b\n y = 1\nend\n"),
    "a control character": (UnreadableModel, "x = 1\n\x00y = 2"),
    "no end": (UnreadableModel, "model a\n x = 1"),
    "nonsense": (UnreadableModel, "x := := 2"),
    "unknown function": (UnreadableModel, "x := nobody(2)"),
}


@pytest.mark.parametrize("name", HOSTILE_ANTIMONY)
def test_hostile_antimony_is_refused(name: str) -> None:
    kind, text = HOSTILE_ANTIMONY[name]
    begin = time.monotonic()
    with pytest.raises(kind) as caught:
        to_ode(read_antimony(text, "hostile.ant", strict_units=False, limits=BRIEF))
    assert time.monotonic() - begin < 20.0
    assert str(caught.value).startswith("hostile.ant")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_mutated_texts_are_read_or_refused() -> None:
    """Whatever one changed, lost or doubled piece does to a model, the answer is a system or an error with a place."""
    source = random.Random(7)
    whole = assigning(
        "<apply><divide/><cn> 1 </cn><apply><plus/><csymbol encoding='text' "
        "definitionURL='http://www.sbml.org/sbml/symbols/time'> t </csymbol><cn> 2 </cn></apply></apply>"
    )
    outcomes = set()
    for _ in range(8):
        at, length = source.randrange(len(whole)), source.randrange(1, 40)
        piece = source.choice(["", whole[at : at + length] * 2, "\x7f<&>", str(source.random())])
        mutated = whole[:at] + piece + whole[at + length :]
        try:
            to_ode(read_sbml(mutated, "mutated.xml", limits=BRIEF))
        except AllodyniaError as error:
            outcomes.add(str(error).split(":")[0])
        else:
            outcomes.add("read")
    assert outcomes <= {"read", "mutated.xml"}
    assert "mutated.xml" in outcomes


def test_too_long_a_text_never_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> list[dict[str, object]]:
        raise AssertionError("the child was asked")

    monkeypatch.setattr("allodynia.model.read.reader.ask", never)
    with pytest.raises(UnreadableModel, match="longer than 1,000 characters"):
        read_sbml(" " * 1001, "long.xml", limits=Limits(characters=1000))


def test_a_child_out_of_time_is_killed() -> None:
    text = {"text": HOSTILE_ANTIMONY["a sum without end"][1], "name": "slow", "strict": False}
    with pytest.raises(ChildFailed, match="took longer than 1 s"):
        process.ask("antimony", [text], Limits(processor=60, wall=1.0))


def test_an_answer_longer_than_allowed_is_cut_off() -> None:
    text = {"text": assigning("<cn> 1 </cn>"), "name": "wordy", "strict": False}
    with pytest.raises(ChildFailed, match="more data than allowed"):
        process.ask("sbml", [text], Limits(answer=100))


def test_memory_is_bounded() -> None:
    pytest.importorskip("resource", reason="memory limits are a POSIX matter")
    with pytest.raises(UnreadableModel):
        read_sbml(
            assigning("<apply><plus/>" + "<cn> 1 </cn>" * 90_000 + "</apply>"), "m.xml", limits=Limits(memory=64 << 20)
        )


def test_one_bad_text_among_many_is_named() -> None:
    from allodynia.model import read_antimony_modules

    texts = {"good.ant": "x = 1", "bad.ant": HOSTILE_ANTIMONY["brackets 100,000 deep"][1], "fine.ant": "y = 1"}
    with pytest.raises(UnreadableModel, match=r"^bad\.ant"):
        read_antimony_modules(texts, strict_units=False, limits=BRIEF)
