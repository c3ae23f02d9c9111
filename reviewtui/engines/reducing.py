"""A picture with a hole at a fraction of its scale: what is known counts, what is missing does not. Pure."""

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import PixelRect

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def slices_of(window: PixelRect) -> tuple[slice, slice]:
    """Rows and columns of a rectangle."""
    return slice(window.y, window.bottom), slice(window.x, window.right)


def reduced(image: Pixels, hole: Mask, scale: int) -> tuple[Pixels, Mask]:
    """Mean of the known pixels of each block; a block with any hole pixel belongs to the hole.

    Args:
        image: (H, W, 3).
        hole: (H, W).
        scale: pixels per block side; the border is padded with nothing.
    """
    height, width = hole.shape
    padding = ((0, -height % scale), (0, -width % scale))
    known = np.pad(~hole, padding)
    blocks = (known.shape[0] // scale, scale, known.shape[1] // scale, scale)
    weights = known.reshape(blocks).sum(axis=(1, 3), dtype=np.uint32)
    weighted = np.pad(image, (*padding, (0, 0))).astype(np.uint32) * known[:, :, np.newaxis]
    sums = weighted.reshape(*blocks, 3).sum(axis=(1, 3))
    small = (sums // np.maximum(weights, 1)[:, :, np.newaxis]).astype(np.uint8)
    whole: Mask = np.any(np.pad(hole, padding).reshape(blocks), axis=(1, 3))
    return small, whole
