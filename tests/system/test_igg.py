"""The IgG module by itself: its books balance, and it clears IgG as mice did that it was, and was not, tuned to."""

from __future__ import annotations

import numpy as np
import pytest

from allodynia.model import Evaluator, compose, read_antimony
from allodynia.system.load import FOLDER

HUMAN = ("peritoneum", "plasma_given", "tissue_given", "endosome_given", "plasma_auto", "tissue_auto", "endosome_auto")
OWN = ("plasma_own", "tissue_own", "endosome_own")


@pytest.fixture(scope="module")
def igg(system, mouse):
    """The module alone, with its ports open."""
    text = (FOLDER / "modules" / "igg.ant").read_text(encoding="utf-8")
    values = {name: row.value for name, row in system.parameters.items() if name.startswith("igg.")}
    model = read_antimony(text, "modules/igg.ant")
    ports = [f"igg.{port}" for port in ("anti_human", "production", "auto_production", "fcrn_block", "exchange_rate")]
    ode = compose({"igg": model}, [], values, open_ports=ports, non_negative=True)
    return type(mouse)(ode, system)


def clearance(igg, settings, ivig_mg_per_kg):
    """Dose over exposure (mL/d/kg) of a trace of IgG given into blood: 7E3 at 8 mg/kg, as in the papers."""
    weight = igg.system.parameters["igg.body_weight"].value
    doses = [(0.0, "igg.plasma_auto", 8.0 * weight)]
    if ivig_mg_per_kg:
        doses.append((0.0, "igg.plasma_given", ivig_mg_per_kg * weight))
    times = np.concatenate([np.linspace(0, 5, 2001), np.linspace(5, 400, 4001)[1:]])
    level = igg.run([settings], times, ["igg.c_plasma_auto"], doses)["igg.c_plasma_auto"][0]
    level[0] = 8.0 / igg.system.parameters["igg.plasma_per_kg"].value  # a sample at a dose is taken before it
    return 8.0 / float(np.trapezoid(level, times))


def test_what_enters_is_somewhere_or_broken_down(igg):
    # At any state, the rates of all human pools add up to minus the loss: no mass is made or lost on the way.
    ode = igg.ode
    ids = [state.id for state in ode.states]
    wanted = ("igg.human_loss", "igg.own_loss", "igg.synthesis", "igg.human_total")
    nodes = [*ode.rhs, *(ode.find(name)[0] for name in wanted)]
    rng = np.random.default_rng(7)
    states = rng.lognormal(0.0, 2.0, (200, len(ids)))
    parameters = igg.parameters([{"igg.anti_human": float(x)} for x in rng.uniform(0, 50, 200)])
    values = np.array(Evaluator(ode.dag, nodes)(0.0, states.T, parameters.T), dtype=np.float64)
    rate = dict(zip(ids, values, strict=False))
    human_loss, own_loss, synthesis, human_total = values[len(ids) :]
    assert sum(rate[f"igg.{pool}"] for pool in HUMAN) == pytest.approx(-human_loss, rel=1e-9)
    assert sum(rate[f"igg.{pool}"] for pool in OWN) == pytest.approx(synthesis - own_loss, rel=1e-9)
    assert sum(states[:, ids.index(f"igg.{pool}")] for pool in HUMAN) == pytest.approx(human_total)


def test_the_given_dose_is_accounted_for_after_four_weeks(igg):
    times = np.linspace(0, 28, 28 * 200 + 1)
    doses = [(0.0, "igg.peritoneum", 8.0)]
    run = igg.run([{"igg.anti_human": 3.0}], times, ["igg.human_total", "igg.human_loss"], doses)
    total, loss = run["igg.human_total"][0], run["igg.human_loss"][0]
    lost = float(np.sum((loss[1:] + loss[:-1]) / 2 * np.diff(times)))
    assert total[-1] + lost == pytest.approx(8.0, rel=1e-4)
    assert total[-1] < 1.0


def test_clearance_with_and_without_ivig_and_fcrn(igg):
    # hansen2002, garg2007: 5.2 and 14.4 mL/d/kg (tuned to), 71.5 without FcRn, where IVIg makes no further difference.
    without_receptor = {"igg.fcrn": 0.0}
    assert clearance(igg, {}, 0) == pytest.approx(5.2, rel=0.02)
    assert clearance(igg, {}, 1000) == pytest.approx(14.4, rel=0.02)
    assert clearance(igg, without_receptor, 0) == pytest.approx(71.5, rel=0.02)
    assert clearance(igg, without_receptor, 1000) == pytest.approx(71.5, rel=0.02)


def test_protection_by_fcrn_weakens_as_the_dose_rises(igg):
    # li2005 (not tuned to): the higher the dose, the less of it FcRn saves. The record shows the order.
    weight = igg.system.parameters["igg.body_weight"].value
    lost = []
    for dose in (100.0, 400.0, 1600.0):
        doses = [(0.0, "igg.peritoneum", dose * weight)]
        run = igg.run([{}, {"igg.fcrn": 0.0}], [2.0], ["igg.c_plasma_human"], doses)["igg.c_plasma_human"][:, 0]
        lost.append(1 - run[1] / run[0])
    assert lost[0] > lost[1] > lost[2] > 0


def test_an_untreated_mouse_stays_where_it_is(igg):
    outputs = ["igg.c_plasma_own", "igg.c_tissue_own", "igg.c_endosome", "igg.own_total"]
    levels = [{"igg.own_level": own} for own in (0.5, 2.2, 6.0)]
    for values in igg.run(levels, [0.0, 7.0, 28.0], outputs).values():
        assert values == pytest.approx(np.repeat(values[:, :1], 3, axis=1), rel=1e-9)


def test_human_igg_speeds_the_loss_of_the_mouse_s_own(igg, four_doses):
    own = igg.run([{}], [0.0, 6.0, 60.0, 120.0], ["igg.c_plasma_own"], four_doses)["igg.c_plasma_own"][0]
    assert own[1] < 0.6 * own[0]
    assert own[1] < own[2] < own[3]  # made at the same rate all along, it comes back


def test_human_igg_falls_two_to_five_fold_between_48_hours_and_day_21(igg, four_doses):
    human = igg.run([{}], [2.0, 21.0], ["igg.c_plasma_human"], four_doses)["igg.c_plasma_human"][0]
    assert 2.0 < human[0] / human[1] < 5.0


def test_the_donor_s_titre_is_the_specific_share_everywhere(igg, four_doses):
    outputs = ["igg.c_plasma_auto", "igg.c_plasma_human", "igg.c_tissue_auto", "igg.c_tissue_given"]
    run = igg.run([{"igg.given_titre": 0.02}], [0.5, 3.0, 20.0], outputs, four_doses)
    assert run["igg.c_plasma_auto"] / run["igg.c_plasma_human"] == pytest.approx(0.02)
    assert run["igg.c_tissue_auto"] / run["igg.c_tissue_given"] == pytest.approx(0.02 / 0.98)
