"""Pictures in pieces: none so large, and never so many at a time, that a key waits long for its echo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from rich.color import ColorSystem

from reviewtui.model.geometry import CellSize, PixelSize
from reviewtui.ui.pictures.kitty.transport import Pace
from reviewtui.ui.pictures.painter import Wanted
from reviewtui.ui.pictures.raster import SixelCode, piece_bytes
from reviewtui.ui.pictures.raster_painter import RasterPainter, RasterPainting
from reviewtui.ui.pictures.sending import Parcel, Sender
from reviewtui.ui.pictures.viewport import Viewport
from tests.support.canvases import ArraySource, FakeLink, FakeView
from tests.support.textures import texture

LINE_BYTES_PER_S = 125_000.0


@dataclass
class _Line(FakeLink):
    """A line of 1 Mbit/s and 80 ms; time passes when the test waits for an answer."""

    now_s: float = 0.0
    busy_until_s: float = 0.0
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    largest_wait_s: float = 0.0

    def write(self, data: str) -> None:
        super().write(data)
        self.busy_until_s = max(self.busy_until_s, self.now_s) + len(data) / LINE_BYTES_PER_S
        self.largest_wait_s = max(self.largest_wait_s, self.busy_until_s - self.now_s)

    def ask(self, answered: Callable[[], None]) -> None:
        self.due.append((self.busy_until_s + 0.08, answered))

    def wait(self) -> None:
        """Until the next answer."""
        at_s, answered = self.due.pop(0)
        self.now_s = at_s
        answered()


class _Canvas:
    def call_after(self, delay_s: float, function: Callable[[], object]) -> None:
        """Nothing is late here."""


def _sent_in_s(sizes: list[int]) -> tuple[float, float]:
    """(Seconds until all was sent, longest time that a key's echo would have waited for the line)."""
    line = _Line()
    pace = Pace()
    sender = Sender(_Canvas(), line, pace, clock=lambda: line.now_s)
    sender.send([Parcel(lambda size=size: "x" * size, lambda: None) for size in sizes])  # type: ignore[misc]
    while line.due:
        line.wait()
    assert len("".join(line.written)) == sum(sizes)
    return line.now_s, line.largest_wait_s


def test_sender__pieces_of_a_slow_line__keep_it_busy_and_let_keys_through() -> None:
    sizes = [700, 600, *[9_000, 6_000, 12_000] * 20]
    took_s, wait_s = _sent_in_s(sizes)
    assert took_s < 1.25 * sum(sizes) / LINE_BYTES_PER_S
    assert wait_s < 0.2


def test_sender__a_piece_larger_than_may_be_under_way__goes_alone() -> None:
    _, wait_s = _sent_in_s([60_000] * 4)
    assert wait_s <= 60_000 / LINE_BYTES_PER_S + 1e-9


def test_pace__large_and_small_parcels_on_a_calm_line__are_no_crowd() -> None:
    pace = Pace()
    before = pace.window_bytes
    for step, size in enumerate([600, 12_000] * 10):
        pace.answered(0.08 + size / LINE_BYTES_PER_S, size, 0.1 * step, was_full=True)
    assert pace.window_bytes > before


def test_sixel__busy_picture_on_a_slow_line__comes_in_pieces_that_a_key_can_wait_for() -> None:
    grain, cells = PixelSize(10, 20), CellSize(60, 20)
    link = FakeLink()
    code = SixelCode(limit_px=None, most_pieces=None)
    view = FakeView(lambda canvas: RasterPainter(canvas, code, link, grain, screen_rows=lambda: 50, pace=Pace()))
    busy = texture(400, 600)
    busy[:, :300] = np.random.default_rng(1).integers(0, 256, (400, 300, 3), dtype=np.uint8)
    source = ArraySource("busy", busy)
    painting = view.show(Wanted(source, Viewport(source.size, cells, grain), ColorSystem.TRUECOLOR))
    while isinstance(painting, RasterPainting) and painting.rung < 2:
        seen = len(view.arrivals)
        view.settle()
        view.run_delayed()
        view.run_until(lambda seen=seen: len(view.arrivals) > seen)  # type: ignore[misc]
        painting = view.arrivals[-1]
        link.take()
        view.place(painting)
    view.settle()
    sizes = [len(text) for text in link.written if "\x1bP" in text]
    assert len(sizes) > 20
    assert max(sizes) < 2 * piece_bytes(LINE_BYTES_PER_S)
