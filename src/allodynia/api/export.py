"""The system, or a study, in a format that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from allodynia.errors import InvalidInput, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allodynia.model import OdeSystem
    from allodynia.model.write.annotations import Terms
    from allodynia.system import System

Format = Literal["sbml", "antimony", "petab", "omex"]
FORMATS: tuple[Format, ...] = get_args(Format)
ENDINGS = {"sbml": ".xml", "antimony": ".ant", "petab": "-petab", "omex": ".omex"}


def export(
    what: str | Path | None = None,
    *,
    format: Format = "sbml",  # noqa: A002  # the word that the command has
    out: str | Path | None = None,
    species: str = "mouse",
    seed: int = 1,
) -> Path:
    """Write the system of ``species``, or the study ``what``, and return where it lies.

    Parameters
    ----------
    what
        A study's name or file; None for the system by itself.
    format
        ``sbml`` and ``antimony``: the equations, with the doses of a study as events; ``petab``: a folder with the
        study as a PEtab problem; ``omex``: all of a study in one COMBINE archive.
    out
        The file (a folder for PEtab) to be made; by default named after what is written, in the current folder.
    species
        Whose system; a study has its own.
    seed
        Of the simulated sample that becomes the measurements of a PEtab problem.

    Raises
    ------
    InvalidInput
        An unknown study, species or format; a file that is there already; a study that the format cannot say.
    """
    from allodynia.system import load_system

    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    if what is None and format in ("petab", "omex"):
        raise InvalidInput(f"{format} holds a study: name one, such as 'passive-transfer'")
    if what is None:
        path = _free(out, species, format)
        system = load_system(species)
        from allodynia.system.terms_table import load_terms

        return _write(path, _equations(system.ode, format, load_terms(system), _gains(system)))
    return _study(what, format, out, seed)


def _study(what: str | Path, kind: Format, out: str | Path | None, seed: int) -> Path:
    from allodynia.export import of_plan, omex, petab_problem
    from allodynia.study import AsPlanned, load_study, simulate_study
    from allodynia.study.bind import bind
    from allodynia.study.systems import system_for
    from allodynia.system.terms_table import load_terms

    study = load_study(what)
    if study.spec.chance:
        raise InvalidInput(
            "what happens by chance is drawn for each person and not part of an exported study; leave out chance:",
            where=study.where("chance"),
        )
    path = _free(out, study.name, kind)
    system = system_for(study)
    terms = load_terms(system)
    if kind in ("sbml", "antimony"):
        plan = bind(study, system, AsPlanned())
        said = {arm.hypothesis for arm in plan.arms}
        only = said.pop() if len(said) == 1 else None
        return _write(path, _equations(of_plan(system.ode, plan).ode, kind, terms, _gains(system, only)))
    result = simulate_study(study, system, seed=seed)
    if kind == "petab":
        return _folder(path, petab_problem(result, system, terms))
    path.write_bytes(omex(result, system, terms))
    return path


def _equations(ode: OdeSystem, kind: Format, terms: Terms, values: Mapping[str, float]) -> str:
    from allodynia.model.write import to_antimony, to_sbml

    return to_sbml(ode, values, terms=terms) if kind == "sbml" else to_antimony(ode, values)


def _gains(system: System, hypothesis: str | None = None) -> dict[str, float]:
    """The gains of a rival explanation, by default the species' own: with every edge at 1, all of them act at once."""
    return {f"edge.{edge}": gain for edge, gain in system.gains(hypothesis).items()}


def _free(out: str | Path | None, name: str, kind: Format) -> Path:
    path = Path(out) if out is not None else Path(f"{name}{ENDINGS[kind]}")
    if path.exists():
        raise InvalidInput(f"{str(path)!r} is there already; name another file with --out")
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(path.parent)!r}")
    return path


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _folder(path: Path, files: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in files.items():
        _write(path / name, text)
    return path
