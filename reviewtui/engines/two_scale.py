"""From a fill that was found at a reduced scale to pixels of the full scale: where each cell came from, then copies.

The search library returns pixels and no origins, so they are found again by matching the small fill to its source.
Arithmetic on arrays; must not know the library. The same seed gives the same result on the same machine.

Source: C. Barnes et al., PatchMatch (2009), for the search by propagation and random jumps; the copy by smooth weights
of a quadratic B-spline, which cross-fades where neighbouring cells came from different places, is the project's own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewtui.imaging.layouts import Samples
from reviewtui.imaging.masks import dilate

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

#: Copies reach this far beyond the hole, so that the host's paste fades from them to the kept pixels.
COLLAR_PX = 5
_RADIUS = 2
_DIMENSIONS = 20
_SAMPLES = 4000
_CHUNK_PX = 1 << 18
_ROUNDS = 5
_SMOOTHING_ROUNDS = 6
# Squared levels over a patch: what a cell may match worse to come from where its neighbour came from.
_DISAGREEMENT_COST = 800.0
# Levels for one unit of roughness: a flat patch that fits in tone must not win in grass.
_ROUGHNESS_WEIGHT = 40.0
# Powers of the fade between copies, and the roughness where each begins.
_WIDE, _SHORT = 1.5, 4.0
_SMOOTH_BELOW, _ROUGH_ABOVE = 1.2, 2.4
_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))
_AROUND = (*_NEIGHBOURS, (1, 1), (-1, -1), (1, -1), (-1, 1))


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each cell of a small hole came from.

    Attributes:
        number: (height + 2, width + 2), index of the cell among those of the hole, -1 elsewhere; a border of 1.
        row: by index, of the source cell.
        column: the same.
    """

    number: Indices
    row: Indices
    column: Indices


