"""The module that all drugs of a study share, written from their tables: amounts, free concentrations, what they do.

A drug has a depot a route, a central amount, perhaps a peripheral one, and a free concentration in the brain. From a
depot whose transport saturates, F0·S/D·ln(1 + D/S) of a dose D is absorbed. What is cleared may become another drug.
On one site of a target, drugs compete (Gaddum 1937): effect = Σ most·x / (1 + Σ x) with
x = (concentration / half)^hill. Different sites of a target act independently (Bliss 1939): 1 − Π (1 − effect).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allodynia.system.drug_table import MODULE, Drug, Target
from allodynia.system.rows import EdgeRow

_HEAD = f"""// The drugs of a study: what the body does to them, and what they do to their targets.

model {MODULE}

  unit time_unit = 86400 second
  unit d = 86400 second
  unit mg = 1e-3 gram
  unit L = litre
  unit per_d = 1 / d
  unit mg_per_d = mg / d
  unit mg_per_L = mg / L
  unit L_per_d = L / d
  unit mg_per_L_per_d = mg / (L * d)
"""

_UNITS = {"L": "L", "mg": "mg", "L/d": "L_per_d", "dimensionless": "dimensionless", "1/d": "per_d", "mg/L": "mg_per_L"}


def edge_id(port: str) -> str:
    """The id of the edge from the drugs to ``port``."""
    return "drug-" + port.replace(".", "-").replace("_", "-")


def target_edges(drugs: Mapping[str, Drug]) -> list[EdgeRow]:
    """One edge a port that any of the drugs acts on."""
    found: dict[str, EdgeRow] = {}
    for drug in drugs.values():
        for target in drug.targets:
            known = found.get(target.port)
            found[target.port] = EdgeRow(
                id=edge_id(target.port),
                source=f"{MODULE}.{_effect(target.port)}",
                target=target.port,
                unit="dimensionless",
                what=f"{known.what}; {drug.label}: {target.what}" if known else f"{drug.label}: {target.what}",
                evidence=tuple(dict.fromkeys((*(known.evidence if known else ()), *target.evidence))),
                assumed=target.assumed,
                note="",
                where=known.where if known else target.where,
            )
    return list(found.values())


def drug_module(drugs: Mapping[str, Drug]) -> str:
    """The Antimony text of the module."""
    lines = [_HEAD]
    made: dict[str, list[str]] = {}
    for drug in drugs.values():
        name = drug.key
        for product, row in drug.becomes.items():
            made.setdefault(product, []).append(f"{row.partition('.')[2]} * {name}_clearance * {name}_plasma")
    for drug in drugs.values():
        if drug.rows:
            lines += _body(drug, made.get(drug.id, []))
    lines += _effects(drugs)
    return "\n".join([*lines, "end", ""])


def _effect(port: str) -> str:
    return f"effect_on_{port.replace('.', '_')}"


def _rule(name: str, formula: str, unit: str) -> str:
    return f"  {name} := {formula};  {name} has {unit}"


def _body(drug: Drug, made: Sequence[str]) -> list[str]:
    """Amounts and concentrations of one drug; ``made`` is what other drugs turn into it, in mg/d."""
    name = drug.key
    lines = [f"  // {drug.label}"]
    lines += [f"  const {row.id.partition('.')[2]} has {_UNITS[row.unit]}" for row in drug.rows.values()]
    depots = [state.partition(".")[2] for state in drug.routes.values() if state != f"{MODULE}.{name}_central"]
    depots = [depot for depot in depots if depot.startswith(f"{name}_")]
    lines += [f"  var {state} = 0 mg" for state in (*depots, f"{name}_central")]
    lines.append(_rule(f"{name}_plasma", f"{name}_central / {name}_volume", "mg_per_L"))
    lines.append(_rule(f"{name}_free", f"{name}_unbound * {name}_plasma", "mg_per_L"))
    gains = []
    for depot in depots:
        gain = f"{depot}_bioavailability * {depot}_absorption * {depot}"
        if depot.removeprefix(f"{name}_") in drug.saturable:
            gain += f" / (1 dimensionless + {depot} / {depot}_saturation)"
        gains.append(gain)
    change = " + ".join([*gains, *made, f"-{name}_clearance * {name}_plasma"]).replace("+ -", "- ")
    for depot in depots:
        lines.append(f"  {depot}' = -{depot}_absorption * {depot}")
    if drug.two_compartments:
        lines.append(f"  var {name}_peripheral = 0 mg")
        flow = f"{name}_exchange * ({name}_plasma - {name}_peripheral / {name}_peripheral_volume)"
        lines.append(_rule(f"{name}_distributed", flow, "mg_per_d"))
        lines.append(f"  {name}_peripheral' = {name}_distributed")
        change += f" - {name}_distributed"
    lines.append(f"  {name}_central' = {change}")
    if drug.enters_brain:
        lines.append(f"  var {name}_brain = 0 mg_per_L")
        lines.append(f"  {name}_brain' = {name}_brain_rate * ({name}_brain_ratio * {name}_free - {name}_brain)")
    return [*lines, ""]


def _effects(drugs: Mapping[str, Drug]) -> list[str]:
    ports: dict[str, dict[str, list[tuple[str, Target]]]] = {}
    for drug in drugs.values():
        for target in drug.targets:
            ports.setdefault(target.port, {}).setdefault(target.site, []).append((drug.key, target))
    lines = []
    for port, sites in ports.items():
        lines += [f"  // on {port}"]
        parts = [_site(port, number, members, lines) for number, members in enumerate(sites.values(), start=1)]
        product = " * ".join(f"(1 dimensionless - {part})" for part in parts)
        lines += [
            _rule(_effect(port), parts[0] if len(parts) == 1 else f"1 dimensionless - {product}", "dimensionless"),
            "",
        ]
    return lines


def _site(port: str, number: int, members: Sequence[tuple[str, Target]], lines: list[str]) -> str:
    """Writes the occupancy of one site and returns the name of its effect."""
    key = port.replace(".", "_")
    taken = []
    for name, target in members:
        where = f"{name}_brain" if target.at == "brain" else f"{name}_free"
        ratio = f"{where} / {name}_{key}_half"
        bound = f"{name}_at_{key}"
        lines.append(_rule(bound, ratio if target.hill is None else f"({ratio})^{name}_{key}_hill", "dimensionless"))
        taken.append((bound, f"{name}_{key}_most"))
    above = " + ".join(f"{most} * {bound}" for bound, most in taken)
    below = " + ".join(["1 dimensionless", *(bound for bound, _ in taken)])
    effect = f"{_effect(port)}_site_{number}"
    lines.append(_rule(effect, f"({above}) / ({below})", "dimensionless"))
    return effect
