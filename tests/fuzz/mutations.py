"""Ways to spoil an SBML text: what disks, transfers, editors, converters and malice do to files."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

TAG = re.compile(r"<[^<>]*>")
ELEMENT = re.compile(r"<([A-Za-z:]+)\b[^<>]*?(?:/>|>[^<>]*</\1>)")
VALUE = re.compile(r'(?<==")[^"<>]*(?=")')
NUMBER = re.compile(r'(?<=[">\s])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?(?=["<\s])')
NAMES = re.compile(r'(?<=id=")[^"]+(?=")')
OPERATOR = re.compile(r"<(plus|minus|times|divide|power|exp|ln|abs|floor|sin|lt|gt|leq|geq|eq|and|or|not|root)\s*/>")
EXTREMES = (
    "0", "-0", "1", "-1", "1e300", "-1e300", "1e-300", "5e-324", "1e309", "NaN", "INF", "-INF", "", "0x10", "1,5",
    "9" * 400, "1e99999999999", "٣", "1e-17", "3.141592653589793", "2147483648", "1_000", " 7 ",
)  # fmt: skip
OPERATORS = (
    "plus", "minus", "times", "divide", "power", "exp", "ln", "abs", "floor", "tan", "arccosh", "factorial", "lt",
    "eq", "and", "not", "root", "sech", "nonsense",
)  # fmt: skip
WORDS = ("true", "false", "time", "dimensionless", "", "nobody", "second", "é", "a b", "-", "1", "http://x/y")
ENCODINGS = ("UTF-16", "ISO-8859-1", "us-ascii", "utf-7", "EBCDIC-CP-US", "nonsense", "UTF-32")

Mutation = Callable[[random.Random, str], str]


def _spot(source: random.Random, pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return source.choice(found) if found else None


def _replaced(text: str, match: re.Match[str] | None, by: str) -> str:
    return text if match is None else text[: match.start()] + by + text[match.end() :]


def flip_bytes(source: random.Random, text: str) -> str:
    """One to five bits of the file; what is then no UTF-8 is read as Latin-1, as an old editor would."""
    data = bytearray(text.encode())
    for _ in range(source.randint(1, 5)):
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def drop_tag(source: random.Random, text: str) -> str:
    """A tag is lost."""
    return _replaced(text, _spot(source, TAG, text), "")


def double_tag(source: random.Random, text: str) -> str:
    """A tag stands twice."""
    match = _spot(source, TAG, text)
    return text if match is None else _replaced(text, match, match[0] * 2)


def swap_tags(source: random.Random, text: str) -> str:
    """Two tags change places."""
    a, b = _spot(source, TAG, text), _spot(source, TAG, text)
    if a is None or b is None or a.start() == b.start():
        return text
    first, second = sorted((a, b), key=lambda match: match.start())
    return text[: first.start()] + second[0] + text[first.end() : second.start()] + first[0] + text[second.end() :]


def drop_element(source: random.Random, text: str) -> str:
    """An element is lost whole: the text stays well-formed."""
    return _replaced(text, _spot(source, ELEMENT, text), "")


def double_element(source: random.Random, text: str) -> str:
    """An element stands twice: ids are no longer unique, arguments one too many."""
    match = _spot(source, ELEMENT, text)
    return text if match is None else _replaced(text, match, match[0] * 2)


def reorder(source: random.Random, text: str) -> str:
    """An element moves to where another begins."""
    match = _spot(source, ELEMENT, text)
    if match is None:
        return text
    rest = _replaced(text, match, "")
    place = _spot(source, ELEMENT, rest)
    return text if place is None else rest[: place.start()] + match[0] + rest[place.start() :]


def extreme_number(source: random.Random, text: str) -> str:
    """A number becomes one that nobody expects."""
    return _replaced(text, _spot(source, NUMBER, text), source.choice(EXTREMES))


def other_number(source: random.Random, text: str) -> str:
    """A number becomes another of the same kind."""
    return _replaced(text, _spot(source, NUMBER, text), repr(round(source.lognormvariate(0.0, 2.0), 4)))


def swap_ids(source: random.Random, text: str) -> str:
    """Something refers to the wrong thing: one mention of an id becomes another id."""
    names = sorted(set(NAMES.findall(text)))
    if len(names) < 2:
        return text
    old, new = source.sample(names, 2)
    return _replaced(text, _spot(source, re.compile(rf"\b{re.escape(old)}\b"), text), new)


def exchange_ids(source: random.Random, text: str) -> str:
    """Two ids change names everywhere."""
    names = sorted(set(NAMES.findall(text)))
    if len(names) < 2:
        return text
    old, new = source.sample(names, 2)
    both = re.compile(rf"\b({re.escape(old)}|{re.escape(new)})\b")
    return both.sub(lambda match: new if match[0] == old else old, text)


def attribute_value(source: random.Random, text: str) -> str:
    """An attribute has the value of another, or a word it cannot have."""
    other = _spot(source, VALUE, text)
    new = source.choice([*WORDS, other[0] if other else ""])
    return _replaced(text, _spot(source, VALUE, text), new)


def drop_attribute(source: random.Random, text: str) -> str:
    """An attribute is missing."""
    return _replaced(text, _spot(source, re.compile(r'\s[\w:]+="[^"<>]*"'), text), "")


def flip_truth(source: random.Random, text: str) -> str:
    """A flag is the other way round."""
    match = _spot(source, re.compile(r'"(?:true|false)"'), text)
    return text if match is None else _replaced(text, match, '"false"' if match[0] == '"true"' else '"true"')


def other_operator(source: random.Random, text: str) -> str:
    """A formula does something else, or asks a truth value of a number."""
    return _replaced(text, _spot(source, OPERATOR, text), f"<{source.choice(OPERATORS)}/>")


def nest_math(source: random.Random, text: str) -> str:
    """A variable is wrapped in up to 3,000 layers."""
    match = _spot(source, re.compile(r"<ci>[^<]*</ci>"), text)
    depth = source.choice([1, 20, 300, 3000])
    inner = "" if match is None else f"{'<apply><minus/>' * depth}{match[0]}{'</apply>' * depth}"
    return _replaced(text, match, inner)


def truncate(source: random.Random, text: str) -> str:
    """The file ends early, sometimes with its tags closed again by a clever tool."""
    cut = text[: source.randrange(len(text))]
    if source.random() < 0.5:
        return cut
    cut = cut[: cut.rfind(">") + 1]
    still_open: list[str] = []
    for tag in re.finditer(r"<(/?)([A-Za-z:]+)[^<>]*?(/?)>", cut):
        if tag[1] and still_open:
            still_open.pop()
        elif not tag[1] and not tag[3]:
            still_open.append(tag[2])
    return cut + "".join(f"</{name}>" for name in reversed(still_open))


def giant_attribute(source: random.Random, text: str) -> str:
    """A name, or a number, of a megabyte."""
    return _replaced(text, _spot(source, VALUE, text), source.choice("aA1_-é ") * source.choice([300, 10**6]))


def encoding_trick(source: random.Random, text: str) -> str:
    """The declaration lies about the encoding, a byte order mark comes first, or odd characters slip in."""
    match source.randrange(5):
        case 0:
            return re.sub(r'encoding="[^"]*"', f'encoding="{source.choice(ENCODINGS)}"', text, count=1)
        case 1:
            return "\ufeff" * source.randint(1, 2) + text
        case 2:
            at = source.randrange(len(text))
            return text[:at] + source.choice(["\u202e", "\u0000", "\u200b", "\ufffe", "\U0001f600", "é"]) + text[at:]
        case 3:
            return text.replace("<?xml", source.choice([" <?xml", "<?xml-", "<?XML"]), 1)
        case _:
            return text.encode("utf-16" if source.random() < 0.5 else "utf-8-sig").decode("latin-1")


def insert_markup(source: random.Random, text: str) -> str:
    """A comment, a section of characters, an instruction or an entity between two tags."""
    match = _spot(source, TAG, text)
    piece = source.choice([
        "<!-- > -->", "<![CDATA[<]]>", "<?php x ?>", "&lt;", "&nobody;", "&#0;", "&#x10FFFF;", "<x:y/>",
        '<notes xmlns="http://www.w3.org/1999/xhtml"><p>&#9;</p></notes>', "<!-- -- -->", "\t" * 1000,
    ])  # fmt: skip
    return text if match is None else text[: match.end()] + piece + text[match.end() :]


def other_level(source: random.Random, text: str) -> str:
    """The file says that it is of another level, version or package."""
    match source.randrange(3):
        case 0:
            return re.sub(r'level="\d"', f'level="{source.choice("01234")}"', text, count=1)
        case 1:
            return re.sub(r'version="\d"', f'version="{source.choice("012345")}"', text, count=1)
        case _:
            package = source.choice(["comp", "fbc", "qual", "nobody"])
            space = f"http://www.sbml.org/sbml/level3/version1/{package}/version1"
            return text.replace("<sbml ", f'<sbml xmlns:{package}="{space}" {package}:required="true" ', 1)


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes, drop_tag, double_tag, swap_tags, drop_element, double_element, reorder, extreme_number, other_number,
    swap_ids, exchange_ids, attribute_value, drop_attribute, flip_truth, other_operator, nest_math, truncate,
    giant_attribute, encoding_trick, insert_markup, other_level,
)  # fmt: skip
GENTLE: tuple[Mutation, ...] = (
    other_number, other_number, other_number, extreme_number, exchange_ids, swap_ids, flip_truth, other_operator,
    drop_element, double_element, reorder,
)  # fmt: skip
"""Those after which a text is often still a model; drawn more often, because a model must then be solved or refused."""


def mutate(source: random.Random, text: str) -> tuple[str, str]:
    """A spoiled text, and how it was spoiled: one to three mutations."""
    done = []
    for _ in range(source.choice([1, 1, 1, 2, 3])):
        mutation = source.choice(GENTLE if source.random() < 0.7 else MUTATIONS)
        text = mutation(source, text) or text
        done.append(mutation.__name__)
    return text, ", ".join(done)
