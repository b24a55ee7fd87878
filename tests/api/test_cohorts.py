"""Cohorts from Python and from the command line: the same people in a file and out of it, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import allodynia as al
from allodynia.api import cohorts
from allodynia.cli.main import execute
from allodynia.cohort.stored import KEY
from allodynia.cohort.tilting import effective_size
from allodynia.cohort.weighting import Weighting
from allodynia.errors import InvalidInput
from allodynia.runs.parquet import read_parquet, write_parquet
from allodynia.system import load_system

PEOPLE = 24


@pytest.fixture(scope="module")
def small():
    """Few people are drawn together here, so that a cohort of a few dozen has several worlds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohorts, "TOGETHER", 10)
        patch.setattr(cohorts, "PLAIN", 64)
        yield


@pytest.fixture(scope="module")
def drawn(small, tmp_path_factory):
    file = tmp_path_factory.mktemp("cohort") / "cohort.parquet"
    return al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, out=file), file


def same(one, other):
    return (
        (one.parameters == other.parameters).all()
        and np.array_equal(one.states, other.states)
        and (one.weights == other.weights).all()
        and all(np.array_equal(one.values[name], other.values[name]) for name in one.values)
    )


def test_a_file_gives_back_the_same_bits(drawn):
    result, file = drawn
    back = al.read_cohort(file)
    assert back.identity == result.stored.identity
    assert back.parameter_ids == result.stored.parameter_ids and back.state_ids == result.stored.state_ids
    assert back.people == PEOPLE and (back.weights == 1.0).all()
    assert same(back, result.stored)
    assert back.tally == result.stored.tally


def test_people_are_the_same_however_many_are_drawn_and_from_wherever_it_goes_on(small, drawn, tmp_path):
    result, _ = drawn
    file = tmp_path / "grows.parquet"
    few = al.draw_cohort("fibromyalgia", subjects=7, seed=3, out=file)
    cut = result.stored.first(7)
    assert same(few.stored, cut) and cut.asked == 7
    grown = al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, out=file)
    assert same(grown.stored, result.stored)
    assert grown.stored.counts == result.stored.counts
    assert same(al.read_cohort(file), result.stored)


def test_candidates_are_not_told_of_people_who_are_not_all_of_those_drawn(small, drawn):
    """How many candidates the first took is not in a file of more: those of all would be a wrong number."""
    result, file = drawn
    part = al.draw_cohort("fibromyalgia", subjects=7, seed=3, out=file)
    assert part.stored.people == part.stored.asked == 7
    assert part.document()["counts"] == {"outside": {}}
    assert result.stored.counts["tried"] >= PEOPLE
    assert result.stored.first(PEOPLE).counts == result.stored.counts


def test_an_interruption_keeps_who_is_drawn_and_the_rest_follows(small, drawn, tmp_path):
    result, _ = drawn
    file = tmp_path / "interrupted.parquet"

    def stop(what, done, total):
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, out=file, progress=stop)
    kept = al.read_cohort(file)
    assert kept.people == 10 and kept.asked == PEOPLE
    assert same(al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, out=file).stored, result.stored)


def test_everybody_plausible_with_a_weight(small):
    result = al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, taken="with_weight")
    row = load_system("human").people["fibromyalgia"].weighting
    weights = Weighting.of(row).weights(dict(result.stored.values))
    assert (result.stored.weights == weights).all() and weights.max() <= row.cap
    assert result.effective == effective_size(weights) < PEOPLE
    assert result.stored.counts["declined"] == 0


def test_files_of_another_model_cohort_or_kind_are_refused(small, drawn, tmp_path):
    result, file = drawn
    other = tmp_path / "other.parquet"
    identity = replace(result.stored.identity, model="0" * 64)
    stored = replace(result.stored, identity=identity)
    write_parquet(other, stored.columns(), stored.metadata())
    with pytest.raises(InvalidInput, match=r"another model \(000000000000.*allodynia cohort fibromyalgia"):
        al.read_cohort(other)
    with pytest.raises(InvalidInput, match="another model"):
        al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=3, out=other)
    with pytest.raises(InvalidInput, match="another cohort"):
        al.draw_cohort("fibromyalgia", subjects=PEOPLE, seed=4, out=file)
    write_parquet(other, {"a": np.arange(3.0)}, {"columns": "{}"})
    with pytest.raises(InvalidInput, match="no cohort of this program"):
        al.read_cohort(other)
    other.write_text("no table")
    with pytest.raises(InvalidInput, match="not a Parquet file"):
        al.read_cohort(other)
    with pytest.raises(InvalidInput, match="there is no file"):
        al.read_cohort(tmp_path / "nowhere.parquet")
    columns, metadata = read_parquet(file)
    changed = json.dumps({**json.loads(metadata[KEY]), "format": 99, "of_later_days": 1})
    write_parquet(other, columns, {KEY: changed})
    with pytest.raises(InvalidInput, match="format 99"):
        al.read_cohort(other)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"population": "fibromialgia"}, "fibromyalgia"),
        ({"outputs": ("symptom.nsr",)}, "symptom.nrs"),
        ({"hypothesis": "antibody-glial"}, "antibody-glia"),
        ({"edges": {"cord-to-symptoms": 0.0}}, "cord-to-symptom"),
        ({"taken": "by_wait"}, "by_weight"),
        ({"subjects": 0}, "at least 1"),
    ],
)
def test_what_nobody_knows_is_one_line_with_the_nearest_name(options, said):
    population = options.pop("population", "fibromyalgia")
    with pytest.raises(InvalidInput, match=said):
        al.draw_cohort(population, **options)


def test_the_command_prints_targets_and_says_which_are_missed(small, drawn, capsys):
    result, file = drawn
    assert (
        execute(["cohort", "fibromyalgia", "--subjects", str(PEOPLE), "--seed", "3", "--out", str(file), "--json"]) == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["people"] == PEOPLE and said["counts"]["tried"] == result.stored.counts["tried"]
    assert {row["target"] for row in said["targets"]} >= {"pain", "fiqr_below_median", "il6", "anti_serotonin"}
    read = {row["target"]: row["n"] for row in said["targets"]}
    assert read["pain"] == 58 and read["widespread_pain"] is None
    assert execute(["cohort", "fibromyalgia", "--subjects", str(PEOPLE), "--seed", "3", "--out", str(file)]) == 0
    text = capsys.readouterr().out
    assert "fiqr_below_first_quartile" in text.split("not:")[1]
    assert f"{PEOPLE} people of fibromyalgia, taken by weight" in text
    assert re.search(r"^ *pain +7.29 \(6.76 to 7.82\) +58 +\d", text, re.M)
    assert re.search(r"^ *widespread pain +12.9 \(11.9 to 13.9\) +\d+\.\d", text, re.M)
    assert execute(["cohort", "fibromyalgai"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--subjects", "999"], "1000 people or more"),
        (["--edge", "cord-to-symptom=0"], "--edge has no part"),
        (["--hypothesis", "cytokine"], "--hypothesis has no part"),
        (["--taken", "all"], "--taken has no part"),
        (["--json"], "--json has no part"),
    ],
)
def test_what_finding_weights_does_not_heed_is_refused(options, said, capsys, tmp_path):
    file = tmp_path / "w.yaml"
    assert execute(["cohort", "fibromyalgia", "--calibrate", str(file), *options]) == 2
    assert said in capsys.readouterr().err
    assert not file.exists()


def test_a_population_without_weights_is_drawn_as_it_is(small):
    result = al.draw_cohort("healthy", subjects=12)
    assert result.stored.identity.taken == "all"
    assert result.fits == () and (result.stored.weights == 1.0).all()
