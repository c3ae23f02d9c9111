"""One picture on its way up the ladder, and the work that a thread does for it. Must not write to the terminal."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from PIL import Image

from reviewtui.model.geometry import CellSize, PixelRect, PixelSize, bounding_rect
from reviewtui.ui.pictures.kitty.placeholders import MOST_CELLS
from reviewtui.ui.pictures.kitty.rungs import (
    LADDER,
    Encoded,
    encode_part,
    encode_rung,
    half_cell_colors,
    on_canvas,
)
from reviewtui.ui.pictures.kitty.store import Content, Resident, Scratch
from reviewtui.ui.pictures.kitty.transport import Upload
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Wanted, load_checked, scaled_patch
from reviewtui.ui.pictures.source import Pixels

BEST = len(LADDER) - 1
PALETTE_RUNG = next(n for n, rung in enumerate(LADDER) if rung.truth == TRUE) - 1

_LARGEST_SHARE = 0.6
"""A change of more of the picture is sent as another picture."""

_AROUND = Fraction(3, 2)
"""Cells that are sent for each one that is shown, along one axis, so that the view can be moved."""

_MIXED_PX = 4
"""So far scaling mixes pixels of the screen."""


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
        uploads: that are under way or wait for their turn.
        dropped: nobody wants it any more.
        waits: for something that is smaller.
        is_done: as good as it will become.
        place: of the change that is sent, in pixels of the picture below.
    """

    wanted: Wanted
    content: Content
    rung: int
    urgent: bool
    last_rung: int
    canvas: Pixels | None = None
    colors: Pixels | None = None
    uploads: list[Upload] = field(default_factory=list)
    dropped: bool = False
    waits: bool = False
    is_done: bool = False
    place: PixelRect | None = None


def encode_climb(
    climb: Climb, rung: int, base: Resident | None, bytes_per_s: float, scratch: Scratch | None = None
) -> tuple[Encoded, PixelRect] | None:
    """Load once, encode one rung. Blocking, runs in a thread.

    Returns:
        What is to be sent and where it belongs in ``base`` or in the picture itself; None when nobody wants it.
    """
    if climb.dropped:
        return None
    if climb.canvas is None:
        _load(climb)
    canvas = climb.canvas
    if canvas is None:
        return None
    if base is None:
        encoded = encode_rung(canvas, LADDER[rung], bytes_per_s)
        return encoded, PixelRect.of_size(encoded.size)
    place = changed_part(climb.wanted, base) or PixelRect(0, 0, 1, 1)
    if scratch is not None:
        # What the last provisional pixels covered and these do not is as it was.
        place = bounding_rect([place, scratch.place]) or place
    if base.size != PixelSize(canvas.shape[1], canvas.shape[0]):
        size = (base.size.width, base.size.height)
        canvas = np.asarray(Image.fromarray(canvas).resize(size, Image.Resampling.LANCZOS))
    part = canvas[place.y : place.bottom, place.x : place.right]
    truth = base.truth if climb.wanted.patch is None else PREVIEW
    return encode_part(part, truth, bytes_per_s), place


def _load(climb: Climb) -> None:
    viewport = climb.wanted.viewport
    pixels = load_checked(climb.wanted)
    found = None if climb.wanted.patch is None else scaled_patch(climb.wanted.patch, viewport)
    if found is not None:
        pixels = pixels.copy()
        pixels[found[0].y : found[0].bottom, found[0].x : found[0].right] = found[1]
    area, grain = viewport.area, viewport.grain
    size = PixelSize(area.width * grain.width, area.height * grain.height)
    canvas = on_canvas(pixels, size, climb.wanted.surround_rgb)
    climb.colors = half_cell_colors(canvas, area.width, area.height)
    if not climb.dropped:
        climb.canvas = canvas


def changed_part(wanted: Wanted, base: Resident) -> PixelRect | None:
    """What differs from its kin, in pixels of the kin as it was sent, with a margin; None when out of view."""
    viewport, changed = wanted.viewport, change_of(wanted)
    seen = None if changed is None else changed.intersection(viewport.box)
    if seen is None:
        return None
    place = viewport.shown_of(seen)
    across, down = base.size.width / base.canvas.width, base.size.height / base.canvas.height
    left, top = int((place.x - _MIXED_PX) * across), int((place.y - _MIXED_PX) * down)
    right, bottom = int((place.right + _MIXED_PX) * across) + 1, int((place.bottom + _MIXED_PX) * down) + 1
    left, top = max(left, 0), max(top, 0)
    return PixelRect(left, top, min(right, base.size.width) - left, min(bottom, base.size.height) - top)


def change_of(wanted: Wanted) -> PixelRect | None:
    """Where a picture differs from what it is a change of: from itself without its patch, or from its kin."""
    if wanted.patch is not None:
        return wanted.patch.rect
    return None if wanted.kin is None else wanted.kin.rect


def is_small_change(wanted: Wanted) -> bool:
    """Whether a picture differs so little from its kin that this alone should be sent."""
    viewport, changed = wanted.viewport, change_of(wanted)
    if changed is None:
        return False
    seen = changed.intersection(viewport.box)
    return seen is None or seen.size.area_px <= viewport.box.size.area_px * _LARGEST_SHARE


def widened(wanted: Wanted, *, in_tmux: bool) -> Wanted:
    """The same look through a larger window; the same one where that would be of no use.

    Args:
        wanted: what is shown.
        in_tmux: whether cells name the picture, which can be only so many.
    """
    viewport = wanted.viewport
    if viewport.zoom is None or viewport.is_fit or wanted.patch is not None:
        return wanted
    width, height = int(viewport.cells.width * _AROUND), int(viewport.cells.height * _AROUND)
    if in_tmux:
        width, height = min(width, MOST_CELLS), min(height, MOST_CELLS)
    return replace(wanted, viewport=viewport.resized(CellSize(width, height)))
