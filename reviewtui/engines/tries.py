"""Fills of one hole, each from another search, and which of them is best. Pure but for the search that it is given.

Small holes are filled at full size. For larger ones the structure is searched at a fraction of the scale, a few times,
``two_scale`` copies pixels of the full size, and the try that measures best is returned.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.engines.avoiding import touched
from reviewtui.engines.guides import meeting, roughness
from reviewtui.engines.reducing import reduced
from reviewtui.engines.toning import toned
from reviewtui.engines.two_scale import COLLAR_PX, copy_pixels, find_origins
from reviewtui.imaging.layouts import Samples, from_rgb8, to_rgb8
from reviewtui.imaging.masks import PATCH_COLLAR_PX, box_blur, dilate
from reviewtui.imaging.paste import blend
from reviewtui.imaging.proof import badness, measure

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
#: From a picture, its hole, what is not copied, and a seed, to the picture with its hole filled.
Search = Callable[[Pixels, Mask, Mask | None, int], Pixels]

# Seeds beside the asked one, and how much smaller: another seed or scale finds another structure.
_TRIES = ((0, 1.0), (0x9E3779B9, 1.5))
# Larger holes get one try.
_ONE_TRY_PX = 2_000_000
_SEED_RANGE = 2**32
# Around a hole that is filled at full size: where its copies are looked for.
_NEAR_PX = 96


@dataclass(frozen=True, slots=True)
class Part:
    """A window of a picture around its hole.

    Attributes:
        own: (H, W, 3), or (H, W) for one channel, of 8 or 16 bits: as pixels are copied.
        hole: (H, W).
        avoided: (H, W), pixels that nothing is copied from, or None.
        is_hard: the fill ends at the hole's border; else a collar around it belongs to the fill, and fades.
    """

    own: Samples
    hole: Mask
    avoided: Mask | None
    is_hard: bool = False

    @property
    def near(self) -> Mask:
        """The hole and its collar."""
        return dilate(self.hole, COLLAR_PX)


def filled_at_once(part: Part, search: Search, seed: int) -> Samples:
    """The hole filled at full size; nothing else is touched. Of 16 bits the samples are copied from where they match.

    Raises:
        EngineError: the search failed.
    """
    rgb = to_rgb8(part.own)
    new = search(rgb, part.hole, part.avoided, seed)
    new = np.where(part.hole[:, :, np.newaxis], new, rgb)
    result = from_rgb8(new, part.own)
    if part.own.dtype == np.uint8:
        return result
    box = _around(part.hole)
    hole, avoided = part.hole[box], None if part.avoided is None else part.avoided[box]
    origins = find_origins(np.ascontiguousarray(new[box]), hole, seed % _SEED_RANGE, avoided=avoided)
    if origins is not None:
        copied, missing = copy_pixels(part.own[box], hole, origins, 1, avoided=avoided)
        where = hole & ~missing
        result[box][where] = copied[where]
    return result


def best_filled(part: Part, search: Search, scale: int, seed: int, pause: Callable[[], None]) -> Samples:
    """The hole and its collar filled by copies, after a search at 1/scale.

    Args:
        pause: called between two tries; may raise.

    Raises:
        EngineError: the search failed.
    """
    rgb = to_rgb8(part.own)
    best, least = part.own, math.inf
    tried = _TRIES if np.count_nonzero(part.hole) <= _ONE_TRY_PX else _TRIES[:1]
    for shift, coarser in tried:
        pause()
        for new in _fills(part, rgb, search, round(scale * coarser), seed + shift):
            score = _badness(rgb, to_rgb8(new), part)
            if score < least:
                best, least = new, score
    return best


def _fills(part: Part, rgb: Pixels, search: Search, scale: int, seed: int) -> Iterator[Samples]:
    """The structure from a search at 1/scale, the pixels from the full size."""
    small, small_hole = reduced(rgb, part.hole, scale)
    small_avoided = touched(part.avoided, small_hole, scale)
    new = search(small, small_hole, small_avoided, seed)
    small[small_hole] = new[small_hole]
    rough = roughness(rgb, part.hole, scale)
    origins = find_origins(small, small_hole, seed % _SEED_RANGE, rough, small_avoided)
    if origins is None:
        result, missing = part.own.copy(), part.hole
    else:
        result, missing = copy_pixels(part.own, part.hole, origins, scale, rough, part.avoided)
        result = toned(result, part.near, small, small_hole, origins, scale)
    if missing.any():
        result[missing] = _enlarged(small, scale, part.own)[missing]
    yield result
    if part.is_hard:
        # Nothing fades over the original, so a step at its border fades into what is new.
        yield meeting(part.own, result, part.hole, part.near)


def _enlarged(small: Pixels, scale: int, own: Samples) -> Samples:
    size = (small.shape[1] * scale, small.shape[0] * scale)
    large = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
    return from_rgb8(large[: own.shape[0], : own.shape[1]], own)


def _badness(rgb: Pixels, new: Pixels, part: Part) -> float:
    """How far a fill is from what photographs measure, faded at its edge as the host will."""
    alpha = part.hole.view(np.uint8) * np.uint8(255)
    if not part.is_hard:
        alpha = box_blur(alpha, PATCH_COLLAR_PX // 2)
    return badness(measure(blend(rgb, new, alpha), part.hole))


def _around(hole: Mask) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    top, left = max(int(rows[0]) - _NEAR_PX, 0), max(int(columns[0]) - _NEAR_PX, 0)
    return slice(top, int(rows[-1]) + _NEAR_PX + 1), slice(left, int(columns[-1]) + _NEAR_PX + 1)
