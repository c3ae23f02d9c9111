"""The painter for terminals with Kitty graphics: pictures stay in the terminal, a step of the eye sends a placement.

Outside tmux a picture is placed below empty cells; inside tmux, which moves cells about, the cells themselves name the
picture (see ``placeholders``). Must not know the protocol's spelling beyond ``commands``.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from functools import partial

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.climbing import Climb, changed_part, encode_climb, rung_above, widened
from reviewtui.ui.pictures.kitty.overlay_images import KittyOverlays, OverlaySheets
from reviewtui.ui.pictures.kitty.painting import KittyPainting, crop_for, part_of
from reviewtui.ui.pictures.kitty.rungs import (
    LADDER,
    Encoded,
    first_rung,
)
from reviewtui.ui.pictures.kitty.store import Content, Resident, Store
from reviewtui.ui.pictures.kitty.transport import Transport, Upload
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import (
    PREVIEW,
    TRUE,
    Canvas,
    Painting,
    Spot,
    Wanted,
)
from reviewtui.ui.pictures.strips import Rgb

_IDLE_S = 0.4
"""How long a picture is looked at before its exact pixels are sent."""

_ROOMY_BYTES_PER_S = 1_000_000
"""From this speed on more than the window is sent, so that it can be moved without sending again."""

_Z_STEPS = 1_000_000


@dataclass(slots=True)
class Terminal:
    """What all Kitty painters of an app share.

    Attributes:
        store: what the terminal holds.
        transport: the way to it.
        threads: for decoding and encoding.
        cell_px: size of a cell.
        in_tmux: whether a tmux lies between.
        views: how many painters were made; numbers their placements.
        layer: rises with each placement, so that a new picture covers the one that it replaces.
        painters: that show something.
        sheets: what overlays are made of.
    """

    store: Store
    transport: Transport
    threads: Executor
    cell_px: PixelSize
    in_tmux: bool
    views: int = 0
    layer: int = 0
    painters: "list[KittyPainter]" = field(default_factory=list)
    sheets: OverlaySheets = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is sent yet."""
        self.sheets = OverlaySheets(self.transport, self.threads, self.store.family)

    @property
    def images(self) -> set[int]:
        """Ids that the terminal holds."""
        return self.store.images | self.sheets.images

    def forget_all(self) -> None:
        """The terminal may be another one, which holds nothing."""
        self.store.forget_all()
        self.sheets.forget()
        for painter in list(self.painters):
            painter.begin_again()

    def free(self, images: list[int]) -> None:
        """Free pictures that nobody needs."""
        for image in images:
            self.transport.delete(commands.drop(image))

    def next_z(self) -> int:
        """For the next placement."""
        self.layer = (self.layer + 1) % _Z_STEPS
        return commands.BELOW_CELLS - _Z_STEPS + self.layer


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
        self._wanted: Wanted | None = None
        self._climb: Climb | None = None
        self._prefetching: Climb | None = None
        self._showing: Climb | None = None
        self._next: Wanted | None = None
        self._working = 0
        self._shown: tuple[Resident, PixelRect | None, Spot] | None = None
        self._closed = False
        self._overlays = KittyOverlays(terminal.sheets, terminal.transport, canvas.call_on_loop)

    @property
    def grain(self) -> PixelSize:
        """Pixels of a cell."""
        return self._terminal.cell_px

    @property
    def is_busy(self) -> bool:
        """Whether nothing of the newest request is there yet."""
        return self._wanted is not None and self._climb is not None

    @property
    def is_idle(self) -> bool:
        """Whether no thread works and nothing is to be sent."""
        return not self._working and self._terminal.transport.is_idle and self._terminal.sheets.is_idle

    @property
    def draws_lines(self) -> bool:
        """In pixels, over the picture."""
        return True

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self.cancel()
        self._wanted = wanted
        found = self._find(Content.of(wanted))
        painting = None if found is None else self._painting(wanted, found, None)
        # A part of what is placed by cells would need other cells for each step.
        if painting is None and wanted.patch is None and not self._terminal.in_tmux:
            cover = self._terminal.store.find_cover(wanted)
            painting = None if cover is None else self._painting(wanted, cover, crop_for(cover, wanted))
        if painting is None or painting.truth == PREVIEW:
            self._begin(self._new_climb(wanted, urgent=True))
        elif painting.truth != TRUE:
            self._climb_later(wanted, painting.resident)
        return painting

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``; only the last wish counts, up to colours of a palette."""
        self._next = wanted
        self._prefetch_next()

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        for climb in (self._climb, self._prefetching):
            if climb is not None:
                self._drop(climb)
        self._climb = self._prefetching = self._showing = self._wanted = None

    def place(self, painting: Painting, spot: Spot) -> None:
        """See ``Painter.place``."""
        assert isinstance(painting, KittyPainting)
        resident, crop = painting.resident, painting.crop_px
        old = self._shown
        self._terminal.store.use(resident.image)
        self._shown = (resident, crop, spot)
        self._terminal.transport.say(self._words(painting, spot, old))
        # What hangs on the old picture has to be hung on the new one before that goes.
        parent = resident.image if self._terminal.in_tmux else None
        self._overlays.place(painting.wanted.viewport, spot, parent)
        if old is not None:
            if old[0].image != resident.image and not self._terminal.in_tmux:
                self._take_away(old[0])
            self._terminal.free(self._terminal.store.release(old[0].image))
            if old[0].content.patch and old[0].content != resident.content:
                self._terminal.free(self._terminal.store.forget(old[0].content))
        self._canvas.placed(painting)

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
            resident = self._shown[0]
            self._shown = None
            if not self._terminal.in_tmux:
                self._take_away(resident)
            self._terminal.free(self._terminal.store.release(resident.image))

    def close(self) -> None:
        """See ``Painter.close``."""
        self.cancel()
        self.withdraw()
        self._closed = True
        if self in self._terminal.painters:
            self._terminal.painters.remove(self)

    def begin_again(self) -> None:
        """Nothing that was sent exists any more."""
        wanted, self._shown = self._wanted, None
        self._overlays.forget()
        if wanted is not None:
            self.request(wanted)

    # Showing

    def _find(self, content: Content) -> Resident | None:
        """A resident that may be shown now; a frame only if no other view shows another one of its image."""
        found = self._terminal.store.find(content)
        if found is None:
            return None
        mine = 1 if self._shown is not None and self._shown[0].image == found.image else 0
        shared = self._terminal.store.users(found.image) > mine
        return None if found.has_frames and shared else found

    def _painting(self, wanted: Wanted, resident: Resident, crop: PixelRect | None) -> KittyPainting:
        return KittyPainting(wanted, resident, crop, self._terminal.in_tmux)

    def _take_away(self, resident: Resident) -> None:
        self._terminal.transport.delete(commands.take_away(resident.image, self._number))

    def _words(self, painting: KittyPainting, spot: Spot, old: tuple[Resident, PixelRect | None, Spot] | None) -> str:
        """What shows a painting, given what is shown."""
        resident, crop = painting.resident, painting.crop_px
        flip = ""
        if resident.has_frames and (old is None or old[0] is not resident):
            flip = commands.show_frame(resident.image, resident.frame)
        if old is not None and (old[0].image, old[1], old[2]) == (resident.image, crop, spot):
            return flip
        if self._terminal.in_tmux:
            return commands.place_virtually(resident.image, painting.cells) + flip
        seen = spot.seen
        if (seen.width, seen.height) != (painting.cells.width, painting.cells.height):
            crop = part_of(crop or PixelRect.of_size(resident.size), seen, painting.cells)
        placement = commands.Placement(
            resident.image,
            self._number,
            spot.column + seen.x,
            spot.row + seen.y,
            CellSize(seen.width, seen.height),
            crop,
            self._terminal.next_z(),
        )
        return commands.place(placement) + flip

    # Climbing

    def _new_climb(self, wanted: Wanted, *, urgent: bool) -> Climb:
        if urgent and self._terminal.transport.pace.bytes_per_s > _ROOMY_BYTES_PER_S:
            wanted = widened(wanted)
        area = wanted.viewport.area
        size = PixelSize(area.width * self.grain.width, area.height * self.grain.height)
        rung = first_rung(size, self._terminal.transport.pace.bytes_per_s)
        last = len(LADDER) - 1 if urgent else max(len(LADDER) - 2, rung)
        climb = Climb(wanted, Content.of(wanted), rung, urgent, last)
        if wanted.kin is not None and wanted.patch is None:
            relative = self._find(climb.content._replace(key=wanted.kin.key))
            # A frame of a frame would need the terminal to remember what it was made from.
            if relative is not None and relative.frame == 1 and relative.truth != PREVIEW:
                climb.frame_of = relative
        return climb

    def _begin(self, climb: Climb) -> None:
        if climb.urgent:
            self._climb = climb
        self._work(climb)

    def _climb_later(self, wanted: Wanted, found: Resident) -> None:
        """What is shown becomes exact when it is looked at for a while."""
        climb = self._new_climb(wanted, urgent=True)
        climb.rung = max(climb.rung, rung_above(found))
        climb.urgent = False
        self._showing = climb
        climb.frame_of = None
        climb.last_rung = len(LADDER) - 1
        self._prefetching = climb
        self._canvas.call_after(_IDLE_S, partial(self._work_if, climb))

    def _work_if(self, climb: Climb) -> None:
        if not climb.dropped:
            self._work(climb)

    def _work(self, climb: Climb) -> None:
        """Encode the next rung in a thread."""
        if self._closed:
            return
        self._working += 1
        speed = self._terminal.transport.pace.bytes_per_s
        future = self._terminal.threads.submit(encode_climb, climb, self.grain, speed)
        future.add_done_callback(partial(self._canvas.call_on_loop, self._encoded, climb))

    def _encoded(self, climb: Climb, future: "Future[Encoded | None]") -> None:
        self._working -= 1
        if climb.dropped or future.cancelled() or self._closed:
            self._prefetch_next()
            return
        try:
            encoded = future.result()
        except ReviewError as error:
            if climb is self._climb:
                self._climb = None
                self._canvas.failed(climb.wanted, error)
            return
        assert encoded is not None
        assert climb.colors is not None
        if climb.frame_of is not None:
            self._send_frame(climb, climb.frame_of, encoded)
            return
        store = self._terminal.store
        assert climb.canvas is not None
        canvas = PixelSize(climb.canvas.shape[1], climb.canvas.shape[0])
        resident = Resident(climb.content, store.new_id(), encoded.size, canvas, encoded.truth, climb.colors)
        climb.upload = Upload(
            commands.transmission(resident.image, encoded.payload),
            partial(self._sent, climb, resident),
            commands.drop(resident.image),
            climb.urgent,
        )
        self._terminal.transport.send(climb.upload)

    def _send_frame(self, climb: Climb, base: Resident, encoded: Encoded) -> None:
        """Send only what differs from a picture that the terminal has."""
        assert climb.colors is not None
        place = changed_part(climb.wanted)
        number = self._terminal.store.frames(base.image) + 1
        resident = replace(base, content=climb.content, colors=climb.colors, frame=number, has_frames=True)
        x, y = (0, 0) if place is None else (place.x, place.y)
        climb.upload = Upload(
            commands.frame(base.image, encoded.payload, x, y),
            partial(self._frame_sent, climb, base, resident),
            commands.abort_frame(base.image),
            climb.urgent,
        )
        self._terminal.transport.send(climb.upload)

    def _frame_sent(self, climb: Climb, base: Resident, resident: Resident) -> None:
        with_frames = replace(base, has_frames=True)
        self._terminal.store.keep(with_frames)
        if self._shown is not None and self._shown[0] is base:
            self._shown = (with_frames, *self._shown[1:])
        climb.last_rung = climb.rung
        self._sent(climb, resident)

    def _sent(self, climb: Climb, resident: Resident) -> None:
        """A rung is in the terminal."""
        climb.upload = None
        self._terminal.free(self._terminal.store.keep(resident))
        if self._wanted is not None and climb in (self._climb, self._showing) and not climb.dropped:
            self._climb, self._showing = None, climb
            whole = resident.content == Content.of(self._wanted)
            crop = None if whole else crop_for(resident, self._wanted)
            self._canvas.arrived(self._painting(self._wanted, resident, crop))
        if climb.rung < climb.last_rung and not climb.dropped:
            climb.rung += 1
            climb.urgent = climb.urgent and climb.rung < len(LADDER) - 1
            self._prefetching = climb
            self._work(climb)
        else:
            self._prefetching = None
            self._prefetch_next()

    def _prefetch_next(self) -> None:
        if self._next is None or self._climb is not None or self._prefetching is not None or self._closed:
            return
        wanted, self._next = self._next, None
        if wanted.viewport.is_empty or self._terminal.store.find(Content.of(wanted)) is not None:
            return
        self._prefetching = self._new_climb(wanted, urgent=False)
        self._work(self._prefetching)

    def _drop(self, climb: Climb) -> None:
        climb.dropped = True
        if climb.upload is not None:
            self._terminal.transport.cancel(climb.upload)
