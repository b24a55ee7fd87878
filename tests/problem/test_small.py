"""A problem with a closed form, A' = feed - k A and B' = k A - 2 k B, that every rule of the format is held to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from allodynia.engine import Status
from allodynia.errors import InvalidInput
from allodynia.problem import Experiment, explain, load_problem

HEADER = "observableId\tpreequilibrationConditionId\tsimulationConditionId\tmeasurement\ttime\n"
EXACT = {"rel": 1e-7}


def a(t, k, feed, a0):
    return feed / k + (a0 - feed / k) * math.exp(-k * t)


def b(t, k, a0, b0):
    """Without feed."""
    return a0 * (math.exp(-k * t) - math.exp(-2 * k * t)) + b0 * math.exp(-2 * k * t)


def test_conditions_parameters_placeholders_and_both_noise_distributions(write):
    found = explain(load_problem(write()))
    k, offset, sd = 0.5, 0.25, 0.1
    # B starts at an amount of 1 in 2 litres.
    values = [3.0, a(1, k, 0, 3), a(1, k, 1.5, 3), 2 * b(1, k, 3, 0.5) + offset, offset * b(1, k, 3, 0.5) + offset]
    assert found.simulated == pytest.approx(values, **EXACT)
    assert found.noise.tolist() == [sd, sd, sd, sd, 0.3]
    expected = 0.0
    for measured, value in zip((2.9, 1.7, 2.9), values[:3], strict=True):
        expected += -0.5 * math.log(2 * math.pi * sd**2) - 0.5 * ((measured - value) / sd) ** 2
    for measured, value, scale in ((0.9, values[3], sd), (1.1, values[4], 0.3)):
        expected += -math.log(2 * scale) - abs(measured - value) / scale
    assert found.llh == pytest.approx(expected, rel=1e-6)
    assert found.status.tolist() == [Status.SOLVED, Status.SOLVED]


def test_a_value_of_the_caller_replaces_the_nominal_one_and_feeds_what_is_set_at_the_start(write):
    found = explain(load_problem(write()), {"k": 1.25})
    assert found.simulated[1] == pytest.approx(a(1, 1.25, 0, 3), **EXACT)
    assert found.simulated[3] == pytest.approx(2 * b(1, 1.25, 3, 0.5) + 0.25, **EXACT)  # 'twice' is 2 k at the start
    with pytest.raises(InvalidInput, match="unknown parameter 'kk'; did you mean 'k'"):
        explain(load_problem(write()), {"kk": 1.0})


def test_starts_of_species_sizes_of_compartments_and_parameter_ids_in_cells(write):
    conditions = "conditionId\tA\tB\tcell\tfeed\ncontrol\t7\t\t2\toffset\nfed\t\tsd\t4\t0\n"
    measurements = (
        "observableId\tsimulationConditionId\tmeasurement\ttime\n"
        "a\tcontrol\t1\t2\na\tfed\t1\t2\nplain\tcontrol\t1\t0\nplain\tfed\t1\t0\nplain\tfed\t1\t2\n"
    )
    observables = "observableId\tobservableFormula\tnoiseFormula\na\tA\t1\nplain\tB\t1\n"
    found = explain(load_problem(write(conditions=conditions, measurements=measurements, observables=observables)))
    k, offset, sd = 0.5, 0.25, 0.1
    assert found.simulated[0] == pytest.approx(a(2, k, offset, 7), **EXACT)
    assert found.simulated[1] == pytest.approx(a(2, k, 0, 3), **EXACT)  # an empty cell: the model's own start
    assert found.simulated[2] == pytest.approx(0.5, **EXACT)  # an amount of 1 in 2 litres, as the condition says
    assert found.simulated[3:] == pytest.approx([sd, b(2, k, 3, sd)], **EXACT)


def test_an_initial_assignment_gives_way_to_a_table(write):
    conditions = "conditionId\ttwice\ncontrol\t3\nfed\t\n"
    measurements = "observableId\tsimulationConditionId\tmeasurement\ttime\nplain\tcontrol\t1\t1\nplain\tfed\t1\t1\n"
    observables = "observableId\tobservableFormula\tnoiseFormula\nplain\tB\t1\n"
    found = explain(load_problem(write(conditions=conditions, measurements=measurements, observables=observables)))
    k, rate = 0.5, 3.0
    given = 3 * k / (rate - k) * (math.exp(-k) - math.exp(-rate)) + 0.5 * math.exp(-rate)
    assert found.simulated == pytest.approx([given, b(1, k, 3, 0.5)], **EXACT)


def test_preequilibration_keeps_the_rest_and_sets_what_the_condition_names(write):
    conditions = "conditionId\tfeed\tB\nfed\t1.5\t\nstarved\t0\t\nfilled\t0\t4\n"
    rows = [
        ("fed", "starved", 0),
        ("fed", "starved", 2),
        ("fed", "filled", 0),
        ("fed", "filled", 2),
        ("", "starved", 2),
    ]
    measurements = HEADER + "".join(
        f"{name}\t{before}\t{condition}\t1\t{time}\n"
        for name in ("plain_a", "plain_b")
        for before, condition, time in rows
    )
    observables = "observableId\tobservableFormula\tnoiseFormula\nplain_a\tA\t1\nplain_b\tB\t1\n"
    problem = load_problem(write(conditions=conditions, measurements=measurements, observables=observables))
    assert problem.experiments == (
        Experiment("fed", "starved"),
        Experiment("fed", "filled"),
        Experiment(None, "starved"),
    )
    found = explain(problem, rtol=1e-9)
    k, a0 = 0.5, 1.5 / 0.5
    b0 = a0 / 2
    assert found.simulated[:5] == pytest.approx([a0, a(2, k, 0, a0), a0, a(2, k, 0, a0), a(2, k, 0, 3)], **EXACT)
    assert found.simulated[5:] == pytest.approx([b0, b(2, k, a0, b0), 4, b(2, k, a0, 4), b(2, k, 3, 0.5)], **EXACT)


def test_a_measurement_at_infinity_is_of_the_steady_state(write):
    measurements = (
        "observableId\tsimulationConditionId\tmeasurement\ttime\n"
        "plain_a\tfed\t3\tinf\nplain_b\tfed\t1\tinf\nplain_a\tfed\t1\t1\n"
    )
    observables = "observableId\tobservableFormula\tnoiseFormula\nplain_a\tA\t1\nplain_b\tB\t1\n"
    found = explain(load_problem(write(measurements=measurements, observables=observables)))
    assert found.simulated == pytest.approx([3.0, 1.5, a(1, 0.5, 1.5, 3)], **EXACT)


def test_a_condition_that_never_rests_is_a_status_and_no_number(write):
    conditions = "conditionId\tfeed\ncontrol\t0\nfed\t1.5\n"
    parameters = "parameterId\tnominalValue\testimate\nk\t0\t0\nsd\t0.1\t0\noffset\t0\t0\n"
    measurements = "observableId\tsimulationConditionId\tmeasurement\ttime\na\tfed\t3\tinf\na\tcontrol\t3\tinf\n"
    found = explain(load_problem(write(conditions=conditions, parameters=parameters, measurements=measurements)))
    assert found.status.tolist() == [Status.NO_STEADY_STATE, Status.SOLVED]
    assert np.isnan(found.simulated[0]) and found.simulated[1] == 3.0
    assert math.isnan(found.llh)


def test_the_noise_may_name_its_own_observable_and_states(write):
    observables = "observableId\tobservableFormula\tnoiseFormula\ny\t2 * A\tsd + 0.1 * y + 0.01 * B\n"
    measurements = "observableId\tsimulationConditionId\tmeasurement\ttime\ny\tcontrol\t5\t1\n"
    found = explain(load_problem(write(observables=observables, measurements=measurements)))
    value = 2 * a(1, 0.5, 0, 3)
    assert found.noise[0] == pytest.approx(0.1 + 0.1 * value + 0.01 * b(1, 0.5, 3, 0.5), **EXACT)


def test_conditions_without_measurements_are_simulated_when_asked_for(write):
    measurements = "observableId\tsimulationConditionId\tmeasurement\ttime\na\tcontrol\t1.7\t1\n"
    problem = load_problem(write(measurements=measurements))
    assert problem.unmeasured == (Experiment(None, "fed"),)
    assert len(explain(problem).status) == 1
    assert explain(problem, unmeasured=True).status.tolist() == [Status.SOLVED, Status.SOLVED]


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("measurements", "a\tfed", "aa\tfed", r"measurements.tsv:4: unknown observable 'aa'; did you mean 'a'"),
        ("measurements", "a\tfed", "a\tfad", r"measurements.tsv:4: unknown condition 'fad'; did you mean 'fed'"),
        ("measurements", "a\tfed\t2.9\t1", "a\tfed\t2.9\t-1", r"measurements.tsv:4: time -1.0 is before the start"),
        ("measurements", "a\tfed\t2.9", "a\tfed\tmany", r"tsv:4: measurement must be a number, not 'many'"),
        ("measurements", "a\tfed\t2.9", "a\tfed\tnan", r"tsv:4: measurement must be a number, not 'nan'"),
        ("measurements", "2\tsd", "2;3\tsd", r"tsv:5: 'b' takes 1 observable parameters, .* gives 2"),
        ("measurements", "2\tsd", "2\tds", r"measurements.tsv:5: unknown parameter 'ds'"),
        ("parameters", "log10\t", "ln\t", r"parameters.tsv:2: unknown parameterScale 'ln'"),
        ("parameters", "0.5\t1", "\t1", r"parameters.tsv:2: nominalValue is empty; give it"),
        ("parameters", "0.01\t10", "10\t0.01", r"parameters.tsv:2: the lower bound of 'k' is above its upper bound"),
        ("parameters", "offset", "k", r"parameters.tsv:3: parameterId 'k' comes twice"),
        ("conditions", "feed", "turn", r"'turn' is a reaction, so nobody can give it"),
        ("conditions", "added\t0", "added\tlots", r"conditions.tsv:2: unknown parameter 'lots'"),
        ("observables", "A\tsd\tlin", "AA\tsd\tlin", r"tsv:2: observable 'a': unknown quantity 'AA'; did you mean 'A'"),
        ("observables", "a\tA\tsd", "a\tA +* 2\tsd", r"observables.tsv:2: formula 'A \+\* 2' is not PEtab mathematics"),
        ("observables", "Parameter1_b", "Parameter2_b", r"observables.tsv:3: .*are not numbered 1, 2"),
        ("observables", "normal", "cauchy", r"observables.tsv:2: unknown noiseDistribution 'cauchy'"),
        ("problem", "format_version: 1", "format_version: 2.0.0", r"yaml:1: PEtab format_version 2.0.0; version 1 is"),
        ("problem", "measurements.tsv", "../../secret.tsv", r"yaml:7: '../../secret.tsv' is not a file in the"),
        ("problem", "measurements.tsv", "https://example.org/m.tsv", r"'https://example.org/m.tsv' is not a file"),
        ("problem", "measurements.tsv", "missing.tsv", r"problem.yaml:7: cannot read 'missing.tsv'"),
        ("problem", "sbml_files", "sbml_file", r"unknown key 'sbml_file'; did you mean 'sbml_files'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_line(write, table, old, new, message):
    from .conftest import TABLES

    text = TABLES[f"{table}.yaml" if table == "problem" else f"{table}.tsv"]
    assert old in text
    with pytest.raises(InvalidInput, match=message):
        load_problem(write(**{table: text.replace(old, new, 1)}))
