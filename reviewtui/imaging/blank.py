"""An answer that is no picture: one color where nothing around has it, as safety filters and overflown numbers give it.

Pure; must not know which engine ran.
"""

import numpy as np
from numpy.typing import NDArray

_SPREAD_LEVELS = 2
_NEAR_LEVELS = 24
_LEAST_SHARE = 0.005
_MIN_PIXELS = 64


def blank_color(
    sent: NDArray[np.uint8], returned: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> tuple[int, int, int] | None:
    """The one color that an answer consists of, when that is none of its surroundings; else None.

    A flat answer on a flat ground, as in drawings, is a good one: at least one pixel in 200 around has about its color.

    Args:
        sent: (H, W, 3), what the engine got.
        returned: same shape, what came back.
        inside: (H, W), pixels that were to be new.
    """
    new = returned[inside]
    if len(new) < _MIN_PIXELS:
        return None
    low, high = new.min(axis=0).astype(int), new.max(axis=0).astype(int)
    if int((high - low).max()) > _SPREAD_LEVELS:
        return None
    around = sent[~inside] if not inside.all() else sent.reshape(-1, 3)
    middle = (low + high) // 2
    is_near = (np.abs(around.astype(np.int16) - middle) <= _NEAR_LEVELS).all(axis=1)
    if np.count_nonzero(is_near) >= _LEAST_SHARE * len(around):
        return None
    red, green, blue = (int(value) for value in middle)
    return red, green, blue
