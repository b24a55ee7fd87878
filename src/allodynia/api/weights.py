"""Prevalence weights of a population found anew, and the text that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allodynia.errors import unknown

if TYPE_CHECKING:
    from allodynia.study.weights_found import Found


def calibrate(population: str = "fibromyalgia", *, people: int = 4096, seed: int = 1) -> Found:
    """Find the prevalence weights of ``population`` anew, from a pool of plausible people; see
    :func:`allodynia.study.weights_found.find_weights`.
    """
    from allodynia.study.weights_found import find_weights
    from allodynia.system import load_system

    system = load_system("human")
    if population not in system.people:
        raise unknown("population of people", population, system.people)
    return find_weights(system, population, people=people, seed=seed)


def weighting_text(found: Found) -> str:
    """The weights as ``weighting.yaml`` holds them."""
    counts = found.tally
    lines = [
        "# Prevalence weights of people, found by `allodynia cohort POPULATION --calibrate weighting.yaml`; not to be",
        "# edited by hand.",
        "#",
        "# The weight of a person is min(exp(offset + sum of multiplier x (moment - goal) / per), cap): 1 on average",
        "# over plausible people. A moment is what is expected of a person's readings of a target of",
        "# cohort_targets.yaml; per is one standard error of the published number. healthy is what healthy people",
        "# showed of the targets that are told against them, cuts the numbers of their percentiles.",
        "",
        "populations:",
        "",
        f"  {found.population}:",
        "    grade: calibrated",
        f"    tuned_to: [{', '.join(sorted({record for target in found.targets for record in target.evidence}))}]",
        f"    pool: {{people: {found.people}, seed: {found.seed}, candidates: {counts.tried}, "
        f"rejected: {counts.rejected}, effective: {found.effective:.1f}, strength: {found.strength:.6g}}}",
        f"    cap: {found.tilt.cap:g}",
        f"    offset: {found.tilt.offset!r}",
        "    healthy:",
        *(f"      {name}: {{mean: {mean!r}, sd: {sd!r}}}" for name, (mean, sd) in found.healthy.moments.items()),
        "    cuts:",
        *(f"      {name}: [{', '.join(map(repr, cuts))}]" for name, cuts in found.healthy.cuts.items()),
        "    multipliers:",
    ]
    rows = zip(found.targets, found.goals.tolist(), found.per.tolist(), found.tilt.multipliers.tolist(), strict=True)
    for target, goal, per, multiplier in rows:
        lines.append(f"      {target.id}: {{goal: {goal!r}, per: {per!r}, multiplier: {multiplier!r}}}")
    return "\n".join(lines) + "\n"
