"""The painter for protocols whose pictures become part of the cells that they cover: Sixel and iTerm2.

Only cells that look different are drawn: another version differs in a few, a mark that went away uncovers a few. A
first look comes first, then better pictures as long as nothing else is wanted. Must not know a particular protocol.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.color import ColorSystem
from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.loading import Loader
from reviewtui.ui.pictures.overlays import Overlay, OverlayKind
from reviewtui.ui.pictures.painter import PALETTE, Canvas, Painting, RowLook, Spot, TerminalLink, Wanted
from reviewtui.ui.pictures.placing import Piece, changed_cells, fewer, padded, placed, rectangles, tiles
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.raster import Prepared, RasterCode, piece_bytes
from reviewtui.ui.pictures.raster_strip import Ledger, raster_row
from reviewtui.ui.pictures.sending import Parcel, Sender
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Cell, Rgb, encode

_SMALL_SHARE = 0.25
"""A picture that differs from the one on the screen in fewer cells comes at its best at once."""

_MOST_SHARE = 0.6
"""When more of the picture has to be drawn, all of it is: in few pieces, which some terminals have to remember."""

_FEW_PIECES = 3
"""Where pieces are counted, a change takes twice as many at most; with less than so many left all is drawn."""

_CLIMB_AFTER_S, _IDLE_S = 0.05, 0.5
"""How long a picture is looked at before a better one comes, and the best one."""

_WHOLE_SHARE = 2
"""Where pieces are counted, the whole picture takes one in so many; the rest is for changes to it."""

_LARGER, _LEAST_CELLS = 1.5, 8
"""A piece that is larger than it should be by this factor is halved, unless it is narrow already."""

Mask = NDArray[np.bool_]


_UPPER_HALF = "▀"


@dataclass(frozen=True, slots=True)
class _Halves:
    """Finds what marks, screenshots and the last row of a screen need of a picture: its half cells.

    Attributes:
        name: of the protocol, for the cache.
        grain: pixels of one cell.
    """

    name: str
    grain: PixelSize

    def draw(self, pixels: Pixels, depth: ColorSystem) -> Drawing:
        """See ``PictureProtocol.draw``; the drawing keeps all pixels, and nothing is encoded."""
        height, width = pixels.shape[:2]
        columns, rows = -(-width // self.grain.width), -(-height // self.grain.height)
        small = Image.fromarray(np.ascontiguousarray(pixels)).resize((columns, 2 * rows), Image.Resampling.BOX)
        halves = [[(red, green, blue) for red, green, blue in row] for row in np.asarray(small).tolist()]
        cells = tuple(
            tuple(Cell(_UPPER_HALF, upper, lower) for upper, lower in zip(*halves[2 * row : 2 * row + 2], strict=True))
            for row in range(rows)
        )
        return Drawing(pixels, CellSize(columns, rows), cells, ("",) * rows, PALETTE)


@dataclass(frozen=True, slots=True, eq=False)
class RasterPainting:
    """A picture at one rung; see ``Painting``.

    Attributes:
        wanted: what it shows.
        drawing: its pixels and half cells.
        rung: of the protocol's ladder.
        truth: what the rung is to a reviewer.
        ledger: is told what frames do to its cells.
    """

    wanted: Wanted
    drawing: Drawing
    rung: int
    truth: str
    ledger: Ledger = field(repr=False)

    @property
    def cells(self) -> CellSize:
        """Its size."""
        return self.drawing.cells

    def row(self, row: int, look: RowLook) -> Strip:
        """See ``Painting.row``."""
        return raster_row(self.drawing, row, look, self.ledger)

    def has_rows_of(self, other: Painting) -> bool:
        """Cells of a picture are not written with the rows, so all pictures of one size have the same."""
        return isinstance(other, RasterPainting) and other.ledger is self.ledger


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """Cells to be drawn.

    Attributes:
        painting: what of.
        spot: where.
        known: what the screen shows now, where it is not stale; None when all is to be drawn.
        stale: cells that do not show that.
        last_row: of the screen.
        pieces_left: so many the terminal remembers beside those that it has got; None for any number.
        bytes_per_s: what the line carries.
    """

    painting: RasterPainting
    spot: Spot
    known: RasterPainting | None
    stale: Mask
    last_row: int
    pieces_left: int | None
    bytes_per_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What will be encoded.

    Attributes:
        drawn: all cells that are covered by it, and those that show text.
        is_whole: whether that is the whole picture.
        pieces: how many there will be.
    """

    drawn: Mask
    is_whole: bool
    pieces: int


