"""The few tiny pictures that all overlays are made of, as PNG files: parts of them are placed, none is ever sent twice.

Two *bands* hold lines of every style, across and down: a frame is four cut-outs of them, and they need next to no
memory. Two *corners*, one with a line along its upper and left edge and one along its lower and right edge, make the
frames that are dragged of two cut-outs each. Lines are one dark and one light pixel, which read on any picture. Pure;
must not place or send.
"""

import io
from base64 import standard_b64encode
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.overlays import OverlayKind
from reviewtui.ui.pictures.strips import Rgb

Indices = NDArray[np.uint8]

_NOTHING, _DARK, _LIGHT, _ACCENT = range(4)
_DARK_RGBA = (16, 16, 16, 190)
_HATCH_ALPHA = 96
_UNIT_CELL_PX = 20
"""Height of a cell for which lines of single pixels are right; twice as high ones get two."""

HATCH_MOST = PixelSize(2048, 1536)
HANDLE_UNITS = 11
"""Side of the mark around the active pixel."""


class Style(IntEnum):
    """How a line looks."""

    SOLID = 0
    DASHED = 1
    DOTTED = 2
    STRONG = 3


STYLES: dict[OverlayKind, Style] = {
    OverlayKind.NOTE: Style.SOLID,
    OverlayKind.NOTE_FOCUSED: Style.STRONG,
    OverlayKind.MASK: Style.DASHED,
    OverlayKind.MASK_ACTIVE: Style.STRONG,
    OverlayKind.RING: Style.DOTTED,
    OverlayKind.CHANGED: Style.DASHED,
    OverlayKind.SUGGESTED: Style.DASHED,
    OverlayKind.LOCK: Style.SOLID,
}
"""``CORNER`` is no frame."""

_TILES: dict[Style, tuple[tuple[int, ...], ...]] = {
    Style.SOLID: ((_DARK,), (_LIGHT,)),
    Style.DASHED: ((_DARK,) * 8 + (_NOTHING,) * 4, (_LIGHT,) * 8 + (_NOTHING,) * 4),
    Style.DOTTED: ((_LIGHT,) * 3 + (_DARK,) * 2 + (_NOTHING,) * 3,),
    Style.STRONG: ((_DARK,), (_ACCENT,), (_ACCENT,)),
}
"""Lines from the outside inwards; what lies in a line is repeated along it."""


class Sheet(IntEnum):
    """Which picture; the value is its number among the reserved ids."""

    ACROSS = 1
    DOWN = 2
    STRONG_TOP_LEFT = 3
    STRONG_BOTTOM_RIGHT = 4
    DOTTED_TOP_LEFT = 5
    DOTTED_BOTTOM_RIGHT = 6
    HATCH = 7
    HANDLE = 8


CORNERS: dict[OverlayKind, tuple[Sheet, Sheet]] = {
    OverlayKind.MASK_ACTIVE: (Sheet.STRONG_TOP_LEFT, Sheet.STRONG_BOTTOM_RIGHT),
    OverlayKind.RING: (Sheet.DOTTED_TOP_LEFT, Sheet.DOTTED_BOTTOM_RIGHT),
}
"""For what is dragged, in the style of its kind."""

