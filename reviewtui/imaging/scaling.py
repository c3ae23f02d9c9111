"""Cut a part out of decoded pixels and scale it for the screen. Call from a thread.

Works in bands of rows and lets other threads run between them, so that an event loop beside it does not stall.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.model.geometry import PixelRect

_BAND_SAMPLES = 400_000


def view(rgb: NDArray[np.uint8], box: PixelRect, target: tuple[int, int]) -> NDArray[np.uint8]:
    """A part of a picture at the size that the screen needs.

    Reduced by averaging, then Lanczos; enlarged twice or more by repeating pixels, so that a reviewer sees pixels.

    Args:
        rgb: (H, W, 3).
        box: the part, in pixels of ``rgb``; clamped to it.
        target: (width, height) of the result, each at least 1.

    Returns:
        (target height, target width, 3) uint8, writable.

    Raises:
        ValueError: the box lies outside, or the target is empty.
    """
    width, height = target
    part = box.intersection(PixelRect(0, 0, rgb.shape[1], rgb.shape[0]))
    if part is None or width < 1 or height < 1:
        raise ValueError("a view needs a part of the picture and at least one pixel of screen")
    cut = rgb[part.y : part.bottom, part.x : part.right]
    if (part.width, part.height) == (width, height):
        return cut.copy()
    if width >= 2 * part.width and height >= 2 * part.height:
        return _repeated(cut, width, height)
    factors = (max(part.width // (2 * width), 1), max(part.height // (2 * height), 1))
    image = _reduced(cut, factors) if max(factors) > 1 else Image.fromarray(np.ascontiguousarray(cut))
    # Reducing rounds the last column and row up; the part that is meant may end within them.
    extent = (0.0, 0.0, part.width / factors[0], part.height / factors[1])
    scaled = image.resize((width, height), Image.Resampling.LANCZOS, box=extent)
    return np.array(scaled)


def _repeated(cut: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    rows = (np.arange(height) * cut.shape[0]) // height
    columns = (np.arange(width) * cut.shape[1]) // width
    result: NDArray[np.uint8] = cut[rows[:, np.newaxis], columns]
    return result


def _reduced(cut: NDArray[np.uint8], factors: tuple[int, int]) -> Image.Image:
    height, width = cut.shape[:2]
    small = Image.new("RGB", (-(-width // factors[0]), -(-height // factors[1])))
    rows = max(_BAND_SAMPLES // (width * 3 * factors[1]), 1) * factors[1]
    for top in range(0, height, rows):
        band = Image.fromarray(np.ascontiguousarray(cut[top : top + rows]))
        small.paste(band.reduce(factors), (0, top // factors[1]))
    return small
