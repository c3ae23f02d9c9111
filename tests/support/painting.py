"""A view and a terminal for painters, without an app: the test is the event loop and the terminal's processor."""

from __future__ import annotations

import contextlib
import queue
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
from rich.color import ColorSystem

from reviewtui.model.errors import InputError, ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.cell_painter import CellPainter
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.kitty.painter import KittyPainter
from reviewtui.ui.pictures.kitty.store import LIMIT_BYTES, Store
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.kitty.transport import Pace, Transport
from reviewtui.ui.pictures.painter import Canvas, Kinship, Painter, Painting, Spot, Wanted
from reviewtui.ui.pictures.raster import RasterCode
from reviewtui.ui.pictures.raster_painter import RasterPainter
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.viewport import Viewport
from reviewtui.ui.pictures.words_painter import WordsPainter
from tests.support.terminal_protocol import KittyImages, Step, tokens

PATIENCE_S = 20.0


class SmoothSource:
    """A picture without noise, in a colour of its own."""

    def __init__(self, key: str, size: tuple[int, int] = (400, 300), *, broken: bool = False) -> None:
        self.key = key
        self.size = PixelSize(*size)
        self.broken = broken
        self.loads = 0

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        self.loads += 1
        if self.broken:
            raise InputError("the picture broke", "look at it")
        seed = sum(map(ord, self.key)) % 200
        y, x = np.mgrid[0 : target.height, 0 : target.width]
        return np.stack([(x + seed) % 256, (y + seed) % 256, np.full_like(x, seed)], axis=-1).astype(np.uint8)


