"""A user at the desk, for tests: presses keys, reads the screen, waits for conditions and never for time."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.pilot import Pilot

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Change
from reviewtui.services.workspace import Workspace
from reviewtui.ui.app import DeskApp
from reviewtui.ui.modes import Mode
from reviewtui.ui.screens.desk import Desk
from reviewtui.ui.status import footer_line, status_line

WIDE = (124, 40)
_NAMES = {"Enter": "enter", "Esc": "escape", "Space": "space", "Tab": "tab", "Backspace": "backspace"}
_CHARACTERS = {"enter": "\r", "escape": "\x1b", "space": " ", "tab": "\t", "backspace": "\x7f"}
_PATIENCE_S = 50.0
"""For a machine that does much else; below pytest's own limit, which would not say what was waited for."""


class ScriptedTerminal:
    """A terminal that acknowledges a painted picture at once, or when it is told to.

    Attributes:
        answers: whether it answers at once.
        asked: what waits for an answer.
    """

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked: list[Callable[[], None]] = []

    def ask(self, answered: Callable[[], None]) -> None:
        """As ``Acknowledger.ask``."""
        if self.answers:
            asyncio.get_running_loop().call_soon(answered)
        else:
            self.asked.append(answered)

    def answer_all(self) -> None:
        """Everything that was written has been drawn."""
        waiting, self.asked = self.asked, []
        for answered in waiting:
            answered()


class Robot:
    """One desk with somebody at its keys.

    Attributes:
        pressed: number of keys so far.
    """

    def __init__(self, app: PatientApp, pilot: Pilot[None], terminal: ScriptedTerminal) -> None:
        self.app = app
        self.pilot = pilot
        self.terminal = terminal
        self.workspace: Workspace = app.workspace
        self.pressed = 0

    # Acting

    async def keys(self, *keys: str) -> None:
        """Press keys as a person does: each is answered before the next."""
        for key in keys:
            self._send(key)
            await self.settle()

    async def burst(self, *keys: str) -> None:
        """Keys that a slow line delivers all at once."""
        for key in keys:
            self._send(key)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.burst(*["Space" if character == " " else character for character in text])

    def _send(self, name: str) -> None:
        self.pressed += 1
        key = _NAMES.get(name, name)
        character = _CHARACTERS.get(key, key if len(key) == 1 else None)
        if len(key) == 1 and not key.isalnum():
            key = _character_to_key(key)
        assert self.app._driver is not None
        self.app._driver.send_message(events.Key(key, character))

    async def arm(self, number: int) -> None:
        """The terminal acknowledges what it is asked until the picture of this version is armed."""

        def is_armed() -> bool:
            # Parcels on their way and a layout that came late ask as well, before and after the picture does.
            self.terminal.answer_all()
            return self._is_ready(number)

        await self.wait_until(is_armed, f"v{number} is armed")

    async def ready(self, number: int | None = None) -> None:
        """Wait until the picture that is asked for is painted and acknowledged."""
        await self.wait_until(lambda: self._is_ready(number), f"{number or 'the picture'} is ready")

    async def asked(self, number: int) -> None:
        """Wait until a version is painted and the terminal was asked for it, which it has not answered."""
        await self.wait_until(lambda: self.shows_version(number) and self._has_asked(), f"v{number} is asked for")

    async def knows(self, key: str, version: int) -> None:
        """Wait until the desk has read that an asset has this version: what others wrote comes when it comes."""
        await self.wait_until(lambda: self.newest(key) == version, f"{key} has v{version} on the screen")
        await self.settle()

    async def resize(self, width: int, height: int) -> None:
        """Another size of the terminal."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    # Waiting

    async def wait_until(self, condition: Callable[[], bool], words: str = "") -> None:
        """Let the desk work until a condition holds."""
        until_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until_s:
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never: {words or condition}\n{self.text}")

    async def settle(self) -> None:
        """Until every message was handled and every service answered."""
        quiet = 0
        until_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until_s:
            await self.pilot._wait_for_screen()
            quiet = quiet + 1 if self._is_quiet() else 0
            if quiet == 3:
                return
            if self._waits():
                await asyncio.sleep(0.001)
        raise AssertionError("services never answered")

    def _waits(self) -> bool:
        """Whether something is under way, is to be done when a hand rests, or was written and not heard of yet."""
        desk = self.desk
        is_busy = not desk.runner.is_idle or desk.haste.is_waiting or desk.queue_actions.is_waiting
        return is_busy or not self.app.has_heard_all()

    def _is_quiet(self) -> bool:
        pumps = [self.app, self.desk, *self.desk.walk_children(with_self=False)]
        # A pane breaks its lines anew once the layout has given it its width.
        is_laid_out = not self.desk._layout_required
        return not self._waits() and is_laid_out and all(pump._message_queue.empty() for pump in pumps)

    # Reading

    @property
    def desk(self) -> Desk:
        return self.app.desk

    @property
    def mode(self) -> Mode:
        return self.desk.state.mode

    @property
    def asset(self) -> str | None:
        """Key of the asset on the screen."""
        view = self.desk.state.view
        return None if view is None or view.asset.id != self.desk.state.asset_id else view.asset.key

    def newest(self, key: str) -> int | None:
        """Number of the newest version of the asset in view, None when another one is."""
        view = self.desk.state.view
        return view.versions[-1].version.number if view is not None and view.asset.key == key else None

    def _has_asked(self) -> bool:
        return self.desk.picture._arming._asked is not None

    def _is_ready(self, number: int | None) -> bool:
        return self.desk.picture.armed and (number is None or self.shows_version(number))

    def shows_version(self, number: int) -> bool:
        """Whether the picture that is painted is this version of the asset."""
        version, picture = self.desk.state.shown_version, self.desk.picture
        return (
            version is not None
            and version.number == number
            and picture.source is not None
            and picture.source.key == version.sha256
            and not picture.is_loading
        )

    @property
    def said(self) -> str:
        """What the line for messages says."""
        return status_line(self.desk, self.desk._message[0])[0].plain.strip()

    def says(self, *words: str) -> bool:
        """Whether the line for messages holds these words."""
        return all(word in self.said for word in words)

    @property
    def footer(self) -> str:
        """The last line."""
        return "".join(part.plain for part in footer_line(self.desk))

    @property
    def lines(self) -> list[str]:
        """The screen as text."""
        screen = self.app.screen
        return [strip.text for strip in screen._compositor.render_strips(Size(*self.app.size))]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def control_characters(self) -> list[str]:
        """Names of what on the screen would act on a terminal."""
        bad = (c for line in self.lines for c in line if unicodedata.category(c) in {"Cc", "Cs"} or c in _BIDI)
        return [f"U+{ord(character):04X}" for character in bad]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        return rows(self.workspace, sql, *values)

    def count(self, table: str) -> int:
        """Number of rows of a table."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])


