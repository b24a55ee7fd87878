"""The luck of subjects: how far apart the thresholds lie at which an integrated hazard becomes an event.

Between events of a hazard that is integrated lies a unit exponential, whatever the hazard depends on. The n-th of a
cause and subject stands at a place of its own in a stream keyed (seed, cause): it depends neither on the arm (arms of
one family hold the same subjects), nor on who else is drawn, nor on how many there are of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allodynia.cohort.philox import open_unit, philox, stream_key, word
from allodynia.engine.elementary import log

F8 = NDArray[np.float64]

_WORDS = 4  # random words for each counter


def waits(seed: int, cause: str, family: str, worlds: ArrayLike, subjects: ArrayLike, count: int) -> F8:
    """The first ``count`` unit exponentials of ``cause``, f8[..., n].

    ``worlds`` and ``subjects`` (numbers of the subjects within ``family``) are integers that broadcast to ``...``.
    """
    world, subject = np.broadcast_arrays(np.asarray(worlds, dtype=np.int64), np.asarray(subjects, dtype=np.int64))
    blocks = np.arange(-(-count // _WORDS), dtype=np.int64)
    drawn = philox(stream_key(seed, "luck", cause), world[..., None], word(family), subject[..., None], blocks)
    words = np.stack(drawn, axis=-1).reshape(*world.shape, -1)[..., :count]
    return np.asarray(-log(open_unit(words)))
