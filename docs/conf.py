"""Sphinx configuration. Build: ``sphinx-build -W -b html docs docs/_build`` from the root of the repository."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from allodynia import __version__
from docs.pages.write import write

write()

project = "Allodynia"
author = "The Allodynia authors"
release = version = __version__
copyright = author  # noqa: A001  # Sphinx's name
extensions = ["myst_nb"]
exclude_patterns = ["_build", "pages", "figures"]
html_theme = "furo"
html_title = "Allodynia"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["allodynia.css"]
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
# Links to files of the repository that are no pages (README, LICENSE, evidence) and ids of records inside tables.
suppress_warnings = ["myst.xref_missing"]
