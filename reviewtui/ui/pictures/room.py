"""The picture room of one app: chooses how pictures get onto its terminal, and owns what all its views share.

Make one for each app, give ``painter`` to its views, and ``close`` it before the app leaves the terminal.
"""

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol

from textual.app import App

from reviewtui.model.errors import UsageError
from reviewtui.model.geometry import PixelSize
from reviewtui.ui.pictures.acknowledge import PictureHost
from reviewtui.ui.pictures.cache import DrawingCache
from reviewtui.ui.pictures.cell_painter import CellPainter
from reviewtui.ui.pictures.cell_tiles import CellTiles
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.halfcells import HalfCells
from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.painter import KittyPainter
from reviewtui.ui.pictures.kitty.store import Store
from reviewtui.ui.pictures.kitty.terminal import Terminal
from reviewtui.ui.pictures.kitty.tile_painter import KittyTiles
from reviewtui.ui.pictures.kitty.transport import Pace, Transport
from reviewtui.ui.pictures.painter import Canvas, Painter
from reviewtui.ui.pictures.raster import XTERM_LIMIT_PX, XTERM_PIECES, ItermCode, RasterCode, SixelCode
from reviewtui.ui.pictures.raster_painter import RasterPainter
from reviewtui.ui.pictures.raster_tiles import RasterTiles
from reviewtui.ui.pictures.sixel import MAX_COLOURS
from reviewtui.ui.pictures.tiles import TileCanvas, TilePainter
from reviewtui.ui.pictures.words_painter import Describe, WordsPainter

DRAWABLE = ("kitty", "iterm2", "sixel", "half", "text")
"""Protocols that there are painters for, best first."""

_DEPTH = 20
"""Textual's queue of writes blocks the event loop at 30."""

_THREADS = 2
_SWITCH_S = 0.001
_LOCAL_MS, _LOCAL_BYTES_PER_S = 8, 20_000_000.0
"""A terminal that answers so fast is on this machine or next to it."""

_ASSUMED_CELL_PX = PixelSize(10, 20)


class Repainted(Protocol):
    """A widget that got its painter from a room."""

    def change_painter(self) -> None:
        """Get another one."""
        ...


class DriverLink:
    """The app's driver as a line to the terminal; see ``TerminalLink``."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    @property
    def has_room(self) -> bool:
        """Whether the writer keeps up."""
        driver = self._app._driver
        writer = getattr(driver, "_writer_thread", None)
        return writer is None or writer._queue.qsize() < _DEPTH

    def write(self, data: str) -> None:
        """Write through the driver, when there still is one."""
        self._host.get_picture_writer().write(data)

    def ask(self, answered: Callable[[], None]) -> None:
        """Ask through the app's acknowledger."""
        self._host.get_picture_acknowledger().ask(answered)

    def together(self) -> AbstractContextManager[None]:
        """See ``TerminalLink``."""
        return self._host.get_picture_writer().together()

    @property
    def _host(self) -> PictureHost:
        assert isinstance(self._app, PictureHost)
        return self._app


