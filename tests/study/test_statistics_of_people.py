"""Statistics of people, each against the same thing worked out from the numbers by another road."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from allodynia.errors import AllodyniaError
from allodynia.study import Expectation, read_study, simulate_study

from .people import STUDY, person

OBSERVABLES = """\
observables:
  d: {kind: standardised_effect, endpoint: pain, arm: ill, versus: healthy, at: 0 d}
  g: {kind: standardised_effect, endpoint: pain, arm: ill, versus: healthy, at: 0 d, correction: hedges}
  difference: {kind: difference, endpoint: pain, arm: ill, versus: mild, at: 0 d}
  percent: {kind: ratio_of_means, as: percent, endpoint: pain, arm: mild, versus: ill, at: 0 d}
  fold: {kind: ratio_of_means, as: fold_decrease, endpoint: pain, arm: mild, versus: ill, at: 0 d}
  severe: {kind: share, arm: ill, all: [{of: pain, at: 0 d, above: 7}]}
  either: {kind: share, arm: ill, any: [{of: pain, at: 0 d, above: 7}, {of: x, at: 0 d, below: 2 dimensionless}]}
  both: {kind: share, arm: ill, any: [{of: pain, at: 0 d, above: 7}, {of: x, at: 0 d, below: 3}], number: 2}
  among: {kind: share, arm: ill, all: [{of: x, at: 0 d, below: 3}],
          among: [{of: pain, at: 0 d, above: 7}, {of: x, at: 0 d, below: 2}]}
  men: {kind: mean, endpoint: pain, arm: ill, at: 0 d, where: [{of: body.female, below: 0.5}]}
  heavy: {kind: risk_ratio, arm: ill, all: [{of: pain, at: 0 d, above: 7}],
          where: [{of: body.weight, above: 70 kg}], versus_where: [{of: body.weight, at_most: 70 kg}]}
  odds: {kind: odds_ratio, arm: ill, versus: mild, all: [{of: pain, at: 0 d, above: 6}]}
  h: {kind: share_difference, as: effect, arm: ill, versus: mild, all: [{of: pain, at: 0 d, above: 6}]}
  above_norm: {kind: share, arm: ill, all: [{of: pain, at: 0 d, above: {arm: mild, percentile: 90, shape: normal}}]}
  r: {kind: correlation, x: {endpoint: x, at: 0 d}, y: {endpoint: pain, at: 0 d}, arm: ill}
  rho: {kind: correlation, x: {endpoint: x, at: 0 d}, y: {endpoint: pain, at: 0 d}, arm: ill, method: spearman}
  slope: {kind: slope, x: {endpoint: x, at: 0 d}, y: {endpoint: pain, at: 0 d}, arm: ill}
  area: {kind: auc, quantity: {endpoint: pain, at: 0 d}, arm: ill, versus: mild}
  gone: {kind: mean, endpoint: x, arm: cut, measure: {kind: first_time, below: 0.5, every: 0.25 d, never: end}}
  stood: {kind: mean, endpoint: x, arm: cut, measure: {kind: duration, above: 0.5, every: 0.25 d}}
  peak: {kind: mean, endpoint: x, arm: cut, measure: {kind: highest}}
  fall: {kind: mean, endpoint: x, arm: cut, measure: {kind: rate, from: 0 d, until: 2 d, per: 1 d, relative: true}}
  gain: {kind: loop_gain, endpoint: pain, closed: ill, closed_control: mild, open: cut, open_control: healthy, at: 30 d}
  minus: {kind: minus, of: d, less: g}
  ratio: {kind: ratio, above: percent, below: percent}
  least: {kind: least_of, of: [d, g]}
  z_pain: {kind: fit, of: difference, lo: -0.5, hi: 0.9, evidence: assumed}
  z_share: {kind: fit, of: severe, lo: 0.2, hi: 0.6, evidence: assumed}
  score: {kind: log_score, of: [z_pain, z_share]}
"""
ARMS = """\
  mild: {people: ill, inputs: {switch.gain: 2.6 dimensionless}}
  cut: {people: ill, changes: [{of: edge.push, to: 0 dimensionless, at: 0 d}]}
