"""Animal experiments: the donor of what was given is the unit, cages and batches are random, animals are repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.errors import InvalidInput
from allodynia.study.analysis import layout
from allodynia.study.analysis.components import maximise, satterthwaite
from allodynia.study.analysis.estimate import Estimate, by_student
from allodynia.study.analysis.levels import Levels
from allodynia.study.analysis.status import Codes, Status

F8 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DonorMixed:
    """The result of :func:`donor_mixed`.

    ``effect`` is f8[replicate, arm - 1]. ``components`` holds for every random factor and the ``residual`` (animals)
    its variance, f8[replicate], in the square of the unit of the values; that of the first factor may be negative: its
    levels are then more alike than animals at random. ``icc`` is the share of the first factor (donors) in all
    variance.
    """

    effect: Estimate
    components: Mapping[str, F8]
    icc: F8


def donor_mixed(
    values: ArrayLike,
    arm: ArrayLike,
    factors: Mapping[str, ArrayLike],
    covariates: ArrayLike | None = None,
    *,
    arms: int | None = None,
    level: float = 0.95,
) -> DonorMixed:
    """Difference of every arm from the control with random donors, cages and batches, by REML.

    Parameters
    ----------
    values
        f8[replicate, animal], NaN missing.
    arm
        int[animal]: 0 the control, 1, 2, ... the others, -1 not analysed; the same in all replicates, as are factors.
    factors
        Name to label[animal] of each random factor, the donor first ({"donor": ..., "cage": ..., "batch": ...}); any
        labels that can be compared. A label is one level wherever it stands: cages 1 and 2 of every donor need names of
        their own.
    covariates
        f8[replicate, animal, k] or f8[animal, k] (baseline, sex), or None.
    arms
        How many arms there are, where the last may be empty.
    level
        Coverage of the interval.

    Returns
    -------
    DonorMixed
        Effects in the unit of ``values`` with Satterthwaite's df: with one donor a level of treatment they are those of
        donors, however many animals there are. TOO_FEW where an arm has no animal with a value or there is no more
        than one donor an arm in all; SINGULAR where the data cannot tell two factors (or a factor and the animals)
        apart; NO_VARIANCE where animals of a donor do not differ; NOT_CONVERGED otherwise.

    Raises
    ------
    InvalidInput
        Shapes that do not fit, no factor, two factors that group the animals alike, a factor with a level for each
        animal (nothing repeats: leave it out), infinite values.

    Notes
    -----
    The component of the first factor is not held above 0 (see :mod:`allodynia.study.analysis.components`), so that in a
    balanced design the test equals the t test of donors' means; those of the others are.
    Patterson and Thompson 1971, Biometrika 58:545; Lazic 2010, BMC Neurosci. 11:5 (why animals are not the unit).
    """
    y = layout.values(values, "values", 2)
    group, found = layout.arms(arm, y.shape)
    if (group != group[:1]).any():
        raise InvalidInput("arms of animals are the same in all replicates: give int[animal]")
    count = layout.number_of_arms(found, arms)
    adjust = layout.covariates(covariates, y.shape)
    inside = (group != layout.NOT_IN).all(axis=0)
    coded = _coded(factors, inside)
    here = (group != layout.NOT_IN) & ~np.isnan(y) & ~np.isnan(adjust).any(axis=2)
    x = layout.predictors(group, here, adjust, count)
    middle = np.where(here, y, 0.0).sum(axis=1) / np.maximum(here.sum(axis=1), 1)
    codes = _checked(group, here, x, y, coded[0], count)
    effect, se, df = (np.full((len(y), count - 1), np.nan) for _ in range(3))
    parts = np.full((len(y), len(coded) + 1), np.nan)
    fit = np.flatnonzero(codes == Status.ESTIMATED)
    if len(fit):
        centred = np.where(here, y - middle[:, None], 0.0)[fit]
        scale = np.sqrt((centred**2).sum(axis=1) / here[fit].sum(axis=1))
        levels = Levels(x[fit], centred / scale[:, None], here[fit], coded)
        start = np.full((len(fit), len(coded) + 1), 1.0 / (len(coded) + 1))
        bound = np.zeros(len(coded) + 1)
        bound[0] = -np.inf
        theta, done = maximise(levels, start, bound)
        at = levels(np.arange(len(fit)), theta)
        contrasts = np.eye(count - 1, x.shape[2], k=1)
        effect[fit], se[fit], df[fit] = satterthwaite(at, contrasts, theta <= bound)
        effect[fit] *= scale[:, None]
        se[fit] *= scale[:, None]
        parts[fit] = np.where(done[:, None], theta * scale[:, None] ** 2, np.nan)
        exact = (np.isfinite(se[fit]) & (se[fit] > 0.0) & (df[fit] > 0.0)).all(axis=1)  # few animals may leave no error
        codes[fit] = np.where(done & exact, Status.ESTIMATED, _why(at.information))
    status: Codes = np.broadcast_to(codes[:, None], effect.shape).copy()
    n = np.broadcast_to(here.sum(axis=1)[:, None], effect.shape).copy()
    estimate = by_student(effect, se, df, n, status, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        icc = parts[:, 0] / parts.sum(axis=1)
    named = {name: parts[:, k] for k, name in enumerate([*factors, "residual"])}
    return DonorMixed(estimate, named, icc)


def _coded(factors: Mapping[str, ArrayLike], inside: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Levels of every factor from 0, over animals; what cannot be a random factor is refused."""
    if not factors:
        raise InvalidInput("at least one random factor is needed, the donor first")
    out: dict[str, NDArray[np.int64]] = {}
    for name, given in factors.items():
        labels = np.asarray(given)
        if labels.shape != inside.shape:
            raise InvalidInput(f"{name} has the shape {labels.shape}, animals {inside.shape}")
        _, codes = np.unique(labels, return_inverse=True)
        codes = codes.astype(np.int64)
        seen = codes[inside]
        if len(np.unique(seen)) == len(seen):
            raise InvalidInput(f"{name} has a level for each animal, so nothing repeats: leave it out")
        for other, before in out.items():
            both = len(np.unique(np.stack([seen, before[inside]]), axis=1).T)
            if both == len(np.unique(seen)) == len(np.unique(before[inside])):
                raise InvalidInput(f"{name} groups the animals as {other} does: one of them has to be left out")
        out[name] = codes
    return list(out.values())


