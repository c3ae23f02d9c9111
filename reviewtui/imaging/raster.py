"""A mask that came as a picture: its samples as one plane of weights, cleaned, at the size of the picture.

255 = repaint. Pure; files are read by ``decoding``, kept and found again by ``services.raster_masks``.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.masks import dilate
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize

Mask = NDArray[np.uint8]

_NOISE = 26  # weights below 0.1 are dust of a soft brush or of JPEG
_SNAP = 253  # 0.99 of 255
#: Unselected spots up to twice this wide that are enclosed by the selection are filled.
PINHOLE_PX = 8
_HALF = 128


def weights_of(picture: NativePicture) -> Mask:
    """One weight for each pixel: the brightness, times the opacity where there is any.

    Args:
        picture: exact samples, of any mode.

    Returns:
        (H, W) uint8.
    """
    pixels = picture.pixels
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    planes = pixels.reshape(*pixels.shape[:2], -1).astype(np.uint32)
    opacity = planes[:, :, -1] if picture.has_alpha else None
    colors = planes[:, :, :-1] if picture.has_alpha else planes
    # Source: ITU-R BT.601 weights in thousandths.
    light = colors[:, :, 0] if colors.shape[2] == 1 else (colors @ np.array([299, 587, 114], np.uint32) + 500) // 1000
    return np.asarray(light if opacity is None else (light * opacity + 127) // 255, dtype=np.uint8)


def fitted(weights: Mask, size: PixelSize) -> Mask:
    """The weights at another size, bilinear; the same array where the size fits already."""
    if weights.shape == (size.height, size.width):
        return weights
    return np.asarray(Image.fromarray(weights).resize((size.width, size.height), Image.Resampling.BILINEAR))


def painted(weights: Mask, regions: tuple[PixelRect, ...]) -> Mask:
    """A copy with rectangles selected as well."""
    result = weights.copy()
    for region in regions:
        result[region.y : region.bottom, region.x : region.right] = 255
    return result


def cleaned(weights: Mask) -> Mask:
    """Without noise below 0.1, full from 0.99, and without pinholes.

    Larger holes stay: a ring around a subject is meant as a ring.

    Raises:
        InputError: no pixel is at least half selected.
    """
    result = np.where(weights < _NOISE, np.uint8(0), weights)
    result = np.where(result >= _SNAP, np.uint8(255), result)
    selected = result >= _HALF
    if not selected.any():
        raise InputError("the mask selects nothing: no pixel of it is at least half white", "255 means repaint")
    result[_pinholes(selected)] = 255
    return result


def bounds_of(weights: Mask) -> PixelRect:
    """The smallest rectangle around everything with a weight; there must be something."""
    rows, columns = np.flatnonzero(weights.any(axis=1)), np.flatnonzero(weights.any(axis=0))
    return PixelRect.from_corners(int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1]))


def _pinholes(selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Unselected pixels that a closing reaches and from which no path leads out of what it reaches."""
    padded = np.pad(selected, PINHOLE_PX)
    closed = ~dilate(~dilate(padded, PINHOLE_PX), PINHOLE_PX)
    inside = closed & ~padded
    open_ones = inside & dilate(~closed, 1)
    while True:
        grown = inside & dilate(open_ones, 1)
        if (grown == open_ones).all():
            break
        open_ones = grown
    return (inside & ~open_ones)[PINHOLE_PX:-PINHOLE_PX, PINHOLE_PX:-PINHOLE_PX]
