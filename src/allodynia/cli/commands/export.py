"""`allodynia export`: the system or a study in a format that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    study: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="A study's name or file; the whole system when left out.")
    ] = None,
    kind: Annotated[str, typer.Option("--format", metavar="F", help="sbml, antimony, petab or omex.")] = "sbml",
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="File (petab: folder) to make.")] = None,
    species: Annotated[str, typer.Option("--species", metavar="S", help="Whose system, without a study.")] = "mouse",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the sample that PEtab measurements are.")] = 1,
) -> None:
    """Write the system, or a study, as SBML, Antimony, a PEtab problem or a COMBINE archive.

    `allodynia export --species human` writes human.xml, `allodynia export passive-transfer --format petab` a folder
    that `allodynia petab` and other programs read. Doses become events, their amounts parameters.
    """
    from allodynia.api.export import FORMATS
    from allodynia.api.export import export as write
    from allodynia.cli.terminal import err
    from allodynia.errors import unknown

    if kind not in FORMATS:
        raise unknown("format", kind, FORMATS)
    path = write(study, format=kind, out=out, species=species, seed=seed)
    err().print(f"wrote {path}", soft_wrap=True)
