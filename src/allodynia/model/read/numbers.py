"""Numbers in SBML text that libSBML would not read to the last bit, found by place and rewritten.

It computes ``1.5 <sep/> -7`` as 1.5 · 10⁻⁷, one rounding too many, and keeps integers in a C ``long``: both become
one decimal number, which it reads correctly. It refuses subnormal numbers in attributes: a number that the text does
not use stands in for each. A literal beyond the largest double, which it would make that double, is refused.
"""

from __future__ import annotations

import re
import sys

from allodynia.model.read.refusal import Refusal

_NUMERIC = ("value", "size", "volume", "initialAmount", "initialConcentration", "stoichiometry")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_TYPE = re.compile(rb"\stype\s*=\s*(?:\"[a-z-]*\"|'[a-z-]*')")


class Numbers:
    """Collects the rewrites of one text, in order of place."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._edits: list[tuple[int, int, bytes]] = []
        self._subnormal: list[tuple[int, int, float]] = []
        self._used: set[float] = set()

    def attributes(self, position: int, attributes: dict[str, str]) -> None:
        """Look at the numeric attributes of the element whose tag begins at byte ``position``."""
        for name in _NUMERIC:
            written = attributes.get(name, "").strip()
            if not _NUMBER.fullmatch(written):
                continue
            value = float(written)
            self._used.add(abs(value))
            if abs(value) < sys.float_info.min and re.search(r"[1-9]", re.split("[eE]", written)[0]):
                tag = _TAG.match(self._data, position)
                place = re.search(rb"\s" + name.encode() + rb"\s*=\s*[\"']([^\"']*)", tag[0]) if tag else None
                if place:
                    self._subnormal.append((position + place.start(1), position + place.end(1), value))

    def literal(self, start: int, end: int, kind: str, parts: list[str], line: int) -> None:
        """Look at the ``<cn>`` element of type ``kind`` from byte ``start`` to ``end``, its text split at ``<sep/>``.

        Raises Refusal for a number that no double can hold.
        """
        parts = [part.strip() for part in parts]
        joined = f"{parts[0]}e{parts[1]}" if kind == "e-notation" and len(parts) == 2 else parts[0]
        if kind == "rational" or len(joined) > 400 or not _NUMBER.fullmatch(joined):
            return  # exact as it is, or libSBML will say what is wrong with it
        value = float(joined)
        if abs(value) == float("inf"):
            raise Refusal("unreadable", f"the literal {joined} is beyond the largest double", line=line)
        self._used.add(abs(value))
        if kind == "e-notation" or (kind == "integer" and len(joined) > 9):
            head, _, body = self._data[start:end].partition(b">")
            lines = b"\n" * body.count(b"\n")
            self._edits.append((start, end, _TYPE.sub(b" ", head) + b"> " + repr(value).encode() + lines + b" "))

    def rewritten(self) -> tuple[str, dict[float, float]]:
        """The text with every such number rewritten, lines where they were, and what the stand-ins stand for."""
        restore: dict[float, float] = {}
        edits = list(self._edits)
        stand_in = 1e-290
        for start, end, value in self._subnormal:
            while stand_in in self._used:
                stand_in *= 1.0078125
            self._used.add(stand_in)
            restore[stand_in] = abs(value)
            edits.append((start, end, (b"-" if value < 0 else b"") + repr(stand_in).encode()))
        pieces: list[bytes] = []
        done = 0
        for start, end, written in sorted(edits):
            pieces += [self._data[done:start], written]
            done = end
        pieces.append(self._data[done:])
        return b"".join(pieces).decode(), restore
