"""A first look at SBML text with expat, before any library that might crash on it.

Expat expands no entities here and keeps no tree: one pass over the text bounds its size, depth and element count,
refuses document types (and so every entity), and finds level, version and required packages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from allodynia.model.read.limits import Limits
from allodynia.model.read.numbers import Numbers
from allodynia.model.read.refusal import Refusal

_CORE = "http://www.sbml.org/sbml/"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_NAMING = ("id", "variable", "symbol")
# What can be read. Level and version -> allowed.
_VERSIONS = {(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 1), (3, 2)}


@dataclass(slots=True)
class Survey:
    """What the first look found: level, version, packages that change the mathematics, lines of named elements."""

    level: int = 0
    version: int = 0
    required: list[str] = field(default_factory=list)
    named: list[tuple[int, str]] = field(default_factory=list)
    restore: dict[float, float] = field(default_factory=dict)

    def element_at(self, line: int | None) -> str | None:
        """The id of the last named element that begins at or above ``line``."""
        found = None
        for begins, name in self.named:
            if line is None or begins > line:
                break
            found = name
        return found

    def exact(self, value: float) -> float:
        """The number that the text holds, given what libSBML read."""
        found = self.restore.get(abs(value))
        return value if found is None else (found if value > 0 else -found)


def survey(text: str, limits: Limits) -> tuple[Survey, str]:
    """What SBML ``text`` holds, and the text with every number that libSBML would not read exactly rewritten.

    Raises Refusal for text that is malformed, too large, too deep, has a document type, or is no SBML that can be read.
    """
    if len(text) > limits.characters:
        raise Refusal("unreadable", f"the text is longer than {limits.characters:,} characters")
    data = text.encode()
    found = Survey()
    numbers = Numbers(data)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.buffer_text = True
    depth = elements = 0
    literal: tuple[int, str] | None = None  # where a <cn> begins, and its type
    parts: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements, literal, parts
        depth += 1
        elements += 1
        line = parser.CurrentLineNumber
        if depth > limits.depth:
            raise Refusal("unreadable", f"elements are nested more than {limits.depth:,} deep", line=line)
        if elements > limits.elements:
            raise Refusal("unreadable", f"the text has more than {limits.elements:,} elements", line=line)
        if depth == 1:
            _root(found, name, attributes, line)
        space, _, local = name.rpartition(" ")
        if space == _MATHML:
            if local == "cn":
                literal, parts = (parser.CurrentByteIndex, attributes.get("type", "real")), [""]
            elif local == "sep" and literal is not None:
                parts.append("")
            return
        numbers.attributes(parser.CurrentByteIndex, attributes)
        for key in _NAMING:
            if key in attributes:
                found.named.append((line, attributes[key]))
                break

    def characters(content: str) -> None:
        if literal is not None:
            parts[-1] += content

    def end(name: str) -> None:
        nonlocal depth, literal
        depth -= 1
        if literal is not None and name == f"{_MATHML} cn":
            numbers.literal(literal[0], parser.CurrentByteIndex, literal[1], parts, parser.CurrentLineNumber)
            literal = None

    def doctype(*_: object) -> None:
        raise Refusal("unreadable", "the text has a document type (DOCTYPE), which SBML does not allow; remove it")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refusal(
            "unreadable", f"not well-formed XML: {expat.ErrorString(error.code)}", line=error.lineno
        ) from error
    clean, found.restore = numbers.rewritten()
    return found, clean


def _root(found: Survey, name: str, attributes: dict[str, str], line: int) -> None:
    space, _, local = name.rpartition(" ")
    if local != "sbml" or not space.startswith(_CORE):
        raise Refusal("unreadable", f"the outermost element is <{local}>, not <sbml>", line=line)
    try:
        found.level, found.version = int(attributes.get("level", "")), int(attributes.get("version", ""))
    except ValueError:
        raise Refusal("unreadable", "the <sbml> element lacks its level or version", line=line) from None
    if (found.level, found.version) not in _VERSIONS:
        raise Refusal("unreadable", f"SBML level {found.level} version {found.version} is not known", line=line)
    for key, value in attributes.items():
        space, _, local = key.rpartition(" ")
        if local == "required" and value == "true":
            found.required.append(space.removeprefix(_CORE).split("/")[2] if space.startswith(_CORE) else space)
