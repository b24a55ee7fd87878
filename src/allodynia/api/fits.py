"""A laboratory's readings fitted: from the file to the run folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allodynia.api.keeping import Keeping, Progress
from allodynia.api.options import check_seed
from allodynia.errors import InvalidInput

if TYPE_CHECKING:
    from allodynia.infer import Fit
    from allodynia.runs.fits import FitWriter


LEAST_ANIMALS = 32
"""Fewer animals cannot stand for mice that differ."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How readings are fitted.

    Parameters
    ----------
    animals
        Animals simulated at every strength of IgG, among whom the real mice are sought.
    seed
        Decides every random draw.
    out
        A new or empty run folder; None: below ``runs/``.
    """

    animals: int = 384
    seed: int = 1
    out: Path | None = None

    def __post_init__(self) -> None:
        if self.animals < LEAST_ANIMALS:
            raise InvalidInput(f"animals: {self.animals} is not at least {LEAST_ANIMALS}")
        check_seed(self.seed)


@dataclass(frozen=True)
class Fitted:
    """A fit that was made: ``result`` holds the posteriors, ``folder`` the files."""

    folder: Path
    result: Fit


def fit(
    study: str | Path,
    readings: str | Path,
    *,
    animals: int = 384,
    seed: int = 1,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a laboratory's readings and keep the fit in a run folder.

    Parameters
    ----------
    study
        The experiment that was done: a study's name, or the path of a study file.
    readings
        A CSV file with the columns mouse, donor, arm, day and paw_pressure_g.
    animals, seed, out
        As for :class:`FitOptions`; the command line has the same defaults.
    progress
        Called with what is under way, how much is done and of how much.

    Raises
    ------
    InvalidInput
        The study, the readings or an option cannot be used.
    AllSubjectsFailed
        The simulated animals could not be solved.
    """
    options = FitOptions(animals, seed, None if out is None else Path(out))
    with FitSession(study, Path(readings), options) as session:
        session.run(progress)
        session.write()
    return Fitted(session.folder, session.result)


def template() -> str:
    """A file of readings to begin with."""
    from allodynia.infer.data import template

    return template()


class FitSession(Keeping):
    """A fit being made. Use as a context manager: it closes the manifest however the fit ends.

    Raises
    ------
    InvalidInput
        The study, the readings or an option cannot be used. Nothing is written before the first animal.
    """

    _writer: FitWriter

    def __init__(self, study: str | Path, readings: Path, options: FitOptions) -> None:
        from allodynia.api.provenance import model_part, study_part
        from allodynia.infer import read_readings
        from allodynia.infer.emulator import experiment
        from allodynia.infer.posterior import require_sampler
        from allodynia.runs.fits import FitWriter
        from allodynia.study import load_study
        from allodynia.study.systems import system_for

        require_sampler()
        self.options = options
        self.study = load_study(study)
        self.system = system_for(self.study)
        known = experiment(self.study, self.system)
        self.readings = read_readings(
            readings, known.given(), last_day=known.last_day, ceiling=known.endpoint.assay.ceiling
        )
        kept = asdict(options)
        del kept["out"]
        self._writer = FitWriter(
            study_part(self.study), model_part(self.system.ode), seed=options.seed, arguments=kept,
            readings=self.readings.text, out=options.out,
        )  # fmt: skip
        self._fit: Fit | None = None

    def run(self, progress: Progress | None = None) -> None:
        """Simulate the animals and sample the posterior."""
        from allodynia.infer import fit

        self._writer.open()
        solved: dict[str, int] = {}

        def said(what: str, done: int, total: int) -> None:
            if what.startswith("mice"):
                solved[what] = done
                self._writer.simulated(sum(solved.values()))
            if progress is not None:
                progress(what, done, total)

        self._fit = fit(
            self.readings, self.study, self.system, seed=self.options.seed, animals=self.options.animals, progress=said
        )

    @property
    def result(self) -> Fit:
        """What the readings say. Raises ``RuntimeError`` before :meth:`run`."""
        if self._fit is None:
            raise RuntimeError("nothing has been fitted yet")
        return self._fit

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before the numbers are used."""
        said = []
        mice = self.readings.mice
        if self.readings.missing:
            said.append(f"{self.readings.missing} readings are missing and were left out")
        without = sum(1 for mouse in mice if not (mouse.day <= 0.0).any())
        if without:
            said.append(
                f"{without} mice were not read before the first dose; they tell by the shape of their course only"
            )
        ceiling = self.result.experiment.endpoint.assay.ceiling
        at_end = sum(int((mouse.grams == ceiling).sum()) for mouse in mice)
        if at_end:
            said.append(f"{at_end} readings stand at the end of the scale ({ceiling:g} g) and were taken as they are")
        odds, error = self.result.log_odds
        if abs(odds) < 3.0 * error:
            said.append(
                f"which fits better, ada on or off, is open: {odds:.1f} ± {error:.1f}; the error falls with --animals"
            )
        return tuple(said)

    def document(self) -> dict[str, Any]:
        """Everything that is printed, as JSON keeps it."""
        found = self.result
        odds, error = found.log_odds
        return {
            "study": self.study.name,
            "title": self.study.spec.title,
            "seed": self.options.seed,
            "animals": self.options.animals,
            "mice": len(self.readings.mice),
            "readings": self.readings.count,
            "typical": found.experiment.typical,
            "folder": str(self.folder),
            "donors": found.donor_rows(),
            "next": found.next_rows(),
            "evidence": [
                {
                    "ada": name, "log_evidence": one.posterior.log_evidence,
                    "sampling_error": one.posterior.sampling_error, "animals_error": one.posterior.animals_error,
                    "noise": float(_median(one.posterior.noise)),
                }
                for name, one in found.variants.items()
            ],
            "log_odds": odds,
            "log_odds_error": error,
            "days": [
                {"ada": name, "day": day, "left": left}
                for name, one in found.variants.items() for day, left in one.design.ranked
            ],
            "together": [
                {"ada": name, "days": [*one.design.chosen], "left": [*one.design.chosen_left], "mice": one.design.mice}
                for name, one in found.variants.items()
            ],
            "warnings": list(self.warnings),
        }  # fmt: skip

    def write(self) -> None:
        """Write what is not on disk yet: results, draws, courses, the figure."""
        from allodynia.report.fit_figure import write_fit

        document = self.document()
        self._writer.results(document.pop("donors"), document)
        data = self.result.dataset()
        if data.sizes["donor"]:
            draws = data["strength"].to_dataframe().reset_index()
            self._writer.table(
                "posterior", {name: draws[name].to_numpy() for name in ("ada", "draw", "donor", "strength")},
                {"ada": "mouse's own antibodies against human IgG: on or off", "draw": "number of the draw",
                 "donor": "as in the readings",
                 "strength": "titre x potency over that of a typical patient; 0 is inert"},
            )  # fmt: skip
            courses = data[["mean_band", "reading_band"]].to_dataframe().reset_index()
            self._writer.table(
                "courses",
                {name: courses[name].to_numpy()
                 for name in ("ada", "donor", "time", "level", "mean_band", "reading_band")},
                {"ada": "on or off", "donor": "as in the readings", "time": "d after the first dose",
                 "level": "quantile", "mean_band": "mean of the donor's mice over their own threshold",
                 "reading_band": "one reading of one mouse over its own threshold"},
            )  # fmt: skip
            write_fit(self.folder, self.result)


def _median(values: Any) -> float:
    import numpy as np

    return float(np.median(values))
