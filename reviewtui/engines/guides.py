"""What steers copies towards their surroundings: how rough a place should be, and what they meet at a hard border.

A search at a reduced scale does not see how rough a place is: grass and a flat wall of one color are alike there.
Arithmetic on arrays; must not search and must not judge.
"""

import numpy as np
from numpy.typing import NDArray

from reviewtui.engines.toning import planes
from reviewtui.imaging.layouts import Samples
from reviewtui.imaging.masks import box_blur, dilate
from reviewtui.imaging.membrane import spread

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Plane = NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_MEETING_PX = 24


def roughness(image: Pixels, hole: Mask, scale: int) -> Plane:
    """Fine detail of each cell at the full scale, and what is expected inside the hole.

    Source: the project's own measure: logarithm of one plus the mean absolute difference to the next pixel, over three
    by three cells; inside the hole the membrane of what lies around it.

    Args:
        image: (H, W, 3); what it holds inside the hole is never used.
        hole: (H, W).
        scale: pixels per cell side.

    Returns:
        (cells down, cells across) as the picture reduced by ``scale``.
    """
    luma = image.astype(np.float32) @ _LUMA
    steps = np.zeros_like(luma)
    steps[:, :-1] += np.abs(np.diff(luma, axis=1))
    steps[:-1] += np.abs(np.diff(luma, axis=0))
    known = ~dilate(hole, 1)
    counts = _around(_cells(known.astype(np.float32), scale))
    sums = _around(_cells(steps * known, scale))
    values = np.log1p(sums / np.maximum(counts, 1)).astype(np.float32)
    told = counts >= scale * scale
    if not told.any():
        return np.zeros_like(values)
    wide = np.repeat(values[:, :, np.newaxis], 3, axis=2)
    return np.where(told, values, spread(wide, told)[:, :, 0]).astype(np.float32)


def meeting(image: Samples, copied: Samples, hole: Mask, near: Mask) -> Samples:
    """Copies that meet a hard border: what they miss there fades out over some pixels inside.

    Args:
        image: (H, W, 3), or (H, W) for one channel, of 8 or 16 bits; what it holds inside the hole is never used.
        copied: same shape and type, with copies in the hole and in a collar around it.
        hole: (H, W).
        near: (H, W), the hole and its collar.
    """
    collar = near & ~hole
    if not collar.any():
        return copied
    result = copied.copy()
    most = np.iinfo(copied.dtype).max
    missed = np.zeros((*hole.shape, 3), dtype=np.float32)
    for channel, (old, new) in enumerate(zip(planes(image), planes(copied), strict=True)):
        missed[:, :, channel] = (old.astype(np.float32) - new) * collar
    # 255 at the border, 0 from the reach on.
    share = box_blur((~hole).view(np.uint8) * np.uint8(255), _MEETING_PX)[hole] / np.float32(127.5)
    wanted = spread(missed, collar)[hole] * np.minimum(share, 1)[:, np.newaxis]
    for channel, plane in enumerate(planes(result)):
        plane[hole] = np.rint(np.clip(plane[hole] + wanted[:, channel], 0, most))
    return result


def _cells(plane: Plane, scale: int) -> Plane:
    """Sums of the cells; the border is padded with nothing."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % scale), (0, -width % scale)))
    blocks = padded.reshape(padded.shape[0] // scale, scale, padded.shape[1] // scale, scale)
    result: Plane = blocks.sum(axis=(1, 3), dtype=np.float32)
    return result


def _around(plane: Plane) -> Plane:
    """Sums over three by three cells."""
    padded = np.pad(plane, 1)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    result: Plane = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return result
