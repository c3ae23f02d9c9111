"""The app of ``picture_app``; apart, because it imports Textual."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Label

from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.changed_cells import ChangedCells
from reviewtui.ui.driver import DeskDriver
from reviewtui.ui.pictures import Kinship, Overlay, OverlayKind, PictureHost, PictureView
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.room import PictureRoom
from tests.support.picture_app import CHANGED, FileSource


def all_overlays(size: PixelSize) -> list[Overlay]:
    """One of each kind, spread over a picture."""

    def part(x: float, y: float, width: float, height: float) -> PixelRect:
        return PixelRect(
            round(x * size.width), round(y * size.height), round(width * size.width), round(height * size.height)
        )

    active = part(0.36, 0.32, 0.22, 0.3)
    return [
        Overlay(part(0.04, 0.08, 0.2, 0.22), OverlayKind.NOTE, "hand", 1),
        Overlay(part(0.74, 0.06, 0.22, 0.2), OverlayKind.NOTE_FOCUSED, "logo", 2),
        Overlay(part(0.66, 0.6, 0.3, 0.32), OverlayKind.LOCK, "lock"),
        Overlay(part(0.05, 0.62, 0.2, 0.25), OverlayKind.MASK, "", 1),
        Overlay(part(0.32, 0.76, 0.2, 0.16), OverlayKind.CHANGED, "changed", 3),
        Overlay(active, OverlayKind.MASK_ACTIVE, str(active.size)),
        Overlay(active.grown(round(0.03 * size.width)), OverlayKind.RING),
        Overlay(PixelRect(active.right - 1, active.bottom - 1, 1, 1), OverlayKind.CORNER),
    ]


class _Dialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Label("a dialog")

    def on_key(self) -> None:
        self.dismiss()


class PictureApp(PictureHost, App[None], inherit_bindings=False):
    """See ``picture_app``."""

    CSS = "Label { height: 1; background: #202020; } _Dialog { align: center middle; } _Dialog Label { width: 20; }"
    BINDINGS: ClassVar[list[Any]] = []

    def __init__(self, facts: TerminalFacts, images: str, paths: list[str]) -> None:
        super().__init__(driver_class=DeskDriver)
        self.type_ahead = facts.type_ahead
        self.room = PictureRoom(self, facts, images)
        self.sources = [FileSource(path) for path in paths]
        self.picture = PictureView(painters=self.room.painter, id="picture")
        self.place = self.count = self.moved = 0
        self.flipped = False
        self.other: FileSource | None = None
        self.beating: asyncio.Task[None] | None = None
        self.gaps: list[tuple[float, float]] = []
        self.cells = ChangedCells()

    def forget_screen(self) -> None:
        """The driver has taken the screen."""
        self.cells.forget()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """As the desk writes: what the terminal shows already is left out."""
        writes = self._running and not (self._closed or self._batch_count or self.is_headless)
        if writes and isinstance(renderable, (ChopsUpdate, LayoutUpdate)):
            renderable = self.cells.reduce(renderable, self.console, self.size)
        super()._display(screen, renderable)

    def compose(self) -> ComposeResult:
        yield Label("count 0", id="count")
        yield self.picture
        yield Label("", id="state")

    def on_mount(self) -> None:
        self.picture.show(self.sources[0])

    def on_unmount(self) -> None:
        self.room.close()

    def on_picture_view_painted(self, message: PictureView.Painted) -> None:
        said = message.evidence
        self.query_one("#state", Label).update(f"{said.protocol} {said.truth} {said.key.rpartition('/')[2]}")

    def on_key(self, event: Any) -> None:
        view = self.picture
        acts: dict[str, Callable[[], object]] = {
            "n": lambda: self.step(1),
            "p": lambda: self.step(-1),
            "f": self.flip,
            "plus": lambda: view.zoom_by(1),
            "minus": lambda: view.zoom_by(-1),
            "1": lambda: view.zoom_to(1),
            "0": view.fit,
            "right": lambda: view.pan(4, 0),
            "left": lambda: view.pan(-4, 0),
            "m": self.mark,
            "o": lambda: view.set_overlays(all_overlays(view.viewport.picture)),
            "h": self.hide,
            "e": self.tick,
            "d": lambda: self.push_screen(_Dialog()),
            "s": self.measure_stalls,
            "q": self.exit,
        }
        if act := acts.get(event.key):
            act()

    def step(self, by: int) -> None:
        self.place = (self.place + by) % len(self.sources)
        self.flipped, self.other = False, None
        self.picture.show(self.sources[self.place], placeholder=True)

    def flip(self) -> None:
        source = self.sources[self.place]
        self.other = self.other or FileSource(source.path, changed=True)
        self.flipped = not self.flipped
        kin = Kinship(source.key, CHANGED) if self.flipped else None
        self.picture.show(self.other if self.flipped else source, placeholder=True, kin=kin)

    def mark(self) -> None:
        self.moved += 1
        rect = PixelRect(200 + 12 * self.moved, 200, 300, 200)
        self.picture.set_overlays([Overlay(rect, OverlayKind.MASK_ACTIVE, "hand", 1)])

    def hide(self) -> None:
        self.picture.overlays_visible = not self.picture.overlays_visible

    def measure_stalls(self) -> None:
        """Begin to note how late the event loop comes round; the next time say it."""
        if self.beating is None:
            self.gaps.clear()
            self.query_one("#count", Label).update("measuring")
            self.beating = asyncio.create_task(self.beat())
            return
        self.beating.cancel()
        self.beating = None
        late, busy = (self.shares(sorted(values)) for values in zip(*self.gaps, strict=True))
        words = f"stalls {late} ms, CPU time {busy} ms, n {len(self.gaps)}"
        self.query_one("#count", Label).update(words)

    @staticmethod
    def shares(ordered: list[float]) -> str:
        p99, p999 = (ordered[min(int(part * len(ordered)), len(ordered) - 1)] * 1000 for part in (0.99, 0.999))
        return f"p99 {p99:.1f} p99.9 {p999:.1f} max {ordered[-1] * 1000:.1f}"

    async def beat(self) -> None:
        """How late, and how much of it the loop worked itself: on a busy machine the rest is others' work."""
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            late_s = max(time.perf_counter() - began - 0.001, 0.0)
            self.gaps.append((late_s, time.thread_time() - worked))

    def tick(self) -> None:
        self.count += 1
        self.query_one("#count", Label).update(f"count {self.count}")
