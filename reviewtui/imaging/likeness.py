"""Whether places look like what lies directly around a hole: by the color and the contrast of square cells.

What can be expected in a hole is what surrounds it. A thing that stands farther off, a dragonfly or a bottle, is good
copying material to a search and foreign to the place. Pure functions; must not decide.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.masks import dilate

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Looks = NDArray[np.float32]

_MIN_CELL_PX = 8
# Weight of a cell's contrast against its color, both in levels.
_CONTRAST = 0.7
# Cells along the side of the hole, and the width of what surrounds it in cells.
_COARSE, _COARSE_RING = 24, 3
_FINE, _FINE_RING = 40, 4
# Levels: what differs by less is alike; and as a multiple of how much neighbours around the hole differ.
_ALIKE, _ALIKE_SHARE, _PERCENTILE = 16.0, 1.5, 95
_MIN_RING = 12
_CHUNK = 4096
_MAX_CELLS = 2000
_STRIP_PX = 1 << 20


class _Cells(NamedTuple):
    """Square cells of a picture: (h, w, 4) looks, and (h, w) which lie wholly inside and wholly outside the hole."""

    looks: Looks
    inside: Mask
    outside: Mask


def unlike(rgb: Pixels, hole: Mask) -> Mask:
    """Places outside the hole that resemble nothing directly around it, as connected regions.

    Source: the project's own measure: cells of 1/24 of the hole's side; the distance of each to the nearest one within
    three cells of the hole. Foreign is what is farther than 16 levels and than 1.5 times of what 95 % of those cells
    have to their nearest other; what is half as far and beside it belongs to it.

    Args:
        rgb: (H, W, 3); what it holds inside the hole is never used.
        hole: (H, W).

    Returns:
        (H, W), nothing where too little surrounds the hole.
    """
    side = _side_px(hole, _COARSE)
    cells = _cells(rgb, hole, side)
    near = dilate(~cells.outside, _COARSE_RING) & cells.outside
    nothing = np.zeros_like(hole)
    if np.count_nonzero(near) < _MIN_RING:
        return nothing
    around = cells.looks[near]
    own = _distances(around, around)
    np.fill_diagonal(own, np.inf)
    limit = max(_ALIKE, _ALIKE_SHARE * float(np.percentile(own.min(axis=1), _PERCENTILE)))
    distance = _nearest(cells.looks.reshape(-1, cells.looks.shape[2]), around).reshape(near.shape)
    distance[near | ~cells.outside] = 0
    found = (distance > limit) & (_counts(distance > limit) >= 3)
    for _ in range(2):
        found |= dilate(found, 1) & (distance > limit / 2)
    found = (found | (_counts(found) >= 6)) & cells.outside & ~near
    large = np.repeat(np.repeat(found, side, axis=0), side, axis=1)
    height, width = (min(a, b) for a, b in zip(large.shape, hole.shape, strict=True))
    nothing[:height, :width] = large[:height, :width]
    return nothing & ~hole


def excess(rgb: Pixels, hole: Mask) -> float | None:
    """How much of what fills a hole is rarer around it: 0 where the inside is a sample of its surroundings.

    Source: the project's own measure: an estimate of the Kullback-Leibler divergence, the mean over cells inside of
    the logarithm of the share of cells inside within 16 levels, divided by the share of those around.

    Args:
        rgb: (H, W, 3), a result.
        hole: (H, W).

    Returns:
        None where too little lies inside or around.
    """
    side = _side_px(hole, _FINE)
    part = _around(hole, (_FINE_RING + 2) * side)
    cells = _cells(rgb[part], hole[part], side)
    near = dilate(~cells.outside, _FINE_RING) & cells.outside
    inside, around = (_some(cells.looks[where]) for where in (cells.inside, near))
    if min(len(inside), len(around)) < _MIN_RING:
        return None
    own, other = (
        (np.count_nonzero(_distances(inside, cells) < _ALIKE, axis=1) + 1) / (len(cells) + 1)
        for cells in (inside, around)
    )
    return float(np.log(own / other).mean())


def _cells(rgb: Pixels, hole: Mask, side: int) -> _Cells:
    height, width = (length // side for length in hole.shape)
    looks = np.empty((height, width, 4), dtype=np.float32)
    rows = max(_STRIP_PX // (side * side * max(width, 1)), 1)
    for top in range(0, height, rows):
        strip = rgb[top * side : min(top + rows, height) * side, : width * side]
        blocks = strip.reshape(-1, side, width, side, 3).astype(np.float32)
        mean = blocks.mean(axis=(1, 3))
        square = np.einsum("abcde,abcde->ace", blocks, blocks) / (side * side)
        looks[top : top + rows, :, :3] = mean
        looks[top : top + rows, :, 3] = _CONTRAST * np.sqrt(np.maximum(square - mean * mean, 0).mean(axis=2))
    share = hole[: height * side, : width * side].reshape(height, side, width, side)
    inside: Mask = np.all(share, axis=(1, 3))
    outside: Mask = ~np.any(share, axis=(1, 3))
    return _Cells(looks, inside, outside)


def _side_px(hole: Mask, across: int) -> int:
    return max(math.isqrt(int(np.count_nonzero(hole))) // across, _MIN_CELL_PX)


def _around(hole: Mask, margin_px: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    top, left = max(int(rows[0]) - margin_px, 0), max(int(columns[0]) - margin_px, 0)
    return slice(top, int(rows[-1]) + margin_px + 1), slice(left, int(columns[-1]) + margin_px + 1)


def _some(looks: Looks) -> Looks:
    return looks[:: len(looks) // _MAX_CELLS + 1]


def _distances(some: Looks, others: Looks) -> Looks:
    """(some, others)."""
    squares = (some * some).sum(axis=1)[:, np.newaxis] + (others * others).sum(axis=1) - 2 * (some @ others.T)
    result: Looks = np.sqrt(np.maximum(squares, 0))
    return result


def _nearest(some: Looks, others: Looks) -> Looks:
    parts = [_distances(some[start : start + _CHUNK], others).min(axis=1) for start in range(0, len(some), _CHUNK)]
    return np.concatenate(parts)


def _counts(found: Mask) -> NDArray[np.int64]:
    """Of three by three cells."""
    padded = np.pad(found.astype(np.int64), 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    result: NDArray[np.int64] = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return result
