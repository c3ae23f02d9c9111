"""What a pipeline is given of a crop: scaled, with a mask in whole latent cells. Numpy and Pillow only."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from reviewtui.model.geometry import PixelSize

Pixels = NDArray[np.uint8]

_HALF = 128
_STRUCTURE_PX = 16


def scaled(pixels: Pixels, size: PixelSize) -> Pixels:
    """Pixels or a mask at another size; the same array when that is its size.

    Args:
        pixels: (H, W, 3) or (H, W) uint8.
    """
    if pixels.shape[:2] == (size.height, size.width):
        return pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    kind = Image.Resampling.LANCZOS if pixels.ndim == 3 else Image.Resampling.BOX
    return np.asarray(image.resize((size.width, size.height), kind))


def latent_mask(mask: Pixels, size: PixelSize, *, cell_px: int, grow: bool) -> Pixels:
    """The mask that is sampled: a cell is in when any of its pixels is at least half in.

    Args:
        mask: (H, W) uint8 over the crop.
        size: that the pipeline works at.
        cell_px: side of a latent cell in pixels of ``size``.
        grow: by one cell, for models that see the mask and leave a rim otherwise.

    Returns:
        (size.height, size.width) uint8 of 0 and 255, never empty.
    """
    at_size = scaled(mask, size)
    selected: NDArray[np.bool_] = np.greater_equal(at_size, _HALF)
    if not selected.any():
        selected = np.greater_equal(at_size, max(int(at_size.max()), 1))
    if not selected.any():  # smaller than one pixel of the working size
        rows, columns = np.nonzero(mask == mask.max())
        y = int(rows.mean() * size.height / mask.shape[0])
        x = int(columns.mean() * size.width / mask.shape[1])
        selected[min(y, size.height - 1), min(x, size.width - 1)] = True
    cells = _cells(selected, cell_px)
    if grow:
        padded = np.pad(cells, 1)
        views = [padded[y : y + cells.shape[0], x : x + cells.shape[1]] for y in range(3) for x in range(3)]
        cells = np.asarray(np.stack(views).any(axis=0), dtype=np.bool_)
    wide = np.repeat(np.repeat(cells, cell_px, axis=0), cell_px, axis=1)
    return wide[: size.height, : size.width].astype(np.uint8) * np.uint8(255)


def _cells(selected: NDArray[np.bool_], cell_px: int) -> NDArray[np.bool_]:
    height, width = selected.shape
    padded = np.pad(selected, ((0, -height % cell_px), (0, -width % cell_px)))
    blocks = padded.reshape(padded.shape[0] // cell_px, cell_px, padded.shape[1] // cell_px, cell_px)
    return np.asarray(blocks.any(axis=(1, 3)), dtype=np.bool_)


def with_luma_of(image: Pixels, answer: Pixels) -> Pixels:
    """The answer with the picture's fine light and shade, so that new colors lie on the same structure.

    Source: Rec. 601 luma; what a Gaussian of sigma 16 px takes away is kept.

    Args:
        image: (H, W, 3) uint8, the picture.
        answer: same shape.
    """
    detail = _detail(image) - _detail(answer)
    return np.clip(np.rint(answer + detail[:, :, np.newaxis]), 0, 255).astype(np.uint8)


def _detail(image: Pixels) -> NDArray[np.float32]:
    luma = Image.fromarray(image).convert("L")
    smooth = luma.filter(ImageFilter.GaussianBlur(_STRUCTURE_PX))
    return np.asarray(luma, np.float32) - np.asarray(smooth, np.float32)