@dataclass(slots=True, eq=False)
class _Work:
    """A job that is being done in the thread; it says each part as soon as it has it.

    Attributes:
        future: of the thread.
        dropped: nobody waits for it any more.
    """

    future: "Future[None] | None" = None
    dropped: bool = False


class RasterPainter:
    """See ``Painter``.

    Args:
        canvas: the view.
        code: the protocol.
        link: the line to the terminal.
        grain: pixels of one cell.
        screen_rows: height of the screen now.
        synchronized: whether the terminal can show all of a write at once.
        pace: how fast the line is; shared by all who send over it.
        cache: drawings that come back at once; may be shared by views.
    """

    def __init__(
        self,
        canvas: Canvas,
        code: RasterCode,
        link: TerminalLink,
        grain: PixelSize,
        *,
        screen_rows: Callable[[], int],
        synchronized: bool = False,
        pace: Pace | None = None,
        cache: DrawingCache | None = None,
    ) -> None:
        self._canvas = canvas
        self._code = code
        self._grain = grain
        self._screen_rows = screen_rows
        self._synchronized = synchronized
        self._loader = Loader(
            _Halves(code.name, grain),
            DrawingCache() if cache is None else cache,
            canvas.call_on_loop,
            lambda wanted, drawing: canvas.arrived(self._first(wanted, drawing)),
            canvas.failed,
        )
        self._sender = Sender(canvas, link, pace)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="raster")
        self._ledger = Ledger(CellSize(0, 0))
        self._wanted: Wanted | None = None
        self._shown: RasterPainting | None = None
        self._spot: Spot | None = None
        self._stale: Mask = np.zeros((0, 0), dtype=bool)
        self._running: _Work | None = None
        self._pieces_sent = 0

    @property
    def name(self) -> str:
        """The protocol's."""
        return self._code.name

    @property
    def grain(self) -> PixelSize:
        """Pixels of one cell."""
        return self._grain

    @property
    def most_cells(self) -> CellSize | None:
        """Any room."""
        return None

    @property
    def is_busy(self) -> bool:
        """Whether the picture that was asked for last is still being loaded."""
        return self._loader.is_busy

    @property
    def is_idle(self) -> bool:
        """Whether no thread works and nothing waits to be sent."""
        return self._loader.is_idle and self._running is None and self._sender.is_idle

    def request(self, wanted: Wanted) -> Painting | None:
        """See ``Painter.request``."""
        self._wanted = wanted
        drawing = self._loader.request(wanted)
        return None if drawing is None else self._first(wanted, drawing)

    def prefetch(self, wanted: Wanted) -> None:
        """See ``Painter.prefetch``."""
        self._loader.prefetch(wanted)

    def cancel(self) -> None:
        """See ``Painter.cancel``."""
        self._wanted = None
        self._loader.cancel()
        self._stop_sending()

    def place(self, painting: Painting, spot: Spot) -> None:
        """See ``Painter.place``."""
        assert isinstance(painting, RasterPainting)
        self._draw(painting, spot, self._ledger.take(anything=True))

    def repainted(self, painting: Painting, spot: Spot, cells: CellRect) -> None:
        """See ``Painter.repainted``."""
        assert isinstance(painting, RasterPainting)
        exposed = self._ledger.take(anything=False)
        if exposed.any():
            self._draw(painting, spot, exposed)

    @property
    def draws_lines(self) -> bool:
        """Overlays are cells."""
        return False

    def overlay(self, overlays: Sequence[Overlay], colors: Mapping[OverlayKind, Rgb]) -> None:
        """They come as marks."""

    def cover(self, *, covered: bool) -> None:
        """Cells are covered by cells."""

    def withdraw(self) -> None:
        """Whatever is written over the cells erases the picture."""
        self._stop_sending()
        self._shown = None

    def close(self) -> None:
        """See ``Painter.close``."""
        self.cancel()
        self._loader.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    # Rungs

    def _first(self, wanted: Wanted, drawing: Drawing) -> RasterPainting:
        """The painting to begin with: the first look, or the best one where little has to be drawn."""
        if drawing.cells != self._ledger.cells:
            self._ledger = Ledger(drawing.cells)
        best = len(self._code.truths) - 1
        shown = self._shown
        is_kin = shown is not None and shown.rung == best and _share(shown.drawing, drawing) <= _SMALL_SHARE
        return self._at(wanted, drawing, best if is_kin else self._ladder(drawing)[0])

    def _at(self, wanted: Wanted, drawing: Drawing, rung: int) -> RasterPainting:
        return RasterPainting(wanted, drawing, rung, self._code.truths[rung], self._ledger)

    def _ladder(self, drawing: Drawing) -> tuple[int, ...]:
        """Rungs that are worth while for a picture."""
        height, width = drawing.pixels.shape[:2]
        return self._code.ladder(width * height, self._sender.bytes_per_s)

    def _climb(self, painting: RasterPainting, rung: int) -> None:
        """A better rung, unless something else is wanted by now."""
        if painting is self._shown and painting.wanted is self._wanted and painting.wanted.patch is None:
            self._canvas.arrived(self._at(painting.wanted, painting.drawing, rung))

    # Drawing

    def _draw(self, painting: RasterPainting, spot: Spot, exposed: Mask) -> None:
        """Draw what does not show ``painting`` yet.

        Args:
            painting: what is to be shown.
            spot: where.
            exposed: cells that lost what they showed.
        """
        if painting.ledger is not self._ledger:
            return
        self._stop_sending()
        known = self._shown if self._spot == spot else None
        if known is not None and (known.ledger is not self._ledger or known.rung < painting.rung):
            known = None
        stale = np.ones_like(exposed) if known is None else self._stale | exposed
        last_row, speed = self._screen_rows() - 1, self._sender.bytes_per_s
        job = _Job(painting, spot, known, stale, last_row, self._pieces_left, speed)
        # A cell is stale until it is drawn, so that what is interrupted is made up for by the next drawing. Which cells
        # differ is found in the thread; until then any may.
        is_other = known is None or known.drawing is not painting.drawing
        self._stale = np.ones_like(stale) if is_other else stale.copy()
        self._shown, self._spot = painting, spot
        work = self._running = _Work()
        work.future = self._executor.submit(self._encode, job, work)
        work.future.add_done_callback(partial(self._canvas.call_on_loop, self._ended, job, work))

    @property
    def _pieces_left(self) -> int | None:
        most = self._code.most_pieces
        return None if most is None else most - 1 - self._pieces_sent

    def _stop_sending(self) -> None:
        self._sender.cancel()
        if self._running is not None:
            self._running.dropped = True
            if self._running.future is not None:
                self._running.future.cancel()
            self._running = None

    def _encode(self, job: _Job, work: _Work) -> None:
        """Find what has to be drawn and encode it piece by piece. Blocking, runs in a thread."""
        tell = self._canvas.call_on_loop
        plan, pieces = _planned(self._code, self._grain, job)
        tell(self._begin_sending, work, plan)
        for cells, piece in pieces:
            if work.dropped:
                return
            tell(self._send, job, work, cells, piece)

    def _begin_sending(self, work: _Work, plan: _Plan) -> None:
        if work is self._running:
            self._stale &= plan.drawn
            if plan.is_whole:
                self._pieces_sent = 0
            self._pieces_sent += plan.pieces

    def _send(self, job: _Job, work: _Work, cells: CellRect, piece: Piece) -> None:
        if work is self._running:
            self._sender.send([Parcel(partial(self._with_text, job.spot, cells, piece), partial(self._drew, cells))])

    def _ended(self, job: _Job, work: _Work, future: "Future[None]") -> None:
        if work is self._running:
            self._running = None
            future.result()
            self._sender.send([Parcel(str, partial(self._done, job.painting))])

    def _with_text(self, spot: Spot, cells: CellRect, piece: Piece) -> str:
        """A piece with the text that stands over it now."""
        depth = ColorSystem.TRUECOLOR if self._shown is None else self._shown.wanted.depth
        text = [
            Piece(spot.column + column, spot.row + row, encode(run, depth))
            for row, column, run in self._ledger.text_over(cells)
        ]
        return placed([piece, *text, *self._margin(spot, cells)], synchronized=self._synchronized)

    def _margin(self, spot: Spot, cells: CellRect) -> list[Piece]:
        """The surround at the right of a piece, where the terminal erases it."""
        shown, right = self._shown, cells.x + cells.width
        at_edge = shown is not None and right == shown.cells.width and self._ledger.has_margin
        if shown is None or not at_edge or not self._code.erases_beyond:
            return []
        grey = shown.wanted.surround_rgb
        pad = encode([Cell(" ", grey, grey)], shown.wanted.depth)
        return [Piece(spot.column + right, spot.row + row, pad) for row in range(cells.y, cells.y + cells.height)]

    def _drew(self, cells: CellRect) -> None:
        self._stale[cells.y : cells.y + cells.height, cells.x : cells.x + cells.width] = False

    def _done(self, painting: RasterPainting) -> None:
        self._canvas.placed(painting)
        higher = [rung for rung in self._ladder(painting.drawing) if rung > painting.rung]
        if higher:
            delay_s = _CLIMB_AFTER_S if higher[1:] else _IDLE_S
            self._canvas.call_after(delay_s, partial(self._climb, painting, higher[0]))


