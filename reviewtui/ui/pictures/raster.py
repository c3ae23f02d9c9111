"""How rectangles of pixels become text for a terminal whose pictures become part of the cells that they cover.

The contract of such a protocol, and its two implementations. Pure; must not place anything and must not know widgets.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PIL import Image

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.flattening import flattened
from reviewtui.ui.pictures.iterm2 import encode_iterm2, to_jpeg, to_jpeg_within, to_png
from reviewtui.ui.pictures.kitty.palette import quantized, refined, steadied
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE
from reviewtui.ui.pictures.placing import pixels_of
from reviewtui.ui.pictures.sixel import MAX_COLOURS, Grain, PaletteImage, encode_sixel, to_palette
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

XTERM_LIMIT_PX = PixelSize(1000, 1000)
"""Of one Sixel picture in xterm, unless its maxGraphicSize is raised; others draw more."""

XTERM_PIECES = 16
"""xterm keeps so many Sixel pictures, then takes the topmost one for the next, and shows a hole at the next expose."""

_FIRST_S, _SECOND_S = 0.09, 1.1
"""How long a line should be busy with a first and with a second look."""

AT_ONCE_S = 0.15
"""A picture that takes no longer needs no first look, which would only flicker."""

_PIECE_S, _LOOK_PIECE_S = 0.07, 0.1
"""How long a line is busy with a piece; each brings its colours, which a look has few bytes for."""

_LEAST_PIECE_BYTES, _LARGEST_PIECE_BYTES = 8_000, 200_000  # mintty drops a sequence of 1 MiB


def _within(seconds: float, bytes_per_s: float, least: int, most: int) -> int:
    """Bytes that a line carries in a time, but at least and at most so many."""
    return round(min(max(seconds * bytes_per_s, least), most))


def piece_bytes(bytes_per_s: float, seconds: float = _PIECE_S) -> int:
    """What a piece of a picture may take, so that a key is answered between two of them."""
    return _within(seconds, bytes_per_s, _LEAST_PIECE_BYTES, _LARGEST_PIECE_BYTES)


def pieces_for(size_bytes: float, bytes_per_s: float, seconds: float = _PIECE_S) -> int:
    """How many such pieces a picture takes."""
    return max(round(size_bytes / piece_bytes(bytes_per_s, seconds)), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture ready to be encoded in parts.

    Attributes:
        pixels: RGB, of whole cells.
        rung: number of the step.
        pieces: so many parts of it are short enough for keys to be answered in between.
        size_bytes: what all of it should take, where a rung has a limit; else 0.
        palette: its few colours, where a protocol has only these.
        ground_rgb: what stands around it.
    """

    pixels: Pixels
    rung: int
    pieces: int
    size_bytes: int = 0
    palette: PaletteImage | None = None
    ground_rgb: Rgb = (0, 0, 0)

    def share_bytes(self, part: Pixels) -> int:
        """What a part of it should take."""
        return round(self.size_bytes * part.size / self.pixels.size)


