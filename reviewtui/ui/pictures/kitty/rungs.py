"""From a first look to exact pixels: the steps in which a picture is sent, each within what the link can carry.

A step has a budget: what the link carries until the reviewer should see it. A picture that is too busy for it first
gets longer runs of one colour (see ``palette``), then less scale: below some tolerance a smaller picture has more
decibels for its bytes than one of fewer colours or with streaks. Must not know the terminal.
"""

from base64 import standard_b64encode
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PIL import Image

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.kitty.palette import png, quantized, recolored, refined, steadied
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

BASE64 = 4 / 3
_FRAMING = 1.02
"""What the commands and the questions between them add."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step.

    Attributes:
        reductions: of the scale, to try in turn until the budget holds.
        colours: of the palette; 0 for exact pixels.
        truth: of its result.
        budget_s: seconds that it may take on the link; 0 for no limit.
        guess: bytes on the link for each pixel of the full picture, about.
    """

    reductions: tuple[Fraction, ...]
    colours: int
    truth: str
    budget_s: float
    guess: float


_FULL = Fraction(1)

LADDER = (
    Rung(tuple(map(Fraction, (8, 10, 12, 16))), 64, PREVIEW, 0.12, 0.012),
    Rung((Fraction(2), Fraction(5, 2), Fraction(3), Fraction(4)), 256, PREVIEW, 1.1, 0.12),
    Rung((_FULL, Fraction(5, 4), Fraction(3, 2), Fraction(2)), 256, PALETTE, 4.2, 0.36),
    Rung((_FULL,), 0, TRUE, 0.0, 2.4),
)
"""Every picture climbs it while it is looked at: with 80 ms there and back, the first three are on the screen after
0.3, 1.5 and 6 s, whatever the link carries from 1 Mbit/s on."""

_SOON_S = 0.2
_LEAST_TOLERANCE, _MOST_TOLERANCE = 60.0, 200.0
"""The least one costs hardly a decibel; beyond the most, flat parts show streaks."""

_SHRINKS = ((60.0, 1.0), (100.0, 0.93), (200.0, 0.80))
"""Bytes for some tolerances against those of the least, about; photographs differ little in this."""

_HASTY_BYTES_PER_S = 1_500_000
"""From this speed on the link carries more in the time than longer runs and better packing would spare."""


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
    """A picture for a rung: the best within the budget, or the smallest. Blocking. Call from a thread."""
    if not rung.colours:
        return Encoded.of(exact_png(pixels), PixelSize(pixels.shape[1], pixels.shape[0]), rung.truth)
    budget_bytes = rung.budget_s * bytes_per_s / BASE64 / _FRAMING
    small, data = pixels, b""
    for reduction in rung.reductions:
        small = _reduced(pixels, reduction)
        if bytes_per_s >= _HASTY_BYTES_PER_S:
            data = png(quantized(small, rung.colours), 6)
        else:
            data = _within(small, rung.colours, budget_bytes)
        if len(data) <= budget_bytes:
            break
    return Encoded.of(data, PixelSize(small.shape[1], small.shape[0]), rung.truth)


def encode_part(pixels: Pixels, truth: str, bytes_per_s: float) -> Encoded:
    """A part that is laid over a picture, of some truth; provisional ones are soon there. Blocking, for a thread."""
    size = PixelSize(pixels.shape[1], pixels.shape[0])
    if truth == TRUE or bytes_per_s >= _HASTY_BYTES_PER_S:
        return Encoded.of(exact_png(pixels), size, truth)
    budget_s = _SOON_S if truth == PREVIEW else LADDER[1].budget_s
    budget_bytes = budget_s * bytes_per_s / BASE64 / _FRAMING
    return Encoded.of(_within(pixels, 256, budget_bytes), size, truth)


def _within(pixels: Pixels, colours: int, budget_bytes: float) -> bytes:
    """A palette picture with as long runs as the budget wants, if they are not too long."""
    image = refined(pixels, quantized(pixels, colours))
    data = png(_steady(pixels, image, _LEAST_TOLERANCE), 6)
    share = budget_bytes / len(data)
    if share >= 1 or share < _SHRINKS[-1][1]:
        return data
    # A little more than is needed, since the relation is not exact.
    tolerances, shares = zip(*reversed(_SHRINKS), strict=True)
    tolerance = float(np.interp(share * 0.98, shares, tolerances))
    return png(_steady(pixels, image, min(tolerance, _MOST_TOLERANCE)), 9)


def _steady(pixels: Pixels, image: Image.Image, tolerance: float) -> Image.Image:
    return recolored(pixels, steadied(pixels, image, tolerance))


def _reduced(pixels: Pixels, reduction: Fraction) -> Pixels:
    if reduction == 1:
        return pixels
    image = Image.fromarray(pixels)
    if reduction.denominator == 1:
        return np.asarray(image.reduce(int(reduction)))
    size = (max(round(image.width / reduction), 1), max(round(image.height / reduction), 1))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def exact_png(pixels: Pixels) -> bytes:
    """A small exact file. Blocking. Call from a thread."""
    return png(Image.fromarray(np.ascontiguousarray(pixels)), 6)


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
