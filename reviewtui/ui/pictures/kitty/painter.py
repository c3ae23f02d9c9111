"""The painter for terminals with Kitty graphics: pictures stay in the terminal, a step of the eye sends a placement.

Outside tmux a picture is placed below empty cells; inside tmux, which moves cells about, the cells themselves name the
picture (see ``placeholders``). Must not know the protocol's spelling beyond ``commands``.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from functools import partial

from textual.strip import Strip

from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.compose import hole_row
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.placeholders import PlaceholderStrip
from reviewtui.ui.pictures.kitty.rungs import (
    LADDER,
    Encoded,
    encode_rung,
    exact_png,
    first_rung,
    half_cell_colors,
    on_canvas,
)
from reviewtui.ui.pictures.kitty.store import Content, Resident, Store
from reviewtui.ui.pictures.kitty.transport import Transport, Upload
from reviewtui.ui.pictures.painter import (
    PREVIEW,
    TRUE,
    Canvas,
    Painting,
    RowLook,
    Spot,
    Wanted,
    load_checked,
    scaled_patch,
)
from reviewtui.ui.pictures.source import Pixels
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
    """

    store: Store
    transport: Transport
    threads: Executor
    cell_px: PixelSize
    in_tmux: bool
    views: int = 0
    layer: int = 0
    painters: "list[KittyPainter]" = field(default_factory=list)

    def forget_all(self) -> None:
        """The terminal may be another one, which holds nothing."""
        self.store.forget_all()
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


