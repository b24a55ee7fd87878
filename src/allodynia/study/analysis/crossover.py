"""Cross-over trials: every subject is its own control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.components import maximise, satterthwaite
from allodynia.study.analysis.estimate import Estimate, by_student
from allodynia.study.analysis.status import Status
from allodynia.study.analysis.subjects import Subjects

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Effects of a 2 x 2 cross-over, each f8[replicate] in the unit of the values.

    ``treatment`` is the second treatment less the first, ``period`` the second period less the first, and
    ``carry_over`` the difference of the sequences' sums over both periods, which is that of the carry-over effects and
    cannot be told from one of the sequence.
    """

    treatment: Estimate
    period: Estimate
    carry_over: Estimate


def two_by_two(values: ArrayLike, sequence: ArrayLike, *, level: float = 0.95) -> TwoByTwo:
    """The paired analysis of sequences 0 (first treatment, then second) and 1 (second, then first).

    ``values`` is f8[replicate, subject, 2], ``sequence`` int[subject] or int[replicate, subject], -1 not analysed. Only
    subjects with both periods count. t tests with pooled variance on n - 2 degrees of freedom: of within-subject
    differences for treatment and period, of sums for carry-over (Hills and Armitage 1979, Br. J. Clin. Pharmacol. 8:7).
    The carry-over test has little power and must not decide which analysis is made (Freeman 1989, Stat. Med. 8:1421).
    TOO_FEW where a sequence has nobody or fewer than three subjects remain; NO_VARIANCE where differences (sums) are
    all the same within sequences.
    """
    y = layout.values(values, "values", 3)
    if y.shape[2] != 2:
        raise InvalidInput(f"a 2 x 2 cross-over has two periods, these values have {y.shape[2]}")
    group, found = layout.arms(sequence, y.shape[:2])
    if found > 2:
        raise InvalidInput(f"a 2 x 2 cross-over has sequences 0 and 1, these go up to {found - 1}")
    here = ~np.isnan(y).any(axis=2)
    inside = [here & (group == k) for k in (0, 1)]
    gap, total = y[:, :, 1] - y[:, :, 0], y[:, :, 0] + y[:, :, 1]
    return TwoByTwo(
        _pooled(gap, inside, (0.5, -0.5), level), _pooled(gap, inside, (0.5, 0.5), level),
        _pooled(total, inside, (1.0, -1.0), level),
    )  # fmt: skip


def _pooled(x: F8, inside: list[NDArray[np.bool_]], weights: tuple[float, float], level: float) -> Estimate:
    """A weighted sum of two groups' means with the pooled variance."""
    n = [one.sum(axis=1) for one in inside]
    mean = [np.where(one, x, 0.0).sum(axis=1) / np.maximum(k, 1) for one, k in zip(inside, n, strict=True)]
    rss = sum(
        (np.where(one, x - m[:, None], 0.0) ** 2).sum(axis=1) for one, m in zip(inside, mean, strict=True)
    ) + np.zeros(len(x))
    size = sum((np.where(one, x, 0.0) ** 2).sum(axis=1) for one in inside)
    both = n[0] + n[1]
    df = (both - 2).astype(np.float64)
    codes = np.full(len(x), Status.ESTIMATED, np.int8)
    codes[rss <= layout.EXACT * size * np.maximum(both, 1)] = Status.NO_VARIANCE
    codes[(n[0] == 0) | (n[1] == 0) | (df <= 0.0)] = Status.TOO_FEW
    effect = weights[0] * mean[0] + weights[1] * mean[1]
    scale = weights[0] ** 2 / np.maximum(n[0], 1) + weights[1] ** 2 / np.maximum(n[1], 1)
    return by_student(effect, np.sqrt(rss / np.maximum(df, 1.0) * scale), df, both, codes, level)


@dataclass(frozen=True, slots=True)
class Crossover:
    """Effects of a cross-over by the mixed model, in the unit of the values.

    ``treatment`` f8[replicate, treatment - 1] each less treatment 0; ``period`` f8[replicate, period - 1] each less the
    first; ``sequence`` f8[replicate, sequence - 1] each less sequence 0. ``between`` and ``within``
    f8[replicate] are the variances of subjects and of one value within a subject.
    """

    treatment: Estimate
    period: Estimate
    sequence: Estimate
    between: F8
    within: F8


