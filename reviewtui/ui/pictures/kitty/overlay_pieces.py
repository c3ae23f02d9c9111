"""Which cut-outs of the overlay sheets stand where over a picture. Pure integers; must not write to the terminal.

All places are pixels of the screen, counted from the picture's first cell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from reviewtui.model.geometry import CellRect, PixelRect
from reviewtui.ui.pictures.kitty.overlay_sheets import CORNERS, HANDLE_UNITS, STYLES, Sheet, SheetLook, Style
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.viewport import Viewport


class Piece(NamedTuple):
    """A cut-out of a sheet.

    Attributes:
        sheet: which picture.
        source: the part of it.
        x: of its first pixel.
        y: of its first pixel.
    """

    sheet: Sheet
    source: PixelRect
    x: int
    y: int


class _Box(NamedTuple):
    """Half-open, may be empty or reach beyond everything."""

    left: int
    top: int
    right: int
    bottom: int

    def within(self, other: "_Box") -> "_Box | None":
        """What both have in common."""
        box = _Box(
            max(self.left, other.left), max(self.top, other.top),
            min(self.right, other.right), min(self.bottom, other.bottom),
        )  # fmt: skip
        return box if box.left < box.right and box.top < box.bottom else None


@dataclass(frozen=True, slots=True)
class Ground:
    """What overlays stand on.

    Attributes:
        viewport: of the picture that is placed; its grain is the size of a cell.
        seen: cells of it that are on the screen.
        look: of the sheets.
        cornered: kinds whose corners the terminal has.
    """

    viewport: Viewport
    seen: CellRect
    look: SheetLook
    cornered: frozenset[OverlayKind]

    @property
    def canvas(self) -> _Box:
        """All of the picture's pixels."""
        shown = self.viewport.shown
        return _Box(0, 0, shown.width, shown.height)

    @property
    def window(self) -> _Box | None:
        """Where anything may be drawn."""
        seen, cell = self.seen, self.viewport.grain
        left, top = seen.x * cell.width, seen.y * cell.height
        right, bottom = left + seen.width * cell.width, top + seen.height * cell.height
        return self.canvas.within(_Box(left, top, right, bottom))

    def inside(self, rect: PixelRect) -> _Box:
        """A region of the picture, wherever it lies."""
        box, shown = self.viewport.box, self.viewport.shown
        left, top = (rect.x - box.x) * shown.width // box.width, (rect.y - box.y) * shown.height // box.height
        right = -(-(rect.right - box.x) * shown.width // box.width)
        bottom = -(-(rect.bottom - box.y) * shown.height // box.height)
        return _Box(left, top, max(right, left + 1), max(bottom, top + 1))

    def around(self, rect: PixelRect, thickness_px: int) -> _Box:
        """The outside of a frame: around its region, but inwards at the picture's edges, and unseen beyond the view."""
        inside, box, t = self.inside(rect), self.viewport.box, thickness_px
        width, height = self.canvas.right, self.canvas.bottom
        return _Box(
            max(inside.left - t, 0) if rect.x >= box.x else min(inside.left, 0) - t,
            max(inside.top - t, 0) if rect.y >= box.y else min(inside.top, 0) - t,
            min(inside.right + t, width) if rect.right <= box.right else max(inside.right, width) + t,
            min(inside.bottom + t, height) if rect.bottom <= box.bottom else max(inside.bottom, height) + t,
        )


def pieces_for(overlays: Iterable[Overlay], ground: Ground) -> list[Piece]:
    """Everything that overlays put over a picture beside their labels."""
    window = ground.window
    return [] if window is None else [piece for one in overlays for piece in _pieces(one, ground, window)]


def sheets_for(overlays: Iterable[Overlay], look: SheetLook, *, dragged: bool) -> set[Sheet]:
    """What the terminal should have for these overlays.

    Args:
        overlays: to be shown.
        look: of the sheets.
        dragged: whether one is moved step by step, so that corners are worth their bytes.
    """
    kinds = {overlay.kind for overlay in overlays}
    sheets: set[Sheet] = set()
    if kinds - {OverlayKind.CORNER}:
        sheets |= {Sheet.ACROSS, Sheet.DOWN}
    if dragged and look.has_corners:
        sheets |= {sheet for kind, pair in CORNERS.items() if kind in kinds for sheet in pair}
    if OverlayKind.LOCK in kinds:
        sheets.add(Sheet.HATCH)
    if OverlayKind.CORNER in kinds:
        sheets.add(Sheet.HANDLE)
    return sheets


def sheets_ahead(overlays: Iterable[Overlay], look: SheetLook | None) -> set[Sheet]:
    """What the terminal should have before the next step is made: for a first frame, and for a drag of what is active.

    Args:
        overlays: that are shown.
        look: of the sheets; None when there are none yet.
    """
    kinds = {overlay.kind for overlay in overlays}
    sheets = {Sheet.ACROSS, Sheet.DOWN, Sheet.HANDLE}
    if OverlayKind.MASK_ACTIVE in kinds and (look is None or look.has_corners):
        sheets |= {sheet for kind, pair in CORNERS.items() if kind in kinds for sheet in pair}
    return sheets


def _pieces(overlay: Overlay, ground: Ground, window: _Box) -> Iterator[Piece]:
    look, kind = ground.look, overlay.kind
    if kind is OverlayKind.CORNER:
        yield from _handle(ground.inside(overlay.rect), look, window)
        return
    style = STYLES[kind]
    outer = ground.around(overlay.rect, look.thickness_px(style))
    if kind is OverlayKind.LOCK:
        yield from _hatch(ground.inside(overlay.rect), look, window)
    if kind in ground.cornered:
        yield from _corners(outer, kind, look, window)
    else:
        yield from _lines(outer, style, look, window)


def _lines(outer: _Box, style: Style, look: SheetLook, window: _Box) -> Iterator[Piece]:
    t, period = look.thickness_px(style), look.period_px(style)
    for far in (False, True):
        band = look.band_px(style, far=far)
        top = outer.bottom - t if far else outer.top
        seen = _Box(outer.left, top, outer.right, top + t).within(window)
        if seen is not None:
            x, y = (seen.left - outer.left) % period, band + seen.top - top
            yield Piece(Sheet.ACROSS, PixelRect(x, y, seen.right - seen.left, seen.bottom - seen.top), *seen[:2])
        left = outer.right - t if far else outer.left
        seen = _Box(left, outer.top, left + t, outer.bottom).within(window)
        if seen is not None:
            x, y = band + seen.left - left, (seen.top - outer.top) % period
            yield Piece(Sheet.DOWN, PixelRect(x, y, seen.right - seen.left, seen.bottom - seen.top), *seen[:2])


def _corners(outer: _Box, kind: OverlayKind, look: SheetLook, window: _Box) -> Iterator[Piece]:
    seen = outer.within(window)
    if seen is None:
        return
    style, size = STYLES[kind], look.size
    t, period = look.thickness_px(style), look.period_px(style)

    def skipped(px: int) -> int:
        """Beyond the line a corner repeats itself along it, and is empty across it."""
        return px if px <= t else t + (px - t) % period

    width, height = seen.right - seen.left, seen.bottom - seen.top
    x, y = skipped(seen.left - outer.left), skipped(seen.top - outer.top)
    yield Piece(CORNERS[kind][0], PixelRect(x, y, width, height), *seen[:2])
    x = size.width - skipped(outer.right - seen.right) - width
    y = size.height - skipped(outer.bottom - seen.bottom) - height
    yield Piece(CORNERS[kind][1], PixelRect(x, y, width, height), *seen[:2])


def _hatch(inside: _Box, look: SheetLook, window: _Box) -> Iterator[Piece]:
    """Diagonals over a region, in as many pieces as the hatching is small."""
    seen = inside.within(window)
    if seen is None:
        return
    step, size = look.hatch_px, look.hatch_size
    # They go through the region's own corner, so that they stay on the picture when it is moved.
    phase = (seen.left - inside.left + seen.top - inside.top) % step
    for top in range(seen.top, seen.bottom, size.height - step):
        for left in range(seen.left, seen.right, size.width - step):
            width, height = min(seen.right - left, size.width - step), min(seen.bottom - top, size.height - step)
            yield Piece(Sheet.HATCH, PixelRect(phase, 0, width, height), left, top)


def _handle(inside: _Box, look: SheetLook, window: _Box) -> Iterator[Piece]:
    side = HANDLE_UNITS * look.unit_px
    left, top = (inside.left + inside.right - side) // 2, (inside.top + inside.bottom - side) // 2
    seen = _Box(left, top, left + side, top + side).within(window)
    if seen is not None:
        source = PixelRect(seen.left - left, seen.top - top, seen.right - seen.left, seen.bottom - seen.top)
        yield Piece(Sheet.HANDLE, source, *seen[:2])
