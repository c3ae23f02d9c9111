"""Sixel: a picture of few colours as text that a terminal draws. Pure functions.

Source: DEC, VT330/VT340 Programmer Reference Manual, volume 2, chapter 14, for the format; xterm's ``ctlseqs`` for the
limits. Must not place pictures, and must not know widgets or the terminal: see ``encoded`` and ``placing``.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.ui.pictures.source import Pixels

Indices = NDArray[np.uint8]
"""Palette indices, shape (height, width)."""

MAX_COLOURS = 256
"""Colours of one picture; few terminals have more registers, and indices fit into a byte."""

_BAND_PX = 6
_SORTED_AT_ONCE_PX = 120_000
"""Pixels worked on in one go: bounds memory and the time during which nothing else gets the interpreter."""

_EMPTY = ord("?")
_DIGITS = (1000, 100, 10, 1)


class PaletteImage(NamedTuple):
    """A picture of few colours.

    Attributes:
        indices: uint8, shape (height, width), each below ``len(palette)``.
        palette: RGB, uint8, shape (colours, 3), at most 256 colours.
    """

    indices: Indices
    palette: NDArray[np.uint8]

    @property
    def rgb(self) -> Pixels:
        """The pixels that it stands for, shape (height, width, 3)."""
        result: Pixels = self.palette[self.indices]
        return result


def to_palette(pixels: Pixels, colours: int = MAX_COLOURS) -> PaletteImage:
    """Reduce a picture to few colours by octree, without dithering. Blocking. Call from a thread.

    A picture that has no more colours than allowed keeps them exactly. Colours that a terminal cannot tell apart, whose
    channels have 101 steps, are one.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), at least 1×1.
        colours: 2 to 256.

    Raises:
        ValueError: another number of colours.
    """
    if not 2 <= colours <= MAX_COLOURS:
        raise ValueError(f"a palette has 2 to {MAX_COLOURS} colours, not {colours}")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    exact = image.getcolors(colours)
    if exact is not None:
        return _exactly(pixels)
    few = image.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    return PaletteImage(np.asarray(few), palette)


def _exactly(pixels: Pixels) -> PaletteImage:
    """A picture of at most 256 colours with just these."""
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    values, inverse = np.unique(packed, return_inverse=True)
    palette = np.stack([values >> 16, (values >> 8) & 255, values & 255], axis=1).astype(np.uint8)
    return PaletteImage(inverse.reshape(packed.shape).astype(np.uint8), palette)


def percent(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours in the unit of Sixel, 0 to 100 for each channel."""
    return np.round(palette.astype(np.float32) * (100 / 255)).astype(np.uint8)


def encode_sixel(image: PaletteImage) -> str:
    """One Sixel picture, from its introducer to its terminator. Blocking. Call from a thread.

    Colours are numbered from 0 in the order of their use, and each is selected where it is defined, since xterm 379
    paints in the wrong one otherwise. Pixels are all drawn, nothing is left out; there is no newline at the end, so a
    terminal has no reason to scroll.

    Args:
        image: at least 1×1.
    """
    used = np.flatnonzero(np.bincount(image.indices.ravel(), minlength=len(image.palette)))
    # Counting the colours that are used from 0 up makes their numbers short, and a terminal with few registers happy.
    renumber = np.zeros(256, dtype=np.uint8)
    renumber[used] = np.arange(len(used), dtype=np.uint8)
    indices = renumber[image.indices]
    height, width = indices.shape
    # 0;1: square pixels, and pixels that are not drawn stay as they are. Raster attributes give the size beforehand.
    head = f'\x1bP0;1;0q"1;1;{width};{height}'
    colours = "".join(
        f"#{number};2;{red};{green};{blue}#{number}"
        for number, (red, green, blue) in enumerate(percent(image.palette[used]).tolist())
    )
    body = b"-".join(_bands(indices, len(used)))
    return head + colours + body.decode("ascii") + "\x1b\\"