def find_origins(
    filled: Pixels,
    hole: Mask,
    seed: int,
    roughness: NDArray[np.float32] | None = None,
    avoided: Mask | None = None,
) -> Origins | None:
    """The source cell of every filled cell; None where no whole patch lies outside the hole.

    Args:
        filled: (h, w, 3), the reduced picture with its hole filled.
        hole: (h, w).
        seed: of the search.
        roughness: (h, w) of ``guides.roughness``, so that fine detail counts which the reduced picture has not.
        avoided: (h, w), cells that nothing comes from.
    """
    search = _Search(filled, hole, np.random.default_rng(seed), roughness, avoided)
    if not search.sources.size or not search.targets.size:
        return None
    search.start()
    for turn in range(_ROUNDS):
        search.propagate((1, 4, 1) if turn == 0 else (1, 2, 1))
        search.jump()
    for _ in range(_SMOOTHING_ROUNDS):
        search.smooth()
    return Origins(search.number, search.found // search.width, search.found % search.width)


def copy_pixels(
    image: Samples,
    hole: Mask,
    origins: Origins,
    scale: int,
    roughness: NDArray[np.float32] | None = None,
    avoided: Mask | None = None,
) -> tuple[Samples, Mask]:
    """Full-size pixels for the hole and ``COLLAR_PX`` around it, each a weighted mean of up to nine copies.

    Args:
        image: (H, W, channels), or (H, W) for one channel, of 8 or 16 bits; what it holds inside the hole is never
            used.
        hole: (H, W).
        origins: of the cells at 1/scale.
        scale: pixels per cell side.
        roughness: (h, w) of ``guides.roughness``: fades are short in rough places and wide in smooth ones.
        avoided: (H, W), pixels that are not copied.

    Returns:
        The picture with the copies, and where there are none though ``hole`` wants them: no cell near had a source.
    """
    result, missing = image.copy(), np.zeros_like(hole)
    barred = hole if avoided is None else hole | avoided
    rows, columns = np.nonzero(dilate(hole, COLLAR_PX))
    for start in range(0, rows.size, _CHUNK_PX):
        part = slice(start, start + _CHUNK_PX)
        _copy_some(image, barred, origins, scale, roughness, rows[part], columns[part], result, missing)
    return result, missing & hole


def _copy_some(
    image: Samples,
    barred: Mask,
    origins: Origins,
    scale: int,
    roughness: NDArray[np.float32] | None,
    rows: Indices,
    columns: Indices,
    result: Samples,
    missing: Mask,
) -> None:
    """The copies of some pixels into ``result``; those that have none are told in ``missing``."""
    height, width = barred.shape
    cell_row, cell_column = rows // scale, columns // scale
    sharpness = _sharpness(roughness, cell_row, cell_column)
    weight_y, weight_x = _weights(rows, scale, sharpness), _weights(columns, scale, sharpness)
    sums = np.zeros((rows.size, *image.shape[2:]), dtype=np.float32)
    total = np.zeros(rows.size, dtype=np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            near_row, near_column = cell_row + dy, cell_column + dx
            index = origins.number[near_row + 1, near_column + 1]
            y = rows + scale * (origins.row[index] - near_row)
            x = columns + scale * (origins.column[index] - near_column)
            valid = (index >= 0) & (y >= 0) & (y < height) & (x >= 0) & (x < width)
            y, x = np.where(valid, y, 0), np.where(valid, x, 0)
            weight = weight_y[dy + 1] * weight_x[dx + 1] * (valid & ~barred[y, x])
            sums += image[y, x] * (weight if image.ndim == 2 else weight[:, np.newaxis])
            total += weight
    known = total > 0
    totals = total[known]
    means = sums[known] / (totals if image.ndim == 2 else totals[:, np.newaxis])
    result[rows[known], columns[known]] = np.rint(np.clip(means, 0, np.iinfo(image.dtype).max)).astype(image.dtype)
    missing[rows[~known], columns[~known]] = True


def _sharpness(roughness: NDArray[np.float32] | None, rows: Indices, columns: Indices) -> NDArray[np.float32]:
    """(n,), power of the weights: a mean of copies blurs texture; a short fade shows as stairs where there is none."""
    if roughness is None:
        return np.full(rows.size, _WIDE, dtype=np.float32)
    share = (roughness[rows, columns] - _SMOOTH_BELOW) / (_ROUGH_ABOVE - _SMOOTH_BELOW)
    result: NDArray[np.float32] = (_WIDE + (_SHORT - _WIDE) * np.clip(share, 0, 1)).astype(np.float32)
    return result


def _weights(positions: Indices, scale: int, sharpness: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3, n): a quadratic B-spline over the cell before, the own and the next one, to the power of its sharpness."""
    part = (positions % scale + 0.5) / scale
    spline = np.stack([0.5 * (1 - part) ** 2, 0.75 - (part - 0.5) ** 2, 0.5 * part**2])
    return (spline**sharpness).astype(np.float32)


class _Search:
    """Best source patch for each target cell, improved in place: ``found`` (flat cell index) and ``cost``."""

    def __init__(
        self,
        filled: Pixels,
        hole: Mask,
        generator: np.random.Generator,
        roughness: NDArray[np.float32] | None,
        avoided: Mask | None,
    ) -> None:
        self.height, self.width = hole.shape
        self.generator = generator
        usable = ~dilate(hole if avoided is None else hole | avoided, _RADIUS)
        usable[:_RADIUS] = usable[-_RADIUS:] = False
        usable[:, :_RADIUS] = usable[:, -_RADIUS:] = False
        self.usable = usable.ravel()
        self.sources: Indices = np.flatnonzero(usable)
        self.rows, self.columns = np.nonzero(hole)
        self.targets: Indices = self.rows * self.width + self.columns
        self.number = np.full((self.height + 2, self.width + 2), -1, dtype=np.int64)
        self.number[self.rows + 1, self.columns + 1] = np.arange(self.targets.size)
        self.features = _features(filled) if self.sources.size else np.zeros((1, 1), np.float32)
        if roughness is not None and self.sources.size:
            column = (roughness * np.float32(_ROUGHNESS_WEIGHT)).reshape(-1, 1)
            self.features = np.ascontiguousarray(np.concatenate([self.features, column], axis=1))
        self.found: Indices = np.zeros(self.targets.size, dtype=np.int64)
        self.cost: NDArray[np.float64] = np.zeros(self.targets.size)

    def start(self) -> None:
        """A random source for each target."""
        self.found = self.generator.choice(self.sources, self.targets.size)
        self.cost = self._distance(self.found, np.arange(self.targets.size))

    def propagate(self, strides: tuple[int, ...]) -> None:
        """Try what lies beside the neighbour's source."""
        for stride in strides:
            for dy, dx in _NEIGHBOURS:
                index, rows, columns = self._beside(dy * stride, dx * stride)
                self._try(rows, columns, index >= 0)

    def jump(self) -> None:
        """Try random places around the present source, ever nearer."""
        reach = max(self.height, self.width)
        everywhere = np.ones(self.targets.size, dtype=np.bool_)
        while reach >= 1:
            step_y, step_x = self.generator.integers(-reach, reach + 1, (2, self.targets.size))
            self._try(self.found // self.width + step_y, self.found % self.width + step_x, everywhere)
            reach //= 2

    def smooth(self) -> None:
        """Prefer to come from where the neighbours came from: fewer and larger pieces."""
        cost = self.cost + self._disagreement(self.found)
        for dy, dx in (*_NEIGHBOURS, (2, 2), (-2, -2), (2, -2), (-2, 2)):
            index, rows, columns = self._beside(dy, dx)
            inside = (index >= 0) & (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
            candidate = np.where(inside, rows * self.width + columns, self.found)
            candidate = np.where(self.usable[candidate], candidate, self.found)
            distance = self._distance(candidate, np.arange(self.targets.size))
            new_cost = distance + self._disagreement(candidate)
            better = new_cost < cost
            self.found = np.where(better, candidate, self.found)
            self.cost = np.where(better, distance, self.cost)
            cost = np.where(better, new_cost, cost)

    def _beside(self, dy: int, dx: int) -> tuple[Indices, Indices, Indices]:
        """Index of the neighbour at a distance (-1: none), and the place beside its source."""
        rows = np.clip(self.rows + dy, -1, self.height) + 1
        columns = np.clip(self.columns + dx, -1, self.width) + 1
        index = self.number[rows, columns]
        source = self.found[index]
        return index, source // self.width - dy, source % self.width - dx

    def _try(self, rows: Indices, columns: Indices, where: Mask) -> None:
        where = where & (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        which = np.flatnonzero(where)
        candidate = rows[which] * self.width + columns[which]
        usable = self.usable[candidate]
        which, candidate = which[usable], candidate[usable]
        cost = self._distance(candidate, which)
        better = cost < self.cost[which]
        self.found[which[better]], self.cost[which[better]] = candidate[better], cost[better]

    def _distance(self, candidate: Indices, which: Indices) -> NDArray[np.float64]:
        difference = self.features[candidate] - self.features[self.targets[which]]
        result: NDArray[np.float64] = np.einsum("ij,ij->i", difference, difference)
        return result

    def _disagreement(self, candidate: Indices) -> NDArray[np.float64]:
        total = np.zeros(self.targets.size)
        for dy, dx in _AROUND:
            index = self.number[self.rows + dy + 1, self.columns + dx + 1]
            total += (index >= 0) & (self.found[index] - dy * self.width - dx != candidate)
        return _DISAGREEMENT_COST * total


def _features(image: Pixels) -> NDArray[np.float32]:
    """(cells, dimensions): each cell's patch in its principal components, which tell patches apart at less cost."""
    side = 2 * _RADIUS + 1
    height, width = image.shape[:2]
    padded = np.pad(image, ((_RADIUS, _RADIUS), (_RADIUS, _RADIUS), (0, 0)), mode="edge").astype(np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    chosen = np.arange(0, height * width, max(height * width // _SAMPLES, 1))
    sample = patches[chosen // width, chosen % width].reshape(chosen.size, -1)
    mean = sample.mean(axis=0)
    centered = (sample - mean).astype(np.float64)
    _values, vectors = np.linalg.eigh(centered.T @ centered)
    basis = vectors[:, -_DIMENSIONS:].astype(np.float32)
    result = np.empty((height, width, basis.shape[1]), dtype=np.float32)
    rows = max(_CHUNK_PX // width, 1)
    for top in range(0, height, rows):  # a patch takes four times what its components take
        some = patches[top : top + rows].reshape(-1, len(mean)) - mean
        result[top : top + rows] = (some @ basis).reshape(-1, width, basis.shape[1])
    return result.reshape(height * width, -1)
