"""Make a picture larger by a whole factor with Lanczos, tile by tile, so that memory is bounded. Pure.

Source: Pillow's resampling (C. Lanczos, three lobes) in single precision. Each tile sees more of the picture than it
covers, so the tiles are those of the picture resampled at once.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.imaging.layouts import Samples

_TILE_PX = 768
_MARGIN_PX = 4  # of the smaller picture; the kernel reaches three pixels
_LANCZOS = Image.Resampling.LANCZOS

Plane = NDArray[np.float32]


def enlarged_tiles(samples: Samples, factor: int, out: Samples) -> Iterator[float]:
    """Fill ``out`` with the picture made larger; yields the share that is done after each tile.

    Args:
        samples: (H, W[, channels]) as in ``imaging.layouts``; the last of two or four channels is transparency.
        factor: whole.
        out: (factor · H, factor · W[, channels]), same type; written to.
    """
    height, width = samples.shape[:2]
    side = max(_TILE_PX // factor, 1)
    corners = [(x, y) for y in range(0, height, side) for x in range(0, width, side)]
    for done, (x, y) in enumerate(corners, start=1):
        right, bottom = min(x + side, width), min(y + side, height)
        left, top = max(x - _MARGIN_PX, 0), max(y - _MARGIN_PX, 0)
        part = samples[top : bottom + _MARGIN_PX, left : right + _MARGIN_PX]
        box = (x - left, y - top, right - left, bottom - top)
        tile = out[y * factor : bottom * factor, x * factor : right * factor]
        tile[...] = _enlarged(part, box, ((right - x) * factor, (bottom - y) * factor))
        yield done / len(corners)


def _enlarged(part: Samples, box: tuple[int, int, int, int], size: tuple[int, int]) -> Samples:
    planes = np.atleast_3d(part).astype(np.float32)
    most = np.iinfo(part.dtype).max
    has_alpha = part.ndim == 3 and part.shape[2] in (2, 4)
    if has_alpha:
        # What shows through must not bleed into what does not.
        planes[:, :, :-1] *= planes[:, :, -1:] / most
    grown = np.stack([_plane(planes[:, :, channel], box, size) for channel in range(planes.shape[2])], axis=2)
    if has_alpha:
        grown[:, :, :-1] *= most / np.maximum(grown[:, :, -1:], 1)
    result = np.rint(np.clip(grown, 0, most)).astype(part.dtype)
    return result.reshape((*result.shape[:2], *part.shape[2:]))


def _plane(plane: Plane, box: tuple[int, int, int, int], size: tuple[int, int]) -> Plane:
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize(size, _LANCZOS, box=box))
