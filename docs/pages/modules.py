"""A page a module: its edges, its equations, its numbers in every species with where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from allodynia.model import ModelText
from allodynia.system import EdgeRow, ParameterRow, System
from docs.pages import mathml
from docs.pages.diagram import diagram

GRADES = {
    "measured": "measured",
    "calibrated": "*calibrated*",
    "extrapolated": "*extrapolated*",
    "assumed": "*assumed*",
}


def page(module: str, systems: Mapping[str, System], model: ModelText) -> str:
    """The Markdown of one module; ``systems`` by species, the same module in each."""
    system = next(iter(systems.values()))
    info = system.modules[module]
    edges = [row for row in system.edges.values() if module in (_of(row.source), _of(row.target))]
    return "\n".join(
        [
            f"# {module}",
            "",
            info.purpose,
            "",
            f"{len(info.states)} states, {len(info.constants)} constants, {len(info.ports)} input ports.",
            "",
            "## Edges",
            "",
            _raw(diagram(module, edges)),
            "",
            *_edges(edges),
            *_inputs(module, system),
            "## Equations",
            "",
            *_equations(model),
            "## Numbers",
            "",
            *_numbers(module, systems),
            "",
        ]
    )


def _of(identifier: str) -> str:
    return identifier.partition(".")[0]


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def cell(text: object) -> str:
    """Text that may stand in a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def records(identifiers: Sequence[str]) -> str:
    """Evidence ids as links to their records."""
    return ", ".join(f"[{name}](../evidence.md#{name})" for name in identifiers)


def _edges(edges: Sequence[EdgeRow]) -> Iterator[str]:
    if not edges:
        return
    yield from ("| edge | from and to | what | rests on |", "|---|---|---|---|")
    for row in edges:
        basis = records(row.evidence) or f"*assumed*: {row.assumed}"
        said = f"{row.what} ({row.note})" if row.note else row.what
        unit = "" if row.unit == "dimensionless" else f" ({row.unit})"
        yield f"| `{row.id}` | `{row.source}` → `{row.target}`{unit} | {cell(said)} | {cell(basis)} |"
    yield ""


def _inputs(module: str, system: System) -> Iterator[str]:
    rows = [row for row in system.inputs.values() if _of(row.id) == module]
    if not rows:
        return
    yield from ("Left to studies and drugs:", "", "| input | what |", "|---|---|")
    yield from (f"| `{row.id}` | {cell(row.what)} |" for row in rows)
    yield ""


def _equations(model: ModelText) -> Iterator[str]:
    states = {rule.variable for rule in model.rate_rules}
    groups = (
        ("Definitions", [mathml.definition(rule) for rule in model.assignment_rules]),
        ("Changes", [mathml.rate(rule) for rule in model.rate_rules]),
        ("Starts", [mathml.start(rule) for rule in model.initial_assignments if rule.variable in states]),
    )
    for title, formulas in groups:
        if formulas:
            yield from (f"### {title}", "", _raw("\n".join(formulas)), "")


def _numbers(module: str, systems: Mapping[str, System]) -> Iterator[str]:
    rows: dict[str, dict[str, ParameterRow]] = {}
    for species, system in systems.items():
        for name, row in system.parameters.items():
            if _of(name) == module:
                rows.setdefault(name, {})[species] = row
    if not rows:
        yield "None."
        return
    yield from ("| parameter | species | value | differs by | grade | rests on |", "|---|---|---|---|---|---|")
    for name, by_species in rows.items():
        for species, row in by_species.items():
            basis = records(row.evidence) or f"*assumed* {prior(row)}"
            said = f"{basis}. {row.note}" if row.note else basis
            value = f"{row.written_value:.6g} {row.written_unit}"
            short = name.partition(".")[2]
            yield f"| `{short}` | {species} | {value} | {row.level} | {GRADES[row.grade]} | {cell(said)} |"


def prior(row: ParameterRow) -> str:
    """The prior range of a number as a person writes it, in the unit that the number is written in."""
    if not row.assumed:
        return ""
    ((kind, arguments),) = row.assumed.items()
    if set(arguments) == {"lower", "upper"}:
        scale = row.written_value / row.value if row.value else 1.0
        return f"{arguments['lower'] * scale:.4g} to {arguments['upper'] * scale:.4g}"
    return f"{kind} " + ", ".join(f"{name} {value:.4g}" for name, value in arguments.items())