def _checked(
    group: NDArray[np.int64], here: NDArray[np.bool_], x: F8, y: F8, donor: NDArray[np.int64], count: int
) -> NDArray[np.int8]:
    """What can be seen to be wrong before anything is fitted, int8[replicate]."""
    codes = np.full(len(y), Status.ESTIMATED, np.int8)
    levels = int(donor.max(initial=0)) + 1
    member = np.eye(levels)[donor]
    animals = here.astype(np.float64) @ member
    mean = np.where(here, y, 0.0) @ member / np.maximum(animals, 1.0)
    rest = np.where(here, y - mean @ member.T, 0.0)
    size = (np.where(here, y, 0.0) ** 2).sum(axis=1)
    codes[(rest**2).sum(axis=1) <= layout.EXACT * size * np.maximum(here.sum(axis=1), 1)] = Status.NO_VARIANCE
    normal = np.swapaxes(x, 1, 2) @ x
    codes[np.linalg.matrix_rank(normal, hermitian=True) < x.shape[2]] = Status.SINGULAR
    pairs = np.zeros(len(y), np.int64)
    for k in range(count):
        inside = here & (group == k)
        codes[~inside.any(axis=1)] = Status.TOO_FEW
        pairs += (inside.astype(np.float64) @ member > 0.0).sum(axis=1)
    # A donor in several arms is its own control; one in each arm alone leaves nothing to judge donors by.
    several = (animals > 0.0).sum(axis=1)
    codes[(pairs <= count) & (several >= count)] = Status.TOO_FEW
    return codes


def _why(information: F8) -> NDArray[np.int8]:
    """SINGULAR where the components cannot be told apart at the place that was reached, else NOT_CONVERGED."""
    fine: NDArray[np.bool_] = np.asarray(np.isfinite(information).all(axis=(1, 2)))
    scale = np.sqrt(np.abs(np.where(fine[:, None], np.diagonal(information, axis1=1, axis2=2), 1.0)))
    scale = np.where(scale > 0.0, scale, 1.0)
    safe = np.where(fine[:, None, None], information, 0.0) / (scale[:, :, None] * scale[:, None, :])
    values = np.linalg.eigvalsh(safe)
    return np.where(fine & (values[:, 0] < 1e-9), Status.SINGULAR, Status.NOT_CONVERGED).astype(np.int8)