@dataclass
class Line:
    """A terminal that understands Kitty graphics; it answers when the scene lets it."""

    images: KittyImages = field(default_factory=KittyImages)
    step: Step = field(default_factory=lambda: Step("all"))
    text: str = ""
    waiting: list[Callable[[], None]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    has_room: bool = True
    answers: list[str] = field(default_factory=list)
    answered: Callable[[str], None] = lambda _: None

    def write(self, data: str) -> None:
        self.text += data
        self._take(bytearray(data.encode()))

    def _take(self, data: bytearray) -> None:
        for kind, body in tokens(data):
            if kind == "dcs" and body.startswith(b"tmux;"):
                self._take(bytearray(body[5:].replace(b"\x1b\x1b", b"\x1b")))
            elif kind == "apc":
                if found := re.match(rb"G(a=[pa],[^;]*)", body):
                    self.shown.append(found[1].decode())
                answer = self.images.command(body, self.step)
                if answer:
                    self.answers.append(answer.decode()[2:-2])

    def ask(self, answered: Callable[[], None]) -> None:
        self.waiting.append(answered)

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    @property
    def placed_image(self) -> int:
        """The image that was placed last."""
        found = re.search(r"i=(\d+)", next(one for one in reversed(self.shown) if one.startswith("a=p")))
        assert found is not None
        return int(found[1])


class HandTurnedLoop:
    """An event loop that a test turns, and a terminal that answers when it does."""

    def __init__(self) -> None:
        self.line = Line()
        self.timers: list[tuple[float, Callable[[], object]]] = []
        self._calls: queue.Queue[Callable[[], object]] = queue.Queue()

    # Canvas

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        self._calls.put(lambda: function(*arguments))
        return None

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        self.timers.append((delay_s, function))
        return None

    # The test's hands

    def answer(self) -> None:
        """The terminal processed everything."""
        said, self.line.answers = self.line.answers, []
        for text in said:
            self.line.answered(text)
        waiting, self.line.waiting = self.line.waiting, []
        for answered in waiting:
            answered()

    def turn(self) -> None:
        """One turn of the event loop; short timers fire, long ones guard against silence and wait."""
        self.answer()
        soon = [call for delay_s, call in self.timers if delay_s < 1]
        self.timers = [one for one in self.timers if one[0] >= 1]
        for call in soon:
            call()
        with contextlib.suppress(queue.Empty):
            self._calls.get(timeout=0.01)()

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            self.turn()


class Scene(HandTurnedLoop):
    """A canvas, its painter and its terminal."""

    def __init__(self, make: Callable[[Scene], Painter], *, cells: CellSize | None = None) -> None:
        super().__init__()
        self.cells = cells or CellSize(40, 16)
        self.arrivals: list[Painting] = []
        self.placings: list[Painting] = []
        self.vanishings = 0
        self.failures: list[tuple[Wanted, ReviewError]] = []
        self.painter = make(self)

    # Canvas

    def arrived(self, painting: Painting) -> None:
        self.arrivals.append(painting)

    def placed(self, painting: Painting) -> None:
        self.placings.append(painting)

    def vanished(self) -> None:
        self.vanishings += 1

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        self.failures.append((wanted, error))

    # The test's hands

    def wanted(self, source: SmoothSource, viewport: Viewport | None = None, kin: Kinship | None = None) -> Wanted:
        view = viewport or Viewport(source.size, self.cells, self.painter.grain)
        return Wanted(source, view, ColorSystem.TRUECOLOR, kin=kin)

    def place(self, painting: Painting, column: int = 3, row: int = 2) -> None:
        seen = CellRect(0, 0, painting.cells.width, painting.cells.height)
        self.painter.place(painting, Spot(column, row, seen))

    def show(self, wanted: Wanted) -> Painting:
        """Ask and wait for the first painting, and place it."""
        count = len(self.arrivals)
        painting = self.painter.request(wanted)
        if painting is None:
            self.until(lambda: len(self.arrivals) > count)
            painting = self.arrivals[-1]
        self.place(painting)
        return painting

    def place_all(self) -> Painting:
        """Place what arrives until nothing more does; the last one."""
        placed = None
        self.settle()
        while placed is not self.arrivals[-1]:
            placed = self.arrivals[-1]
            self.place(placed)
            self.settle()
        return placed

    def settle(self) -> None:
        """Until nothing works and nothing is to be sent, and every arrival was placed."""
        calm = 0
        while calm < 3:
            placed = len(self.arrivals)
            self.until(lambda: self.painter.is_idle)
            self.turn()
            busy = self.timers and any(delay_s < 1 for delay_s, _ in self.timers)
            calm = 0 if busy or not self.painter.is_idle or len(self.arrivals) != placed else calm + 1


def half_cells(canvas: Canvas) -> Painter:
    """Half cells."""
    return CellPainter(canvas, HalfCells())


def slow_half_cells(scene: Scene) -> Painter:
    """Half cells over a line that a picture would fill for long."""
    pace = Pace()
    pace.bytes_per_s = 20_000
    return CellPainter(scene, HalfCells(), link=scene.line, pace=pace)


def words(canvas: Canvas) -> Painter:
    """No picture, its description."""
    return WordsPainter(canvas)


def kitty(
    scene: Scene, *, in_tmux: bool = False, bytes_per_s: float | None = None, limit_bytes: int = LIMIT_BYTES
) -> KittyPainter:
    """Kitty graphics on the scene's line."""
    return KittyPainter(scene, kitty_terminal(scene, in_tmux=in_tmux, bytes_per_s=bytes_per_s, limit_bytes=limit_bytes))


def kitty_terminal(
    scene: Scene, *, in_tmux: bool = False, bytes_per_s: float | None = None, limit_bytes: int = LIMIT_BYTES
) -> Terminal:
    """What painters of one app share."""
    transport = Transport(scene.line, in_tmux=in_tmux, later=scene.call_after)
    if bytes_per_s is not None:
        transport.pace.bytes_per_s = bytes_per_s
    store = Store(7 if in_tmux else 0, limit_bytes)
    terminal = Terminal(store, transport, ThreadPoolExecutor(2), PixelSize(10, 20), in_tmux)
    scene.line.answered = terminal.answered
    return terminal


def raster(scene: Scene, code: RasterCode) -> RasterPainter:
    """Sixel or the iTerm2 protocol on the scene's line."""
    return RasterPainter(scene, code, scene.line, PixelSize(10, 20), screen_rows=lambda: 50)
