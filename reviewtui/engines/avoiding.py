"""Places that a copying engine takes nothing from. Pure; must not know what lies there or find it."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def avoided_in(avoid: Mask | None, hole: Mask, part: tuple[slice, slice]) -> Mask | None:
    """The avoided pixels of a window, or None where none are or too little would be left to copy from.

    Args:
        avoid: (H, W) of the crop, or None.
        hole: (H, W) of the crop.
        part: the window.
    """
    if avoid is None:
        return None
    inside = hole[part]
    avoided: Mask = avoid[part] & ~inside
    left = inside.size - int(np.count_nonzero(avoided | inside))
    return avoided if avoided.any() and left >= np.count_nonzero(inside) else None


def with_foreign(avoid: Mask | None, foreign: Mask, hole: Mask) -> Mask | None:
    """What is avoided and what is foreign to the place, where enough is left to copy from; else what is avoided.

    Args:
        avoid: (H, W), or None.
        foreign: (H, W), see ``imaging.likeness.unlike``.
        hole: (H, W).
    """
    both = foreign if avoid is None else avoid | foreign
    left = hole.size - int(np.count_nonzero(both | hole))
    return both if foreign.any() and left >= np.count_nonzero(hole) else avoid


def touched(avoided: Mask | None, hole: Mask, scale: int) -> Mask | None:
    """Blocks of the reduced picture with any avoided pixel, but for those of the hole.

    Args:
        avoided: (H, W), or None.
        hole: (h, w) of the reduced picture.
        scale: pixels per block side.
    """
    if avoided is None:
        return None
    height, width = avoided.shape
    padded = np.pad(avoided, ((0, -height % scale), (0, -width % scale)))
    blocks = padded.reshape(hole.shape[0], scale, hole.shape[1], scale)
    return np.asarray(blocks.any(axis=(1, 3)) & ~hole, dtype=np.bool_)
