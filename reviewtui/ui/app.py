"""The app: themes, driver, feed, and leaving in good order whatever happens to the terminal. Stays small.

It starts in two steps, because a reviewer waits for the first frame: the beginning of the queue is shown with what has
been read from disk by then; everything else - the desk, pictures, services - is read in a thread behind that frame.
"""

import asyncio
import gc
import signal
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen

from reviewtui.model.errors import ReviewError, StoreError
from reviewtui.services.background import announce_presence, ensure_worker
from reviewtui.services.feed import Feed
from reviewtui.services.first_page import load_first_page
from reviewtui.services.workspace import Workspace
from reviewtui.settings.habits import chosen
from reviewtui.settings.settings import Settings
from reviewtui.ui.changed_cells import ChangedCells
from reviewtui.ui.driver import DeskDriver
from reviewtui.ui.feed_pump import FeedPump
from reviewtui.ui.pictures.acknowledge import PictureHost
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.surround import Surround
from reviewtui.ui.screens.first import FirstLook
from reviewtui.ui.text import styled
from reviewtui.ui.theme import register_themes
from reviewtui.ui.widgets.line_list import PAGE_ROWS

if TYPE_CHECKING:
    from reviewtui.imaging.decoding import Decoder
    from reviewtui.ui.pictures.room import PictureRoom
    from reviewtui.ui.screens.desk import Desk

_WORKER_CHECK_S = 10.0
_GC_THRESHOLD = 20_000
"""Allocations between collections: Textual's messages live shortly, and a collection stops the event loop."""


