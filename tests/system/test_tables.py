"""The tables: nothing without unit and source, and every slip is refused with the line it stands on."""

from __future__ import annotations

import shutil

import pytest

from allodynia.errors import AllodyniaError, InvalidInput, UnitMismatch
from allodynia.model import parse_unit
from allodynia.system import load_system
from allodynia.system.load import FOLDER


def test_every_constant_has_value_unit_source_and_grade(system):
    constants = {f"{module.id}.{name}" for module in system.modules.values() for name in module.constants}
    assert set(system.parameters) == constants
    for row in system.parameters.values():
        assert row.evidence or row.assumed is not None, row.where
        assert set(row.evidence) <= set(system.evidence.ids)
        assert (row.grade == "calibrated") == bool(row.tuned_to), row.where
        assert row.grade != "measured" or row.evidence, row.where
        # a drive of disease is 0 in all of the healthy; populations of people have it
        differs = row.between is not None or row.share is not None or row.value == 0.0
        assert row.level == "shared" or differs, row.where


def test_values_reach_the_equations_in_the_units_of_the_modules(system):
    nominal = {quantity.id: quantity for quantity in system.ode.parameters}
    for row in system.parameters.values():
        factor = parse_unit(row.written_unit).factor_to(parse_unit(row.unit))
        assert row.value == row.written_value * factor
        assert nominal[row.id].value == row.value
        assert parse_unit(nominal[row.id].unit).same(parse_unit(row.unit))
    weight = system.parameters["igg.body_weight"]
    assert weight.value == 0.02  # 20 g, in kg
    assert weight.assumed == {"uniform": {"lower": pytest.approx(0.017), "upper": pytest.approx(0.025)}}


def test_a_value_s_line_is_the_line_it_stands_on(system):
    for row in system.parameters.values():
        module = row.id.partition(".")[0]
        lines = (FOLDER / "species" / "mouse" / f"{module}.yaml").read_text(encoding="utf-8").splitlines()
        assert row.where.file == f"species/mouse/{module}.yaml"
        line = lines[row.where.line - 1].strip()
        assert line == f"{row.id}:" or (line.startswith("- {from: ") and (row.id in line or "the rest" in line))


def test_no_module_holds_a_number_for_a_constant(system):
    for module in system.modules.values():
        for line in module.text.splitlines():
            assert not (line.lstrip().startswith("const ") and "=" in line.split("//")[0]), (module.id, line)
        assert module.purpose


def test_a_hypothesis_sets_gains_and_a_switch_after_it_wins(system):
    chosen = system.hypotheses["antibody-glia"].edges
    assert system.default_hypothesis == "antibody-glia"
    assert system.gains(None, ["ada_off"]) == {**chosen, "ada": 0.0}
    assert system.gains("mixed", ["no_glia_gate"])["glia-gate"] == 0.0
    with pytest.raises(InvalidInput, match="antibody-glia"):
        system.gains("antibody-gila")


def test_donor_populations_give_what_the_donor_level_holds(system):
    donor = {name for name, row in system.parameters.items() if row.level == "donor"}
    assert donor == {"igg.given_titre", "ganglion.potency", "ganglion.cold_potency"}
    for population in system.populations.values():
        assert set(population.parameters) == donor
    binds, acts = (system.populations["post_covid_inert"].parameters[name].value for name in sorted(donor)[::-1][:2])
    assert binds > 0
    assert acts == 0


