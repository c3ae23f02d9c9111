"""Whether a fix is a patch of another tone: its low frequencies against what the surroundings lead one to expect.

A pure function; must not decide. It sees the soft-edged square in a sky that no measure at the edge sees.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Good up to ``DRIFT_GOOD``, worth a look above ``DRIFT_WARNING``.
DRIFT_GOOD, DRIFT_WARNING = 0.5, 0.9
_CELLS_INSIDE = 120
_MAX_UNKNOWN = 900
_MIN_CELL_PX = 3
_MIN_CELLS = 3
# Cells to each side that a tone is pooled with, so that texture is not taken for drift.
_POOL = 2
_LEVEL = 1.5  # added to the variation outside: less is not seen


def lf_drift(rgb: NDArray[np.uint8], support: NDArray[np.bool_]) -> float | None:
    """RMS difference between the tones inside and a smooth interpolation from outside, in units of outside variation.

    Source: the project's own measure: means over square cells, about 120 of them inside; the interior from the
    outside by the discrete Laplace equation; the difference pooled over 5 × 5 cells, its RMS divided by the standard
    deviation of cells outside within one width, plus 1.5 levels.

    Args:
        rgb: (H, W, 3) around the fix.
        support: (H, W), where new content was laid on.

    Returns:
        0 is no drift; None where the support is too small or too little lies around it.
    """
    cell = max(_MIN_CELL_PX, math.isqrt(int(np.count_nonzero(support)) // _CELLS_INSIDE))
    grid = _Grid.fitting(rgb, support, cell)
    if grid is None:
        return None
    expected = grid.interpolated()
    difference = _pooled(grid.tones - expected, grid.inside)
    outside = grid.tones[grid.outside]
    variation = float(np.sqrt(outside.var(axis=0).mean()))
    return float(np.sqrt((difference**2).mean())) / (variation + _LEVEL)


def _pooled(values: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Means of what counts within ``_POOL`` cells of each cell that counts, (cells that count, channels)."""
    weighted = np.dstack([values * where[:, :, np.newaxis], where])
    sums = np.pad(weighted, ((_POOL + 1, _POOL), (_POOL + 1, _POOL), (0, 0))).cumsum(axis=0).cumsum(axis=1)
    side = 2 * _POOL + 1
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    result: NDArray[np.float64] = total[where][:, :-1] / total[where][:, -1:]
    return result


class _Grid:
    """Tones of square cells; a cell that is neither wholly inside nor wholly outside counts as unknown only."""

    def __init__(self, tones: NDArray[np.float64], share: NDArray[np.uint8]) -> None:
        self.tones = tones
        self.inside: NDArray[np.bool_] = share == 255
        self.outside: NDArray[np.bool_] = share == 0

    @classmethod
    def fitting(cls, rgb: NDArray[np.uint8], support: NDArray[np.bool_], cell: int) -> "_Grid | None":
        rows, columns = np.flatnonzero(support.any(axis=1)), np.flatnonzero(support.any(axis=0))
        if not rows.size:
            return None
        margin = min(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 + 2 * cell
        window = (
            slice(max(int(rows[0] - margin), 0), int(rows[-1] + margin)),
            slice(max(int(columns[0] - margin), 0), int(columns[-1] + margin)),
        )
        part, within = rgb[window], support[window].view(np.uint8) * np.uint8(255)
        while True:
            height, width = (length - length % cell for length in within.shape)
            if min(height, width) < 3 * cell:
                return None
            share = _any_or_all(within[:height, :width], cell)
            if np.count_nonzero(share) <= _MAX_UNKNOWN:
                break
            cell *= 2
        grid = cls(np.asarray(Image.fromarray(part[:height, :width]).reduce(cell), dtype=np.float64), share)
        enough = min(np.count_nonzero(grid.inside), np.count_nonzero(grid.outside)) >= _MIN_CELLS
        return grid if enough else None

    def interpolated(self) -> NDArray[np.float64]:
        """Cells outside as they are, all others harmonic: each the mean of its neighbours within the grid."""
        unknown = ~self.outside
        number = np.full(unknown.shape, -1)
        number[unknown] = np.arange(np.count_nonzero(unknown))
        matrix = np.zeros((int(number.max()) + 1,) * 2)
        right = np.zeros((matrix.shape[0], 3))
        for here, there in (
            (np.s_[1:], np.s_[:-1]),
            (np.s_[:-1], np.s_[1:]),
            (np.s_[:, 1:], np.s_[:, :-1]),
            (np.s_[:, :-1], np.s_[:, 1:]),
        ):
            own, other = number[here], number[there]
            rows = own[own >= 0]
            np.add.at(matrix, (rows, rows), 1.0)
            both = (own >= 0) & (other >= 0)
            matrix[own[both], other[both]] -= 1.0
            known = (own >= 0) & (other < 0)
            np.add.at(right, own[known], self.tones[there][known])
        result = self.tones.copy()
        result[unknown] = np.linalg.solve(matrix, right)
        return result


def _any_or_all(mask: NDArray[np.uint8], cell: int) -> NDArray[np.uint8]:
    """255 for cells of 255 only, 0 for cells of 0 only, 1 for others."""
    blocks = mask.reshape(mask.shape[0] // cell, cell, mask.shape[1] // cell, cell)
    highest, lowest = blocks.max(axis=(1, 3)), blocks.min(axis=(1, 3))
    return np.where(highest == lowest, highest, np.uint8(1))