def _bands(indices: Indices, colours: int) -> Iterator[bytes]:
    """Bands of six rows, several in one piece, without the separator between pieces."""
    height, width = indices.shape
    rows = max(_SORTED_AT_ONCE_PX // (width * _BAND_PX), 1) * _BAND_PX
    for top in range(0, height, rows):
        yield _encode_rows(indices[top : top + rows], colours)


class _Runs(NamedTuple):
    """Columns with the same six pixels of one colour; sorted by band, colour and place.

    Attributes:
        line: band × colours + colour.
        start: first column.
        length: number of columns.
        bits: which of the six rows are drawn.
    """

    line: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    bits: NDArray[np.uint8]


def _encode_rows(indices: Indices, colours: int) -> bytes:
    """Whole bands; the last one may have fewer than six rows."""
    runs = _runs(indices, colours)
    line_changes = np.ones(len(runs.line), dtype=bool)
    line_changes[1:] = runs.line[1:] != runs.line[:-1]
    ends = runs.start + runs.length
    gap = runs.start.copy()
    gap[1:] -= np.where(line_changes[1:], 0, ends[:-1])
    band, colour = np.divmod(runs.line, colours)
    new_band = np.zeros(len(band), dtype=bool)
    new_band[1:] = band[1:] != band[:-1]
    # What each run writes: [$ or -][#colour][empty columns][columns]; all places are known before a byte is written.
    separator = line_changes.copy()
    separator[0] = False
    select_bytes = np.where(line_changes, 1 + _digits(colour), 0)
    gap_bytes, run_bytes = _repeat_bytes(gap), _repeat_bytes(runs.length)
    total = separator + select_bytes + gap_bytes + run_bytes
    at = np.cumsum(total) - total
    out = np.empty(int(total.sum()), dtype=np.uint8)
    out[at[separator]] = np.where(new_band[separator], ord("-"), ord("$"))
    at += separator
    _put_number(out, at[line_changes], ord("#"), colour[line_changes])
    at += select_bytes
    _put_repeated(out, at, gap, np.full(len(gap), _EMPTY, dtype=np.uint8))
    at += gap_bytes
    _put_repeated(out, at, runs.length, runs.bits + np.uint8(_EMPTY))
    return out.tobytes()


def _runs(indices: Indices, colours: int) -> _Runs:
    height, width = indices.shape
    rows = np.arange(height, dtype=np.int64)
    # One number for each pixel, which sorts by band, colour, column and row.
    keys = (rows // _BAND_PX * colours)[:, np.newaxis] + indices
    keys = ((keys * width + np.arange(width)) << 3) | (rows % _BAND_PX)[:, np.newaxis]
    ordered = np.sort(keys, axis=None)
    column = ordered >> 3
    first = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    bits = np.bitwise_or.reduceat(np.left_shift(1, ordered & 7).astype(np.uint8), first)
    column = column[first]
    line, x = np.divmod(column, width)
    begins = np.ones(len(column), dtype=bool)
    begins[1:] = (column[1:] != column[:-1] + 1) | (bits[1:] != bits[:-1]) | (x[1:] == 0)
    at = np.flatnonzero(begins)
    length = np.diff(np.append(at, len(column)))
    return _Runs(line[at], x[at], length, bits[at])


def _digits(number: NDArray[np.int64]) -> NDArray[np.int64]:
    """Decimal digits of numbers below 10 000."""
    return 1 + (number >= 10) + (number >= 100) + (number >= 1000)


def _repeat_bytes(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bytes for a character ``count`` times: itself up to three times, then ``!``, the number and itself."""
    return np.where(count <= 3, count, 2 + _digits(count))


def _put_number(out: NDArray[np.uint8], at: NDArray[np.int64], sign: int, number: NDArray[np.int64]) -> None:
    """Write a sign and a number at each place."""
    out[at] = sign
    at = at + 1
    for unit in _DIGITS:
        has = number >= unit if unit > 1 else np.ones(len(number), dtype=bool)
        out[at[has]] = ord("0") + number[has] // unit % 10
        at = at + has


def _put_repeated(
    out: NDArray[np.uint8], at: NDArray[np.int64], count: NDArray[np.int64], character: NDArray[np.uint8]
) -> None:
    """Write characters, each as often as it is counted."""
    for place in range(3):
        has = (count > place) & (count <= 3)
        out[at[has] + place] = character[has]
    long = count > 3
    _put_number(out, at[long], ord("!"), count[long])
    out[at[long] + 1 + _digits(count[long])] = character[long]
