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
from reviewtui.ui.pictures.strips import Rgb

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


class Grain(NamedTuple):
    """What one index of a picture stands for on the screen.

    Attributes:
        across: pixels, 1 or more.
        down: pixels; 1, 2, 3 or 6, so that it never crosses a band.
        width: of the whole picture in pixels; the last column of indices may be narrower.
        height: of the whole picture in pixels.
    """

    across: int
    down: int
    width: int
    height: int


def encode_sixel(image: PaletteImage, grain: Grain | None = None, ground: Rgb | None = None) -> str:
    """One Sixel picture, from its introducer to its terminator. Blocking. Call from a thread.

    Colours are numbered from 0 in the order of their use, and each is selected where it is defined, since xterm 379
    paints in the wrong one otherwise. Pixels are all drawn, nothing is left out; there is no newline at the end, so a
    terminal has no reason to scroll.

    Args:
        image: at least 1×1.
        grain: when an index stands for several pixels; None for one.
        ground: colour of register 0, which nothing is drawn with; then at most 255 others. tmux 3.5 and Konsole 22.12
            fill with it what a height that is no multiple of six leaves over. None for no such register.
    """
    rows, columns = image.indices.shape
    grain = grain or Grain(1, 1, columns, rows)
    used = np.flatnonzero(np.bincount(image.indices.ravel(), minlength=len(image.palette)))
    # Counting the colours that are used from 0 up makes their numbers short, and a terminal with few registers happy.
    renumber = np.zeros(256, dtype=np.uint8)
    first = 0 if ground is None else 1
    renumber[used] = np.arange(first, first + len(used), dtype=np.uint8)
    # 0;1: square pixels, and pixels that are not drawn stay as they are. Raster attributes give the size beforehand.
    head = f'\x1bP0;1;0q"1;1;{grain.width};{grain.height}'
    shades = image.palette[used] if ground is None else np.concatenate([[ground], image.palette[used]])
    colours = "".join(
        f"#{number};2;{red};{green};{blue}#{number}"
        for number, (red, green, blue) in enumerate(percent(shades).tolist())
    )
    body = b"-".join(_bands(renumber[image.indices], len(shades), grain))
    return head + colours + body.decode("ascii") + "\x1b\\"


