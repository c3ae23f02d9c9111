"""How much of a fill has a color that nothing around it has: what a thing at the border leaves when it bleeds."""

import numpy as np
from numpy.typing import NDArray

_CELL_PX = 8
_MOST_CELLS = 8000


def haze(rgb: NDArray[np.uint8], hole: NDArray[np.bool_]) -> float:
    """Mean distance, in levels, of the cells inside to the most similar cell outside.

    Source: the project's own measure: means over squares of 8 px, Euclidean distance of the three channels. Copies
    measure about 1, a fill that mixes two things as much as the mixture lies between them.

    Args:
        rgb: (H, W, 3), the result.
        hole: (H, W).
    """
    height, width = (length // _CELL_PX for length in hole.shape)
    shape = (height, _CELL_PX, width, _CELL_PX)
    cells = rgb[: height * _CELL_PX, : width * _CELL_PX].astype(np.float32).reshape(*shape, 3).mean(axis=(1, 3))
    blocks = hole[: height * _CELL_PX, : width * _CELL_PX].reshape(shape)
    inside, outside = cells[blocks.all(axis=(1, 3))], cells[~blocks.any(axis=(1, 3))]
    outside = outside[:: len(outside) // _MOST_CELLS + 1]
    nearest = [float(np.sqrt(((outside - cell) ** 2).sum(axis=1).min())) for cell in inside]
    return float(np.mean(nearest))
