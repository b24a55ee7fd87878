"""Evenly spread random numbers for people: a Sobol sequence, scrambled anew in every world.

A population of people is judged on a few dozen of them in each of many worlds, and dozens of parameters differ between
them. A Sobol sequence puts them evenly along every parameter, which plain random numbers do not do with so few: a mean
over people is then nearly free of who was drawn. Animals and donors keep their counter streams
(:mod:`allodynia.cohort.philox`), whose rows depend on nothing but their own keys; a point of a Sobol sequence has as
many coordinates as parameters differ, so one more varying parameter changes all people. That is the price.

The scrambling is Matousek's (1998, J. Complexity 14:527): the digits of each coordinate go through a random lower
triangular matrix of bits, and a random shift. Both are read from counter streams keyed by the parameter, so any
sub-range of worlds and people has the same rows as it has in a longer one, on any version of the libraries. Which
coordinate a parameter gets is drawn in every world too: among the first points of the sequence some pairs of
coordinates move together, and no pair of parameters may be tied in all worlds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort.philox import philox, stream_key, uniforms

F8 = NDArray[np.float64]
U8 = NDArray[np.uint64]

BITS = 30
"""Binary digits of a coordinate: a billion people before the sequence is spent."""


class ScrambledSobol:
    """The sequences of some worlds, ready to be read at any place.

    Parameters
    ----------
    seed, labels
        Name the stream: a population, a family of arms.
    coordinates
        What each coordinate is for (parameter ids, all different); keys of its scrambling.
    worlds
        Numbers of the worlds.
    """

    def __init__(self, seed: int, labels: Sequence[str], coordinates: Sequence[str], worlds: NDArray[np.int64]) -> None:
        self.worlds, self.coordinates = worlds, tuple(coordinates)
        places = np.arange(BITS + 2)[:, None]
        words = [philox(stream_key(seed, "sobol", name, *labels), worlds, places)[0] for name in coordinates]
        drawn = np.array(words, dtype=np.uint64).reshape(len(words), BITS + 2, worlds.size)
        place = np.uint64(1) << np.arange(BITS, dtype=np.uint64)[:, None]
        # A column of the matrix: digit 2^k goes to itself and, by chance, to each less significant one.
        self._columns = place | (drawn[:, :BITS] & (place - np.uint64(1)))
        self._shift = drawn[:, BITS] & np.uint64((1 << BITS) - 1)
        # A permutation a world.
        self._place = np.argsort(np.argsort(drawn[:, BITS + 1], axis=0, kind="stable"), axis=0, kind="stable")

    def points(self, first: int, count: int, among: NDArray[np.intp] | None = None) -> F8:
        """Points ``first`` .. ``first + count - 1``, f8[world, point, coordinate] in (0, 1), of every world or of those
        in the places ``among``.
        """
        worlds = np.arange(self.worlds.size) if among is None else among
        columns, shift, place = self._columns[..., worlds], self._shift[:, worlds], self._place[:, worlds]
        plain = _plain(len(self.coordinates), first, count)
        used = int(np.bitwise_or.reduce(plain, axis=None)) if plain.size else 0
        digits_used = [bit for bit in range(BITS) if used >> bit & 1]
        out = np.empty((worlds.size, count, len(self.coordinates)))
        for number in range(len(self.coordinates)):
            digits = plain[:, place[number]].T  # [world, point]
            scrambled = np.zeros_like(digits)
            for bit in digits_used:
                given = (digits >> np.uint64(bit)) & np.uint64(1)
                scrambled ^= given * columns[number, bit][:, None]
            whole = (scrambled ^ shift[number][:, None]).astype(np.float64)
            out[:, :, number] = (whole + 0.5) * 2.0**-BITS
        return out


class Independent:
    """Points without any order between them, where chance itself is what is studied: the same interface.

    Evenly spread people would make two arms of a trial more alike than two arms ever are.
    """

    def __init__(self, seed: int, labels: Sequence[str], coordinates: Sequence[str], worlds: NDArray[np.int64]) -> None:
        self.worlds, self.coordinates = worlds, tuple(coordinates)
        self._keys = [stream_key(seed, "independent", name, *labels) for name in coordinates]

    def points(self, first: int, count: int, among: NDArray[np.intp] | None = None) -> F8:
        """Points ``first`` .. ``first + count - 1``, f8[world, point, coordinate] in (0, 1), of every world or of those
        in the places ``among``.
        """
        worlds = self.worlds if among is None else self.worlds[among]
        numbers = np.arange(first, first + count)[None, :]
        out = np.empty((worlds.size, count, len(self.coordinates)))
        for number, key in enumerate(self._keys):
            out[:, :, number] = uniforms(key, worlds[:, None], numbers)[0]
        return out


def _plain(coordinates: int, first: int, count: int) -> U8:
    """The sequence as it is, its coordinates as whole numbers of :data:`BITS` digits, u8[point, coordinate]."""
    from scipy.stats import qmc

    if coordinates == 0:
        return np.zeros((count, 0), dtype=np.uint64)
    sequence = qmc.Sobol(coordinates, scramble=False, bits=BITS)
    if first > 0:
        sequence.fast_forward(first)
    # A power of two from the beginning is what the library asks for; surplus points cost nothing.
    wanted = count if first > 0 else 1 << (count - 1).bit_length()
    return np.asarray(np.rint(sequence.random(wanted)[:count] * 2.0**BITS), dtype=np.uint64)