_MOST_CORNER_PX = 4_000_000
"""A corner takes four bytes of the terminal's memory for each pixel of the room."""


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What all sheets have in common.

    Attributes:
        room: the largest area that overlays stand on, in screen pixels.
        unit_px: width of the thinnest line.
        light: colour of quiet lines.
        accent: colour of the one that has the focus.
    """

    room: PixelSize
    unit_px: int
    light: Rgb
    accent: Rgb

    @property
    def reserve_px(self) -> int:
        """How much longer than the room lines are, so that a cut-out may begin anywhere in a pattern."""
        return 24 * self.unit_px

    @property
    def size(self) -> PixelSize:
        """Of a corner."""
        return PixelSize(self.room.width + self.reserve_px, self.room.height + self.reserve_px)

    @property
    def has_corners(self) -> bool:
        """Whether corners are worth their memory."""
        return self.size.area_px <= _MOST_CORNER_PX

    @property
    def hatch_px(self) -> int:
        """From one diagonal to the next, along a row."""
        return 16 * self.unit_px

    @property
    def hatch_size(self) -> PixelSize:
        """Of the hatching; larger areas take several."""
        step = self.hatch_px
        width, height = min(self.size.width, HATCH_MOST.width), min(self.size.height, HATCH_MOST.height)
        return PixelSize(-(-width // step) * step + step, -(-height // step) * step + step)

    def thickness_px(self, style: Style) -> int:
        """Of a line."""
        return len(_TILES[style]) * self.unit_px

    def period_px(self, style: Style) -> int:
        """After which a line repeats itself."""
        return len(_TILES[style][0]) * self.unit_px

    def band_px(self, style: Style, *, far: bool) -> int:
        """Where a line begins in a band.

        Args:
            style: of the line.
            far: for the lower or right edge, where the outside is on the other side.
        """
        before = sum(2 * self.thickness_px(one) for one in Style if one < style)
        return before + (self.thickness_px(style) if far else 0)

    @property
    def bands_px(self) -> int:
        """Width of a band, with an empty line at its end."""
        return sum(2 * self.thickness_px(one) for one in Style) + 1


def unit_for(cell: PixelSize) -> int:
    """Width of the thinnest line on a screen with such cells."""
    return max(round(cell.height / _UNIT_CELL_PX), 1)


def empty_px(sheet: Sheet, look: SheetLook) -> tuple[int, int]:
    """A pixel (x, y) that shows nothing: a placement of it is out of the way."""
    if sheet in (Sheet.STRONG_TOP_LEFT, Sheet.DOTTED_TOP_LEFT):
        return look.size.width - 1, look.size.height - 1
    if sheet is Sheet.ACROSS:
        return 0, look.bands_px - 1
    if sheet is Sheet.DOWN:
        return look.bands_px - 1, 0
    if sheet is Sheet.HATCH:
        return look.hatch_px // 2, 0
    middle = HANDLE_UNITS * look.unit_px // 2
    return (middle, middle) if sheet is Sheet.HANDLE else (0, 0)


def sheet_payload(sheet: Sheet, look: SheetLook) -> str:
    """A sheet as a PNG file in base64. Blocking, some milliseconds. Call from a thread."""
    light, accent = (*look.light, 255), (*look.accent, 255)
    if sheet is Sheet.HATCH:
        light = (*look.light, _HATCH_ALPHA)
        return _png(_hatch(look), (light, (*_DARK_RGBA[:3], _HATCH_ALPHA), accent))
    return _png(_drawn(sheet, look), (_DARK_RGBA, light, accent))


def _drawn(sheet: Sheet, look: SheetLook) -> Indices:
    if sheet is Sheet.ACROSS:
        return _bands(look, look.size.width)
    if sheet is Sheet.DOWN:
        return np.ascontiguousarray(_bands(look, look.size.height).T)
    if sheet is Sheet.HANDLE:
        return _handle(look.unit_px)
    kind = next(one for one, pair in CORNERS.items() if sheet in pair)
    corner = _corner(STYLES[kind], look)
    return corner if sheet is CORNERS[kind][0] else np.ascontiguousarray(corner[::-1, ::-1])


def _line(style: Style, unit_px: int, length_px: int) -> Indices:
    """Shape (thickness, length); the outside is the first row."""
    tile = np.array(_TILES[style], np.uint8).repeat(unit_px, axis=0).repeat(unit_px, axis=1)
    result: Indices = np.tile(tile, (1, -(-length_px // tile.shape[1])))[:, :length_px]
    return result


def _bands(look: SheetLook, length_px: int) -> Indices:
    rows: list[Indices] = []
    for style in Style:
        line = _line(style, look.unit_px, length_px)
        rows += [line, line[::-1]]
    return np.concatenate([*rows, np.zeros((1, length_px), np.uint8)])


def _corner(style: Style, look: SheetLook) -> Indices:
    size = look.size
    drawn = np.zeros((size.height, size.width), np.uint8)
    across, down = _line(style, look.unit_px, size.width), _line(style, look.unit_px, size.height)
    for depth in range(look.thickness_px(style)):
        drawn[depth, depth:] = across[depth, : size.width - depth]
        drawn[depth:, depth] = down[depth, : size.height - depth]
    return drawn


def _hatch(look: SheetLook) -> Indices:
    size, step, unit = look.hatch_size, look.hatch_px, look.unit_px
    phase = np.add.outer(np.arange(size.height), np.arange(size.width)) % step
    return np.where(phase < unit, _DARK, np.where(phase < 2 * unit, _LIGHT, _NOTHING)).astype(np.uint8)


def _handle(unit_px: int) -> Indices:
    """A square of two lines around the pixel that is meant, which is left as it is."""
    small = np.zeros((HANDLE_UNITS, HANDLE_UNITS), np.uint8)
    for inset, index in ((0, _DARK), (1, _ACCENT), (2, _ACCENT), (3, _DARK), (4, _NOTHING)):
        small[inset : HANDLE_UNITS - inset, inset : HANDLE_UNITS - inset] = index
    return small.repeat(unit_px, axis=0).repeat(unit_px, axis=1)


def _png(indices: Indices, colors: tuple[tuple[int, ...], ...]) -> str:
    image = Image.fromarray(indices, "P")
    image.putpalette([0, 0, 0, *(channel for color in colors for channel in color[:3])])
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=9, transparency=bytes([0, *(color[3] for color in colors)]))
    return standard_b64encode(file.getvalue()).decode("ascii")
