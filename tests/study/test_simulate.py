"""A study simulated on a body whose answers are known."""

import math

import numpy as np
import pytest
from scipy import stats

from allodynia.errors import InvalidInput
from allodynia.study import AsPlanned, Expectation, read_study, simulate_study
from allodynia.study import simulate as room


def run(study, body, integrate, **more):
    return simulate_study(study, body, integrate=integrate, **more)


def test_plasma_follows_the_closed_form_of_repeated_dosing(study, body, integrate):
    result = run(study, body, integrate)
    absorption, loss = 4.0, 0.4
    fixed = result.layout.arm("fm_igg")
    assert fixed.size == 24
    times = np.array([1.0, 4.0])
    found = result.readings.true("plasma", "fm_igg", times)[0]
    losses = result.layout.view(parameters_of(study, body, result), "fm_igg")[0, ..., 1]
    for place, time in enumerate(times):
        given = [day for day in range(4) if day < time]  # the dose of that time comes after the sample
        k = losses
        expected = sum(
            8.0 * absorption / (absorption - k) * (np.exp(-k * (time - d)) - np.exp(-absorption * (time - d)))
            for d in given
        )
        np.testing.assert_allclose(found[..., place], 1000 * expected, rtol=1e-5)  # in ug
    assert loss == pytest.approx(np.median(losses), rel=0.2)


def parameters_of(study, body, result):
    from allodynia.cohort import read_table, sample

    table = read_table(body.ode, body.parameters, body.populations)
    return sample(table, result.layout.arms, result.seed).parameters


def test_summary_is_the_t_interval_over_donor_means(study, body, integrate):
    result = run(study, body, integrate)
    table = result.endpoints
    row = next(r for r in result.summary() if (r.arm, r.endpoint, r.day) == ("fm_igg", "pressure", 8.0))
    here = (table["arm"] == "fm_igg") & (table["endpoint"] == "pressure")
    means = []
    for donor in np.unique(table["donor"][here]):
        mine = here & (table["donor"] == donor)
        at, before = mine & (table["day"] == 8.0), mine & (table["day"] == 0.0)
        assert table["subject"][at].tolist() == table["subject"][before].tolist()
        means.append(np.mean(100 * table["measured_value"][at] / table["measured_value"][before]))
    assert len(means) == 4
    lo, hi = stats.t.interval(0.95, 3, np.mean(means), stats.sem(means))
    assert (row.mean, row.lo, row.hi) == pytest.approx((np.mean(means), lo, hi), rel=1e-9)
    assert (row.inference_unit, row.n_units, row.n_subjects, row.unit, row.in_table) == ("donor", 4, 24, "%", True)


def test_where_mice_share_no_donor_the_mouse_is_the_unit(study, body, integrate):
    rows = {(r.arm, r.endpoint): r for r in run(study, body, integrate).summary() if r.in_table}
    for arm in ("saline", "fm_pool"):
        assert (rows[arm, "pressure"].inference_unit, rows[arm, "pressure"].n_units) == ("subject", 6)


def test_endpoint_table_holds_every_reading_once(study, body, integrate):
    result = run(study, body, integrate)
    table = result.endpoints
    assert {len(column) for column in table.values()} == {result.layout.rows * (6 + 3)}
    keys = set(zip(table["subject"], table["endpoint"], table["day"], strict=True))
    assert len(keys) == result.layout.rows * 9
    # the readings belong to the subjects they name
    some = (table["endpoint"] == "pressure") & (table["day"] == 8.0)
    place = int(np.flatnonzero(np.isclose(result.times, 8.0))[0])
    number = [output.id for output in result.outputs].index("paw.pressure")
    np.testing.assert_array_equal(table["true_value"][some], result.trajectories[table["subject"][some], place, number])
    assert (table["arm"][some] == result.cohort["arm"][table["subject"][some]]).all()
    assert (table["donor"][some] == result.cohort["donor"][table["subject"][some]]).all()
    noise = table["measured_value"][some] / table["true_value"][some]
    assert 0.05 < noise.std() < 0.11
    assert set(table["unit"][table["endpoint"] == "plasma"]) == {"ug"}