class RasterCode(Protocol):
    """A protocol that draws a rectangle of pixels at the cursor. Methods may be called from several threads at once."""

    @property
    def name(self) -> str:
        """What evidence and the status line call it."""
        ...

    @property
    def truths(self) -> tuple[str, ...]:
        """What each step, from the first look to the best picture, is to a reviewer."""
        ...

    @property
    def limit_px(self) -> PixelSize | None:
        """Largest picture of one sequence, or None."""
        ...

    @property
    def most_pieces(self) -> int | None:
        """Pictures that the terminal remembers at once, or None for any number."""
        ...

    @property
    def erases_beyond(self) -> bool:
        """Whether the terminal also erases the cells at the right of what is drawn."""
        ...

    def ladder(self, area_px: int, bytes_per_s: float) -> tuple[int, ...]:
        """The steps that are worth taking for a picture on a line; the best one is the last.

        Args:
            area_px: shown pixels.
            bytes_per_s: what the line carries.
        """
        ...

    def prepare(self, pixels: Pixels, rung: int, bytes_per_s: float, ground_rgb: Rgb = (0, 0, 0)) -> Prepared:
        """Do what is done once for a whole picture. Blocking. Call from a thread.

        Args:
            pixels: RGB, uint8, of whole cells.
            rung: index into ``truths``.
            bytes_per_s: what the line carries.
            ground_rgb: what stands around it.
        """
        ...

    def encode(self, prepared: Prepared, cells: CellRect, grain: PixelSize) -> str:
        """The sequence that draws some cells of it at the cursor. Blocking. Call from a thread.

        Args:
            prepared: the whole picture.
            cells: which part of it.
            grain: pixels of one cell.
        """
        ...

    def encode_small(self, pixels: Pixels, grain: PixelSize, bytes_per_s: float, ground_rgb: Rgb) -> str:
        """The sequence that draws a small picture at the cursor, at once good enough. Blocking. Call from a thread.

        Args:
            pixels: RGB, uint8, of whole cells.
            grain: pixels of one cell.
            bytes_per_s: what the line carries.
            ground_rgb: what stands around it.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Look:
    """A first or second look by Sixel: runs of few colours.

    Attributes:
        seconds: that the line may be busy with it.
        least_bytes: however slow the line is.
        most_bytes: however fast it is.
        colours: of the whole picture.
        run_bytes: what a run takes, about.
        across: pixels that are one from the beginning.
        down: pixels that are one from the beginning; see ``Grain``.
    """

    seconds: float
    least_bytes: int
    most_bytes: int
    colours: int
    run_bytes: float
    across: int
    down: int


_LOOKS = (_Look(_FIRST_S, 8_000, 40_000, 24, 8.0, 5, 6), _Look(_SECOND_S, 60_000, 400_000, 96, 5.5, 2, 2))
_SIXEL_BYTES_PER_PX = 0.65
_PALETTE_SAMPLE_PX = 300

_COLOURS_PER_SIDE, _LEAST_COLOURS = 0.4, 48
"""A part of a picture has colours of its own: so many for each pixel of the side of a square as large as it."""

_SMALL_COLOURS_PER_SIDE = 0.23
"""The same of a small picture on a slow line: 36.5 dB for 14 KB at 240×160, where 64 without runs take 18 KB."""

_TOLERANCE = 60.0
"""See ``palette.steadied``."""


_HASTY_BYTES_PER_S = 1_500_000
"""From this speed on a small picture may take as many bytes as it likes."""


@dataclass(frozen=True, slots=True)
class SixelCode:
    """Sixel: colours of a palette, first as runs of few colours.

    Attributes:
        limit_px: largest picture that the terminal draws.
        colours: its colour registers.
        most_pieces: see ``RasterCode``.
    """

    limit_px: PixelSize | None = XTERM_LIMIT_PX
    colours: int = MAX_COLOURS
    most_pieces: int | None = XTERM_PIECES
    name: str = field(default="sixel", init=False)
    truths: tuple[str, ...] = field(default=(PREVIEW, PREVIEW, PALETTE), init=False)
    erases_beyond: bool = field(default=False, init=False)

    def ladder(self, area_px: int, bytes_per_s: float) -> tuple[int, ...]:
        """See ``RasterCode.ladder``."""
        seconds = area_px * _SIXEL_BYTES_PER_PX / bytes_per_s
        if seconds <= AT_ONCE_S:
            return (2,)
        return (0, 2) if seconds <= 1.5 * _SECOND_S else (0, 1, 2)

    def prepare(self, pixels: Pixels, rung: int, bytes_per_s: float, ground_rgb: Rgb = (0, 0, 0)) -> Prepared:
        """See ``RasterCode.prepare``."""
        area_px = pixels.shape[0] * pixels.shape[1]
        if rung == len(_LOOKS):
            pieces = pieces_for(area_px * _SIXEL_BYTES_PER_PX, bytes_per_s)
            return Prepared(pixels, rung, pieces, ground_rgb=ground_rgb)
        look = _LOOKS[rung]
        size_bytes = _within(look.seconds, bytes_per_s, look.least_bytes, look.most_bytes)
        sample = Image.fromarray(np.ascontiguousarray(pixels))
        sample = sample.reduce(max(max(sample.size) // _PALETTE_SAMPLE_PX, 1))
        palette = to_palette(np.asarray(sample), min(self._most_colours, look.colours))
        pieces = pieces_for(size_bytes, bytes_per_s, _LOOK_PIECE_S)
        return Prepared(pixels, rung, pieces, size_bytes, palette, ground_rgb)

    @property
    def _most_colours(self) -> int:
        """Beside the one of the ground."""
        return max(min(self.colours, MAX_COLOURS) - 1, 2)

    def encode(self, prepared: Prepared, cells: CellRect, grain: PixelSize) -> str:
        """See ``RasterCode.encode``."""
        part = np.ascontiguousarray(pixels_of(prepared.pixels, cells, grain))
        if prepared.rung < len(_LOOKS):
            return _encode_look(part, prepared, _LOOKS[prepared.rung])
        return encode_sixel(self._in_few_colours(part), ground=prepared.ground_rgb)

    def _in_few_colours(self, part: Pixels, per_side: float = _COLOURS_PER_SIDE) -> PaletteImage:
        """Its own colours where it has few, else a palette for just this part: fewer and nearer ones than for all."""
        if Image.fromarray(part).getcolors(self._most_colours) is not None:
            return to_palette(part, self._most_colours)
        colours = max(round(per_side * float(part.shape[0] * part.shape[1]) ** 0.5), _LEAST_COLOURS)
        few = refined(part, quantized(part, min(colours, self._most_colours)))
        steady = steadied(part, few, _TOLERANCE)
        palette = np.array(steady.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
        return PaletteImage(np.asarray(steady), palette)

    def encode_small(self, pixels: Pixels, grain: PixelSize, bytes_per_s: float, ground_rgb: Rgb) -> str:
        """See ``RasterCode.encode_small``."""
        if bytes_per_s < _HASTY_BYTES_PER_S:
            return encode_sixel(self._in_few_colours(pixels, _SMALL_COLOURS_PER_SIDE), ground=ground_rgb)
        return encode_sixel(to_palette(pixels, self._most_colours), ground=ground_rgb)


def _encode_look(pixels: Pixels, whole: Prepared, look: _Look) -> str:
    """Part of a picture as runs of few colours."""
    assert whole.palette is not None
    colours = whole.palette.palette
    height, width = pixels.shape[:2]
    columns, rows = -(-width // look.across), -(-height // look.down)
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize((columns, rows), Image.Resampling.BOX)
    means, run_of = flattened(np.asarray(small), round(whole.share_bytes(pixels) / look.run_bytes))
    # Pillow finds the nearest of given colours only for a picture, and wants 256 of them.
    palette = np.zeros((MAX_COLOURS, 3), dtype=np.uint8)
    palette[:] = colours[0]
    palette[: len(colours)] = colours
    given = Image.new("P", (1, 1))
    given.putpalette(palette.tobytes())
    nearest = np.asarray(Image.fromarray(means).quantize(palette=given, dither=Image.Dither.NONE))[0]
    grain = Grain(look.across, look.down, width, height)
    return encode_sixel(PaletteImage(nearest[run_of], palette), grain, whole.ground_rgb)


_JPEG_FIRST_BYTES = (6_000, 60_000)
_JPEG_SECOND_BYTES = (60_000, 400_000)
_GOOD_QUALITY = 85
_SMALL_QUALITY = 80
_GOOD_BYTES_PER_PX, _EXACT_BYTES_PER_PX = 0.22, 2.0


@dataclass(frozen=True, slots=True)
class ItermCode:
    """The iTerm2 protocol: a small JPEG, what a second carries, a good JPEG, then every pixel exactly.

    Attributes:
        erases_beyond: as Konsole does, seen in 22.12.
    """

    erases_beyond: bool = False
    limit_px: PixelSize | None = field(default=None, init=False)
    most_pieces: int | None = field(default=None, init=False)
    name: str = field(default="iterm2", init=False)
    truths: tuple[str, ...] = field(default=(PREVIEW, PREVIEW, PREVIEW, TRUE), init=False)

    def ladder(self, area_px: int, bytes_per_s: float) -> tuple[int, ...]:
        """See ``RasterCode.ladder``."""
        if area_px * _EXACT_BYTES_PER_PX / bytes_per_s <= AT_ONCE_S:
            return (3,)
        seconds = area_px * _GOOD_BYTES_PER_PX / bytes_per_s
        if seconds <= AT_ONCE_S:
            return (2, 3)
        return (0, 2, 3) if seconds <= _SECOND_S else (0, 1, 2, 3)

    def prepare(self, pixels: Pixels, rung: int, bytes_per_s: float, ground_rgb: Rgb = (0, 0, 0)) -> Prepared:
        """See ``RasterCode.prepare``."""
        area_px = pixels.shape[0] * pixels.shape[1]
        if rung > 1:
            per_px = _GOOD_BYTES_PER_PX if rung == 2 else _EXACT_BYTES_PER_PX
            return Prepared(pixels, rung, pieces_for(area_px * per_px, bytes_per_s))
        seconds, limits = ((_FIRST_S, _JPEG_FIRST_BYTES), (_SECOND_S, _JPEG_SECOND_BYTES))[rung]
        size_bytes = _within(seconds, bytes_per_s, *limits)
        return Prepared(pixels, rung, pieces_for(size_bytes, bytes_per_s), size_bytes)

    def encode(self, prepared: Prepared, cells: CellRect, grain: PixelSize) -> str:
        """See ``RasterCode.encode``."""
        part = pixels_of(prepared.pixels, cells, grain)
        if prepared.rung < 2:
            file = to_jpeg_within(part, prepared.share_bytes(part))
        else:
            file = to_jpeg(part, _GOOD_QUALITY) if prepared.rung == 2 else to_png(part)
        return encode_iterm2(file.data, CellSize(cells.width, cells.height))

    def encode_small(self, pixels: Pixels, grain: PixelSize, bytes_per_s: float, ground_rgb: Rgb) -> str:
        """See ``RasterCode.encode_small``."""
        file = to_jpeg(pixels, _SMALL_QUALITY if bytes_per_s < _HASTY_BYTES_PER_S else _GOOD_QUALITY)
        height, width = pixels.shape[:2]
        return encode_iterm2(file.data, CellSize(width // grain.width, height // grain.height))
