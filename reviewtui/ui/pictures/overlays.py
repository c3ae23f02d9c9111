"""Frames, labels and corners drawn over a picture, as cells.

A frame stands on the cells around its region, so that the region itself stays as it is; only at the picture's edge it
moves inward. Must not redraw pictures and must not know what a frame means to the reviewer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from reviewtui.model.geometry import CellRect, PixelRect
from reviewtui.model.text import safe
from reviewtui.ui.pictures.strips import Cell, Rgb, glyphs
from reviewtui.ui.pictures.viewport import Viewport


class OverlayKind(StrEnum):
    """What a frame looks like.

    ``MASK_ACTIVE`` is the region being drawn, ``RING`` where the soft edge of a fix ends, ``CORNER`` the pixel
    under the cursor, ``CHANGED`` an area that differs from another version, ``SUGGESTED`` one that may be taken as a
    mask, ``LOCK`` what no fix may touch: hatched.
    """

    NOTE = "note"
    NOTE_FOCUSED = "note-focused"
    MASK = "mask"
    MASK_ACTIVE = "mask-active"
    RING = "ring"
    CORNER = "corner"
    CHANGED = "changed"
    SUGGESTED = "suggested"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Overlay:
    """One frame.

    Attributes:
        rect: region in picture pixels; for ``CORNER`` the pixel under the cursor.
        kind: its look.
        label: words in its top border.
        number: printed before the label, or None.
    """

    rect: PixelRect
    kind: OverlayKind = OverlayKind.NOTE
    label: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What an overlay puts into one cell; the colour behind it comes from the picture.

    Attributes:
        glyph: one character; empty for the second half of a wide one.
        kind: chooses the colour.
        bold: whether it is bold.
        badge: drawn the other way round, dark on the overlay's colour.
        plate: on a dark of its own instead of the picture's: words that are read, in one look for all their cells.
    """

    glyph: str
    kind: OverlayKind
    bold: bool = False
    badge: bool = False
    plate: bool = False


_THIN = "┌─┐│└┘"
_BORDERS: dict[OverlayKind, str] = {
    OverlayKind.NOTE: _THIN,
    OverlayKind.NOTE_FOCUSED: "┏━┓┃┗┛",
    OverlayKind.MASK: "┌╌┐╎└┘",
    OverlayKind.MASK_ACTIVE: "┏━┓┃┗┛",
    OverlayKind.RING: "······",
    OverlayKind.CHANGED: "┌┈┐┊└┘",
    OverlayKind.SUGGESTED: "┌┈┐┊└┘",
    OverlayKind.LOCK: _THIN,
}

_DRAWING_ORDER = (
    OverlayKind.LOCK,
    OverlayKind.RING,
    OverlayKind.CHANGED,
    OverlayKind.SUGGESTED,
    OverlayKind.NOTE,
    OverlayKind.MASK,
    OverlayKind.NOTE_FOCUSED,
    OverlayKind.MASK_ACTIVE,
    OverlayKind.CORNER,
)

_DARKEST_LUMA = 96

_QUIET_KINDS = (OverlayKind.RING, OverlayKind.CHANGED, OverlayKind.SUGGESTED)
_QUIET_SHADE = 0.8

_PLATE = (26, 26, 26)

_HATCH, _HATCH_CELLS = "╱", 6
"""One cell in so many is hatched: five sixths of a lock are the picture itself."""

_HATCH_INK = 0.5


def marks_for(overlays: Iterable[Overlay], viewport: Viewport, *, lines: bool = True) -> dict[tuple[int, int], Mark]:
    """What all overlays put into the cells of a viewport; later kinds of the drawing order lie on top. Pure.

    Args:
        overlays: in pixels of the picture.
        viewport: where they are seen.
        lines: whether frames, hatching and corners are cells too, not only labels.
    """
    marks: dict[tuple[int, int], Mark] = {}
    area = viewport.area
    for overlay in sorted(overlays, key=lambda one: _DRAWING_ORDER.index(one.kind)):
        inside = viewport.cells_of(overlay.rect)
        if inside is None:
            continue
        if not lines:
            _draw_label(marks, _label_row(inside, area), area, overlay)
            continue
        if overlay.kind is OverlayKind.CORNER:
            marks[inside.x, inside.y] = Mark("+", overlay.kind, bold=True, badge=True)
            continue
        frame = _around(inside, area)
        if overlay.kind is OverlayKind.LOCK:
            _draw_hatch(marks, inside)
        _draw_border(marks, frame, overlay, _sides_in_view(overlay.rect, viewport))
        _draw_label(marks, frame, area, overlay)
    return marks


