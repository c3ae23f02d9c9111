"""One picture on its way up the ladder, and the work that a thread does for it. Must not write to the terminal."""

from dataclasses import dataclass, replace

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.kitty.rungs import LADDER, Encoded, encode_rung, exact_png, half_cell_colors, on_canvas
from reviewtui.ui.pictures.kitty.store import Content, Resident
from reviewtui.ui.pictures.kitty.transport import Upload
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Wanted, load_checked, scaled_patch
from reviewtui.ui.pictures.source import Pixels


@dataclass(eq=False, slots=True)
class Climb:
    """One picture on its way.

    Attributes:
        wanted: what is loaded; maybe more than is shown.
        content: names its results.
        rung: of the ladder, that is worked on.
        urgent: whether somebody waits for it.
        last_rung: where it ends.
        canvas: its pixels once they are loaded, whole cells.
        colors: of half cells.
        upload: that is under way.
        frame_of: what it is sent as a frame of.
        dropped: nobody wants it any more.
    """

    wanted: Wanted
    content: Content
    rung: int
    urgent: bool
    last_rung: int
    canvas: Pixels | None = None
    colors: Pixels | None = None
    upload: Upload | None = None
    frame_of: Resident | None = None
    dropped: bool = False


def rung_above(resident: Resident) -> int:
    """The rung that is better than what the terminal has."""
    return next(n for n, rung in enumerate(LADDER) if rung.truth == TRUE) if resident.truth != PREVIEW else 1


def encode_climb(climb: Climb, grain: PixelSize, bytes_per_s: float) -> Encoded | None:
    """Load once, encode one rung. Blocking, runs in a thread."""
    if climb.dropped:
        return None
    if climb.canvas is None:
        viewport = climb.wanted.viewport
        pixels = load_checked(climb.wanted)
        found = None if climb.wanted.patch is None else scaled_patch(climb.wanted.patch, viewport)
        if found is not None:
            pixels = pixels.copy()
            pixels[found[0].y : found[0].bottom, found[0].x : found[0].right] = found[1]
        area = viewport.area
        size = PixelSize(area.width * grain.width, area.height * grain.height)
        canvas = on_canvas(pixels, size, climb.wanted.surround_rgb)
        climb.colors = half_cell_colors(canvas, area.width, area.height)
        climb.canvas = canvas
    if climb.frame_of is not None:
        place = changed_part(climb.wanted) or PixelRect(0, 0, 1, 1)
        part = climb.canvas[place.y : place.bottom, place.x : place.right]
        if climb.frame_of.size == PixelSize(climb.canvas.shape[1], climb.canvas.shape[0]):
            return Encoded.of(exact_png(part), place.size, climb.frame_of.truth)
        climb.frame_of = None
    return encode_rung(climb.canvas, LADDER[climb.rung], bytes_per_s)


def changed_part(wanted: Wanted) -> PixelRect | None:
    """What differs from its kin, in shown pixels, with a margin for what scaling mixes in; None when out of view."""
    viewport = wanted.viewport
    seen = None if wanted.kin is None else wanted.kin.rect.intersection(viewport.box)
    if seen is None:
        return None
    place = viewport.shown_of(seen)
    left, top = max(place.x - 4, 0), max(place.y - 4, 0)
    right, bottom = min(place.right + 4, viewport.shown.width), min(place.bottom + 4, viewport.shown.height)
    return PixelRect(left, top, right - left, bottom - top)


def widened(wanted: Wanted) -> Wanted:
    """The same look through a larger window."""
    viewport = wanted.viewport
    if viewport.zoom is None or viewport.is_fit or wanted.patch is not None or wanted.kin is not None:
        return wanted
    cells = CellSize(viewport.cells.width * 3 // 2, viewport.cells.height * 3 // 2)
    return replace(wanted, viewport=viewport.resized(cells))
