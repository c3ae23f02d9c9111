"""The only place that prints: data to standard output, narration to standard error.

Every string that comes from outside is made safe for a terminal here.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, TextIO

from reviewtui.model.errors import ReviewError, StoreError
from reviewtui.model.text import clip, safe

_COLOURS = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_STATUS_COLOURS = {
    "approved": "green",
    "delivered": "green",
    "succeeded": "green",
    "closed": "green",
    "ok": "green",
    "present": "green",
    "waiting": "yellow",
    "to_verify": "magenta",
    "fixing": "cyan",
    "running": "cyan",
    "queued": "cyan",
    "in_review": "blue",
    "changes_requested": "red",
    "void": "red",
    "failed": "red",
    "open": "red",
    "quarantined": "red",
    "FAILED": "red",
    "missing": "yellow",
}
_BAR_CELLS = 24
_COLUMN_CELLS = 60


def cell_width(text: str) -> int:
    """Terminal cells that a safe text takes: wide letters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def one_line(text: str) -> str:
    """A text of several lines for one cell of a table."""
    return " ".join(text.split())


def json_line(data: dict[str, Any]) -> str:
    """One object as one line of ASCII in which nothing acts on a terminal."""
    return json.dumps(data, ensure_ascii=True, separators=(", ", ": ")).replace("\x7f", "\\u007f")


class Output:
    """Where a command's words go.

    Attributes:
        as_json: people's tables are off, ``record`` is what counts.
    """

    def __init__(self) -> None:
        """Take the process's streams as they are now; they never raise on a letter that they cannot write."""
        self._out: TextIO = sys.stdout
        self._err: TextIO = sys.stderr
        self.as_json = False
        for stream in (self._out, self._err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")
        self._colour = _wants_colour(self._out)
        self._bar = _is_terminal(self._err)
        self._bar_shown = False

    def record(self, data: dict[str, Any]) -> None:
        """One JSON object on its line."""
        self._write(json_line(data))

    def line(self, text: str = "", style: str = "") -> None:
        """One line for people on standard output; a text of several lines is written as such."""
        for part in text.split("\n"):
            self._write(self._paint(safe(part), style))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows aligned by cell width; columns of numbers to the right. Nothing is cut.

        One very long path does not widen all other rows: it only pushes its own row out of line.
        """
        texts = [[_text(value) for value in row] for row in rows]
        widths = [min(max(map(cell_width, column)), _COLUMN_CELLS) for column in zip(headings, *texts, strict=True)]
        numeric = [
            bool(rows) and all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(headings))
        ]
        self._row(list(headings), widths, numeric, heading=True)
        for row in texts:
            self._row(row, widths, numeric, heading=False)

    def _row(self, cells: list[str], widths: list[int], numeric: list[bool], *, heading: bool) -> None:
        parts = []
        for i, (cell, width, right) in enumerate(zip(cells, widths, numeric, strict=True)):
            gap = " " * (width - cell_width(cell))
            painted = self._paint(cell, "bold" if heading else _STATUS_COLOURS.get(cell, ""))
            last = i == len(cells) - 1
            parts.append(gap + painted if right else painted + ("" if last else gap))
        self._write("  ".join(parts).rstrip())

    def say(self, text: str) -> None:
        """Narration on standard error."""
        self._clear_bar()
        self._err.write(safe(text) + "\n")
        self._err.flush()

    def progress(self, done: int, total: int, words: str = "") -> None:
        """A bar on standard error while it is a terminal; else nothing. A total of 0 is one that nobody knows yet."""
        if not self._bar:
            return
        share = min(done / total, 1.0) if total > 0 else 0.0
        full = round(share * _BAR_CELLS)
        count = f"{done}/{total}" if total > 0 else str(done)
        bar = "█" * full + "░" * (_BAR_CELLS - full)
        self._err.write(f"\r\x1b[K{bar} {count} {clip(safe(words), 50)}")
        self._err.flush()
        self._bar_shown = True

    def end_progress(self) -> None:
        """Wipe the bar."""
        self._clear_bar()
        self._err.flush()

    def fail(self, error: ReviewError) -> None:
        """A failure as one line: what happened, and how to mend it."""
        self.say(f"reviewtui: {error.message}" + (f" - {error.remedy}" if error.remedy else ""))

    def flush(self) -> None:
        """Hand everything to the operating system.

        Raises:
            BrokenPipeError: the reader is gone.
            StoreError: it cannot be written.
        """
        try:
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.abandon()
            raise StoreError(f"the output cannot be written: {error.strerror}") from error

    def abandon(self) -> None:
        """Nobody reads on: throw away what is buffered, so that the interpreter's own flush at exit stays silent."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._out.fileno())
        os.close(nowhere)

    def _write(self, text: str) -> None:
        if self._bar_shown:
            self.end_progress()
        try:
            self._out.write(text + "\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            self.abandon()
            raise StoreError(f"the output cannot be written: {error.strerror}") from error

    def _clear_bar(self) -> None:
        if self._bar_shown:
            self._err.write("\r\x1b[K")
            self._bar_shown = False

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self._colour and style and text else text


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:g}"
    return safe(str(value))


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


def _wants_colour(stream: TextIO) -> bool:
    return _is_terminal(stream) and not os.environ.get("NO_COLOR")