"""
TEXT = STUDY[: STUDY.index("observables:")].replace("endpoints:", ARMS + "endpoints:") + OBSERVABLES


@pytest.fixture(scope="module")
def result():
    study = read_study(TEXT, "switch", "switch.yaml")
    return simulate_study(study, person(), design=Expectation(worlds=4, people=64))


def read(result, endpoint, arm, time=0.0):
    return result.readings.measured(endpoint, arm, [time])[:, 0, :, 0]


def true(result, endpoint, arm, time=0.0):
    return result.readings.true(endpoint, arm, [time])[:, 0, :, 0]


def parameter(result, name, arm):
    return result.layout.view(result.readings.parameters[name], arm)[:, 0, :]


def worlds(result, name):
    return np.array(result.observable(name).values)


def test_cohen_and_hedges(result):
    means = true(result, "pain", "ill").mean(1) - true(result, "pain", "healthy").mean(1)
    pooled = np.sqrt((read(result, "pain", "ill").var(1, ddof=1) + read(result, "pain", "healthy").var(1, ddof=1)) / 2)
    assert worlds(result, "d") == pytest.approx(means / pooled, rel=1e-12)
    assert worlds(result, "g") == pytest.approx(means / pooled * (1 - 3 / (4 * 126 - 1)), rel=1e-12)
    assert worlds(result, "minus") == pytest.approx(worlds(result, "d") - worlds(result, "g"), rel=1e-9)
    assert result.observable("least").value == result.observable("g").value
    found = result.observable("d")
    assert (found.units, found.subjects, found.unit, found.good) == (256, 256, "SD", -1)


def test_two_means(result):
    ill, mild = (true(result, "pain", arm).mean(1) for arm in ("ill", "mild"))
    assert worlds(result, "difference") == pytest.approx(ill - mild)
    assert worlds(result, "percent") == pytest.approx(100 * mild / ill)
    assert worlds(result, "fold") == pytest.approx(ill / mild)
    assert (worlds(result, "ratio") == 1.0).all()


def test_shares_are_of_readings(result):
    pain, x = read(result, "pain", "ill"), read(result, "x", "ill")
    assert worlds(result, "severe") == pytest.approx((pain > 7).mean(1))
    assert worlds(result, "either") == pytest.approx(((pain > 7) | (x < 2)).mean(1))
    assert worlds(result, "both") == pytest.approx(((pain > 7) & (x < 3)).mean(1))
    kept = (pain > 7) | (x < 2)
    assert worlds(result, "among") == pytest.approx(((x < 3) & kept).sum(1) / kept.sum(1))
    assert result.observable("among").units == kept.sum()
    mild = read(result, "pain", "mild")
    norm = mild.mean(1) + stats.norm.ppf(0.9) * mild.std(1, ddof=1)
    assert worlds(result, "above_norm") == pytest.approx((pain > norm[:, None]).mean(1))


def test_sub_groups_by_a_parameter_and_how_many_are_in_them(result):
    men = parameter(result, "body.female", "ill") < 0.5
    pain = true(result, "pain", "ill")
    wanted = [pain[world][men[world]].mean() for world in range(4)]
    assert worlds(result, "men") == pytest.approx(wanted)
    assert result.observable("men").units == men.sum()
    assert 0.1 < men.mean() < 0.3


def test_risk_and_odds_ratios_are_of_all_worlds_together(result):
    severe = read(result, "pain", "ill") > 7
    heavy = parameter(result, "body.weight", "ill") > 70
    risks = [np.mean([severe[w][group[w]].mean() for w in range(4)]) for group in (heavy, ~heavy)]
    assert result.observable("heavy").value == pytest.approx(risks[0] / risks[1])
    ill, mild = ((read(result, "pain", arm) > 6).mean() for arm in ("ill", "mild"))
    assert result.observable("odds").value == pytest.approx(ill / (1 - ill) / (mild / (1 - mild)))
    each = [(read(result, "pain", arm) > 6).mean(1) for arm in ("ill", "mild")]
    assert worlds(result, "h") == pytest.approx(2 * np.arcsin(np.sqrt(each[0])) - 2 * np.arcsin(np.sqrt(each[1])))


def test_associations(result):
    x, y = read(result, "x", "ill"), read(result, "pain", "ill")
    assert worlds(result, "r") == pytest.approx([stats.pearsonr(*pair).statistic for pair in zip(x, y, strict=True)])
    assert worlds(result, "rho") == pytest.approx([stats.spearmanr(*pair).statistic for pair in zip(x, y, strict=True)])
    assert worlds(result, "slope") == pytest.approx([stats.linregress(*pair).slope for pair in zip(x, y, strict=True)])
    mild = read(result, "pain", "mild")
    u = [stats.mannwhitneyu(a, b).statistic / 64**2 for a, b in zip(y, mild, strict=True)]
    assert worlds(result, "area") == pytest.approx(u)


def test_measures_of_a_course_that_decays(result):
    start = true(result, "x", "cut")  # falls as exp(-t)
    day = np.where(start > 0.5, np.log(np.maximum(start, 0.5) / 0.5), 0.0)
    assert worlds(result, "gone") == pytest.approx(day.mean(1), rel=0.01)
    assert worlds(result, "stood") == pytest.approx(day.mean(1), rel=0.01)
    assert worlds(result, "peak") == pytest.approx(start.mean(1))
    assert worlds(result, "fall") == pytest.approx(100 * (np.exp(-1.0) - 1), rel=1e-3)


def test_fit_to_records(result):
    z = [
        (worlds(result, "difference") - 0.2) / (1.4 / (2 * stats.norm.ppf(0.975))),
        (worlds(result, "severe") - 0.4) / (0.4 / (2 * stats.norm.ppf(0.975))),
    ]
    assert worlds(result, "z_pain") == pytest.approx(z[0])
    wanted = sum(np.log(np.exp(-0.5 * one**2).mean()) for one in z)
    assert result.observable("score").value == pytest.approx(wanted)


def test_loop_gain(result):
    at = {arm: true(result, "pain", arm, 30.0).mean(1) for arm in ("ill", "mild", "cut", "healthy")}
    wanted = 1 - (at["cut"] - at["healthy"]) / (at["ill"] - at["mild"])
    assert worlds(result, "gain") == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("s: {kind: share, arm: ill}", "share: needs conditions"),
        ("s: {kind: share, arm: ill, all: [{of: pain, at: 0 d}]}", "needs below, at_most, above or at_least"),
        ("s: {kind: share, arm: ill, all: [{of: pian, at: 0 d, below: 1}]}", "unknown endpoint 'pian'; did you mean"),
        ("s: {kind: share, arm: ill, all: [{of: body.weight, below: 70}]}", "needs its unit, such as '70 kg'"),
        ("s: {kind: share, arm: ill, all: [{of: pain, at: 0 d, below: {arm: il, sd: 2}}]}", "unknown arm 'il'"),
        ("s: {kind: share, arm: ill, all: [{of: pain, at: 0 d, below: {arm: ill}}]}", "its percentile: or so many sd:"),
        ("s: {kind: mean, endpoint: x, arm: ill, measure: {kind: duration}}", "needs a level"),
        ("s: {kind: mean, endpoint: x, arm: ill, measure: {kind: highest, from: 9 d, until: 3 d}}", "no time at all"),
        ("s: {kind: minus, of: d, less: dd}", "unknown observable 'dd'"),
        ("s: {kind: minus, of: s, less: d}", "is made of itself"),
        ("s: {kind: correlation, x: {endpoint: x, at: 0 d}, arm: ill}", "y is missing"),
        ("s: {kind: meen, endpoint: x}", "did you mean 'mean'"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_at_its_line(line, said):
    text = TEXT + f"  {line}\n"
    with pytest.raises(AllodyniaError) as refused:
        simulate_study(read_study(text, "switch", "switch.yaml"), person())
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"switch.yaml:{len(text.splitlines())}")
