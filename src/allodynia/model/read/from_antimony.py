"""Antimony text to SBML text, in the child process."""

from __future__ import annotations

import re

from allodynia.model.read.chains import unveil
from allodynia.model.read.limits import Limits
from allodynia.model.read.literals import Scan, scan
from allodynia.model.read.refusal import Refusal

# Ids that Antimony takes for units of the model, and then forgets as parameters.
_WORDS = frozenset({"substance", "volume", "area", "length", "time_unit", "extent"})


def to_sbml(text: str, limits: Limits) -> tuple[str, Scan]:
    """The SBML that Antimony makes of ``text``, and the scan that leads from its ids and numbers back to the text.

    Raises Refusal when Antimony cannot read the text, or when it holds more than one model.
    """
    import antimony

    stray = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    if stray:
        line = 1 + text.count("\n", 0, stray.start())
        raise Refusal("unreadable", f"the text holds the control character {stray[0]!r}", line=line)
    found = scan(text, limits)
    antimony.clearPreviousLoads()
    antimony.setBareNumbersAreDimensionless(False)
    if antimony.loadAntimonyString(found.text) < 0:
        raise _syntax(unveil(antimony.getLastError(), found.ending), found)
    modules = [name for name in antimony.getModuleNames() if name != "__main"]
    if len(modules) > 1:
        second: int | None = found.lines.get(("model", modules[1]))
        raise Refusal("unsupported", f"the text holds {len(modules)} models; write one model a file", line=second)
    sbml = antimony.getSBMLString(modules[0] if modules else "__main")
    if not sbml:
        raise Refusal("unreadable", _one_line(antimony.getLastError() or "Antimony made no model of the text"))
    return unveil(sbml, found.ending), found


def _syntax(message: str, found: Scan) -> Refusal:
    """Antimony says ``Error in model string, line 7:  syntax error, ...``, or quotes what libSBML finds wrong."""
    quoted = re.search(r"Reference:[^\n]*\n\s*([^\n]+)", message)
    if quoted:
        element = re.search(r"'([A-Za-z_]\w*)'", quoted[1])
        name = element[1] if element else None
        hint = f" ({name!r} is a word of Antimony: choose another id)" if name in _WORDS else ""
        line = found.line(name, "rule", "rate", "set") if name else None
        return Refusal("unreadable", _one_line(quoted[1]) + hint, line=line, element=name)
    match = re.search(r"line (\d+):\s*(.*)", message, re.DOTALL)
    if match:
        return Refusal("unreadable", _one_line(match[2]), line=int(match[1]))
    return Refusal("unreadable", _one_line(message))


def _one_line(message: str) -> str:
    return " ".join(message[:2000].split())[:300]
