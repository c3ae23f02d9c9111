"""A view and a line that a painter can be tried with, without an app: its event loop is a queue that a test runs."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from rich.color import ColorSystem
from rich.console import Console

from reviewtui.model.errors import InputError, ReviewError
from reviewtui.model.geometry import CellRect, CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures.overlays import Mark, OverlayKind
from reviewtui.ui.pictures.painter import Painter, Painting, RowLook, Spot, Wanted
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.viewport import Viewport

SURROUND = (22, 22, 22)
ROOM = CellSize(20, 8)
_CONSOLE = Console()


@dataclass
class ArraySource:
    """A picture held in memory, scaled by repeating or leaving out pixels."""

    key: str
    pixels: Pixels
    broken: bool = False

    @property
    def size(self) -> PixelSize:
        return PixelSize(self.pixels.shape[1], self.pixels.shape[0])

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        if self.broken:
            raise InputError("the picture broke")
        cut = self.pixels[box.y : box.bottom, box.x : box.right]
        rows = np.arange(target.height) * box.height // target.height
        columns = np.arange(target.width) * box.width // target.width
        result: Pixels = cut[rows[:, None], columns]
        return result


@dataclass
class FakeLink:
    """A line that keeps what was written; it answers when the test says so, or at once."""

    written: list[str] = field(default_factory=list)
    asked: list[Callable[[], None]] = field(default_factory=list)
    has_room: bool = True
    answers: bool = True

    def write(self, data: str) -> None:
        self.written.append(data)

    def ask(self, answered: Callable[[], None]) -> None:
        if self.answers:
            answered()
        else:
            self.asked.append(answered)

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def take(self) -> str:
        """What was written since the last call."""
        text = "".join(self.written)
        self.written.clear()
        return text


class FakeView:
    """Plays the view for one painter."""

    def __init__(self, make: Callable[[FakeView], Painter]) -> None:
        self._queue: queue.Queue[Callable[[], object]] = queue.Queue()
        self._later: list[Callable[[], object]] = []
        self.arrivals: list[Painting] = []
        self.vanishings = 0
        self.placements: list[Painting] = []
        self.failures: list[ReviewError] = []
        self.painter = make(self)

    # Canvas

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        self._queue.put(partial(function, *arguments))
        return None

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        self._later.append(function)
        return None

    def arrived(self, painting: Painting) -> None:
        self.arrivals.append(painting)

    def placed(self, painting: Painting) -> None:
        self.placements.append(painting)

    def vanished(self) -> None:
        self.vanishings += 1

    def failed(self, wanted: Wanted, error: ReviewError) -> None:
        self.failures.append(error)

    # What a test does

    def run_until(self, condition: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Run the loop until something holds."""
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            try:
                self._queue.get(timeout=0.01)()
            except queue.Empty:
                continue

    def settle(self) -> None:
        """Run the loop until no thread works and nothing is left to do; delayed calls stay where they are."""
        self.run_until(lambda: self.painter.is_idle and self._queue.empty())

    def run_delayed(self) -> None:
        """Run what was delayed, however long."""
        later, self._later = self._later, []
        for function in later:
            function()

    def get(self, wanted: Wanted) -> Painting:
        """Ask for something and wait for its first painting."""
        painting = self.painter.request(wanted)
        if painting is not None:
            return painting
        seen = len(self.arrivals)
        self.run_until(lambda: len(self.arrivals) > seen)
        return self.arrivals[-1]

    def write_rows(self, painting: Painting, width: int, marks: dict[tuple[int, int], Mark] | None = None) -> list[str]:
        """Write all rows as a frame does; returns what was written."""
        return [self.write_row(painting, row, width, marks) for row in range(painting.cells.height)]

    def write_row(
        self,
        painting: Painting,
        row: int,
        width: int,
        marks: dict[tuple[int, int], Mark] | None = None,
        upto: int | None = None,
    ) -> str:
        """Write one row as a frame does: from its beginning to the last cell that changed."""
        on_row = {x: mark for (y, x), mark in (marks or {}).items() if y == row}
        strip = painting.row(row, self.look(width, (width - painting.cells.width) // 2, on_row))
        assert strip.cell_length == width
        return strip.crop(0, upto).render(_CONSOLE)

    def look(self, width: int, left: int = 0, marks: dict[int, Mark] | None = None) -> RowLook:
        """A row on dark grey."""
        colors = dict.fromkeys(OverlayKind, (200, 200, 255))
        return RowLook(left, width, SURROUND, ColorSystem.TRUECOLOR, marks or {}, colors)

    def show(self, wanted: Wanted, *, column: int = 3, row: int = 2) -> Painting:
        """Show something until it is placed."""
        painting = self.get(wanted)
        self.write_rows(painting, painting.cells.width)
        self.place(painting, column=column, row=row)
        return painting

    def place(self, painting: Painting, *, column: int = 3, row: int = 2) -> Spot:
        spot = Spot(column, row, CellRect(0, 0, painting.cells.width, painting.cells.height))
        self.painter.place(painting, spot)
        self.run_until(lambda: painting in self.placements)
        return spot


def wanted(source: ArraySource, grain: PixelSize, room: CellSize = ROOM) -> Wanted:
    """The whole of a picture in a room."""
    return Wanted(source, Viewport(source.size, room, grain), ColorSystem.TRUECOLOR, SURROUND)