def _share(first: Drawing, second: Drawing) -> float:
    """About how many cells differ, 0 to 1; told from half cells, which is quick."""
    if first.pixels.shape != second.pixels.shape:
        return 1.0
    differing = sum(
        one != other
        for row, other_row in zip(first.rows, second.rows, strict=True)
        if row != other_row
        for one, other in zip(row, other_row, strict=True)
    )
    return differing / (first.cells.width * first.cells.height)


def _planned(code: RasterCode, grain: PixelSize, job: _Job) -> tuple[_Plan, Iterator[tuple[CellRect, Piece]]]:
    """What has to be drawn, and its pieces, each encoded when it is asked for. Blocking, runs in a thread."""
    painting = job.painting
    pixels = padded(painting.drawing.pixels, grain, painting.wanted.surround_rgb)
    need = job.stale.copy()
    if job.known is not None and job.known.drawing is not painting.drawing:
        need |= changed_cells(padded(job.known.drawing.pixels, grain, job.known.wanted.surround_rgb), pixels, grain)
    seen = job.spot.seen
    visible = np.zeros_like(need)
    visible[seen.y : seen.y + seen.height, seen.x : seen.x + seen.width] = True
    need &= visible
    left = job.pieces_left
    is_whole = bool(need[visible].mean() > _MOST_SHARE) or (left is not None and left < _FEW_PIECES)
    if is_whole and need.any():
        need = visible
    drawn = need.copy()
    last_row = _last_row(job, need)
    if not need.any():
        return _Plan(drawn, is_whole, len(last_row)), iter(last_row)
    prepared = code.prepare(pixels, painting.rung, job.bytes_per_s, painting.wanted.surround_rgb)
    found = rectangles(need)
    parts = [
        cells
        for rect in (found if is_whole or left is None else fewer(found, min(left, 2 * _FEW_PIECES)))
        for cells in _pieces_of(code, grain, prepared, rect)
    ]
    # A look has its bytes beforehand.
    most_bytes = piece_bytes(job.bytes_per_s) if left is None and not prepared.size_bytes else None
    encoded = (
        (part, Piece(job.spot.column + part.x, job.spot.row + part.y, text))
        for cells in parts
        for part, text in _encoded(code, prepared, cells, grain, most_bytes)
    )
    return _Plan(drawn, is_whole, len(last_row) + len(parts)), chain(last_row, encoded)


