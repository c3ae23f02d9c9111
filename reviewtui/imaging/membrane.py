"""Repair of a paste whose tone differs at its edge: the step across the edge is spread inwards. A pure function.

It helps a shifted paste and spoils a good one, so the caller measures before and after. Must not judge.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.imaging.masks import dilate

_SCALE = 4
_BAND_CELLS = 2
_MIN_SIDE_PX = 8 * _SCALE

Cells = NDArray[np.float32]


def spread_step(image: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Raise the pixels inside by the low-frequency step across the edge, interpolated into the middle.

    Source: a membrane (Laplace) interpolation of the step, approximated by an image pyramid, at a quarter of the scale.

    Args:
        image: (H, W, 3), a result.
        inside: (H, W), new pixels; every other one is returned as it came.

    Returns:
        A new array; equal to ``image`` where the step is nothing or the region is too small.
    """
    if min(inside.shape) < _MIN_SIDE_PX or not inside.any() or inside.all():
        return image.copy()
    height, width = (length - length % _SCALE for length in inside.shape)
    blocks = inside[:height, :width].reshape(height // _SCALE, _SCALE, width // _SCALE, _SCALE)
    whole: NDArray[np.bool_] = np.all(blocks, axis=(1, 3))
    none: NDArray[np.bool_] = ~np.any(blocks, axis=(1, 3))
    tones = np.asarray(Image.fromarray(image[:height, :width]).reduce(_SCALE), dtype=np.float32)
    reach = _BAND_CELLS + 1
    edge = whole & dilate(none, reach)
    outer = none & dilate(whole, reach)
    if not edge.any() or not outer.any():
        return image.copy()
    step = spread(tones, outer)[edge] - spread(tones, edge)[edge]
    steps = np.zeros_like(tones)
    steps[edge] = step
    full = _enlarged(spread(steps, edge), inside.shape)
    result = image.copy()
    result[inside] = np.rint(np.clip(image[inside] + full[inside], 0, 255)).astype(np.uint8)
    return result


def spread(values: Cells, known: NDArray[np.bool_]) -> Cells:
    """Smoothed values of the known cells where they are, smooth ones in between: pull and push through a pyramid.

    Args:
        values: (h, w, 3), nothing where they are not known.
        known: (h, w), at least one.
    """
    weights = known.astype(np.float32)
    return _pull_push(values * weights[:, :, np.newaxis], weights)


def _pull_push(sums: Cells, weights: Cells) -> Cells:
    height, width = weights.shape
    if min(height, width) <= 1 or weights.min() >= 1:
        return _float32(sums / np.maximum(weights, 1e-6)[:, :, np.newaxis])
    padding = ((0, height % 2), (0, width % 2))
    wide, heavy = np.pad(sums, (*padding, (0, 0))), np.pad(weights, padding)
    shape = (heavy.shape[0] // 2, 2, heavy.shape[1] // 2, 2)
    total = heavy.reshape(shape).sum(axis=(1, 3))
    scale = np.minimum(total, 1) / np.maximum(total, 1e-6)
    coarse = _pull_push(wide.reshape(*shape, 3).sum(axis=(1, 3)) * scale[:, :, np.newaxis], total * scale)
    share = np.minimum(weights, 1)[:, :, np.newaxis]
    return _float32(sums + (1 - share) * _enlarged(coarse, (height, width)))


def _float32(values: NDArray[np.floating]) -> Cells:
    return values.astype(np.float32, copy=False)


def _enlarged(cells: Cells, shape: tuple[int, ...]) -> Cells:
    """Bilinear, to (H, W, 3)."""
    size = (shape[1], shape[0])
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(cells[:, :, c])).resize(size, Image.Resampling.BILINEAR))
        for c in range(3)
    ]
    return np.stack(planes, axis=2)
