"""From a first look to exact pixels: the steps in which a picture is sent, each within what the link can carry.

Source: fast octree without dithering gives the fewest bytes for a decibel of all palettes of Pillow; dithering costs
both. Must not know the terminal.
"""

import io
from base64 import standard_b64encode
from dataclasses import dataclass

import numpy as np
from PIL import Image

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

BASE64 = 4 / 3


@dataclass(frozen=True, slots=True)
class Rung:
    """One step.

    Attributes:
        options: (reduction, colours) to try in turn until the budget holds; colours 0 for exact pixels.
        truth: of its result.
        budget_s: seconds that it may take on the link; 0 for no limit.
        guess: bytes for each pixel of the full picture, about.
    """

    options: tuple[tuple[int, int], ...]
    truth: str
    budget_s: float
    guess: float


LADDER = (
    Rung(((8, 64), (10, 48), (12, 32)), PREVIEW, 0.16, 0.012),
    Rung(((2, 256), (2, 64), (3, 128), (4, 64)), PREVIEW, 1.1, 0.18),
    Rung(((1, 256), (1, 96), (1, 48)), PALETTE, 4.2, 0.45),
    Rung(((1, 0),), TRUE, 0.0, 2.4),
)
"""Every picture climbs it while it is looked at."""

_SOON_S = 0.2


def first_rung(size: PixelSize, bytes_per_s: float) -> int:
    """The lowest rung that is worth its bytes: the next one would take too long.

    Args:
        size: of the full picture.
        bytes_per_s: what the link carries.
    """
    for number in range(len(LADDER) - 1):
        if LADDER[number + 1].guess * size.area_px / bytes_per_s > _SOON_S:
            return number
    return len(LADDER) - 1


@dataclass(frozen=True, slots=True)
class Encoded:
    """A rung of one picture.

    Attributes:
        png: the file.
        payload: the same in base64.
        size: of the picture in it.
        truth: how true it is.
    """

    png: bytes
    payload: str
    size: PixelSize
    truth: str

    @classmethod
    def of(cls, png: bytes, size: PixelSize, truth: str) -> "Encoded":
        """Ready to be sent. Some milliseconds for a megabyte."""
        return cls(png, standard_b64encode(png).decode("ascii"), size, truth)


def encode_rung(pixels: Pixels, rung: Rung, bytes_per_s: float) -> Encoded:
    """A picture for a rung: the first option within the budget, or the last. Blocking. Call from a thread."""
    image = Image.fromarray(pixels)
    budget_bytes = rung.budget_s * bytes_per_s / BASE64
    data = b""
    size = image.size
    for reduction, colours in rung.options:
        small = image if reduction == 1 else image.reduce(reduction)
        size = small.size
        data = _png(small, colours)
        if not rung.budget_s or len(data) <= budget_bytes:
            break
    return Encoded.of(data, PixelSize(*size), rung.truth)


def exact_png(pixels: Pixels) -> bytes:
    """A small exact file. Blocking. Call from a thread."""
    return _png(Image.fromarray(np.ascontiguousarray(pixels)), 0)


def _png(image: Image.Image, colours: int) -> bytes:
    file = io.BytesIO()
    if colours:
        image = image.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(file, "PNG", compress_level=6)
    return file.getvalue()


def on_canvas(pixels: Pixels, size: PixelSize, color: Rgb) -> Pixels:
    """Pixels at the top left of a canvas of whole cells.

    Args:
        pixels: RGB, shape (height, width, 3).
        size: of the canvas.
        color: of what remains.
    """
    if pixels.shape[:2] == (size.height, size.width):
        return pixels
    canvas = np.empty((size.height, size.width, 3), np.uint8)
    canvas[:] = color
    canvas[: pixels.shape[0], : pixels.shape[1]] = pixels
    return canvas


def half_cell_colors(canvas: Pixels, columns: int, rows: int) -> Pixels:
    """Mean colours of the upper and lower half of every cell, shape (2 × rows, columns, 3): what marks are drawn on."""
    image = Image.fromarray(canvas).resize((columns, rows * 2), Image.Resampling.BOX)
    return np.asarray(image)
