"""The terminal driver of the desk: Textual's, with a filter before the parser.

``App(driver_class=DeskDriver)``. Must not know keys or pictures.
"""

import os
import selectors
import time
from codecs import getincrementaldecoder
from typing import Any, TextIO, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from reviewtui.ui.answers import GraphicsAnswer
from reviewtui.ui.input_filter import InputFilter

_IDLE_S = 0.1
_WAITING_S = 0.02
_READ_BYTES = 16 * 1024


class TerminalOutput:
    """The terminal's file; once the terminal is gone, what is written is dropped.

    Textual's writer thread ends at the first error; then its queue fills and the event loop waits for it for ever: a
    desk whose line broke would neither save its drafts nor end.

    Args:
        file: stays the caller's.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write; may wait for the terminal."""
        try:
            return self._file.write(text)
        except OSError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Hand over what is buffered; may wait for the terminal."""
        try:
            self._file.flush()
        except OSError:
            self._drop()

    def fileno(self) -> int:
        """The descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()

    def _drop(self) -> None:
        # What is still buffered goes there too, also when the interpreter flushes it at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._file.fileno())
        os.close(nowhere)


class DeskDriver(LinuxDriver):
    """Reads keys through ``InputFilter``, so that late answers and torn sequences never become keys."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert self._file is not None
        self._file = cast("Any", TerminalOutput(self._file))
        self._filter = InputFilter()
        # What was typed while the terminal was being asked, before the app existed.
        self._type_ahead: bytes = getattr(app, "type_ahead", b"")

    def start_application_mode(self) -> None:
        """Take the screen, whatever stood there."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if forget := getattr(self._app, "forget_screen", None):
            forget()

    def _sigcont_application(self, *_: Any) -> None:
        # A terminal that hangs up sends SIGCONT as well: there is nothing left to take up again.
        if os.isatty(self.fileno):
            super()._sigcont_application()

    def _enable_mouse_support(self) -> None:
        """Presses, wheel and drags; a pointer that only passes over sends nothing over the line."""
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
            self.flush()

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1006l\x1b[?1002l\x1b[?1000l")
            self.flush()

    @property
    def guarded(self) -> bool:
        """Whether a lone ESC came within the last second: what follows may be the rest of a torn sequence.

        Decision keys do not count while this is true. Any thread.
        """
        return self._filter.is_guarded(time.monotonic())

    def _pass_graphics(self) -> None:
        """Before the report that came behind them: it must not arm what the terminal has dropped."""
        for text in self._filter.take_graphics():
            self.process_message(GraphicsAnswer(text))

    def run_input_thread(self) -> None:
        """Read, filter, parse and post until the app leaves application mode. Runs in a thread of its own."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode

        def handle(data: bytes) -> None:
            passed = self._filter.feed(decode(data), time.monotonic())
            self._pass_graphics()
            if passed:
                for message in parser.feed(passed):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            if self._type_ahead:
                handle(self._type_ahead)
                self._type_ahead = b""
            while not self.exit_event.is_set():
                ready = selector.select(_WAITING_S if self._filter.is_waiting else _IDLE_S)
                data = os.read(self.fileno, _READ_BYTES) if ready else b""
                if ready and not data:
                    # The terminal is gone; SIGHUP ends the app.
                    break
                handle(data)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass


def is_guarded(app: App[Any]) -> bool:
    """Whether decision keys must be refused now because what arrives may be the rest of a torn sequence."""
    driver = app._driver
    return isinstance(driver, DeskDriver) and driver.guarded
