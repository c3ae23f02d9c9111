"""Asking the terminal whether it has drawn what was written.

A cursor position request is written behind the picture; its answer means that the terminal processed everything before
it. tmux and GNU screen answer such a request by themselves, even when nobody is attached, so there it goes wrapped to
the outer terminal.
Must not know pictures.
"""

import os
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol

from textual import events
from textual.app import App

from reviewtui.ui.answers import GraphicsAnswer

_MAX_OPEN = 64


class Acknowledger(Protocol):
    """Something that can tell when the terminal has processed what was written so far. Event loop only."""

    def ask(self, answered: Callable[[], None]) -> None:
        """Call back, on the event loop, when everything written before this call was processed; maybe never."""
        ...


class _Request(NamedTuple):
    row: int
    column: int
    answered: Callable[[], None]


class TerminalAcknowledger:
    """Asks the real terminal through the app's driver.

    Answers come in the order of the requests. Each request moves the cursor to a place of its own first, so that its
    answer is recognised even when an earlier one was lost (tmux drops them while nobody is attached). A terminal that
    reports another place is believed in order.

    Args:
        app: writes through its driver.
        environment: of the process, which tells what lies between; None for its own.
    """

    def __init__(self, app: App[Any], environment: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._between = between(os.environ if environment is None else environment)
        self._open: deque[_Request] = deque(maxlen=_MAX_OPEN)
        self._count = 0

    @property
    def open_count(self) -> int:
        """Requests without an answer."""
        return len(self._open)

    def ask(self, answered: Callable[[], None]) -> None:
        """See ``Acknowledger.ask``."""
        driver = self._app._driver
        if driver is None or driver.is_headless:
            return
        row, column = self._place()
        self._open.append(_Request(row, column, answered))
        driver.write(request_sequence(row, column, self._between))
        driver.flush()

    def answer(self, column: int, row: int) -> None:
        """A cursor report arrived; both numbers count from 0."""
        if not self._open:
            return
        found = next((n for n, one in enumerate(self._open) if (one.row, one.column) == (row, column)), 0)
        for _ in range(found):
            self._open.popleft()
        self._open.popleft().answered()

    def _place(self) -> tuple[int, int]:
        """A place for the next request. Not in the first row: there a report reads like the key Shift-F3."""
        width, height = self._app.size
        self._count += 1
        return 1 + self._count % max(height - 2, 1), self._count % max(min(width, 80) - 1, 1)


class Between(Enum):
    """What lies between the program and the terminal and would answer for it."""

    NOTHING = "nothing"
    TMUX = "tmux"
    SCREEN = "screen"


def between(environment: Mapping[str, str]) -> Between:
    """What lies between, as far as the environment tells; the innermost where several do."""
    if environment.get("TMUX"):
        return Between.TMUX
    return Between.SCREEN if environment.get("STY") else Between.NOTHING


def request_sequence(row: int, column: int, between: Between = Between.NOTHING) -> str:
    """Save the cursor, move it, ask where it is, restore it.

    Args:
        row: counts from 0.
        column: counts from 0.
        between: wrap it for the terminal outside of this.
    """
    plain = f"\x1b7\x1b[{row + 1};{column + 1}H\x1b[6n\x1b8"
    if between is Between.TMUX:
        return f"\x1bPtmux;{plain.replace(chr(27), chr(27) * 2)}\x1b\\"
    return f"\x1bP{plain}\x1b\\" if between is Between.SCREEN else plain


class PictureHost:
    """Mixin for an ``App`` that holds pictures: hands the terminal's answers to its acknowledger.

    ``class Desk(PictureHost, App[None])``. A test sets ``picture_acknowledger`` to one of its own.
    """

    picture_acknowledger: Acknowledger | None = None
    graphics_answered: Callable[[str], None] | None = None

    def get_picture_acknowledger(self) -> Acknowledger:
        """The app's acknowledger, made at the first call."""
        if self.picture_acknowledger is None:
            assert isinstance(self, App)
            self.picture_acknowledger = TerminalAcknowledger(self)
        return self.picture_acknowledger

    def on_graphics_answer(self, event: GraphicsAnswer) -> None:
        """The terminal said something about a picture."""
        if self.graphics_answered is not None:
            self.graphics_answered(event.text)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal answered."""
        if isinstance(self.picture_acknowledger, TerminalAcknowledger):
            self.picture_acknowledger.answer(event.x, event.y)