def crossover(values: ArrayLike, sequence: ArrayLike, treatments: ArrayLike, *, level: float = 0.95) -> Crossover:
    """Period, treatment and sequence with subjects as random effect, by REML, values missing at random.

    Parameters
    ----------
    values
        f8[replicate, subject, period], NaN missing: what a subject has in one period alone still counts.
    sequence
        int[subject] or int[replicate, subject]: row of ``treatments``, -1 not analysed.
    treatments
        int[sequence, period]: the treatment of every period, 0 the control.
    level
        Coverage of the intervals.

    Returns
    -------
    Crossover
        With Satterthwaite's df. The variance of subjects is not held above 0, so that with complete 2 x 2 data the
        treatment has the t, df and p of :func:`two_by_two`, and the sequence those of its carry-over test. TOO_FEW
        where a sequence has nobody, a period no value or too few subjects are left; else NO_VARIANCE, NOT_CONVERGED.

    Raises
    ------
    InvalidInput
        Shapes that do not fit, one treatment only, sequences that are not there, and designs in which the terms cannot
        be told apart (treatment from period in a single sequence).

    Notes
    -----
    Jones and Kenward 2014, Design and Analysis of Cross-Over Trials, 3rd ed., ch. 5.
    """
    y = layout.values(values, "values", 3)
    group, found = layout.arms(sequence, y.shape[:2])
    plan = np.asarray(treatments)
    if plan.ndim != 2 or plan.shape[1] != y.shape[2] or found > len(plan):
        raise InvalidInput(
            f"treatments have the shape {plan.shape}: needed is (sequences >= {found}, {y.shape[2]} periods)"
        )
    rows, places = design(plan.astype(np.int64))
    x = rows[np.maximum(group, 0)]
    y = np.where((group != layout.NOT_IN)[:, :, None], y, np.nan)
    here = ~np.isnan(y)
    n = here.any(axis=2).sum(axis=1)
    with np.errstate(invalid="ignore"):
        middle = np.nansum(y, axis=(1, 2)) / np.maximum(here.sum(axis=(1, 2)), 1)
        centred = y - middle[:, None, None]
        scale = np.sqrt(np.nansum(centred**2, axis=(1, 2)) / np.maximum(here.sum(axis=(1, 2)), 1))
    codes = _checked(group, here, x, centred, scale, len(plan))
    terms = x.shape[3]
    effect, se, df = (np.full((len(y), terms - 1), np.nan) for _ in range(3))
    parts = np.full((len(y), 2), np.nan)
    fit = np.flatnonzero(codes == Status.ESTIMATED)
    if len(fit):
        data = Subjects(x[fit], centred[fit] / scale[fit, None, None])
        bound = np.array([-np.inf, 0.0])
        theta, done = maximise(data, np.full((len(fit), 2), 0.5), bound)
        at = data(np.arange(len(fit)), theta)
        effect[fit], se[fit], df[fit] = satterthwaite(at, np.eye(terms - 1, terms, k=1), theta <= bound)
        effect[fit] *= scale[fit, None]
        se[fit] *= scale[fit, None]
        parts[fit] = np.where(done[:, None], theta * scale[fit, None] ** 2, np.nan)
        codes[fit] = np.where(done, Status.ESTIMATED, Status.NOT_CONVERGED)

    def part(name: str) -> Estimate:
        of = places[name]
        shape = effect[:, of].shape
        status = np.broadcast_to(codes[:, None], shape).copy()
        used = np.broadcast_to(n[:, None], shape).copy()
        return by_student(effect[:, of], se[:, of], df[:, of], used, status, level)

    return Crossover(part("treatment"), part("period"), part("sequence"), parts[:, 0], parts[:, 1])


def design(plan: I8) -> tuple[F8, dict[str, slice]]:
    """Predictors f8[sequence, period, p], intercept first, and where the terms stand after it.

    Raises InvalidInput where the sequences i8[sequence, period] cannot tell the terms apart.
    """
    if plan.min() < 0 or plan.max() < 1:
        raise InvalidInput("treatments are 0 the control, 1, 2, ...: at least two are needed")
    sequences, periods = plan.shape
    count = int(plan.max()) + 1
    row, column = np.indices(plan.shape)
    columns: dict[str, list[F8]] = {
        "treatment": [(plan == k).astype(np.float64) for k in range(1, count)],
        "period": [(column == k).astype(np.float64) for k in range(1, periods)],
        "sequence": [(row == k).astype(np.float64) for k in range(1, sequences)],
    }
    places, found, rank = {}, [np.ones(plan.shape)], 1
    for name, parts in columns.items():
        places[name] = slice(len(found) - 1, len(found) - 1 + len(parts))
        found.extend(parts)
        if np.linalg.matrix_rank(np.stack(found, axis=2).reshape(-1, len(found))) < len(found):
            known = " and ".join(one for one in columns if one in places and one != name)
            raise InvalidInput(f"these sequences cannot tell {name} from {known or 'one mean'}")
        rank = len(found)
    return np.stack(found, axis=2).reshape(sequences, periods, rank), places


def _checked(group: I8, here: NDArray[np.bool_], x: F8, y: F8, scale: F8, sequences: int) -> NDArray[np.int8]:
    codes = np.full(len(y), Status.ESTIMATED, np.int8)
    mean = np.where(here, y, 0.0).sum(axis=2) / np.maximum(here.sum(axis=2), 1)
    inner = np.where(here, y - mean[:, :, None], 0.0)
    rows = np.where(here[..., None], x, 0.0)
    own = rows.sum(axis=2) / np.maximum(here.sum(axis=2), 1)[..., None]
    size = y.shape[1] * y.shape[2]
    left = np.where(here[..., None], rows - own[:, :, None], 0.0).reshape(len(y), size, x.shape[3])
    # Within subjects only treatments and periods (and what they leave) vary: what they do not explain is the error.
    rest = _unexplained(left, inner.reshape(len(y), size))
    codes[rest <= 1e-20 * (scale**2) * np.maximum(here.sum(axis=(1, 2)), 1)] = Status.NO_VARIANCE
    flat = rows.reshape(len(y), size, x.shape[3])
    normal = np.swapaxes(flat, 1, 2) @ flat
    codes[np.linalg.matrix_rank(normal, hermitian=True) < x.shape[3]] = Status.TOO_FEW
    several = (here.sum(axis=2) > 1).sum(axis=1)
    codes[several < x.shape[3] - sequences + 1] = Status.TOO_FEW
    for k in range(sequences):
        codes[~(here.any(axis=2) & (group == k)).any(axis=1)] = Status.TOO_FEW
    codes[here.any(axis=2).sum(axis=1) <= sequences] = Status.TOO_FEW
    return codes


def _unexplained(x: F8, y: F8) -> F8:
    """Residual sum of squares of y f8[replicate, row] on x f8[replicate, row, p], of full rank or less."""
    turned = np.swapaxes(x, 1, 2)
    beta = np.linalg.pinv(turned @ x, hermitian=True, rcond=1e-10) @ (turned @ y[:, :, None])
    return np.asarray(((y - (x @ beta)[:, :, 0]) ** 2).sum(axis=1))
