"""Random numbers by counter: the value at a place never depends on how many other places were drawn.

Philox4x64-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11) turns a key
and a counter of four words into four random words. It is written here over whole arrays of counters, so that every
row of a cohort (world, herd, donor, mouse) reads its own place in the stream; the bits equal those of
:class:`numpy.random.Philox`.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

U8 = NDArray[np.uint64]
F8 = NDArray[np.float64]

_ROUNDS = 10
_MULTIPLIER_0 = 0xD2E7470EE14C6C93
_MULTIPLIER_1 = 0xCA5A826395121157
_WEYL_0 = 0x9E3779B97F4A7C15
_WEYL_1 = 0xBB67AE8584CAA73B
_MASK = (1 << 64) - 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Key(NamedTuple):
    """The two words that name one stream."""

    first: int
    second: int


def stream_key(seed: int, *labels: str) -> Key:
    """The key of the stream named by ``seed`` and ``labels`` (a parameter id, a level, an endpoint id).

    Different labels give unrelated streams. The label list is hashed with its lengths, so ("ab", "c") is not ("a",
    "bc").
    """
    text = hashlib.blake2b(digest_size=16)
    text.update(int(seed).to_bytes(17, "little", signed=True))
    for label in labels:
        raw = label.encode()
        text.update(len(raw).to_bytes(8, "little"))
        text.update(raw)
    digest = text.digest()
    return Key(int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))


def word(label: str) -> int:
    """A label as one counter word (64 bits of its hash)."""
    return int.from_bytes(hashlib.blake2b(label.encode(), digest_size=8).digest(), "little")


def _multiply(factor: int, x: U8) -> tuple[U8, U8]:
    """High and low word of the 128-bit product: numpy has no such operation, so it is put together from 32-bit
    halves.
    """
    a_low, a_high = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    x_low, x_high = x & _LOW, x >> _HALF
    low_low = a_low * x_low
    middle = a_high * x_low + (low_low >> _HALF)  # below 2**64: (2**32-1)**2 + 2**32-1
    other = a_low * x_high + (middle & _LOW)
    high = a_high * x_high + (middle >> _HALF) + (other >> _HALF)
    return high, np.uint64(factor) * x


def philox(key: Key, *counter: ArrayLike) -> tuple[U8, U8, U8, U8]:
    """Four random words for every counter.

    Parameters
    ----------
    key
        The stream.
    counter
        One to four integer arrays (or scalars) that broadcast; missing words are 0.

    Returns
    -------
    Four arrays of uint64 of the broadcast shape.
    """
    words = [np.asarray(part).astype(np.uint64) for part in counter]
    words += [np.zeros((), np.uint64)] * (4 - len(words))
    c0, c1, c2, c3 = (np.array(part) for part in np.broadcast_arrays(*words))
    shape = c0.shape
    c0, c1, c2, c3 = (part.reshape(-1) for part in (c0, c1, c2, c3))
    k0, k1 = key
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(_MULTIPLIER_0, c0)
        high1, low1 = _multiply(_MULTIPLIER_1, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ np.uint64(k0), low1, high0 ^ c3 ^ np.uint64(k1), low0
        k0, k1 = (k0 + _WEYL_0) & _MASK, (k1 + _WEYL_1) & _MASK
    return c0.reshape(shape), c1.reshape(shape), c2.reshape(shape), c3.reshape(shape)


def open_unit(words: U8) -> F8:
    """Random words as doubles strictly between 0 and 1 (52 bits, centred in their cells), safe for inverse
    distributions.
    """
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def uniforms(key: Key, *counter: ArrayLike) -> tuple[F8, F8]:
    """Two independent uniform numbers in (0, 1) for every counter: one for the value, one to choose a mixture's
    part.
    """
    first, second, _, _ = philox(key, *counter)
    return open_unit(first), open_unit(second)