@dataclass(frozen=True, slots=True, eq=False)
class KittyPainting:
    """A picture in the terminal, or a part of one; see ``Painting``.

    Attributes:
        crop_px: the part, in pixels of the resident; None for all of it.
    """

    wanted: Wanted
    resident: Resident
    crop_px: PixelRect | None
    in_tmux: bool

    @property
    def cells(self) -> CellSize:
        """Its size."""
        area = self.wanted.viewport.area
        return CellSize(area.width, area.height)

    @property
    def truth(self) -> str:
        """A part of a picture at another scale is never exact."""
        is_same = self.crop_px is None or self.resident.content.scale == self.wanted.viewport.scale
        return self.resident.truth if is_same else PREVIEW

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``."""
        if self.in_tmux:
            return PlaceholderStrip.of_row(self.resident.image, row, self.cells.width, look, partial(self._behind, row))
        return hole_row(self.cells.width, look, partial(self._behind, row))

    def has_rows_of(self, other: Painting) -> bool:
        """Outside tmux all pictures are holes; inside, cells name the picture."""
        if not isinstance(other, KittyPainting):
            return False
        return not self.in_tmux or other.resident.image == self.resident.image

    def _behind(self, row: int, column: int) -> tuple[Rgb, Rgb]:
        """Colours of the halves of a cell."""
        colors = self.resident.colors
        content = self.resident.content
        y, x = row, column
        if self.crop_px is not None:
            box, whole = self.wanted.viewport.box, content.box
            x = int(
                (box.x - whole.x + (column + 0.5) * box.width / self.cells.width) * content.cells.width / whole.width
            )
            y = int(
                (box.y - whole.y + (row + 0.5) * box.height / self.cells.height) * content.cells.height / whole.height
            )
        y, x = min(max(y, 0), colors.shape[0] // 2 - 1), min(max(x, 0), colors.shape[1] - 1)
        upper, lower = colors[2 * y, x].tolist(), colors[2 * y + 1, x].tolist()
        return (upper[0], upper[1], upper[2]), (lower[0], lower[1], lower[2])


@dataclass(eq=False, slots=True)
class _Climb:
    """One picture on its way up the ladder."""

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
    futures: "list[Future[Encoded | None]]" = field(default_factory=list)


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
        self._climb: _Climb | None = None
        self._prefetching: _Climb | None = None
        self._showing: _Climb | None = None
        self._next: Wanted | None = None
        self._working = 0
        self._shown: tuple[Resident, PixelRect | None, Spot] | None = None
        self._closed = False

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
        return not self._working and self._terminal.transport.is_idle

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self.cancel()
        self._wanted = wanted
        found = self._find(Content.of(wanted))
        painting = None if found is None else self._painting(wanted, found, None)
        # A part of what is placed by cells would need other cells for each step.
        if painting is None and wanted.patch is None and not self._terminal.in_tmux:
            cover = self._terminal.store.find_cover(wanted)
            painting = None if cover is None else self._painting(wanted, cover, _crop(cover, wanted))
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
        if old is not None:
            if old[0].image != resident.image and not self._terminal.in_tmux:
                self._take_away(old[0])
            self._terminal.free(self._terminal.store.release(old[0].image))
            if old[0].content.patch and old[0].content != resident.content:
                self._terminal.free(self._terminal.store.forget(old[0].content))
        self._canvas.placed(painting)

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """Pixels do not live in cells."""

    def withdraw(self) -> None:
        """See ``Painter.withdraw``."""
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
            crop = _part(crop or PixelRect.of_size(resident.size), seen, painting.cells)
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

    def _new_climb(self, wanted: Wanted, *, urgent: bool) -> _Climb:
        if urgent and self._terminal.transport.pace.bytes_per_s > _ROOMY_BYTES_PER_S:
            wanted = _widened(wanted)
        area = wanted.viewport.area
        size = PixelSize(area.width * self.grain.width, area.height * self.grain.height)
        rung = first_rung(size, self._terminal.transport.pace.bytes_per_s)
        last = len(LADDER) - 1 if urgent else max(len(LADDER) - 2, rung)
        climb = _Climb(wanted, Content.of(wanted), rung, urgent, last)
        if wanted.kin is not None and wanted.patch is None:
            relative = self._find(climb.content._replace(key=wanted.kin.key))
            # A frame of a frame would need the terminal to remember what it was made from.
            if relative is not None and relative.frame == 1 and relative.truth != PREVIEW:
                climb.frame_of = relative
        return climb

    def _begin(self, climb: _Climb) -> None:
        if climb.urgent:
            self._climb = climb
        self._work(climb)

    def _climb_later(self, wanted: Wanted, found: Resident) -> None:
        """What is shown becomes exact when it is looked at for a while."""
        climb = self._new_climb(wanted, urgent=True)
        climb.rung = max(climb.rung, _rung_above(found))
        climb.urgent = False
        self._showing = climb
        climb.frame_of = None
        climb.last_rung = len(LADDER) - 1
        self._prefetching = climb
        self._canvas.call_after(_IDLE_S, partial(self._work_if, climb))

    def _work_if(self, climb: _Climb) -> None:
        if not climb.dropped:
            self._work(climb)

    def _work(self, climb: _Climb) -> None:
        """Encode the next rung in a thread."""
        if self._closed:
            return
        self._working += 1
        speed = self._terminal.transport.pace.bytes_per_s
        future = self._terminal.threads.submit(_encode, climb, self.grain, speed)
        future.add_done_callback(partial(self._canvas.call_on_loop, self._encoded, climb))

    def _encoded(self, climb: _Climb, future: "Future[Encoded | None]") -> None:
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
            commands.transmission(resident.image, encoded.png),
            partial(self._sent, climb, resident),
            commands.drop(resident.image),
            climb.urgent,
        )
        self._terminal.transport.send(climb.upload)

    def _send_frame(self, climb: _Climb, base: Resident, encoded: Encoded) -> None:
        """Send only what differs from a picture that the terminal has."""
        assert climb.colors is not None
        place = _changed_part(climb.wanted)
        number = self._terminal.store.frames(base.image) + 1
        resident = replace(base, content=climb.content, colors=climb.colors, frame=number, has_frames=True)
        x, y = (0, 0) if place is None else (place.x, place.y)
        climb.upload = Upload(
            commands.frame(base.image, encoded.png, x, y),
            partial(self._frame_sent, climb, base, resident),
            commands.abort_frame(base.image),
            climb.urgent,
        )
        self._terminal.transport.send(climb.upload)

    def _frame_sent(self, climb: _Climb, base: Resident, resident: Resident) -> None:
        with_frames = replace(base, has_frames=True)
        self._terminal.store.keep(with_frames)
        if self._shown is not None and self._shown[0] is base:
            self._shown = (with_frames, *self._shown[1:])
        climb.last_rung = climb.rung
        self._sent(climb, resident)

    def _sent(self, climb: _Climb, resident: Resident) -> None:
        """A rung is in the terminal."""
        climb.upload = None
        self._terminal.free(self._terminal.store.keep(resident))
        if self._wanted is not None and climb in (self._climb, self._showing) and not climb.dropped:
            self._climb, self._showing = None, climb
            whole = resident.content == Content.of(self._wanted)
            crop = None if whole else _crop(resident, self._wanted)
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

    def _drop(self, climb: _Climb) -> None:
        climb.dropped = True
        if climb.upload is not None:
            self._terminal.transport.cancel(climb.upload)


def _rung_above(resident: Resident) -> int:
    return next(n for n, rung in enumerate(LADDER) if rung.truth == TRUE) if resident.truth != PREVIEW else 1


def _encode(climb: _Climb, grain: PixelSize, bytes_per_s: float) -> Encoded | None:
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
        place = _changed_part(climb.wanted) or PixelRect(0, 0, 1, 1)
        part = climb.canvas[place.y : place.bottom, place.x : place.right]
        if climb.frame_of.size == PixelSize(climb.canvas.shape[1], climb.canvas.shape[0]):
            return Encoded(exact_png(part), place.size, climb.frame_of.truth)
        climb.frame_of = None
    return encode_rung(climb.canvas, LADDER[climb.rung], bytes_per_s)


def _changed_part(wanted: Wanted) -> PixelRect | None:
    """What differs from its kin, in shown pixels, with a margin for what scaling mixes in; None when out of view."""
    viewport = wanted.viewport
    seen = None if wanted.kin is None else wanted.kin.rect.intersection(viewport.box)
    if seen is None:
        return None
    place = viewport.shown_of(seen)
    left, top = max(place.x - 4, 0), max(place.y - 4, 0)
    right, bottom = min(place.right + 4, viewport.shown.width), min(place.bottom + 4, viewport.shown.height)
    return PixelRect(left, top, right - left, bottom - top)


def _widened(wanted: Wanted) -> Wanted:
    """The same look through a larger window."""
    viewport = wanted.viewport
    if viewport.zoom is None or viewport.is_fit or wanted.patch is not None or wanted.kin is not None:
        return wanted
    cells = CellSize(viewport.cells.width * 3 // 2, viewport.cells.height * 3 // 2)
    return replace(wanted, viewport=viewport.resized(cells))


def _crop(cover: Resident, wanted: Wanted) -> PixelRect:
    """The part of a larger picture that shows what is wanted, in pixels of that picture as it was sent."""
    content, box = cover.content, wanted.viewport.box
    # What was sent is a canvas of whole cells; the picture stands at its top left.
    scale_x = content.shown.width / content.box.width * cover.size.width / cover.canvas.width
    scale_y = content.shown.height / content.box.height * cover.size.height / cover.canvas.height
    x, y = round((box.x - content.box.x) * scale_x), round((box.y - content.box.y) * scale_y)
    x, y = min(x, cover.size.width - 1), min(y, cover.size.height - 1)
    width = min(max(round(box.width * scale_x), 1), cover.size.width - x)
    height = min(max(round(box.height * scale_y), 1), cover.size.height - y)
    return PixelRect(x, y, width, height)


def _part(crop: PixelRect, seen: CellRect, cells: CellSize) -> PixelRect:
    """The part of a crop that some of its cells show."""
    x, width = crop.x + crop.width * seen.x // cells.width, max(crop.width * seen.width // cells.width, 1)
    y, height = crop.y + crop.height * seen.y // cells.height, max(crop.height * seen.height // cells.height, 1)
    return PixelRect(x, y, width, height)


def make_painter(terminal: Terminal) -> Callable[[Canvas], KittyPainter]:
    """A factory for the views of an app."""
    return lambda canvas: KittyPainter(canvas, terminal)
