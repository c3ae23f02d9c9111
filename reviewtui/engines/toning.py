"""Copies from different places brought to one tone: steps between them are spread out, steps between things are not.

Each cell gets an offset to its color. Neighbours that came from different places should differ by nothing at their
common border, and what is known beside the hole has the offset nothing; so light and shade that a copy brought along
fade into their surroundings. A fill's own colors are never mixed in, and a large step counts for nothing, since it
lies between two things: a membrane would draw a haze of a leaf or a rail that ends at the hole into the fill.

Arithmetic on arrays; must not search and must not judge. Deterministic.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.engines.two_scale import Origins
from reviewtui.imaging.layouts import Samples

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

# Levels: steps between copies count in full up to half of it, and beyond it not at all.
_MOST_STEP = 32.0
# Levels: across an edge within a copy an offset need not go on, since nobody sees where it changes.
_EDGE = 8.0
# Pull of every cell towards the color that it has: an offset fades within some 14 cells where nothing holds it.
_KEPT = 0.005
_MAX_ROUNDS, _CLOSE = 200, 0.02


def toned(copied: Samples, near: Mask, small: Pixels, hole: Mask, origins: Origins, scale: int) -> Samples:
    """Copies with their offsets. Blocking: some 50 ms for 10 000 cells.

    Source: P. Pérez et al., Poisson image editing (2003), for tones only, at the scale of the search, with steps
    weighted by an influence of F. Hampel's kind (full, falling, none).

    Args:
        copied: (H, W, 3), or (H, W) for one channel, of 8 or 16 bits.
        near: (H, W), pixels that may change.
        small: (h, w, 3), the picture at 1/scale; what it holds inside the hole is never used.
        hole: (h, w).
        origins: of its cells.
        scale: pixels per cell side.
    """
    tones = offsets(small, hole, origins)
    size = (hole.shape[1] * scale, hole.shape[0] * scale)
    result = copied.copy()
    most = np.iinfo(copied.dtype).max
    for channel, plane in enumerate(planes(result)):
        tone = Image.fromarray(np.ascontiguousarray(tones[:, :, channel]))
        large = np.asarray(tone.resize(size, Image.Resampling.BILINEAR))[: near.shape[0], : near.shape[1]]
        plane[near] = np.rint(np.clip(plane[near] + large[near] * np.float32(most / 255), 0, most))
    return result


def planes(samples: Samples) -> list[Samples]:
    """Views of the channels."""
    return [samples] if samples.ndim == 2 else [samples[:, :, channel] for channel in range(samples.shape[2])]


def offsets(small: Pixels, hole: Mask, origins: Origins) -> Plane:
    """(h, w, 3) levels to add to the copies of each cell, and of the cells right beside the hole.

    Args:
        small: (h, w, 3); what it holds inside the hole is never used.
        hole: (h, w).
        origins: of its cells.
    """
    box = _around(hole)
    inside = hole[box]
    ties = _Ties(small, hole, origins, box)
    result = np.zeros((*hole.shape, 3), dtype=np.float32)
    result[box] = _beyond(ties.solved(), inside)
    return result


class _Ties:
    """What binds the offsets of neighbouring cells: wanted differences and weights, to the right and downwards."""

    def __init__(self, small: Pixels, hole: Mask, origins: Origins, box: tuple[slice, slice]) -> None:
        self.known = ~hole
        self.seen = _mean_of_known(small, self.known)
        self.inside = hole[box]
        self.rows, self.columns = np.mgrid[box]
        # What is known is a copy of itself.
        index = origins.number[1:-1, 1:-1][box]
        self.shift_y = np.where(self.inside, origins.row[index] - self.rows, 0)
        self.shift_x = np.where(self.inside, origins.column[index] - self.columns, 0)
        self.across = self._between(np.s_[:, :-1], np.s_[:, 1:])
        self.down = self._between(np.s_[:-1], np.s_[1:])

    def _between(self, here: tuple[slice, ...] | slice, there: tuple[slice, ...] | slice) -> tuple[Plane, Plane]:
        """Offset here minus offset there as it should be, and how much that counts; for all pairs."""
        first = self._copied(here, here), self._copied(there, here)
        second = self._copied(here, there), self._copied(there, there)
        both = [(a[1] & b[1])[:, :, np.newaxis] for a, b in zip(first, second, strict=True)]
        count = both[0].astype(np.float32) + both[1]
        step = sum((b[0] - a[0]) * valid for a, b, valid in zip(first, second, both, strict=True))
        step = (step / np.maximum(count, 1)).astype(np.float32)
        size = np.sqrt((step * step).mean(axis=2, keepdims=True))
        weight = np.clip(2 - size * np.float32(2 / _MOST_STEP), 0, 1) * (count > 0)
        weight /= 1 + np.maximum(_edge(*first), _edge(*second)) / np.float32(_EDGE * _EDGE)
        weight *= (self.inside[here] | self.inside[there])[:, :, np.newaxis]
        return step, weight.astype(np.float32)

    def _copied(self, place: tuple[slice, ...] | slice, origin: tuple[slice, ...] | slice) -> tuple[Plane, Mask]:
        """What cells would be if they came from where others come from, and where that is known."""
        y, x = self.rows[place] + self.shift_y[origin], self.columns[place] + self.shift_x[origin]
        height, width = self.known.shape
        valid = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = np.where(valid, y, 0), np.where(valid, x, 0)
        return self.seen[y, x], valid & self.known[y, x]

    def solved(self) -> Plane:
        """The offsets that fit best, by conjugate gradients; nothing where nothing is to be filled."""
        within = self.inside[:, :, np.newaxis].astype(np.float32)
        (wide, wide_weight), (deep, deep_weight) = self.across, self.down
        wanted = _spread_back(wide * wide_weight, deep * deep_weight) * within
        strength = _sums_of(wide_weight, deep_weight) + np.float32(_KEPT)
        result = np.zeros_like(wanted)
        rest = wanted.copy()
        step = near = rest / strength
        product = (rest * near).sum(axis=(0, 1), dtype=np.float64)
        for _ in range(_MAX_ROUNDS):
            if np.abs(rest).max() < _CLOSE:
                break
            pulled = _KEPT * step + _spread_back(
                (step[:, :-1] - step[:, 1:]) * wide_weight, (step[:-1] - step[1:]) * deep_weight
            )
            pulled *= within
            length = (product / np.maximum((step * pulled).sum(axis=(0, 1), dtype=np.float64), 1e-9)).astype(np.float32)
            result += length * step
            rest -= length * pulled
            near = rest / strength
            before, product = product, (rest * near).sum(axis=(0, 1), dtype=np.float64)
            step = near + (product / np.maximum(before, 1e-9)).astype(np.float32) * step
        return result


def _edge(one: tuple[Plane, Mask], other: tuple[Plane, Mask]) -> Plane:
    """Squared levels from cell to cell within one copy; nothing where it is not known."""
    step = one[0] - other[0]
    result: Plane = (step * step).mean(axis=2, keepdims=True) * (one[1] & other[1])[:, :, np.newaxis]
    return result


def _spread_back(across: Plane, down: Plane) -> Plane:
    """Per cell what its four ties say: with their sign towards the right and downwards, against it otherwise."""
    height, width = across.shape[0], down.shape[1]
    result = np.zeros((height, width, across.shape[2]), dtype=np.float32)
    result[:, :-1] += across
    result[:, 1:] -= across
    result[:-1] += down
    result[1:] -= down
    return result


def _sums_of(across: Plane, down: Plane) -> Plane:
    result = np.zeros((across.shape[0], down.shape[1], across.shape[2]), dtype=np.float32)
    result[:, :-1] += across
    result[:, 1:] += across
    result[:-1] += down
    result[1:] += down
    return result


def _beyond(values: Plane, inside: Mask) -> Plane:
    """Values of the cells inside go on into the cells beside them."""
    counts = _around_sums(inside[:, :, np.newaxis].astype(np.float32))
    means = _around_sums(values) / np.maximum(counts, 1)
    return np.where(inside[:, :, np.newaxis], values, means).astype(np.float32)


def _mean_of_known(small: Pixels, known: Mask) -> Plane:
    """Over three by three cells: a tone, not a texture."""
    weights = known[:, :, np.newaxis].astype(np.float32)
    result: Plane = _around_sums(small * weights) / np.maximum(_around_sums(weights), 1)
    return result


def _around_sums(values: Plane) -> Plane:
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    result: Plane = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return result


def _around(hole: Mask) -> tuple[slice, slice]:
    """The box of the hole and one cell on each side."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    return (
        slice(max(int(rows[0]) - 1, 0), min(int(rows[-1]) + 2, hole.shape[0])),
        slice(max(int(columns[0]) - 1, 0), min(int(columns[-1]) + 2, hole.shape[1])),
    )
