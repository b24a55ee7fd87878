"""A user's own model: loaded from SBML or Antimony, simulated for one subject or many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allodynia.api.model_options import MODEL_DEFAULTS, ModelOptions
from allodynia.api.sampled import Sampled, assemble, choose, raw_ids
from allodynia.api.vary import Variation, variations
from allodynia.errors import InvalidInput, Where, unknown
from allodynia.model import ModelText, OdeSystem, read_antimony, read_sbml, to_ode
from allodynia.problem.overrides import Started, make_overridable

if TYPE_CHECKING:
    import xarray

    from allodynia.engine import Solution
    from allodynia.engine.regimen import Dose, Reset

F8 = NDArray[np.float64]
Progress = Callable[[int, int], None]

LARGEST_FILE = 64_000_000


@dataclass(frozen=True)
class Bound:
    """A model made ready for one simulation: the system, a row of parameters a subject, and what is sampled.

    ``given`` are the columns that say what each subject was given.
    """

    system: OdeSystem
    parameters: F8
    given: Mapping[str, F8]
    outputs: tuple[Sampled, ...]
    times: F8
    atol: F8

    def solve(self, options: ModelOptions, **more: Any) -> Solution:
        """Simulate; ``more`` goes to `allodynia.engine.simulate`."""
        from allodynia.engine import simulate
        from allodynia.engine.regimen import simulate_regimens

        sampled = raw_ids(self.outputs)
        more |= {"start": options.start, "rtol": options.rtol, "atol": self.atol}
        if not options.doses:
            return simulate(self.system, self.parameters, self.times, sampled, **more)
        everyone = [options.doses] * len(self.parameters)
        return simulate_regimens(self.system, self.parameters, everyone, self.times, sampled, **more)

    def values(self, solution: Solution) -> F8:
        """The outputs of a solution: f8[n, t, n_outputs]."""
        return assemble(self.outputs, solution.outputs, solution.values)


class Model:
    """A model as its file says it, ready to be simulated. Made by :func:`load`."""

    def __init__(self, text: ModelText, source: str) -> None:
        self.text = text
        self.source = source

    @property
    def name(self) -> str:
        """What the model calls itself, or its file."""
        return self.text.id or Path(self.text.name).stem

    @cached_property
    def system(self) -> OdeSystem:
        """The equations."""
        return to_ode(self.text)

    @property
    def parameters(self) -> dict[str, float]:
        """The numbers that formulas are given, by id: parameters and compartments that nothing in the model changes."""
        return {q.id: float("nan") if q.value is None else q.value for q in self.system.parameters}

    @property
    def outputs(self) -> tuple[str, ...]:
        """What is sampled where nobody asks for less: everything that may change over time."""
        return tuple(output.id for output in choose(self.text, self.system, None))

    def simulate(
        self,
        start: float = MODEL_DEFAULTS.start,
        end: float | None = MODEL_DEFAULTS.end,
        points: int = MODEL_DEFAULTS.points,
        subjects: int | None = MODEL_DEFAULTS.subjects,
        vary: Mapping[str, str | float] | Iterable[str] | None = None,
        seed: int = MODEL_DEFAULTS.seed,
        outputs: Sequence[str] | None = MODEL_DEFAULTS.outputs,
        *,
        rtol: float = MODEL_DEFAULTS.rtol,
        atol: float | None = MODEL_DEFAULTS.atol,
        doses: Iterable[Dose | Reset] = MODEL_DEFAULTS.doses,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> xarray.Dataset:
        """Trajectories of one subject or many.

        Parameters
        ----------
        start, end, points, subjects, seed, outputs, rtol, atol
            As for :class:`allodynia.api.model_options.ModelOptions`; the command line has the same defaults.
        vary
            What is given instead of the model's own values: ``{"k1": "lognormal(1, 0.3)", "k2": 4.0}``. A parameter or
            compartment, or the start of a species or of anything else that is integrated.
        doses
            What every subject is given: ``[Dose(at=0, amount=10, into="depot", every=24, repeat=5, lag="lag")]``. See
            :class:`allodynia.engine.regimen.Dose` for lags, bioavailability, infusions and steady states. The amount is
            added to what the id means in SBML: to a concentration, where the species has one. A sample at the time
            of a dose is taken before it.
        threads, progress
            As for `allodynia.engine.simulate`.

        Returns
        -------
        xarray.Dataset
            Dimensions ``subject`` and ``time``; one variable an output, named by its SBML id, with its unit in
            ``attrs["units"]``. A species is what its id means in SBML: a concentration, or an amount where it has only
            substance units. Coordinates ``status`` and ``failed_at`` say how each subject ended, and those named in
            ``vary`` what it was given.

        Raises
        ------
        InvalidInput
            An unknown name (the nearest ones are offered), or a number that cannot be used.
        """
        options = ModelOptions(
            start,
            end,
            points,
            subjects,
            variations(vary),
            seed,
            None if outputs is None else tuple(outputs),
            rtol,
            atol,
            tuple(doses),
        )
        bound = self.bind(options)
        solution = bound.solve(options, threads=threads, progress=progress)
        return _dataset(self, bound, options, solution)

    def bind(self, options: ModelOptions) -> Bound:
        """Everything decided before the first step; raises as :meth:`simulate`."""
        from allodynia.engine.regimen import schedule
        from allodynia.engine.tolerances import Tolerances
        from allodynia.engine.typical import default_atol, typical_sizes

        system, started = self._with(options.vary)
        outputs = choose(self.text, system, options.outputs)
        times = np.linspace(options.start, options.last, options.points)
        middle = np.array([[float("nan") if q.value is None else q.value for q in system.parameters]])
        parameters = np.repeat(middle, options.size, axis=0)
        given: dict[str, F8] = {}
        taken = {output.id for output in outputs}
        for one in options.vary:
            name = started[one.name].value if one.name in started else one.name
            column = system.parameter_index(name)
            middle[0, column] = one.centre
            drawn = one.draw(options.seed, options.size)
            parameters[:, column] = drawn
            given[f"{name}.given" if name in taken else name] = drawn
        Tolerances(options.rtol, 1.0 if options.atol is None else options.atol).vector(len(system.states))
        if options.atol is None:
            begin: dict[str, Any] = {}
            if options.doses:
                plan = schedule(system, middle, [options.doses], start=options.start)
                middle, begin = plan.parameters, {"initial": plan.initial, "actions": plan.actions}
            sizes = typical_sizes(system, middle, options.last, start=options.start, **begin)
            atol = default_atol(sizes, options.rtol)
        else:
            atol = np.full(len(system.states), options.atol)
        return Bound(system, parameters, given, outputs, times, atol)

    def _with(self, vary: Sequence[Variation]) -> tuple[OdeSystem, Mapping[str, Started]]:
        """The system in which all that is varied is a parameter."""
        local = {q.id for q in self.system.parameters}
        named = [one.name for one in vary if one.name not in local]
        if not named:
            return self.system, {}
        try:
            text, started = make_overridable(self.text, dict.fromkeys(named), named)
        except InvalidInput as problem:
            raise InvalidInput(f"vary: {problem.message}") from None
        system = to_ode(text)
        known = {q.id for q in system.parameters}
        for name in named:
            if name not in started and name not in known:
                raise unknown("parameter", name, known)
        return system, started

    def __repr__(self) -> str:
        return (
            f"Model({self.text.name!r}: {len(self.system.states)} states, {len(self.system.parameters)} parameters, "
            f"time in {self.system.time_unit or 'its own unit'})"
        )


def load(path: str | Path) -> Model:
    """The model in an SBML file (``.xml``, ``.sbml``) or an Antimony text (``.ant``, ``.txt``).

    Raises
    ------
    InvalidInput
        There is no such file, it is empty, or it is no text.
    UnreadableModel, UnsupportedModel
        The text is no model, or uses what is not simulated; with file and line.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidInput(f"the file is larger than {LARGEST_FILE:,} bytes", where=Where(str(path)))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as problem:
        raise InvalidInput(f"cannot read the model: {problem.strerror or problem}", where=Where(str(path))) from None
    except UnicodeDecodeError:
        raise InvalidInput("the file is not UTF-8 text", where=Where(str(path))) from None
    if not text.strip():
        raise InvalidInput("the file is empty", where=Where(str(path)))
    if text.lstrip().startswith("<"):
        return Model(read_sbml(text, str(path)), text)
    return Model(read_antimony(text, str(path), strict_units=False), text)


def _dataset(model: Model, bound: Bound, options: ModelOptions, solution: Solution) -> xarray.Dataset:
    import xarray as xr

    from allodynia import __version__
    from allodynia.engine import Status

    values = bound.values(solution)
    flags = {"flag_values": [int(s) for s in Status], "flag_meanings": " ".join(s.name for s in Status)}
    time_unit = bound.system.time_unit
    coordinates: dict[str, Any] = {
        "subject": ("subject", np.arange(len(solution))),
        "time": ("time", bound.times, {"units": time_unit}),
        "status": ("subject", solution.status, flags),
        "failed_at": ("subject", solution.failed_at, {"units": time_unit}),
    }
    coordinates |= {name: ("subject", column) for name, column in bound.given.items()}
    return xr.Dataset(
        {
            output.id: (
                ("subject", "time"),
                values[:, :, index],
                {"units": output.unit, "long_name": output.label or output.id},
            )
            for index, output in enumerate(bound.outputs)
        },
        coords=coordinates,
        attrs={
            "model": model.name,
            "file": model.text.name,
            "seed": options.seed,
            "rtol": options.rtol,
            "allodynia": __version__,
        },
    )
