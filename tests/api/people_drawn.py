"""Prints a digest of people drawn in every way there is; run in processes of their own by ``test_same_people.py``."""

from __future__ import annotations

import hashlib
import json
import sys

import numpy as np

from allodynia.api.vary import parse
from allodynia.cohort.luck import waits
from allodynia.cohort.moments import chance, mean_reading
from allodynia.cohort.people import Candidates
from allodynia.cohort.philox import stream_key, uniforms
from allodynia.cohort.read_distribution import read_distribution
from allodynia.cohort.table import Variable
from allodynia.cohort.tilting import Tilt
from allodynia.study.answers import course, numbers, traits
from allodynia.study.assay.draws import Draws
from allodynia.study.assay.plain import PlainError
from allodynia.study.assay.up_down import Filaments
from allodynia.system.cohort_targets import ReadingError

PEOPLE = 20_000
FORMS = {
    "lognormal": {"lognormal": {"cv": 0.4}},
    "factor": {"factor": 2.5},
    "normal": {"normal": {"sd": 1.0, "lower": -0.5}},
    "beta": {"beta": {"a": 0.7, "b": 4.0}},
    "heavy tail": {"heavy_tail": {"sd": 0.4}},
    "share": {"lognormal": {"cv": 0.1}, "share": 0.9, "otherwise": 0.0},
}


def drawn() -> dict[str, np.ndarray]:
    who, worlds = np.arange(PEOPLE), np.array([3])
    u, chooser = uniforms(stream_key(5, "people"), who)
    found = {
        name: read_distribution(form).quantile(np.full(PEOPLE, 1.3), u, chooser)  # type: ignore[union-attr]
        for name, form in FORMS.items()
    }
    varying = [(Variable("p", 0, "subject", 1.0, read_distribution(FORMS["lognormal"]), None), np.ones(1))]
    found["candidates"] = Candidates(1, ("people",), worlds, np.ones((1, 1)), varying).parameters(0, PEOPLE)
    for text in ("k=lognormal(2, 0.3)", "k=normal(2, 0.3)", "k=loguniform(0.1, 7)"):
        found[text] = parse(text).draw(4, PEOPLE)
    found["waits"] = waits(1, "flare", "all", 0, who, 3)
    held = numbers(2, worlds, uncertainty=True)
    own = traits(held, 2, worlds, who)
    found |= {f"trait {name}": getattr(own, name) for name in ("placebo", "variability", "nocebo", "adherence")}
    found["course"] = course(own, [-3.0, 0.0, 40.0], 2, worlds, who)
    reading = Draws(1, "paw", 0, "a", 0, who, 7.0)
    found["readings"] = PlainError(0.2, 0.1, 30.0).read([found["lognormal"]], reading)
    found["filaments"] = Filaments((0.04, 0.07, 0.16, 0.4, 0.6, 1.0, 1.4, 2.0), 3.0).read([found["lognormal"]], reading)
    error = ReadingError(0.1, 0.2, 0.0, None, None)
    found["moments"] = np.stack([mean_reading(found["normal"], error), chance(found["normal"], error, 1.0, 1)])
    found["weights"] = Tilt(np.array([0.3, -0.2]), 0.1, 8.0).weights(np.stack([u, chooser], axis=-1))
    return found


if __name__ == "__main__":
    digests = {name: hashlib.sha256(np.ascontiguousarray(one).tobytes()).hexdigest() for name, one in drawn().items()}
    x = np.linspace(-3.0, 3.0, PEOPLE)
    digests["numpy's own"] = hashlib.sha256(np.exp(x).tobytes() + np.log(np.abs(x)).tobytes()).hexdigest()
    json.dump(digests, sys.stdout)
