"""One text read in the child: the model as plain data, or why not."""

from __future__ import annotations

from typing import Any

from allodynia.model.read.from_antimony import to_sbml
from allodynia.model.read.from_sbml import read_document
from allodynia.model.read.limits import Limits
from allodynia.model.read.plain import encode
from allodynia.model.read.refusal import Refusal


def answer(item: dict[str, Any], form: str, limits: Limits) -> dict[str, Any]:
    """``{"model": ...}`` for the text in ``item``, or ``{"refused": kind, "message": ..., "line": ...}``."""
    try:
        text, name, strict = item["text"], item["name"], item["strict"]
        if form == "antimony":
            sbml, found = to_sbml(text, limits)
            model = read_document(sbml, name, limits, strict=strict, exact=found.exact, line_of=found.line)
        else:
            model = read_document(text, name, limits, strict=strict, exact=float)
    except Refusal as refusal:
        return {"refused": refusal.kind, "message": refusal.message, "line": refusal.line}
    except MemoryError:
        return {"refused": "unreadable", "message": "reading it needs more memory than allowed", "line": None}
    except UnicodeError:
        return {"refused": "unreadable", "message": "the text is not valid Unicode", "line": None}
    return {"model": encode(model)}