class DeskApp(PictureHost, App[None], inherit_bindings=False):
    """One desk on one workspace.

    Args:
        workspace: opened by the caller, who closes it.
        decoding: makes the decoder, once, in a thread; the caller closes it.
        background: whether a worker is started when none runs; tests say no.
        terminal: what was found out about the terminal; what was typed meanwhile becomes keys.

    Raises:
        UsageError: the user's keymap is not valid.
        StoreError: the database cannot be read.
    """

    TITLE = "reviewtui"
    # The desk has one of its own beside the picture; Textual's dims what lies below it.
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []  # noqa: RUF012 - Textual's own name and type

    def __init__(
        self,
        workspace: Workspace,
        decoding: "Callable[[], Decoder]",
        *,
        background: bool = True,
        terminal: TerminalFacts | None = None,
    ) -> None:
        super().__init__(driver_class=DeskDriver)
        self.terminal = terminal or TerminalFacts()
        self.type_ahead = self.terminal.type_ahead
        self.workspace = workspace
        self.room: PictureRoom | None = None
        self._background = background
        self._desk: Desk | None = None
        self._cells = ChangedCells()
        self._decoding = decoding
        settings = workspace.settings
        if settings.ui_keymap:
            # A clash is told before the screen is taken over.
            _keymap(settings)
        self._pump = FeedPump(Feed(workspace), self._changed, self._feed_failed)
        register_themes(self, settings.ui_theme)
        self.first = FirstLook(
            workspace.paths.root.name,
            workspace.actor.name,
            load_first_page(workspace, PAGE_ROWS),
            surround_for(settings),
            self._wake,
            roomy=chosen(settings, "ui_queue") == "roomy",
        )

    @property
    def desk(self) -> "Desk":
        """The desk; only once ``is_awake``."""
        assert self._desk is not None
        return self._desk

    @property
    def is_awake(self) -> bool:
        """Whether the desk is there."""
        return self._desk is not None

    def forget_screen(self) -> None:
        """Somebody else may have written on the terminal: the next frame is written whole."""
        self._cells.forget()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        # What Textual would not write must not count as written.
        writes = self._running and not (self._closed or self._batch_count or self.is_headless)
        if writes and isinstance(renderable, (ChopsUpdate, LayoutUpdate)):
            renderable = self._cells.reduce(renderable, self.console, self.size)
        super()._display(screen, renderable)

    def on_mount(self) -> None:
        """Show the first look."""
        self.push_screen(self.first)
        for name in (signal.SIGHUP, signal.SIGTERM):
            try:
                asyncio.get_running_loop().add_signal_handler(name, partial(self._terminal_gone, name))
            except (RuntimeError, ValueError):
                break  # not the main thread, as in tests

    def _wake(self) -> None:
        self.run_worker(self._open_desk(), exit_on_error=True)

    async def _open_desk(self) -> None:
        """Read what the desk needs, then let it take the place of the first look."""
        decoder = await asyncio.to_thread(self._read_desk)
        desk = self._desk = self.make_desk(decoder)
        desk.hold.wait()
        await self.switch_screen(desk)
        desk.hold.go_on(self.first.held)
        self.call_after_refresh(self._begin, decoder)

    def _read_desk(self) -> "Decoder":
        # Before the queue is read: no change can slip between.
        self._pump.start()
        import_module("reviewtui.ui.screens.desk")
        import_module("reviewtui.ui.pictures.room")
        return self._decoding()

    def make_desk(self, decoder: "Decoder") -> "Desk":
        """The desk, with the painters that the terminal wants."""
        from reviewtui.ui.pictures.room import PictureRoom
        from reviewtui.ui.screens.desk import Desk

        settings = self.workspace.settings
        self.room = PictureRoom(
            self, self.terminal, settings.ui_images, describe=lambda key: self.desk.showing.describe(key)
        )
        desk = Desk(
            self.workspace, decoder, _keymap(settings), painters=self.room.painter, tiles=self.room.tile_painter,
            first_rows=self.first.rows,
        )  # fmt: skip
        desk.state.roomy = self.first.roomy
        desk.picture.surround = surround_for(settings)
        return desk

    def _begin(self, decoder: "Decoder") -> None:
        """Behind the desk's first frame: everything that may take its time."""
        if not self.is_headless:
            spare_collections()
        if self.room is not None and self.room.refusal:
            words = f"{self.room.refusal}: pictures by {self.room.protocol}"
            self.desk.say(styled(words, "$role-changes"))
        self.desk.runner.run(decoder.warm_up)
        self._need_worker()
        # The one that was there may have been on its way out when this desk came, or be killed later.
        self.set_interval(_WORKER_CHECK_S, self._need_worker)

    def _need_worker(self) -> None:
        if self._background and not self.workspace.store.read_only:
            self.desk.runner.run(ensure_worker, self.workspace)

    def on_unmount(self) -> None:
        """Stop what runs beside the screen."""
        self._pump.stop()
        if self.room is not None:
            self.room.close()
        if self._desk is not None:
            self._desk.runner.close()

    def _changed(self, changes: Any) -> None:
        # From the pump's thread; posting is safe there.
        if self._desk is None:
            return  # it will read everything
        from reviewtui.ui.screens.desk import StoreChanged

        self.desk.post_message(StoreChanged(changes))
        if any(change.entity == "job" for change in changes or ()):
            self.call_later(self._need_worker)

    def _feed_failed(self, error: ReviewError) -> None:
        words = StoreError(f"the desk no longer hears of changes: {error.message}", error.remedy or "open it again")
        self.call_from_thread(self._say_error, words)

    def _say_error(self, error: ReviewError) -> None:
        if self._desk is not None:
            self._desk.say_error(error)

    def _terminal_gone(self, name: signal.Signals) -> None:
        """SIGHUP or SIGTERM: a typed word is saved before the screen goes."""
        if self._desk is not None:
            self._desk.drafts.keep_all()
        self.exit(return_code=128 + name)


def _keymap(settings: Settings) -> Any:
    from reviewtui.ui.bindings import BINDINGS
    from reviewtui.ui.keymap import Keymap, remapped

    rows = list(BINDINGS) if not settings.ui_keymap else remapped(BINDINGS, Path(settings.ui_keymap).expanduser())
    return Keymap(rows)


def spare_collections() -> None:
    """Collect garbage seldom, and never look again at what was made for the start: a collection stops the desk.

    Not for a process that opens several desks: what the earlier ones left would stay.
    """
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 50)
    gc.enable()


def surround_for(settings: Settings) -> Surround:
    """The grey around pictures: as set, else one that suits the theme."""
    if settings.source_of("ui_surround") == "default" and settings.ui_theme == "light":
        return Surround.LIGHT
    return Surround(settings.ui_surround)


def run_desk(workspace: Workspace, decoding: "Callable[[], Decoder]", *, terminal: TerminalFacts | None = None) -> int:
    """Open the desk on this terminal until it is left; the process's exit status.

    Args:
        decoding: makes the decoder, once, in a thread; the caller closes it.
        terminal: what was found out about the terminal.

    Raises:
        UsageError: the user's keymap is not valid.
        StoreError: the database cannot be read.
    """
    presence = announce_presence(workspace) if not workspace.store.read_only else None
    try:
        app = DeskApp(workspace, decoding, terminal=terminal)
        app.run()
        return app.return_code or 0
    finally:
        if presence is not None:
            presence.release()