def cell_behind(mark: Mark, color: Rgb, upper: Rgb, lower: Rgb) -> Cell:
    """The cell that a mark makes of the picture's cell, readable on any picture.

    Args:
        mark: what to draw.
        color: of the overlay's kind.
        upper: upper pixel of the picture's cell.
        lower: lower pixel.
    """
    if mark.badge:
        return Cell(mark.glyph, (16, 16, 16) if _luma(color) > 110 else (244, 244, 244), color, mark.bold)
    if mark.plate:
        return Cell(mark.glyph, color, _PLATE, mark.bold)
    mean = tuple((a + b) // 2 for a, b in zip(upper, lower, strict=True))
    luma = _luma((mean[0], mean[1], mean[2]))
    if mark.glyph == _HATCH:
        # The picture's own colour behind a line that is just seen: what is locked must stay judgeable.
        ink = color if luma < _DARKEST_LUMA else (12, 12, 12)
        red, green, blue = (round(a + (b - a) * _HATCH_INK) for a, b in zip(mean, ink, strict=True))
        return Cell(mark.glyph, (red, green, blue), (mean[0], mean[1], mean[2]))
    if mark.kind in _QUIET_KINDS:
        soft = (round(mean[0] * _QUIET_SHADE), round(mean[1] * _QUIET_SHADE), round(mean[2] * _QUIET_SHADE))
        return Cell(mark.glyph, color if _luma(soft) < _DARKEST_LUMA else (12, 12, 12), soft, mark.bold)
    # Halfway to grey and never lighter than a dark grey: a light line reads on it, and the eye still sees the place.
    factor = min(0.45, _DARKEST_LUMA / max(luma, 1.0))
    red, green, blue = (round((channel + luma) / 2 * factor) for channel in mean)
    return Cell(mark.glyph, color, (red, green, blue), mark.bold)


def _luma(color: Rgb) -> float:
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]


def _around(inside: CellRect, area: CellRect) -> CellRect:
    """The cells around a region, kept inside the picture."""
    left, top = max(inside.x - 1, area.x), max(inside.y - 1, area.y)
    right = min(inside.x + inside.width + 1, area.x + area.width)
    bottom = min(inside.y + inside.height + 1, area.y + area.height)
    return CellRect(left, top, right - left, bottom - top)


def _label_row(inside: CellRect, area: CellRect) -> CellRect:
    """Cells for a label beside a region: above it, below it, or on it where it fills the height."""
    above, below = inside.y - 1, inside.y + inside.height
    y = above if above >= area.y else below if below < area.y + area.height else inside.y
    # A label that is longer than its region begins where the region does.
    return CellRect(inside.x, y, 0, 1)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Which sides of a region are in view."""

    left: bool
    top: bool
    right: bool
    bottom: bool


def _sides_in_view(rect: PixelRect, viewport: Viewport) -> _Sides:
    box = viewport.box
    return _Sides(rect.x >= box.x, rect.y >= box.y, rect.right <= box.right, rect.bottom <= box.bottom)


def _draw_hatch(marks: dict[tuple[int, int], Mark], inside: CellRect) -> None:
    """Diagonals that go through from edge to edge."""
    for y in range(inside.y, inside.y + inside.height):
        first = inside.x + -(inside.x + y) % _HATCH_CELLS
        for x in range(first, inside.x + inside.width, _HATCH_CELLS):
            marks[x, y] = Mark(_HATCH, OverlayKind.LOCK)


def _draw_border(marks: dict[tuple[int, int], Mark], frame: CellRect, overlay: Overlay, sides: _Sides) -> None:
    top_left, across, top_right, down, bottom_left, bottom_right = tuple(_BORDERS[overlay.kind])
    bold = overlay.kind is OverlayKind.MASK_ACTIVE
    right, bottom = frame.x + frame.width - 1, frame.y + frame.height - 1

    def put(x: int, y: int, glyph: str) -> None:
        marks[x, y] = Mark(glyph, overlay.kind, bold=bold)

    for x in range(frame.x, right + 1):
        if sides.top:
            put(x, frame.y, across)
        if sides.bottom:
            put(x, bottom, across)
    for y in range(frame.y, bottom + 1):
        if sides.left:
            put(frame.x, y, down)
        if sides.right:
            put(right, y, down)
    corners = (
        (sides.left and sides.top, frame.x, frame.y, top_left),
        (sides.right and sides.top, right, frame.y, top_right),
        (sides.left and sides.bottom, frame.x, bottom, bottom_left),
        (sides.right and sides.bottom, right, bottom, bottom_right),
    )
    for in_view, x, y, glyph in corners:
        if in_view:
            put(x, y, glyph)


def _draw_label(marks: dict[tuple[int, int], Mark], frame: CellRect, area: CellRect, overlay: Overlay) -> None:
    """Number and words on the first row of a frame; where they do not fit they run on over the picture."""
    number = "" if overlay.number is None else f" {overlay.number} "
    words = f" {safe(overlay.label)} " if overlay.label else ""
    room = area.width
    if cell_len(number) > room:
        return
    if cell_len(number + words) > room:
        words = ""
    width = cell_len(number + words)
    if not width:
        return
    x = frame.x + 1 if width + 2 <= frame.width else frame.x
    x = max(min(x, area.x + area.width - width), area.x)
    focused = overlay.kind in (OverlayKind.NOTE_FOCUSED, OverlayKind.MASK_ACTIVE)
    for glyph in glyphs(number):
        marks[x, frame.y] = Mark(glyph, overlay.kind, bold=True, badge=True)
        x += 1
    for glyph in glyphs(words):
        marks[x, frame.y] = Mark(glyph, overlay.kind, bold=focused, plate=True)
        x += 1
