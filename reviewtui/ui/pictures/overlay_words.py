"""Overlays in words, for a terminal that shows no picture: what, where, how large. Pure."""

from collections.abc import Iterable

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind

_ACROSS = ("left", "", "right")
_DOWN = ("upper", "", "lower")
_ALONE = {"upper": "top", "lower": "bottom"}
_MOST_SHARE = 0.8

_NAMES: dict[OverlayKind, str] = {
    OverlayKind.NOTE: "note",
    OverlayKind.NOTE_FOCUSED: "this note",
    OverlayKind.MASK: "mask",
    OverlayKind.MASK_ACTIVE: "being drawn",
    OverlayKind.RING: "soft edge",
    OverlayKind.CORNER: "cursor",
    OverlayKind.CHANGED: "changed",
    OverlayKind.SUGGESTED: "suggested",
    OverlayKind.LOCK: "locked",
}


def overlay_lines(overlays: Iterable[Overlay], size: PixelSize) -> list[str]:
    """One line for each overlay, such as ``note 1 hand: upper left, 264×541 px at 432,577``.

    Args:
        overlays: in pixels of the picture.
        size: of the picture.
    """
    return [line for line in (_line(overlay, size) for overlay in overlays) if line]


def place_words(rect: PixelRect, size: PixelSize) -> str:
    """Where a region lies: one of nine parts, or how much of the picture it takes."""
    wide, high = (rect.width >= _MOST_SHARE * size.width, rect.height >= _MOST_SHARE * size.height)
    across = "" if wide else _ACROSS[_third(rect.x, rect.right, size.width)]
    down = "" if high else _DOWN[_third(rect.y, rect.bottom, size.height)]
    if wide and high:
        return "nearly everywhere" if rect.size != size else "everywhere"
    if across and down:
        return f"{down} {across}"
    words = across or _ALONE.get(down, "")
    if wide or high:
        return f"{words or 'middle'}, from {'left to right' if wide else 'top to bottom'}"
    return words or "middle"


def _third(first: int, end: int, length: int) -> int:
    """0, 1 or 2, by where the middle lies."""
    return min(3 * (first + end) // (2 * length), 2)


def _line(overlay: Overlay, size: PixelSize) -> str:
    rect, kind = overlay.rect, overlay.kind
    if kind is OverlayKind.CORNER:
        return f"{_NAMES[kind]} at {rect.x},{rect.y}"
    number = "" if overlay.number is None else f" {overlay.number}"
    # The size that a label may repeat is said anyway.
    label = "" if overlay.label in ("", str(rect.size), str(kind)) else f" {overlay.label}"
    return f"{_NAMES[kind]}{number}{label}: {place_words(rect, size)}, {rect.size} px at {rect.x},{rect.y}"
