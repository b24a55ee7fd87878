"""Antimony text to SBML text, in the child process."""

from __future__ import annotations

from allodynia.model.read.literals import Scan, scan
from allodynia.model.read.limits import Limits
from allodynia.model.read.refusal import Refusal


def to_sbml(text: str, limits: Limits) -> tuple[str, Scan]:
    """The SBML that Antimony makes of ``text``, and the scan that leads from its ids and numbers back to the text.

    Raises Refusal when Antimony cannot read the text, or when it holds more than one model.
    """
    import antimony  # noqa: PLC0415 - loads a C++ library: child process only

    found = scan(text, limits)
    antimony.clearPreviousLoads()
    antimony.setBareNumbersAreDimensionless(False)
    if antimony.loadAntimonyString(found.text) < 0:
        raise _syntax(antimony.getLastError())
    modules = [name for name in antimony.getModuleNames() if name != "__main"]
    if len(modules) > 1:
        line = found.lines.get(("model", modules[1]))
        raise Refusal("unsupported", f"the text holds {len(modules)} models; write one model a file", line=line)
    sbml = antimony.getSBMLString(modules[0] if modules else "__main")
    if not sbml:
        raise Refusal("unreadable", _one_line(antimony.getLastError() or "Antimony made no model of the text"))
    return sbml, found


def _syntax(message: str) -> Refusal:
    """Antimony says ``Error in model string, line 7:  syntax error, ...``."""
    import re  # noqa: PLC0415

    match = re.search(r"line (\d+):\s*(.*)", message, re.DOTALL)
    if match:
        return Refusal("unreadable", _one_line(match[2]), line=int(match[1]))
    return Refusal("unreadable", _one_line(message))


def _one_line(message: str) -> str:
    return " ".join(message.split())
