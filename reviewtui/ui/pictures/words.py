"""A picture in words, for a terminal that can show none: its size, its light, its colours, and what the caller knows.

Must not know what the caller's lines mean.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from reviewtui.model.geometry import PixelSize
from reviewtui.model.text import safe
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell, Rgb, glyphs, whole

COLOURS = 6
_CANDIDATES = 32
_SAMPLE_PX = 96
_KEY_CHARACTERS = 12
_ALIKE = 42.0
"""Colours nearer than this are called one; weighted distance, 0 to about 765."""

_LIGHT = ((36, "very dark"), (84, "dark"), (168, "medium bright"), (212, "bright"), (256, "very bright"))
_CONTRAST = ((14, "hardly any contrast"), (34, "low contrast"), (64, "medium contrast"), (256, "high contrast"))
_RATIOS = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 10), (16, 9), (2, 1), (21, 9))


class Colour(NamedTuple):
    """One of a picture's colours.

    Attributes:
        rgb: the colour.
        share: of the picture's area, 0 to 1.
    """

    rgb: Rgb
    share: float

    @property
    def hex(self) -> str:
        """Such as ``#a1b2c3``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


class Impression(NamedTuple):
    """What a picture looks like.

    Attributes:
        light: mean luma, 0 to 255.
        contrast: standard deviation of luma, 0 to 127.5.
        colours: at most six, the most common first.
    """

    light: float
    contrast: float
    colours: tuple[Colour, ...]

    @property
    def words(self) -> str:
        """Such as ``dark, low contrast``."""
        light = next(word for limit, word in _LIGHT if self.light < limit)
        return f"{light}, {next(word for limit, word in _CONTRAST if self.contrast < limit)}"


def impression_of(pixels: Pixels) -> Impression:
    """Look at a picture. Blocking, a few milliseconds. Call from a thread.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1; may be much smaller than the picture.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((_SAMPLE_PX, _SAMPLE_PX), Image.Resampling.BOX)
    sample = np.asarray(image)
    # Source: ITU-R BT.709, luma of gamma-encoded samples.
    luma = sample.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])
    return Impression(float(luma.mean()), float(luma.std()), _common_colours(image))


def _common_colours(image: Image.Image) -> tuple[Colour, ...]:
    """The most common colours, those that look alike being one."""
    few = image.quantize(_CANDIDATES, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(few).ravel(), minlength=len(palette))
    found: list[tuple[Rgb, int]] = []
    for number in np.argsort(-counts, kind="stable").tolist():
        red, green, blue = palette[number].tolist()
        rgb, count = (red, green, blue), int(counts[number])
        alike = next((at for at, (known, _) in enumerate(found) if _distance(known, rgb) < _ALIKE), None)
        if not count:
            continue
        if alike is None:
            found.append((rgb, count))
        else:
            found[alike] = (found[alike][0], found[alike][1] + count)
    found.sort(key=lambda one: -one[1])
    return tuple(Colour(rgb, count / (image.width * image.height)) for rgb, count in found[:COLOURS])


def _distance(first: Rgb, second: Rgb) -> float:
    """How different two colours look. Source: T. Riemersma, "Colour metric" (the redmean formula)."""
    mean = (first[0] + second[0]) / 2
    red, green, blue = (a - b for a, b in zip(first, second, strict=True))
    return math.sqrt((2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2)


def size_words(size: PixelSize) -> str:
    """Such as ``3840×2160 px, 16:9, 8.3 MP``."""
    ratio = next((f", {a}:{b}" for a, b in _RATIOS if abs(size.width / size.height / (a / b) - 1) < 0.005), "")
    upright = next((f", {b}:{a}" for a, b in _RATIOS[1:] if abs(size.height / size.width / (a / b) - 1) < 0.005), "")
    megapixels = size.area_px / 1e6
    return f"{size} px{ratio or upright}" + (f", {megapixels:.1f} MP" if megapixels >= 0.1 else "")


def word_rows(
    impression: Impression,
    *,
    size: PixelSize,
    key: str,
    lines: Sequence[str] = (),
    width: int,
    ink: Rgb,
    paper: Rgb,
) -> list[Sequence[Cell]]:
    """The picture's description as rows of cells, from the top: what is sure first, then the caller's lines.

    Args:
        impression: what it looks like.
        size: of the whole picture.
        key: hash of its content; its beginning is shown.
        lines: more to say, any text; what is longer than a row is continued in the next.
        width: of each row in cells, 1 or more.
        ink: colour of words.
        paper: colour behind them.
    """
    rows = [*_words(size_words(size), width, ink, paper), *_words(f"hash {key[:_KEY_CHARACTERS]}", width, ink, paper)]
    rows += _words(impression.words, width, ink, paper)
    rows += _colour_rows(impression.colours, width, ink, paper)
    for line in lines:
        rows += _words(line, width, ink, paper)
    return rows


def _colour_rows(colours: Sequence[Colour], width: int, ink: Rgb, paper: Rgb) -> list[Sequence[Cell]]:
    """Blocks of colour with their names behind, as many in a row as fit."""
    rows: list[list[Cell]] = [[]]
    for colour in colours:
        entry = [Cell(" ", colour.rgb, colour.rgb)] * 3
        entry += [Cell(glyph, ink, paper) for glyph in f" {colour.hex} {round(colour.share * 100)} %  "]
        if rows[-1] and len(rows[-1]) + len(entry) - 2 > width:
            rows.append([])
        rows[-1] += entry
    return [_filled(row, width, paper) for row in rows]


def _words(text: str, width: int, ink: Rgb, paper: Rgb) -> list[Sequence[Cell]]:
    """A line of words in as many rows as it takes, broken at spaces where there are any."""
    rows: list[list[str]] = [[]]
    for word in safe(text).split(" "):
        letters = glyphs(word)
        if rows[-1] and len(rows[-1]) + 1 + len(letters) > width:
            rows.append([])
        if rows[-1]:
            rows[-1].append(" ")
        while len(rows[-1]) + len(letters) > width:
            room = width - len(rows[-1])
            # A wide character is not torn apart.
            room -= bool(0 < room < len(letters) and not letters[room])
            rows[-1] += letters[:room]
            letters = letters[room:] if room or width > 1 else []
            rows.append([])
        rows[-1] += letters
    return [_filled([Cell(glyph, ink, paper) for glyph in row], width, paper) for row in rows if row or len(rows) == 1]


def _filled(cells: list[Cell], width: int, paper: Rgb) -> Sequence[Cell]:
    return whole([*cells[:width], *[Cell(" ", paper, paper)] * (width - len(cells))])
