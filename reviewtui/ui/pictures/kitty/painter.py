"""The painter for terminals with Kitty graphics: pictures stay in the terminal, a step of the eye sends a placement.

Outside tmux a picture is placed below empty cells; inside tmux, which moves cells about, the cells themselves name the
picture (see ``placeholders``). ``climber`` gets pictures into the terminal. Must not know the protocol's spelling
beyond ``commands``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reviewtui.model.errors import InputError, ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.climber import AtHand, Climber
from reviewtui.ui.pictures.kitty.climbing import is_small_change
from reviewtui.ui.pictures.kitty.overlay_images import KittyOverlays
from reviewtui.ui.pictures.kitty.painting import KittyPainting, part_of
from reviewtui.ui.pictures.kitty.placeholders import MOST_CELLS
from reviewtui.ui.pictures.kitty.store import Content, Resident
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import PREVIEW, TRUE, Canvas, Painting, Spot, Wanted
from reviewtui.ui.pictures.strips import Rgb
from reviewtui.ui.pictures.tiles import TileKey

_MOST_LOSSES = 3
"""A picture that the terminal refuses or drops again and again is not sent once more."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What stands on the screen, and where."""

    resident: Resident
    painting: KittyPainting
    spot: Spot


class KittyPainter:
    """See ``Painter``.

    Args:
        canvas: the view.
        terminal: shared by all painters of the app.
    """

    name = "kitty"

    def __init__(self, canvas: Canvas, terminal: Terminal) -> None:
        self._canvas = canvas
        self._terminal = terminal
        terminal.views += 1
        terminal.painters.append(self)
        self._number = terminal.views
        self._climber = Climber(canvas, terminal, self)
        self._wanted: Wanted | None = None
        self._offered: KittyPainting | None = None
        self._shown: _Shown | None = None
        self._losses = 0
        self._overlays = KittyOverlays(terminal.sheets, terminal.transport, canvas.call_on_loop, canvas.call_after)

    @property
    def grain(self) -> PixelSize:
        """Pixels of a cell."""
        return self._terminal.cell_px

    @property
    def most_cells(self) -> CellSize | None:
        """Only so many rows and columns can be named by cells."""
        return CellSize(MOST_CELLS, MOST_CELLS) if self._terminal.in_tmux else None

    @property
    def is_busy(self) -> bool:
        """Whether nothing of the newest request is there yet."""
        return self._wanted is not None and self._climber.is_waited_for

    @property
    def is_idle(self) -> bool:
        """Whether no thread works and nothing is to be sent."""
        terminal = self._terminal
        return self._climber.is_idle and terminal.transport.is_idle and terminal.sheets.is_idle

    @property
    def draws_lines(self) -> bool:
        """In pixels, over the picture."""
        return True

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self._losses = 0
        return self._request(wanted)

    def _request(self, wanted: Wanted) -> KittyPainting | None:
        self._wanted = wanted
        if wanted.patch is not None and is_small_change(wanted):
            return self._request_patched(wanted)
        found = self._find(Content.of(wanted))
        painting = None if found is None else self._painting(wanted, found)
        is_whole = painting is not None
        if painting is None and wanted.patch is None:
            painting = self._find_part(wanted)
        self._offered = painting
        if painting is None:
            self._climber.want(wanted)
        elif painting.truth == PREVIEW:
            rung = painting.resident.rung if is_whole else None
            self._climber.want(wanted, AtHand(rung, painting.sharpness))
        elif painting.truth != TRUE:
            self._climber.refine(wanted)
        else:
            self._climber.rest(wanted)
        return painting

    def _request_patched(self, wanted: Wanted) -> KittyPainting | None:
        """The picture stays what it is in the terminal; provisional pixels are painted over a copy of it."""
        found = self._find(Content.of(wanted))
        if found is not None:
            self._climber.cancel()
            self._offered = self._painting(wanted, found)
            return self._offered
        if self.base_for(wanted) is not None:
            self._offered = None
            self._climber.want(wanted)
            return None
        plain = replace(wanted, patch=None)
        below = self._find(Content.of(plain))
        painting = self._find_part(plain) if below is None else self._painting(plain, below)
        self._offered = painting = None if painting is None else replace(painting, wanted=wanted)
        rung = None if below is None else below.rung
        self._climber.want(wanted, None if painting is None else AtHand(rung, painting.sharpness), plain=plain)
        return painting

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``; only the last wish counts, up to colours of a palette."""
        self._climber.prefetch(wanted)

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        self._climber.cancel()
        self._wanted = self._offered = None

    def place(self, painting: Painting, spot: Spot) -> None:
        """See ``Painter.place``."""
        assert isinstance(painting, KittyPainting)
        resident = painting.resident
        if resident.image not in self._terminal.store.images:
            # It was dropped between the frame and this; something else is on its way.
            return
        old = self._shown
        self._terminal.store.use(resident.image)
        self._shown = _Shown(resident, painting, spot)
        with self._terminal.transport.together():
            self._terminal.transport.say(self._words(painting, spot, old))
            # What hangs on the old picture has to be hung on the new one before that goes.
            parent = resident.image if self._terminal.in_tmux else None
            self._overlays.place(painting.wanted.viewport, spot, parent)
            if old is not None:
                self._put_away(old.resident, resident)
            self._canvas.placed(painting)

    def _put_away(self, old: Resident, shown: Resident) -> None:
        """What another one took the place of."""
        if old.image != shown.image and not self._terminal.in_tmux:
            self._take_away(old)
        self._terminal.free(self._terminal.store.release(old.image))
        if old.content.patch and old.content != shown.content:
            self._terminal.free(self._terminal.store.forget(old.content))

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """Pixels do not live in cells."""

    def overlay(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """See ``Painter.overlay``."""
        self._overlays.want(overlays, colors)

    def cover(self, *, covered: bool) -> None:
        """See ``Painter.cover``."""
        self._overlays.cover(covered=covered)

    def withdraw(self) -> None:
        """See ``Painter.withdraw``."""
        self._overlays.take_away()
        if self._shown is not None:
            resident = self._shown.resident
            self._shown = None
            if not self._terminal.in_tmux:
                self._take_away(resident)
            self._terminal.free(self._terminal.store.release(resident.image))

    def close(self) -> None:
        """See ``Painter.close``."""
        self.cancel()
        self.withdraw()
        self._climber.close()
        if self in self._terminal.painters:
            self._terminal.painters.remove(self)

    # What the terminal lost

    def lost(self, image: int | None) -> None:
        """See ``Shows``: what is not on the screen is not armed, and comes again."""
        was_shown = self._shown is not None and image in (None, self._shown.resident.image)
        was_offered = self._offered is not None and image in (None, self._offered.resident.image)
        if was_shown:
            self._shown = None
        if image is None:
            self._overlays.forget()
        wanted = self._wanted
        if not (was_shown or was_offered) or wanted is None:
            return
        self._canvas.vanished()
        self._losses += 1 if image is not None else 0
        if self._losses > _MOST_LOSSES:
            self.cancel()
            error = InputError("the terminal refuses the picture", "draw it another way: reviewtui open --images half")
            self._canvas.failed(wanted, error)
            return
        painting = self._request(wanted)
        if painting is not None:
            self._canvas.arrived(painting)

    def lost_small(self, image: int, key: TileKey) -> None:
        """See ``Shows``; it shows none."""

    # What the climber wants; see ``Shower``

    def delivered(self, wanted: Wanted, resident: Resident) -> None:
        """See ``Shower``."""
        painting = self._painting(wanted, resident)
        if painting is None or wanted is not self._wanted:
            return
        self._offered = painting
        self._canvas.arrived(painting)
        is_below = wanted.patch is not None and not resident.content.patch
        if is_below and wanted is self._wanted and self.base_for(wanted) is not None:
            self._climber.want(wanted)

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        """See ``Shower``."""
        if self._wanted is not None:
            self._canvas.failed(self._wanted, error)

    def base_for(self, wanted: Wanted) -> Resident | None:
        """See ``Shower``."""
        is_patched = wanted.patch is not None
        key = wanted.source.key if is_patched else wanted.kin.key if wanted.kin is not None else None
        if key is None:
            return None
        store = self._terminal.store
        whole = self._find(Content.of(wanted)._replace(key=key, patch=0))
        parts = (
            one
            for one in store.covers(wanted, key)
            if one.content.scale == wanted.viewport.scale and one.content.surround_rgb == wanted.surround_rgb
        )
        for one in (whole, *parts):
            if one is None or one.truth == PREVIEW or self._is_shared(one):
                continue
            if store.may_grow(one.image) or (is_patched and store.scratch(one.image) is not None):
                return one
        return None

    def frames_begin(self, base: Resident, with_frames: Resident) -> None:
        """See ``Shower``."""
        if self._shown is not None and self._shown.resident is base:
            self._shown = _Shown(with_frames, self._shown.painting, self._shown.spot)

    # Showing

    def _find(self, content: Content) -> Resident | None:
        """A resident that may be shown now; a frame only if no other view shows another one of its image."""
        found = self._terminal.store.find(content)
        return None if found is None or (found.has_frames and self._is_shared(found)) else found

    def _find_part(self, wanted: Wanted) -> KittyPainting | None:
        """The best larger picture that shows what is wanted as a part of it."""
        for one in self._terminal.store.covers(wanted):
            # By cells, a picture has one size on the screen, whoever shows it.
            if (one.has_frames or self._terminal.in_tmux) and self._is_shared(one):
                continue
            painting = self._painting(wanted, one)
            if painting is not None:
                self._terminal.store.find(one.content)
                return painting
        return None

    def _is_shared(self, resident: Resident) -> bool:
        mine = 1 if self._shown is not None and self._shown.resident.image == resident.image else 0
        return self._terminal.store.users(resident.image) > mine

    def _painting(self, wanted: Wanted, resident: Resident) -> KittyPainting | None:
        return KittyPainting.of(wanted, resident, in_tmux=self._terminal.in_tmux)

    def _take_away(self, resident: Resident) -> None:
        self._terminal.transport.delete(commands.take_away(resident.image, self._number))

    def _words(self, painting: KittyPainting, spot: Spot, old: _Shown | None) -> str:
        """What shows a painting, given what is shown."""
        resident = painting.resident
        flip = ""
        if resident.has_frames and (old is None or old.resident.frame != resident.frame or not _is_same(old, resident)):
            flip = commands.show_frame(resident.image, resident.frame)
        stays = old is not None and (painting.window is not None or old.spot == spot)
        if stays and old is not None and _is_same(old, resident) and _looks_same(painting, old.painting):
            return flip
        if painting.window is not None:
            return commands.place_virtually(resident.image, painting.window.whole) + flip
        return commands.place(self._placement(painting, spot)) + flip

    def _placement(self, painting: KittyPainting, spot: Spot) -> commands.Placement:
        resident, crop, seen = painting.resident, painting.crop_px, spot.seen
        if (seen.width, seen.height) != (painting.cells.width, painting.cells.height):
            crop = part_of(crop or PixelRect.of_size(resident.size), seen, painting.cells)
        return commands.Placement(
            resident.image,
            self._number,
            spot.column + seen.x,
            spot.row + seen.y,
            CellSize(seen.width, seen.height),
            crop,
            self._terminal.next_z(),
        )


def _is_same(old: _Shown, resident: Resident) -> bool:
    return old.resident.image == resident.image


def _looks_same(one: KittyPainting, other: KittyPainting) -> bool:
    """Whether the terminal needs no other placement; a flip may be needed."""
    if one.window is not None and other.window is not None:
        return one.window.whole == other.window.whole
    return one.crop_px == other.crop_px and one.cells == other.cells
