"""Remake the figure of the README: run the study as a user would, and keep one of its figures.

Run from the root of the tree: ``.venv/bin/python docs/figures/remake.py``.
"""

import shutil
import tempfile
from pathlib import Path

import allodynia as al

FIGURES = ("paw_pressure.svg",)


def main() -> None:
    """Run the passive-transfer study in a temporary folder and copy its figures beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        run = al.run("passive-transfer", out=Path(folder) / "run")
        for name in FIGURES:
            shutil.copyfile(run.folder / "figures" / name, Path(__file__).with_name(name))


if __name__ == "__main__":
    main()
