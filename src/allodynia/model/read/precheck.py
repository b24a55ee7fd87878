"""A first look at SBML text with expat, before any library that might crash on it.

Expat expands no entities here and keeps no tree: one pass over the text bounds its size, depth and element count, refuses
document types (and so every entity), and finds level, version and required packages.

The same pass finds the literals that libSBML would not read to the last bit. It computes ``1.5 <sep/> -7`` as 1.5 · 10⁻⁷, one
rounding too many, and keeps integers in a C ``long``; both are rewritten as one decimal number, which it reads correctly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from allodynia.model.read.limits import Limits
from allodynia.model.read.refusal import Refusal

_CORE = "http://www.sbml.org/sbml/"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_NAMING = ("id", "variable", "symbol", "species")
# What can be read. Level and version -> allowed.
_VERSIONS = {(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 1), (3, 2)}


@dataclass(slots=True)
class Survey:
    """What the first look found: level, version, packages that change the mathematics, and where named elements begin."""

    level: int = 0
    version: int = 0
    required: list[str] = field(default_factory=list)
    named: list[tuple[int, str]] = field(default_factory=list)

    def element_at(self, line: int | None) -> str | None:
        """The id of the last named element that begins at or above ``line``."""
        found = None
        for begins, name in self.named:
            if line is None or begins > line:
                break
            found = name
        return found


@dataclass(slots=True)
class _Literal:
    start: int
    kind: str
    parts: list[str]


def survey(text: str, limits: Limits) -> tuple[Survey, str]:
    """What SBML ``text`` holds, and the text with every literal that libSBML would round rewritten.

    Raises Refusal for text that is malformed, too large, too deep, has a document type, or is no SBML that can be read.
    """
    if len(text) > limits.characters:
        raise Refusal("unreadable", f"the text is longer than {limits.characters:,} characters")
    data = text.encode()
    found = Survey()
    edits: list[tuple[int, int, bytes]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = elements = 0
    literal: _Literal | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements, literal
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
                literal = _Literal(parser.CurrentByteIndex, attributes.get("type", "real"), [""])
            elif local == "sep" and literal is not None:
                literal.parts.append("")
            return
        for key in _NAMING:
            if key in attributes:
                found.named.append((line, attributes[key]))
                break

    def characters(content: str) -> None:
        if literal is not None:
            literal.parts[-1] += content

    def end(name: str) -> None:
        nonlocal depth, literal
        depth -= 1
        if literal is not None and name == f"{_MATHML} cn":
            exact = _exact(literal)
            if exact is not None:
                edits.append((literal.start, parser.CurrentByteIndex, exact.encode()))
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
        raise Refusal("unreadable", f"not well-formed XML: {expat.ErrorString(error.code)}", line=error.lineno) from error
    return found, _rewritten(data, edits)


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


def _exact(literal: _Literal) -> str | None:
    """The literal as one decimal number of the same value, or None where it may stay as it is."""
    parts = [part.strip() for part in literal.parts]
    if literal.kind == "e-notation" and len(parts) == 2:
        written = f"{parts[0]}e{parts[1]}"
    elif literal.kind == "integer" and len(parts) == 1 and len(parts[0]) > 9:
        written = parts[0]
    else:
        return None
    try:
        return repr(float(written))
    except ValueError:
        return None  # libSBML will say what is wrong with it


def _rewritten(data: bytes, edits: list[tuple[int, int, bytes]]) -> str:
    """The text with the ``<cn>`` elements at ``edits`` made plain real numbers; lines stay where they were."""
    pieces: list[bytes] = []
    done = 0
    for start, end, number in edits:
        head, _, body = data[start:end].partition(b">")
        lines = b"\n" * body.count(b"\n")
        pieces += [data[done:start], _without_type(head), b"> ", number, lines, b" "]
        done = end
    pieces.append(data[done:])
    return b"".join(pieces).decode()


def _without_type(head: bytes) -> bytes:
    """The start tag without its ``type``, which then is real."""
    for quote in (b'"', b"'"):
        for kind in (b"e-notation", b"integer"):
            head = head.replace(b"type=" + quote + kind + quote, b"")
    return head
