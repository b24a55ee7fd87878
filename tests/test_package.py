"""What is installed: everything the program needs, nothing that slows its start, and a README that tells the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import resources
from pathlib import Path

import pytest

import allodynia

ROOT = Path(__file__).parents[1]
HEAVY = (
    "antimony", "duckdb", "libsbml", "llvmlite", "matplotlib", "numpy", "pandas", "pydantic", "rich", "ruamel",
    "scipy", "typer", "xarray", "zarr",
)  # fmt: skip
FROM_A_CHECKOUT = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not run from a source checkout")


def loaded_after(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after ``code``."""
    said = f"{code}\nimport sys, json\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import allodynia").isdisjoint(HEAVY)


def test_what_the_table_needs_not_is_not_loaded_for_it() -> None:
    """Everything that the results table is printed with, imported: no figure, store or data frame library among it."""
    late = {"duckdb", "matplotlib", "pandas", "sklearn", "xarray", "zarr"}
    code = "import allodynia.cli.main, allodynia.cli.results, allodynia.api, allodynia.runs.writer"
    assert loaded_after(code).isdisjoint(late)


def test_the_public_names_are_listed_and_found() -> None:
    assert {"Run", "open_run", "run", "studies"} <= set(dir(allodynia))
    assert all(callable(getattr(allodynia, name)) for name in ("Run", "open_run", "run", "studies"))
    with pytest.raises(AttributeError, match="no attribute 'rnu'"):
        _ = allodynia.rnu


def test_texts_are_found_as_package_data() -> None:
    system = resources.files("allodynia.system")
    assert (system / "claims.yaml").is_file()
    assert any(entry.name.endswith(".ant") for entry in (system / "modules").iterdir())
    assert (resources.files("allodynia.runs") / "manifest.schema.json").is_file()
    assert (resources.files("allodynia.report") / "report.css").is_file()


@FROM_A_CHECKOUT
def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("allodynia/")}
    source = ROOT / "src"
    there = {
        path.relative_to(source).as_posix()
        for path in (source / "allodynia").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert inside == there
    kinds = {Path(name).suffix for name in inside}
    assert {".py", ".ant", ".yaml", ".json", ".css"} <= kinds


@FROM_A_CHECKOUT
def test_the_readme_gives_the_two_command_lines_first() -> None:
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S | re.M)
    assert blocks[0] == (
        "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/allodynia run passive-transfer\n"
    )
    assert blocks[1] == ".venv/bin/pip install -e '.[test]' && .venv/bin/pytest\n"


@FROM_A_CHECKOUT
@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/run-folder.md"])
def test_every_link_between_documents_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@FROM_A_CHECKOUT
def test_the_studies_in_the_documentation_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "writing-a-study.md").read_text(encoding="utf-8")
    whole = [one for one in re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M) if one.startswith("title:")]
    solved = []
    for number, block in enumerate(whole):
        (tmp_path / f"study-{number}.yaml").write_text(block, encoding="utf-8")
        run = allodynia.run(tmp_path / f"study-{number}.yaml", subjects=2, out=tmp_path / f"run-{number}")
        solved.append((set(run.table["arm"]), run.manifest.subjects.by_status))
    assert solved == [
        ({"given", "without_ada"}, {"SOLVED": 24}),
        ({"pregabalin", "untreated", "healthy"}, {"SOLVED": 6}),
    ]


@FROM_A_CHECKOUT
def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {allodynia.__version__}\n" in citation
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "src/allodynia/__init__.py"


@FROM_A_CHECKOUT
def test_the_checks_are_a_script_that_bash_can_read() -> None:
    if sys.platform == "win32":
        pytest.skip("the checks are a bash script")
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
