"""Random permuted blocks: who gets what, by a counter stream keyed by the seed, the world and the place of entry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.philox import philox, stream_key

I8 = NDArray[np.int64]


def allocate(seed: int, worlds: I8, people: int, ratio: Sequence[int], block: int) -> I8:
    """The group of each of ``people`` in order of entry, i8[world, place].

    In every block of ``block`` places each group has its share, in an order of the block's own.
    """
    blocks = -(-people // block)
    places = np.arange(blocks * block)[None, :]
    lot = philox(stream_key(seed, "allocation"), worlds[:, None], places)[0].reshape(worlds.size, blocks, block)
    once = np.repeat(np.arange(len(ratio)), ratio)
    groups = np.tile(once, block // once.size)
    order = np.argsort(lot, axis=-1, kind="stable")
    return np.asarray(groups[order].reshape(worlds.size, -1)[:, :people], dtype=np.int64)