_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def rows(workspace: Workspace, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a workspace's database."""
    with workspace.store.read() as db:
        return db.all(sql, values)


class PatientApp(DeskApp):
    """A desk without a background worker.

    Args:
        ack_timeout_s: after this the terminal counts as silent.
    """

    def __init__(self, workspace: Workspace, decoder: Decoder, ack_timeout_s: float) -> None:
        super().__init__(workspace, lambda: decoder, background=False)
        self._ack_timeout_s = ack_timeout_s
        self._heard = 0

    def make_desk(self, decoder: Decoder) -> Desk:
        desk = super().make_desk(decoder)
        desk.picture._ack_timeout_s = self._ack_timeout_s
        return desk

    def has_heard_all(self) -> bool:
        """Whether what anybody has committed so far was told to the desk, which hears of it within a poll."""
        if not self._pump._thread.is_alive():
            return True
        self._heard = self._heard or self._position()
        return self._heard >= int(rows(self.workspace, "SELECT coalesce(max(seq), 0) FROM change")[0][0])

    def _position(self) -> int:
        reader = self._pump._feed._reader
        return 0 if reader is None else reader.position

    def _changed(self, changes: list[Change] | None) -> None:
        super()._changed(changes)
        self._heard = changes[-1].seq if changes else self._position()


@asynccontextmanager
async def at_desk(
    workspace: Workspace,
    decoder: Decoder,
    *,
    size: tuple[int, int] = WIDE,
    terminal: ScriptedTerminal | None = None,
    ack_timeout_s: float = 600.0,
) -> AsyncIterator[Robot]:
    """Open a desk without a background worker; what it still does at the end is waited for.

    Args:
        terminal: None for one that acknowledges at once.
        ack_timeout_s: after this the terminal counts as silent.
    """
    app = PatientApp(workspace, decoder, ack_timeout_s)
    script = terminal or ScriptedTerminal()
    app.picture_acknowledger = script
    async with app.run_test(size=size) as pilot:
        robot = Robot(app, pilot, script)
        try:
            await robot.wait_until(lambda: app.is_awake, "the desk came")
            await robot.wait_until(lambda: app.desk.overview is not None and app.desk.runner.is_idle, "the queue came")
            await robot.settle()
            yield robot
        finally:
            await app.desk.runner.drain()
            app._pump.stop()
            painter = app.desk.picture.painter
            await robot.wait_until(lambda: not app.is_running or painter.is_idle, "pictures are done")
    app._pump._thread.join(20)
