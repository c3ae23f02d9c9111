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
from reviewtui.ui.pictures.writing import TerminalWriter, for_tmux

_MAX_OPEN = 64
_FEW_ROWS, _FEW_COLUMNS = 8, 9
"""Places with numbers of one digit; more of them than there are open requests."""


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
        app: has the terminal.
        environment: of the process, which tells what lies between; None for its own.
        writer: the way to the terminal; one of its own when None.
    """

    def __init__(
        self,
        app: App[Any],
        environment: Mapping[str, str] | None = None,
        writer: TerminalWriter | None = None,
    ) -> None:
        self._app = app
        self._writer = writer or TerminalWriter(app)
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
        self._writer.write(request_sequence(row, column, self._between))

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
        rows, columns = min(height - 2, _FEW_ROWS), min(width - 1, _FEW_COLUMNS)
        return 1 + self._count % max(rows, 1), self._count % max(columns, 1)


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
    question = f"\x1b[{row + 1};{column + 1}H\x1b[6n"
    if between is Between.TMUX:
        # Behind a passthrough tmux puts the cursor where it belongs.
        return for_tmux(question)
    plain = f"\x1b7{question}\x1b8"
    return f"\x1bP{plain}\x1b\\" if between is Between.SCREEN else plain


class PictureHost:
    """Mixin for an ``App`` that holds pictures: hands the terminal's answers to its acknowledger.

    ``class Desk(PictureHost, App[None])``. A test sets ``picture_acknowledger`` to one of its own.
    """

    picture_acknowledger: Acknowledger | None = None
    picture_writer: TerminalWriter | None = None
    graphics_answered: Callable[[str], None] | None = None
    _behind_frame: tuple[Callable[[], object], ...] = ()

    def call_behind_frame(self, function: Callable[[], object]) -> None:
        """Call something right behind the bytes of the frame that is being drawn: nothing else comes between."""
        assert isinstance(self, App)
        self._behind_frame = (*self._behind_frame, function)
        # Where rows are drawn for another reason than a frame, it is called soon.
        self.call_later(self.post_display_hook)

    def post_display_hook(self) -> None:
        """Textual has written a frame."""
        waiting, self._behind_frame = self._behind_frame, ()
        for function in waiting:
            function()

    def get_picture_acknowledger(self) -> Acknowledger:
        """The app's acknowledger, made at the first call."""
        if self.picture_acknowledger is None:
            assert isinstance(self, App)
            self.picture_acknowledger = TerminalAcknowledger(self, writer=self.get_picture_writer())
        return self.picture_acknowledger

    def get_picture_writer(self) -> TerminalWriter:
        """The app's way to its terminal, made at the first call."""
        if self.picture_writer is None:
            assert isinstance(self, App)
            self.picture_writer = TerminalWriter(self)
        return self.picture_writer

    def on_graphics_answer(self, event: GraphicsAnswer) -> None:
        """The terminal said something about a picture."""
        if self.graphics_answered is not None:
            self.graphics_answered(event.text)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal answered."""
        if isinstance(self.picture_acknowledger, TerminalAcknowledger):
            self.picture_acknowledger.answer(event.x, event.y)
