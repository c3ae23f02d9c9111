"""The way out to the app's terminal: what belongs together is written as one text.

A line carries one text in one packet. tmux sets all its modes anew behind each passthrough, some 150 bytes at the
terminal outside, so two that follow each other become one. Must not know pictures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App

TMUX_BEGIN, TMUX_END = "\x1bPtmux;", "\x1b\\"


def for_tmux(text: str) -> str:
    """A text of escape sequences that tmux hands on to the terminal outside."""
    return TMUX_BEGIN + text.replace("\x1b", "\x1b\x1b") + TMUX_END


def joined(texts: list[str]) -> str:
    """One text; passthroughs of tmux that follow each other become one.

    An escape is doubled inside a passthrough, so its end is found by its bytes alone.
    """
    return "".join(texts).replace(TMUX_END + TMUX_BEGIN, "")


class TerminalWriter:
    """Writes to the terminal of an app, in order with the app's frames. Event loop only.

    Args:
        app: writes through its driver.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._held: list[str] | None = None

    def write(self, text: str) -> None:
        """Write at once, or with what else is written ``together``. Nothing is written without a terminal."""
        if self._held is not None:
            self._held.append(text)
            return
        driver = self._app._driver
        # A headless driver and one that has left the terminal have no writer.
        if driver is not None and (driver.is_headless or getattr(driver, "_writer_thread", None) is not None):
            driver.write(text)
            driver.flush()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written meanwhile is one text at the end; what stands within another one belongs to that."""
        if self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                self.write(joined(held))
