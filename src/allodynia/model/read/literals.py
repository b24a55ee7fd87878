"""A light scan of Antimony text: where ids stand, what must not be there, and which numbers would lose digits.

Antimony turns its text into SBML with 15 significant digits; 92 % of random doubles do not survive that. A literal
that would not is replaced, before Antimony sees it, by a nearby 15-digit number that stands nowhere else in the text,
and put back, bit for bit, when the SBML has been read. So are names in long chains of assignments (`chains.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from allodynia.model.read.chains import veiled
from allodynia.model.read.limits import Limits
from allodynia.model.read.refusal import Refusal

_TOKEN = re.compile(
    r"(?P<skip>//[^\n]*|/\*.*?(?:\*/|\Z)|[ \t\r\f\v]+)"
    r"|(?P<string>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|```.*?(?:```|\Z)|\"[^\"\n]*(?:\"|$)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<end>[\n;])"
    r"|(?P<sign>:=|->|=>|.)",
    re.DOTALL,
)
# Below this a stand-in is near no longer: libSBML, which Antimony asks, refuses subnormal numbers.
_TINY = 1e-300
_IMPORT = re.compile(r"\bimport\b(?:\s|/\*.*?\*/|//[^\n]*\n)*[\"'`]", re.DOTALL)
_DEFINING = frozenset({"model", "module", "function", "unit"})
_DECLARING = frozenset({"var", "const", "species", "compartment", "formula", "substanceOnly", "gene", "operator"})


@dataclass(slots=True)
class Scan:
    """What the scan found: the text for Antimony, what numbers and names to put back, and lines by (role, id)."""

    text: str
    restore: dict[float, float] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    ending: str = ""

    def exact(self, value: float) -> float:
        """The number that the text holds, given what came back through Antimony."""
        found = self.restore.get(abs(value))
        return value if found is None else (found if value > 0 else -found)

    def line(self, name: str, *roles: str) -> int | None:
        """The line where ``name`` plays the first of ``roles`` it has, else where it first stands."""
        for role in (*roles, "declared", "set", "named"):
            line = self.lines.get((role, name))
            if line is not None:
                return line
        return None


_Edit = tuple[str, int]
"""What is written instead, and of how many characters."""


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    start: int


def scan(text: str, limits: Limits) -> Scan:
    """Look through Antimony ``text``.

    Raises Refusal for text that is too long or nested too deep, or that imports files or instantiates other models.
    """
    if len(text) > limits.characters:
        raise Refusal("unreadable", f"the text is longer than {limits.characters:,} characters")
    breaks = [match.start() for match in re.finditer("\n", text)]
    imported = _IMPORT.search(text)
    if imported:
        raise Refusal(
            "unsupported",
            "'import' would read another file; put the model into this text",
            line=1 + bisect_right(breaks, imported.start()),
        )
    tokens = [
        _Token(str(match.lastgroup), match[0], match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "skip"
    ]
    depth = 0
    for token in tokens:
        if token.text in ("(", "[", "{"):
            depth += 1
            if depth > limits.depth:
                line = 1 + bisect_right(breaks, token.start)
                raise Refusal("unreadable", f"brackets are nested more than {limits.depth:,} deep", line=line)
        elif token.text in (")", "]", "}"):
            depth -= 1
    found = Scan(text)
    statements = list(_statements(tokens))
    for statement in statements:  # the line of every id, by the role the statement gives it
        _note(statement, breaks, found)
    edits = {**_other_numbers(tokens, found), **_veils(statements, tokens, found)}
    pieces: list[str] = []
    done = 0
    for start in sorted(edits):
        written, length = edits[start]
        pieces += [text[done:start], written]
        done = start + length
    found.text = "".join([*pieces, text[done:]])
    return found


def _statements(tokens: list[_Token]) -> Iterator[list[_Token]]:
    statement: list[_Token] = []
    for token in tokens:
        if token.kind != "end":
            statement.append(token)
        elif statement:
            yield statement
            statement = []
    if statement:
        yield statement


def _note(statement: list[_Token], breaks: list[int], found: Scan) -> None:
    lines = found.lines
    names = [token for token in statement if token.kind == "name"]
    for token in names:
        lines.setdefault(("named", token.text), 1 + bisect_right(breaks, token.start))
    line = 1 + bisect_right(breaks, statement[0].start)
    words = [token.text for token in statement]
    head = words[0]
    if head in _DEFINING and len(names) > 1:
        if head == "model":
            found.models.append(names[1].text)
        lines.setdefault((head, names[1].text), line)
        return
    if head in _DECLARING or "has" in words[1:3]:
        for token in names:
            if token.text not in _DECLARING:
                lines.setdefault(("declared", token.text), 1 + bisect_right(breaks, token.start))
        words = [word for word in words if word not in _DECLARING]
    if statement[0].kind != "name" or len(words) < 3:
        return
    head = words[0]
    if words[1] == ":":
        if len(words) > 3 and words[2] != "at" and words[3] == "(" and "->" not in words and "=>" not in words:
            raise Refusal(
                "unsupported",
                f"{head!r} is an instance of model {words[2]!r}; submodels are refused, write one flat model",
                line=line,
                element=head,
            )
        lines.setdefault(("reaction", head), line)
    elif words[1] == ":=":
        lines.setdefault(("rule", head), line)
    elif words[1] == "'":
        lines.setdefault(("rate", head), line)
    elif words[1] == "=":
        lines.setdefault(("set", head), line)


def _veils(statements: list[list[_Token]], tokens: list[_Token], found: Scan) -> dict[int, _Edit]:
    """Names within assignments that Antimony should not follow."""
    assignments = []
    for statement in statements:
        words = [token.text for token in statement if token.text not in _DECLARING]
        if statement[0].kind == "name" and len(words) > 2 and words[1] in ("=", ":=") and words[0] not in _DEFINING:
            right = next(at for at, token in enumerate(statement) if token.text == words[1])
            assignments.append((words[0], [token for token in statement[right + 1 :] if token.kind == "name"]))
    found.ending, hidden = veiled(
        [(target, [token.text for token in right]) for target, right in assignments],
        (token.text for token in tokens if token.kind == "name"),
    )
    return {
        token.start: (token.text + found.ending, len(token.text))
        for _, right in assignments
        for token in right
        if token.text in hidden
    }


def _other_numbers(tokens: list[_Token], found: Scan) -> dict[int, _Edit]:
    """Others for the literals that 15 digits cannot hold."""
    literals = [(token, float(token.text)) for token in tokens if token.kind == "number"]
    taken = {value for _, value in literals}
    stand_in: dict[float, str] = {}
    edits: dict[int, _Edit] = {}
    for token, value in literals:
        tiny = 0.0 < value < _TINY
        if (float(f"{value:.15g}") == value and not tiny) or value == float("inf"):
            continue
        if value not in stand_in:
            written = _free_neighbour(_TINY if tiny else value, taken)
            stand_in[value] = written
            taken.add(float(written))
            found.restore[float(written)] = value
        edits[token.start] = (stand_in[value], len(token.text))
    return edits


def _free_neighbour(value: float, taken: set[float]) -> str:
    """A 15-digit decimal near ``value`` that is in use for nothing else."""
    mantissa, exponent = f"{value:.14e}".split("e")
    digits = int(mantissa.replace(".", ""))
    while True:
        text = f"{digits // 10**14}.{digits % 10**14:014d}e{int(exponent)}"
        number = float(text)
        if number not in taken and float(f"{number:.15g}") == number < float("inf"):
            return text
        digits -= 1  # towards zero: the largest double has no neighbour above
