"""Writes only the cells that look different: over a slow line a key costs what it changes, not what Textual repaints.

Textual writes whole widgets when one word in them changed, and whole screens after a layout. Here every plain cell
that was written is remembered, and what would be written again the same is left out. Rows of pictures are passed on
as they are: they know best. Must not know what is on the screen.

Textual 8.2.8: ``App._display`` gets ``ChopsUpdate`` and ``LayoutUpdate``; both are private, hence the exact pin.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

_BRIDGE_CELLS = 4
"""Unchanged cells that are cheaper to write again than to jump over."""


class Cell(NamedTuple):
    """One plain cell.

    Attributes:
        codes: what selects its look.
        text: its character; a whole run of text where cells and characters do not go together.
        place: index within that run.
    """

    codes: str
    text: str
    place: int = 0


class _Piece(NamedTuple):
    row: int
    column: int
    strip: Strip


class Ready(CompositorUpdate):
    """An update that is text for the terminal already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:
        """The text."""
        return self._text


class ChangedCells:
    """What stands on one terminal, as far as this app wrote it. Event loop only."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._size = Size(0, 0)
        # Cells of pictures' rows are kept as they come.
        self._rows: list[list[Any]] = []

    def forget(self) -> None:
        """Somebody else may have written there: the next update is written whole."""
        self._rows = [[None] * self._size.width for _ in range(self._size.height)]

    def reduce(self, update: ChopsUpdate | LayoutUpdate, console: Console, size: Size) -> CompositorUpdate | None:
        """The part of an update that the terminal does not show already, or None when there is none.

        It counts as written: who asks writes it.

        Args:
            update: Textual's.
            console: knows the colours of the terminal.
            size: of the terminal.
        """
        if size != self._size:
            self._size = size
            self.forget()
        parts: list[str] = []
        for piece in _pieces(update):
            for part in _parts(piece):
                self._write(part, console, parts)
        return Ready("".join(parts)) if parts else None

    def _write(self, piece: _Piece, console: Console, parts: list[str]) -> None:
        row, column, strip = piece
        if row >= len(self._rows):
            return
        line = self._rows[row]
        end = min(column + strip.cell_length, len(line))
        old = line[column:end]
        if getattr(strip, "writes_all_cells", False):
            line[column:end] = new = list(strip.cells)[: end - column]  # type: ignore[attr-defined]
            if new != old:
                start, stop = _difference(old, new)
                rendered = strip.crop(start, stop).render(console)
                parts.append(f"\x1b[{row + 1};{column + start + 1}H{rendered}")
            return
        if type(strip) is not Strip:
            parts.append(f"\x1b[{row + 1};{column + 1}H{strip.render(console)}")
            line[column:end] = [None] * (end - column)
            return
        new = _cells(strip, console._color_system or ColorSystem.TRUECOLOR)[: end - column]
        if new == old:
            return
        line[column:end] = new
        for start, stop in _runs(old, new):
            parts.append(f"\x1b[{row + 1};{column + start + 1}H{_encode(new[start:stop])}")


def _pieces(update: ChopsUpdate | LayoutUpdate) -> Iterator[_Piece]:
    """What an update would write: each strip with the cell that it begins at."""
    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            column = update.region.x
            for strip in strips:
                yield _Piece(row, column, strip)
                column += strip.cell_length
        return
    for row, first, last in update.spans:
        for end, (column, chop) in zip(update.chop_ends[row], update.chops[row].items(), strict=False):
            if chop is not None and column <= last and end > first:
                yield _Piece(row, column, chop.crop(0, min(end, last) - column))


def _parts(piece: _Piece) -> Iterator[_Piece]:
    """The strips that a strip is made of; most are made of themselves."""
    column = piece.column
    for strip in getattr(piece.strip, "parts", (piece.strip,)):
        yield _Piece(piece.row, column, strip)
        column += strip.cell_length


def _cells(strip: Strip, depth: ColorSystem) -> list[Cell]:
    """The cells of a strip. Text whose characters are not all one cell wide is one run, written whole or not at all."""
    cells: list[Cell] = []
    for text, style, _ in strip:
        codes = "" if style is None else _codes(style, text, depth)
        if _is_simple(text):
            cells.extend([Cell(codes, character) for character in text])
        else:
            cells.extend([Cell(codes, text, place) for place in range(cell_len(text))])
    return cells


def _codes(style: Style, text: str, depth: ColorSystem) -> str:
    """What selects a look."""
    shown = _behind(style) if text.isspace() else style
    return shown._ansi or shown._make_ansi_codes(depth)


@lru_cache(1024)
def _behind(style: Style) -> Style:
    """What is seen of a style where there is nothing but space: its background, unless it draws lines there."""
    draws = style.underline or style.underline2 or style.reverse or style.strike or style.overline
    return style if draws else Style(bgcolor=style.bgcolor)


@lru_cache(4096)
def _is_simple(text: str) -> bool:
    """Whether every character takes exactly one cell, on every terminal."""
    return text.isascii() or all(cell_len(character) == 1 for character in text)


def _difference(old: list[Any], new: list[Any]) -> tuple[int, int]:
    """Begin and end of what differs; wide glyphs, whose second half is an empty one, are not cut."""
    start, stop = 0, len(new)
    while start < stop and old[start] == new[start]:
        start += 1
    while stop > start and old[stop - 1] == new[stop - 1]:
        stop -= 1
    while start and not new[start].glyph:
        start -= 1
    while stop < len(new) and not new[stop].glyph:
        stop += 1
    return start, stop


def _runs(old: list[Any], new: list[Cell]) -> Iterator[tuple[int, int]]:
    """Where cells differ: begin and end of stretches, near ones joined, runs of text never cut."""
    start = stop = -1
    for place, (was, cell) in enumerate(zip(old, new, strict=True)):
        if was == cell:
            continue
        begin, end = place - cell.place, place - cell.place + _width(cell)
        if start < 0:
            start, stop = begin, end
        elif begin - stop <= _BRIDGE_CELLS:
            stop = max(stop, end)
        else:
            yield start, _run_end(new, stop)
            start, stop = begin, end
    if start >= 0:
        yield start, _run_end(new, stop)


def _width(cell: Cell) -> int:
    return 1 if len(cell.text) == 1 and cell.place == 0 else max(cell_len(cell.text), 1)


def _run_end(new: list[Cell], stop: int) -> int:
    return min(stop, len(new))


def _encode(cells: list[Cell]) -> str:
    """Cells as text; each look is chosen anew, and none is left behind."""
    parts: list[str] = []
    look = ""
    for cell in cells:
        if cell.place:
            continue
        if cell.codes != look:
            look = cell.codes
            parts.append(f"\x1b[0;{look}m" if look else "\x1b[0m")
        parts.append(cell.text)
    if look:
        parts.append("\x1b[0m")
    return "".join(parts)
