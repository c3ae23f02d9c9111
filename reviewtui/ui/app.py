"""The app: themes, driver, feed, and leaving in good order whatever happens to the terminal. Stays small."""

import asyncio
import signal
from functools import partial
from pathlib import Path
from typing import Any

from textual.app import App, SystemCommand
from textual.screen import Screen

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import ReviewError, StoreError
from reviewtui.services.annotate import keep_draft
from reviewtui.services.background import announce_presence, ensure_worker
from reviewtui.services.feed import Feed
from reviewtui.services.workspace import Workspace
from reviewtui.settings.settings import Settings
from reviewtui.ui.bindings import BINDINGS
from reviewtui.ui.driver import DeskDriver
from reviewtui.ui.feed_pump import FeedPump
from reviewtui.ui.keymap import Keymap, remapped
from reviewtui.ui.pictures import PictureHost, Surround
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.room import PictureRoom
from reviewtui.ui.screens.desk import Desk, StoreChanged
from reviewtui.ui.text import styled
from reviewtui.ui.theme import register_themes

_WORKER_CHECK_S = 10.0


class DeskApp(PictureHost, App[None], inherit_bindings=False):
    """One desk on one workspace.

    Args:
        workspace: opened by the caller, who closes it.
        decoder: the caller's, who closes it.
        background: whether a worker is started when none runs; tests say no.
        terminal: what was found out about the terminal; what was typed meanwhile becomes keys.

    Raises:
        UsageError: the user's keymap is not valid.
    """

    TITLE = "reviewtui"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = []  # noqa: RUF012 - Textual's own name and type

    def __init__(
        self,
        workspace: Workspace,
        decoder: Decoder,
        *,
        background: bool = True,
        terminal: TerminalFacts | None = None,
    ) -> None:
        super().__init__(driver_class=DeskDriver)
        self.terminal = terminal or TerminalFacts()
        self.type_ahead = self.terminal.type_ahead
        self.workspace = workspace
        self._background = background
        settings = workspace.settings
        rows = list(BINDINGS) if not settings.ui_keymap else remapped(BINDINGS, Path(settings.ui_keymap).expanduser())
        self.room = PictureRoom(
            self, self.terminal, settings.ui_images, describe=lambda key: self.desk.showing.describe(key)
        )
        self.desk = Desk(workspace, decoder, Keymap(rows), painters=self.room.painter)
        self.desk.picture.surround = surround_for(settings)
        self._decoder = decoder
        self._pump = FeedPump(Feed(workspace), self._changed, self._feed_failed)
        register_themes(self, settings.ui_theme)

    def on_mount(self) -> None:
        """Show the desk, then everything that may take its time."""
        self.push_screen(self.desk)
        for name in (signal.SIGHUP, signal.SIGTERM):
            try:
                asyncio.get_running_loop().add_signal_handler(name, partial(self._terminal_gone, name))
            except (RuntimeError, ValueError):
                break  # not the main thread, as in tests
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._pump.start()
        if self.room.refusal:
            self.desk.say(styled(f"{self.room.refusal}: pictures by {self.room.protocol}", "$role-changes"))
        self.desk.runner.run(self._decoder.warm_up)
        self._need_worker()
        # The one that was there may have been on its way out when this desk came, or be killed later.
        self.set_interval(_WORKER_CHECK_S, self._need_worker)

    def _need_worker(self) -> None:
        if self._background and not self.workspace.store.read_only:
            self.desk.runner.run(ensure_worker, self.workspace)

    def on_unmount(self) -> None:
        """Stop what runs beside the screen."""
        self.room.close()
        self._pump.stop()
        self.desk.runner.close()

    def _changed(self, changes: Any) -> None:
        # From the pump's thread; posting is safe there.
        self.desk.post_message(StoreChanged(changes))
        if any(change.entity == "job" for change in changes or ()):
            self.call_later(self._need_worker)

    def _feed_failed(self, error: ReviewError) -> None:
        words = StoreError(f"the desk no longer hears of changes: {error.message}", error.remedy or "open it again")
        self.call_from_thread(self.desk.say_error, words)

    def _terminal_gone(self, name: signal.Signals) -> None:
        """SIGHUP or SIGTERM: a typed word is saved before the screen goes."""
        for scope, body in self.desk.drafts.take_all():
            try:
                keep_draft(self.workspace, scope, body)
            except ReviewError:
                continue  # nothing is left to tell it to; the other drafts still count
        self.exit(return_code=128 + name)

    def get_system_commands(self, screen: Screen[Any]) -> Any:
        """The same commands as ``:``."""
        for name, (_, words) in self.desk.commands.commands().items():
            yield SystemCommand(name, words, partial(self.desk.commands.execute, name))


def surround_for(settings: Settings) -> Surround:
    """The grey around pictures: as set, else one that suits the theme."""
    if settings.source_of("ui_surround") == "default" and settings.ui_theme == "light":
        return Surround.LIGHT
    return Surround(settings.ui_surround)


def run_desk(
    workspace: Workspace, decoder: Decoder, *, images: str = "auto", terminal: TerminalFacts | None = None
) -> int:
    """Open the desk on this terminal until it is left; the process's exit status.

    Args:
        images: picture protocol; ``auto``, ``half`` or ``text``.
        terminal: what was found out about the terminal.

    Raises:
        UsageError: the user's keymap is not valid.
    """
    presence = announce_presence(workspace) if not workspace.store.read_only else None
    try:
        app = DeskApp(workspace, decoder, terminal=terminal)
        app.run()
        return app.return_code or 0
    finally:
        if presence is not None:
            presence.release()