class PictureRoom:
    """How pictures get onto the terminal of one app. Event loop only.

    Args:
        app: also a ``PictureHost``.
        facts: what its terminal can do.
        wanted: a protocol, or ``auto``.
        describe: what else there is to say of a picture where there are only words for it.

    Attributes:
        protocol: that painters made from now on use.
        refusal: why that is not the one that was wanted, in words; else empty.
    """

    def __init__(
        self, app: App[Any], facts: TerminalFacts, wanted: str = "auto", *, describe: Describe | None = None
    ) -> None:
        self.facts = facts
        self.protocol, self.refusal = facts.shown_by(wanted, DRAWABLE)
        self._app = app
        self._describe = describe
        self._kitty: Terminal | None = None
        self._cache = DrawingCache()
        self._rasters = 0
        self._pace = Pace()
        self._tile_threads: ThreadPoolExecutor | None = None
        if facts.rtt_ms is not None and facts.rtt_ms < _LOCAL_MS:
            self._pace.bytes_per_s = _LOCAL_BYTES_PER_S

    def painter(self, canvas: Canvas) -> Painter:
        """A painter for a view."""
        if self.protocol == "kitty":
            return KittyPainter(canvas, self._get_kitty())
        if self.protocol == "text":
            return WordsPainter(canvas, self._describe, self._cache)
        code = _raster_code(self.protocol, self.facts)
        # A terminal that forgets pictures keeps those of one view only.
        if code is not None and (code.most_pieces is None or not self._rasters):
            self._rasters += 1
            return RasterPainter(
                canvas,
                code,
                DriverLink(self._app),
                self.facts.cell_px or _ASSUMED_CELL_PX,
                screen_rows=lambda: self._app.size.height,
                synchronized=self.facts.sync,
                pace=self._pace,
                cache=self._cache,
            )
        # A terminal that answers nothing cannot say how fast it is.
        link = None if self.facts.rtt_ms is None else DriverLink(self._app)
        return CellPainter(canvas, HalfCells(), link=link, pace=self._pace)

    def tile_painter(self, canvas: TileCanvas, *, beside_picture: bool = False) -> TilePainter:
        """A painter for the small pictures of a widget.

        Args:
            canvas: the widget.
            beside_picture: whether a picture is on the screen at the same time; a terminal that forgets pictures keeps
                that one.
        """
        if self._tile_threads is None:
            self._tile_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tiles")
        if self.protocol == "kitty":
            return KittyTiles(canvas, self._get_kitty(), self._tile_threads, gives_way=beside_picture)
        code = _raster_code(self.protocol, self.facts)
        if code is not None and (code.most_pieces is None or not beside_picture):
            return RasterTiles(
                canvas,
                code,
                DriverLink(self._app),
                self.facts.cell_px or _ASSUMED_CELL_PX,
                self._tile_threads,
                screen_rows=lambda: self._app.size.height,
                synchronized=self.facts.sync,
                pace=self._pace,
            )
        return CellTiles(canvas, self._tile_threads)

    @property
    def bytes_per_s(self) -> float | None:
        """What the line to the terminal carries; None as long as nobody measured it."""
        pace = self._pace if self._kitty is None else self._kitty.transport.pace
        return pace.bytes_per_s if pace.is_measured else None

    @property
    def rtt_ms(self) -> int | None:
        """The shortest way to the terminal and back that was seen."""
        base_s = (self._pace if self._kitty is None else self._kitty.transport.pace).base_s
        return self.facts.rtt_ms if base_s is None else round(base_s * 1000)

    def switch(self, wanted: str, views: Iterable[Repainted]) -> str:
        """Draw pictures another way from now on, and free what the terminal holds of the way before.

        Nothing that was on the screen stays armed.

        Args:
            wanted: a protocol, or ``auto``.
            views: all that have a painter of this room.

        Returns:
            The protocol.

        Raises:
            UsageError: the terminal cannot; nothing was changed.
        """
        protocol = self.facts.shown_by("auto", DRAWABLE)[0] if wanted == "auto" else wanted
        if reason := self.facts.why_not(protocol):
            raise UsageError(reason, f"if you know better, begin with: reviewtui open FOLDER --images {protocol}")
        self.refusal = ""
        if protocol != self.protocol:
            self.protocol, self._rasters = protocol, 0
            former, self._kitty = self._kitty, None
            for view in views:
                view.change_painter()
            if former is not None:
                _free(former)
        return protocol

    def close(self) -> None:
        """Free everything that the terminal holds; nothing can be shown afterwards."""
        if self._kitty is not None:
            _free(self._kitty)
        if self._tile_threads is not None:
            self._tile_threads.shutdown(wait=False, cancel_futures=True)

    def _get_kitty(self) -> Terminal:
        if self._kitty is None:
            in_tmux = self.facts.tmux is not None
            link = DriverLink(self._app)
            transport = Transport(
                link,
                in_tmux=in_tmux,
                later=lambda delay_s, call: self._app.set_timer(delay_s, call),
                seems_mute=self.facts.rtt_ms is None,
            )
            transport.pace.bytes_per_s = self._pace.bytes_per_s
            transport.pace.expect((self.facts.rtt_ms or 0) / 1000)
            # Several programs share the terminal outside tmux.
            family = 1 + os.getpid() % 255 if in_tmux else 0
            # Threads that encode hand the interpreter over sooner than after 5 ms, for the event loop's sake.
            sys.setswitchinterval(_SWITCH_S)
            self._kitty = Terminal(
                Store(family),
                transport,
                ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures"),
                self.facts.cell_px or _ASSUMED_CELL_PX,
                in_tmux,
            )
            transport.lost = self._kitty.forget_all
            assert isinstance(self._app, PictureHost)
            self._app.graphics_answered = self._kitty.answered
        return self._kitty


def _free(kitty: Terminal) -> None:
    """Take everything from a terminal, and end what works for it."""
    kitty.transport.close([commands.drop(image) for image in sorted(kitty.images)])
    kitty.threads.shutdown(wait=False, cancel_futures=True)


def _raster_code(protocol: str, facts: TerminalFacts) -> RasterCode | None:
    if protocol == "iterm2":
        return ItermCode(erases_beyond=facts.name.startswith("Konsole"))
    if protocol != "sixel":
        return None
    # A terminal that does not say what it is may be an xterm.
    is_xterm = not facts.name or facts.name.startswith("XTerm")
    return SixelCode(
        limit_px=facts.sixel_limit_px or (XTERM_LIMIT_PX if is_xterm else None),
        colours=min(max(facts.sixel_colors or MAX_COLOURS, 2), MAX_COLOURS),
        most_pieces=XTERM_PIECES if is_xterm else None,
    )
