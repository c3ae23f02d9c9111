"""How rectangles of pixels become text for a terminal whose pictures become part of the cells that they cover.

The contract of such a protocol, and its two implementations. Pure; must not place anything and must not know widgets.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.iterm2 import encode_iterm2, to_jpeg, to_jpeg_within, to_png
from reviewtui.ui.pictures.painter import PALETTE, PREVIEW, TRUE
from reviewtui.ui.pictures.placing import pixels_of
from reviewtui.ui.pictures.sixel import MAX_COLOURS, PaletteImage, encode_sixel, to_palette
from reviewtui.ui.pictures.source import Pixels

XTERM_LIMIT_PX = PixelSize(1000, 1000)
"""Of one Sixel picture in xterm, unless its maxGraphicSize is raised; others draw more."""

XTERM_PIECES = 16
"""xterm forgets its oldest Sixel picture beyond so many, and shows a hole at the next expose."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step from a first look to the best picture.

    Attributes:
        truth: what it is to a reviewer.
        piece_px: so many pixels go into one sequence; keys are echoed between two of them.
    """

    truth: str
    piece_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture ready to be encoded in parts.

    Attributes:
        pixels: RGB, of whole cells.
        rung: number of the step.
        palette: its few colours, where a protocol has only these.
    """

    pixels: Pixels
    rung: int
    palette: PaletteImage | None = None


class RasterCode(Protocol):
    """A protocol that draws a rectangle of pixels at the cursor. Methods may be called from several threads at once."""

    @property
    def name(self) -> str:
        """What evidence and the status line call it."""
        ...

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """From the first look to the best, at least one."""
        ...

    @property
    def limit_px(self) -> PixelSize | None:
        """Largest picture of one sequence, or None."""
        ...

    @property
    def most_pieces(self) -> int | None:
        """Pictures that the terminal remembers at once, or None for any number."""
        ...

    def prepare(self, pixels: Pixels, rung: int) -> Prepared:
        """Do what is done once for a whole picture. Blocking. Call from a thread.

        Args:
            pixels: RGB, uint8, of whole cells.
            rung: index into ``rungs``.
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


@dataclass(frozen=True, slots=True)
class SixelCode:
    """Sixel: colours of a palette, first in coarse squares.

    Attributes:
        limit_px: largest picture that the terminal draws.
        colours: its colour registers.
        most_pieces: see ``RasterCode``.
    """

    limit_px: PixelSize | None = XTERM_LIMIT_PX
    colours: int = MAX_COLOURS
    most_pieces: int | None = XTERM_PIECES
    name: str = field(default="sixel", init=False)
    rungs: tuple[Rung, ...] = field(default=(Rung(PREVIEW, 1 << 30), Rung(PALETTE, 40_000)), init=False)

    def prepare(self, pixels: Pixels, rung: int) -> Prepared:
        """See ``RasterCode.prepare``."""
        if rung == 0:
            return Prepared(pixels, rung, _coarse(pixels, min(self.colours, _COARSE_COLOURS)))
        return Prepared(pixels, rung, to_palette(pixels, min(self.colours, MAX_COLOURS)))

    def encode(self, prepared: Prepared, cells: CellRect, grain: PixelSize) -> str:
        """See ``RasterCode.encode``."""
        assert prepared.palette is not None
        indices, palette = prepared.palette
        left, top = cells.x * grain.width, cells.y * grain.height
        part = indices[top : top + cells.height * grain.height, left : left + cells.width * grain.width]
        return encode_sixel(PaletteImage(part, palette))


_COARSE_PX = 12
"""Sides of the squares of a first look: whole bands, so that each square is one run in each."""

_COARSE_COLOURS = 24


def _coarse(pixels: Pixels, colours: int) -> PaletteImage:
    """A picture of squares, each of one colour."""
    from PIL import Image

    height, width = pixels.shape[:2]
    small = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(_COARSE_PX))
    image = to_palette(small, colours)
    indices = image.indices.repeat(_COARSE_PX, axis=0).repeat(_COARSE_PX, axis=1)
    return PaletteImage(indices[:height, :width], image.palette)


_PREVIEW_BYTES = 16_000
_GOOD_QUALITY = 85


@dataclass(frozen=True, slots=True)
class ItermCode:
    """The iTerm2 protocol: a small JPEG, a good JPEG, then every pixel exactly."""

    limit_px: PixelSize | None = field(default=None, init=False)
    most_pieces: int | None = field(default=None, init=False)
    name: str = field(default="iterm2", init=False)
    rungs: tuple[Rung, ...] = field(
        default=(Rung(PREVIEW, 1 << 30), Rung(PREVIEW, 150_000), Rung(TRUE, 30_000)), init=False
    )

    def prepare(self, pixels: Pixels, rung: int) -> Prepared:
        """See ``RasterCode.prepare``."""
        return Prepared(pixels, rung)

    def encode(self, prepared: Prepared, cells: CellRect, grain: PixelSize) -> str:
        """See ``RasterCode.encode``."""
        part = pixels_of(prepared.pixels, cells, grain)
        if prepared.rung == 0:
            file = to_jpeg_within(part, _PREVIEW_BYTES)
        else:
            file = to_jpeg(part, _GOOD_QUALITY) if prepared.rung == 1 else to_png(part)
        return encode_iterm2(file.data, CellSize(cells.width, cells.height))