def test_the_digest_follows_the_texts(system, tmp_path):
    assert load_system("mouse").digest == system.digest
    shutil.copytree(FOLDER, tmp_path / "system", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert load_system("mouse", tmp_path / "system").digest == system.digest
    change(tmp_path / "system" / "donors.yaml", "cv: 0.2", "cv: 0.21")
    assert load_system("mouse", tmp_path / "system").digest != system.digest


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


WEIGHT = "{value: 20, unit: g, level: subject"
SLIPS = {
    "no unit": (
        "species/mouse/igg.yaml",
        WEIGHT,
        "{value: 20, level: subject",
        r"igg\.yaml:\d+: .*igg\.body_weight.* needs 'unit'",
    ),
    "no value": ("species/mouse/igg.yaml", WEIGHT, "{unit: g, level: subject", r"igg\.yaml:\d+: .*needs 'value'"),
    "unknown unit": (
        "species/mouse/igg.yaml",
        WEIGHT,
        "{value: 20, unit: gx, level: subject",
        r"igg\.yaml:\d+: .*'gx'",
    ),
    "wrong unit": (
        "species/mouse/igg.yaml",
        WEIGHT,
        "{value: 20, unit: mL, level: subject",
        r"igg\.yaml:\d+: .*different things",
    ),
    "no source": (
        "species/mouse/igg.yaml",
        "assumed: {uniform: [17, 25]}, grade",
        "grade",
        r"igg\.yaml:\d+: .*needs a source",
    ),
    "no grade": (
        "species/mouse/igg.yaml",
        'grade: assumed, note: "young',
        'note: "young',
        r"igg\.yaml:\d+: .*needs a grade",
    ),
    "unknown grade": (
        "species/mouse/igg.yaml",
        'grade: assumed, note: "young',
        'grade: guessed, note: "young',
        r"needs a grade",
    ),
    "unknown level": (
        "species/mouse/igg.yaml",
        WEIGHT,
        "{value: 20, unit: g, level: mice",
        r"unknown level 'mice'.*subject",
    ),
    "unknown record": (
        "species/mouse/igg.yaml",
        "durbin1992-reference-mouse-volumes]",
        "durbin1992-volumes]",
        r"durbin1992-reference",
    ),
    "unknown constant": (
        "species/mouse/igg.yaml",
        "igg.body_weight:",
        "igg.body_wieght:",
        r"igg\.yaml:\d+: .*igg\.body_weight",
    ),
    "constant left out": (
        "species/mouse/medium.yaml",
        "  medium.loss:\n",
        "  x-medium.loss:\n",
        r"unknown parameter 'x-medium\.loss'",
    ),
    "calibrated to nothing": (
        "species/mouse/small_fibre.yaml",
        "tuned_to: [transfer-fibre-loss], ",
        "",
        r"calibrated and tuned_to",
    ),
    "negative spread": (
        "species/mouse/igg.yaml",
        "{lognormal: {cv: 0.07}}",
        "{lognormal: {cv: -0.07}}",
        r"not negative",
    ),
    "unknown spread": ("species/mouse/igg.yaml", "{lognormal: {cv: 0.07}}", "{lognrmal: {cv: 0.07}}", r"lognormal"),
    "spread upside down": ("species/mouse/igg.yaml", "{uniform: [17, 25]}", "{uniform: [25, 17]}", r"lower end below"),
    "key twice": ("species/mouse/igg.yaml", "igg.plasma_per_kg:", "igg.body_weight:", r"occurs twice"),
    "edge to nowhere": (
        "wiring.yaml",
        "to: igg.anti_human",
        "to: igg.anti_humen",
        r"wiring\.yaml:\d+: .*igg\.anti_human",
    ),
    "edge from nowhere": (
        "wiring.yaml",
        "from: anti_human.excess",
        "from: anti_human.exces",
        r"wiring\.yaml:\d+: .*excess",
    ),
    "edge without source": (
        "wiring.yaml",
        "assumed: by definition}\n  - {id: bath-igg",
        "}\n  - {id: bath-igg",
        r"needs a source",
    ),
    "edge drawn twice": ("wiring.yaml", "{id: bath-auto,", "{id: bath-igg,", r"drawn twice"),
    "port open and driven": ("wiring.yaml", "ganglion.stimulus:", "ganglion.bath_il1b:", r"bath_il1b"),
    "unknown module": (
        "wiring.yaml",
        "small_fibre, myelin,",
        "small_fiber, myelin,",
        r"wiring\.yaml:\d+: .*small_fibre",
    ),
    "gate unknown": (
        "hypotheses.yaml",
        "{glia-gate: 1, mast-gate: 0,",
        "{glial-gate: 1, mast-gate: 0,",
        r"hypotheses\.yaml:\d+: .*glia-gate",
    ),
    "default unknown": (
        "hypotheses.yaml",
        "default: {mouse: antibody-glia,",
        "default: {mouse: antibody,",
        r"hypotheses\.yaml:\d+: .*antibody-glia",
    ),
    "negative gain": ("hypotheses.yaml", "edges: {ada: 1}", "edges: {ada: -1}", r"negative"),
    "not of a donor": ("donors.yaml", "igg.given_titre", "igg.body_weight", r"donors\.yaml:\d+: .*donor-level"),
    "share without rest": (
        "donors.yaml",
        "share: 0.96, otherwise: 0,",
        "share: 0.96,",
        r"donors\.yaml:\d+: .*otherwise",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_refused_with_its_line(tmp_path, slip):
    file, old, new, message = SLIPS[slip]
    root = tmp_path / "system"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies"))
    change(root / file, old, new)
    with pytest.raises(AllodyniaError, match=message) as error:
        load_system("mouse", root)
    assert "\n" not in str(error.value)


def test_an_edge_with_unlike_units_is_refused(tmp_path):
    root = tmp_path / "system"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies"))
    change(root / "wiring.yaml", "to: satellite_glia.auto, unit: mg/mL", "to: satellite_glia.auto, unit: ug/mL")
    with pytest.raises(UnitMismatch, match=r"wiring\.yaml:\d+: .*auto-to-glia"):
        load_system("mouse", root)


def test_cutting_any_one_edge_from_the_wiring_is_refused(tmp_path, system):
    root = tmp_path / "system"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies"))
    whole = (root / "wiring.yaml").read_text(encoding="utf-8")
    for edge in system.edges.values():
        kept = [line for line in whole.splitlines() if not line.lstrip().startswith(f"- {{id: {edge.id},")]
        assert len(kept) == len(whole.splitlines()) - 1
        (root / "wiring.yaml").write_text("\n".join(kept), encoding="utf-8")
        with pytest.raises(InvalidInput):
            load_system("mouse", root)


def test_an_unknown_species_is_refused():
    with pytest.raises(InvalidInput, match="mouse"):
        load_system("mose")