def _encoded(
    code: RasterCode, prepared: Prepared, cells: CellRect, grain: PixelSize, most_bytes: int | None
) -> Iterator[tuple[CellRect, str]]:
    """A piece, or its halves where it turns out much larger than was guessed: a key would have to wait for it."""
    text = code.encode(prepared, cells, grain)
    if most_bytes is None or len(text) <= _LARGER * most_bytes or cells.width < _LEAST_CELLS:
        yield cells, text
        return
    half = cells.width // 2
    for part in (replace(cells, width=half), replace(cells, x=cells.x + half, width=cells.width - half)):
        yield from _encoded(code, prepared, part, grain, most_bytes)


def _last_row(job: _Job, need: Mask) -> list[tuple[CellRect, Piece]]:
    """The last row of the screen in half cells, since a picture that reaches it makes some terminals scroll."""
    row = job.last_row - job.spot.row
    if not 0 <= row < need.shape[0]:
        return []
    pieces = []
    for rect in rectangles(need[row : row + 1]):
        text = encode(job.painting.drawing.rows[row][rect.x : rect.x + rect.width], job.painting.wanted.depth)
        pieces.append((replace(rect, y=row), Piece(job.spot.column + rect.x, job.last_row, text)))
    need[row:] = False
    return pieces


def _pieces_of(code: RasterCode, grain: PixelSize, prepared: Prepared, rect: CellRect) -> list[CellRect]:
    """A rectangle cut so that keys are echoed in between, and within what the terminal takes."""
    height_px, width_px = prepared.pixels.shape[:2]
    limit = code.limit_px or PixelSize(width_px, height_px)
    wide = min(max(limit.width // grain.width, 1), rect.width) * grain.width
    tall = max(width_px * height_px // prepared.pieces // wide, grain.height)
    if code.most_pieces is not None:
        across = -(-width_px // wide)
        least_rows = -(-height_px // grain.height) // max(code.most_pieces // (_WHOLE_SHARE * across), 1)
        tall = max(tall, (least_rows + 1) * grain.height)
    elif width_px * height_px // prepared.pieces < wide * grain.height:
        # Less than a row of cells.
        across = max(round(wide * grain.height * prepared.pieces / (width_px * height_px)), 1)
        wide = max(-(-wide // across // grain.width), 1) * grain.width
    return tiles(rect, grain, PixelSize(wide, min(limit.height, tall)))
