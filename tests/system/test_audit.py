"""An audit names every number that stands without unit or source, not only the first."""

from __future__ import annotations

import shutil

from allodynia.system.audit import audit, literals
from allodynia.system.load import FOLDER


def test_every_number_of_the_system_stands():
    assert audit().problems == ()


def test_all_that_cannot_stand_are_named_with_their_lines(tmp_path):
    root = tmp_path / "system"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "studies"))
    table = root / "species" / "mouse" / "igg.yaml"
    text = table.read_text(encoding="utf-8")
    text = text.replace("{value: 20, unit: g, ", "{value: 20, ", 1)
    text = text.replace("assumed: {uniform: [5, 30]}, grade", "grade", 1)
    table.write_text(text, encoding="utf-8")
    said = "\n".join(audit(root).problems)
    assert "igg.body_weight" in said
    assert "needs 'unit'" in said
    assert "igg.endosome_transit" in said
    assert "needs a source" in said


def test_a_number_in_a_formula_is_found_and_those_of_its_structure_are_not(tmp_path):
    (tmp_path / "modules").mkdir()
    text = """model x
  unit L = 1e-3 metre
  var a = 1 dimensionless // 7 is a comment
  a' = 0.5 dimensionless * (1 dimensionless - a^2)
  b := 0.37 dimensionless * a2 + 1e3 dimensionless
end
"""
    (tmp_path / "modules" / "x.ant").write_text(text, encoding="utf-8")
    found = list(literals(tmp_path))
    assert len(found) == 2
    assert found[0].startswith("modules/x.ant:5: 0.37 ")
    assert found[1].startswith("modules/x.ant:5: 1e3 ")