def _bands(indices: Indices, colours: int, grain: Grain) -> Iterator[bytes]:
    """Bands of six rows, several in one piece, without the separator between pieces."""
    height, width = indices.shape
    in_band = _BAND_PX // grain.down
    rows = max(_SORTED_AT_ONCE_PX // (width * in_band), 1) * in_band
    for top in range(0, height, rows):
        part = grain._replace(height=grain.height - top * grain.down)
        yield _encode_rows(indices[top : top + rows], colours, part)


class _Runs(NamedTuple):
    """Columns with the same six pixels of one colour; sorted by band, colour and place.

    Attributes:
        band: number from the top.
        colour: number.
        start: first column.
        length: number of columns.
        bits: which of the six rows are drawn.
    """

    band: NDArray[np.int64]
    colour: NDArray[np.int64]
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    bits: NDArray[np.uint8]

    @property
    def begins_line(self) -> NDArray[np.bool_]:
        """Where another colour or band begins."""
        result = np.ones(len(self.band), dtype=bool)
        result[1:] = (self.band[1:] != self.band[:-1]) | (self.colour[1:] != self.colour[:-1])
        return result

    def gaps(self) -> NDArray[np.int64]:
        """Columns that each run leaves out before it."""
        gap = self.start.copy()
        gap[1:] -= np.where(self.begins_line[1:], 0, (self.start + self.length)[:-1])
        return gap


def _encode_rows(indices: Indices, colours: int, grain: Grain) -> bytes:
    """Whole bands; the last one may have fewer than six rows.

    Args:
        indices: colours numbered from 0 without a hole.
        colours: how many.
        grain: its height is that of these rows and of all that follow.
    """
    runs = _filled(_runs(indices, colours, grain), colours, grain)
    line_changes, gap = runs.begins_line, runs.gaps()
    new_band = np.zeros(len(runs.band), dtype=bool)
    new_band[1:] = runs.band[1:] != runs.band[:-1]
    # What each run writes: [$ or -][#colour][empty columns][columns]; all places are known before a byte is written.
    separator = line_changes.copy()
    separator[0] = False
    select_bytes = np.where(line_changes, 1 + _digits(runs.colour), 0)
    gap_bytes, run_bytes = _repeat_bytes(gap), _repeat_bytes(runs.length)
    total = separator + select_bytes + gap_bytes + run_bytes
    at = np.cumsum(total) - total
    out = np.empty(int(total.sum()), dtype=np.uint8)
    out[at[separator]] = np.where(new_band[separator], ord("-"), ord("$"))
    at += separator
    _put_number(out, at[line_changes], ord("#"), runs.colour[line_changes])
    at += select_bytes
    _put_repeated(out, at, gap, np.full(len(gap), _EMPTY, dtype=np.uint8))
    at += gap_bytes
    _put_repeated(out, at, runs.length, runs.bits + np.uint8(_EMPTY))
    return out.tobytes()


def _runs(indices: Indices, colours: int, grain: Grain) -> _Runs:
    height, width = indices.shape
    in_band = _BAND_PX // grain.down
    rows = np.arange(height, dtype=np.int64)
    # One number for each pixel, which sorts by band, colour, column and row.
    keys = (rows // in_band * colours)[:, np.newaxis] + indices
    keys = ((keys * width + np.arange(width)) << 3) | (rows % in_band)[:, np.newaxis]
    ordered = np.sort(keys, axis=None)
    column = ordered >> 3
    first = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    one = (1 << grain.down) - 1
    bits = np.bitwise_or.reduceat(np.left_shift(one, (ordered & 7) * grain.down).astype(np.uint8), first)
    column = column[first]
    line, x = np.divmod(column, width)
    begins = np.ones(len(column), dtype=bool)
    begins[1:] = (column[1:] != column[:-1] + 1) | (bits[1:] != bits[:-1]) | (x[1:] == 0)
    at = np.flatnonzero(begins)
    length = np.diff(np.append(at, len(column)))
    band, colour = np.divmod(line[at], colours)
    start = x[at] * grain.across
    end = np.minimum((x[at] + length) * grain.across, grain.width)
    return _Runs(band, colour, start, end - start, bits[at] & _rows_of(band, grain))


def _rows_of(band: NDArray[np.int64], grain: Grain) -> NDArray[np.uint8]:
    """Bits of the rows that bands have; the last one may have fewer than six."""
    rows = np.clip(grain.height - band * _BAND_PX, 0, _BAND_PX)
    result: NDArray[np.uint8] = ((1 << rows) - 1).astype(np.uint8)
    return result


def _filled(runs: _Runs, colours: int, grain: Grain) -> _Runs:
    """In each band the colour that costs most fills it whole, before the others are drawn over it.

    Its many runs and the gaps between them become one run.
    """
    costs = _repeat_bytes(runs.gaps()) + _repeat_bytes(runs.length)
    bands = int(runs.band[-1]) + 1
    by_colour = np.bincount(runs.band * colours + runs.colour, costs, bands * colours).reshape(bands, colours)
    ground = by_colour.argmax(axis=1)
    rest = _Runs(*(part[runs.colour != ground[runs.band]] for part in runs))
    at = np.searchsorted(rest.band, np.arange(bands))
    whole = np.full(bands, grain.width)
    return _Runs(
        np.insert(rest.band, at, np.arange(bands)),
        np.insert(rest.colour, at, ground),
        np.insert(rest.start, at, 0),
        np.insert(rest.length, at, whole),
        np.insert(rest.bits, at, _rows_of(np.arange(bands), grain)),
    )


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
