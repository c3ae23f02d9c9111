"""How often a model has decoded each pixel since the source: a map beside a version. Pure arithmetic.

Every decode costs texture that no measure of one step sees, so it is counted along the lineage. None stands for a map
of zeros.
"""

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.frames import Frame
from reviewtui.model.geometry import PixelRect, PixelSize

PassesMap = NDArray[np.uint8]


def add_passes(
    parent: PassesMap | None, size: PixelSize, box: PixelRect, alpha: NDArray[np.uint8], decodes: int
) -> PassesMap | None:
    """The child's map: the parent's, plus ``decodes`` wherever anything was laid on.

    Args:
        parent: (H, W), or None for no decodes.
        size: of the picture.
        box: where ``alpha`` lies.
        alpha: (box height, box width).
        decodes: of this fix; 0 for engines that copy pixels.
    """
    if decodes <= 0:
        return parent
    child = np.zeros((size.height, size.width), dtype=np.uint8) if parent is None else parent.copy()
    window = child[box.y : box.bottom, box.x : box.right]
    raised = np.minimum(window.astype(np.int32) + decodes, 255).astype(np.uint8)
    window[...] = np.where(alpha > 0, raised, window)
    return child


def lay_passes(
    onto: PassesMap | None, lent: PassesMap | None, size: PixelSize, box: PixelRect, alpha: NDArray[np.uint8]
) -> PassesMap | None:
    """The map of pixels that were taken from another version: its counts where they cover, the higher where they mix.

    Args:
        onto: of what they were laid on.
        lent: of the version that they come from.
    """
    if onto is None and lent is None:
        return None
    result = np.zeros((size.height, size.width), dtype=np.uint8) if onto is None else onto.copy()
    window = result[box.y : box.bottom, box.x : box.right]
    other = np.uint8(0) if lent is None else lent[box.y : box.bottom, box.x : box.right]
    mixed = np.maximum(window, other)
    window[...] = np.where(alpha == 255, other, np.where(alpha > 0, mixed, window))
    return result if result.any() else None


def most_passes(passes: PassesMap | None, box: PixelRect, where: NDArray[np.bool_]) -> int:
    """Highest count among the chosen pixels of a box; 0 when none is chosen.

    Args:
        where: (box height, box width).
    """
    if passes is None or not where.any():
        return 0
    return int(passes[box.y : box.bottom, box.x : box.right][where].max())


def passes_in(passes: PassesMap, frame: Frame) -> PassesMap:
    """A parent's map in the frame of its child: what is new there has no decodes."""
    grown = np.repeat(np.repeat(passes, frame.factor, axis=0), frame.factor, axis=1)
    result = np.zeros((frame.size.height, frame.size.width), dtype=np.uint8)
    x, y = frame.shift
    result[y : y + grown.shape[0], x : x + grown.shape[1]] = grown
    return result