def test_the_same_seed_is_the_same_run_and_another_is_another(study, body, integrate):
    first, again, other = (run(study, body, integrate, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.endpoints["measured_value"], again.endpoints["measured_value"])
    assert (first.endpoints["measured_value"] != other.endpoints["measured_value"]).mean() > 0.9


def test_contrasts_are_paired(study, body, integrate):
    """Edges on and off, and knock-outs, see the same donors, the same animals and the same assay errors."""
    whole, cut = run(study, body, integrate), run(study, body, integrate, edges={"ada": 0.0})
    for result in (whole, cut):
        baseline = result.readings.true("pressure", "fm_igg", [0.0])
        np.testing.assert_array_equal(baseline, result.readings.true("pressure", "knockout", [0.0]))
        np.testing.assert_array_equal(baseline, whole.readings.true("pressure", "fm_igg", [0.0]))
    noise = [r.readings.measured("pressure", "saline", [8.0]) for r in (whole, cut)]
    np.testing.assert_array_equal(*noise)
    assert (cut.readings.true("plasma", "fm_igg", [4.0]) > whole.readings.true("plasma", "fm_igg", [4.0])).all()
    assert (
        whole.readings.true("pressure", "saline", [0.0])[0, 0] != whole.readings.true("pressure", "fm_igg", [0.0])[0, 0]
    ).all()


def test_more_mice_a_donor_leave_the_first_ones_as_they_were(study, body, integrate):
    few, many = run(study, body, integrate), run(study, body, integrate, subjects=9)
    for arm in ("fm_igg", "saline", "fm_pool"):
        np.testing.assert_array_equal(
            few.readings.measured("pressure", arm, [2.0, 8.0]),
            many.readings.measured("pressure", arm, [2.0, 8.0])[:, :, :6],
        )


def test_hypotheses_cross_the_arms_unless_one_is_named(study_text, body, integrate):
    study = read_study(study_text.replace("subjects: 6", "subjects: 6\nhypotheses: [one, two]"), "x", "x.yaml")
    both = run(study, body, integrate)
    assert [arm.name for arm in both.plan.arms][:2] == ["fm_igg[one]", "healthy_igg[one]"]
    one = run(study, body, integrate, hypothesis="one")
    assert [arm.name for arm in one.plan.arms][:2] == ["fm_igg", "healthy_igg"]
    np.testing.assert_array_equal(
        one.readings.measured("pressure", "fm_igg", [8.0]), both.readings.measured("pressure", "fm_igg[one]", [8.0])
    )
    assert both.observable("over_baseline", arm="fm_igg", at="8 d", hypothesis="two").value == pytest.approx(1, abs=0.1)
    with pytest.raises(InvalidInput, match="say which hypothesis is meant"):
        both.observable("positive")


def failing(integrate):
    """The plain integrator, but every fifth row fails at day 3."""

    def solve(system, parameters, times, outputs, doses, **options):
        solution = integrate(system, parameters, times, outputs, doses)
        solution.status[::5] = 3
        solution.failed_at[::5] = 3.0
        solution.values[::5, times > 3.0] = np.nan
        return solution

    return solve


def test_failed_subjects_are_left_out_as_a_whole_and_counted(study, body, integrate):
    result, whole = run(study, body, failing(integrate)), run(study, body, integrate)
    assert result.failed == np.count_nonzero(result.status) > 0
    assert np.isnan(result.trajectories[result.status != 0]).all()
    np.testing.assert_array_equal(result.trajectories[result.status == 0], whole.trajectories[result.status == 0])
    row = next(r for r in result.summary() if (r.arm, r.endpoint, r.day) == ("fm_igg", "pressure", 1.0))
    lost = np.count_nonzero(result.status[result.cohort["arm"] == "fm_igg"])
    assert (row.failed, row.n_subjects) == (lost, 24 - lost)
    assert math.isfinite(row.mean)
    assert math.isfinite(row.lo)
    assert result.observable("positive").failed == lost


class Kept:
    """A sink that remembers."""

    def __init__(self):
        self.meta, self.blocks, self.ending = None, [], None

    def on_start(self, meta):
        self.meta = meta

    def on_block(self, first_row, values, status, failed_at):
        self.blocks.append((first_row, values.copy(), status.copy()))

    def on_end(self, ending):
        self.ending = ending


def test_blocks_make_up_the_whole(study, body, integrate):
    sink, heard = Kept(), []
    result = run(
        study, body, integrate, subjects=20, sink=sink, progress=lambda done, total: heard.append((done, total))
    )
    assert sink.ending == "finished"
    assert len(sink.blocks) > 3
    assert sink.meta.rows == result.layout.rows == sum(len(values) for _, values, _ in sink.blocks)
    assert all(first % sink.meta.block == 0 for first, _, _ in sink.blocks)
    np.testing.assert_array_equal(np.concatenate([values for _, values, _ in sink.blocks]), result.trajectories)
    assert [output.id for output in sink.meta.outputs] == [output.id for output in result.outputs]
    assert sink.meta.subjects["arm"].tolist() == result.cohort["arm"].tolist()


def test_what_is_finished_is_with_the_sink_when_it_is_interrupted(study, body, integrate):
    calls = []

    def stops(*args, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return integrate(*args)

    sink = Kept()
    with pytest.raises(KeyboardInterrupt):
        run(study, body, stops, subjects=20, sink=sink)
    assert (len(sink.blocks), sink.ending) == (2, "interrupted")


def test_refused_input_reaches_no_sink(study_text, body, integrate):
    sink = Kept()
    with pytest.raises(InvalidInput):
        run(read_study(study_text.replace("body.depot", "body.dept", 1), "x", "x.yaml"), body, integrate, sink=sink)
    assert sink.meta is None


def test_an_expectation_does_not_depend_on_its_blocks(study, body, integrate, monkeypatch):
    names = ["change", "back", "pool"]
    design = Expectation(worlds=5, donors=3)
    whole = run(study, body, integrate, design=design)
    monkeypatch.setattr(room, "LARGEST_BLOCK", 100)
    parts = run(study, body, integrate, design=design)
    for output, series in whole.readings.series.items():
        np.testing.assert_array_equal(series.values, parts.readings.series[output].values)
    for name in names:
        arm = "fm_igg" if name == "change" else None
        assert whole.observable(name, arm=arm) == parts.observable(name, arm=arm)


def test_an_expectation_keeps_only_what_its_observables_need(study, body, integrate):
    result = run(study, body, integrate, design=Expectation(worlds=2, donors=2), observables=["positive"])
    assert list(result.readings.series) == ["paw.pressure"]
    assert result.trajectories is None
    np.testing.assert_allclose(result.readings.series["paw.pressure"].times, [0, 0.25, 1, 2, 8, 20])
    with pytest.raises(InvalidInput, match="was not sampled at 5"):
        result.observable("over_baseline", arm="fm_igg", at="5 d")


def test_uncertainty_makes_worlds_differ(study, body, integrate):
    result = run(study, body, integrate, design=Expectation(worlds=6, donors=4))
    effects = result.readings.true("pressure", "fm_igg", [1.0]).mean(axis=(1, 2, 3))
    assert effects.std() / effects.mean() > 0.01
    sure = run(study, body, integrate, design=AsPlanned(uncertainty=False))
    drawn = run(study, body, integrate, design=AsPlanned(uncertainty=True))
    assert (sure.readings.true("pressure", "fm_igg", [1.0]) != drawn.readings.true("pressure", "fm_igg", [1.0])).all()
