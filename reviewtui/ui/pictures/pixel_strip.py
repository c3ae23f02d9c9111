"""Rows of cells that leave a small picture's cells alone, and say so, since its pixels were drawn at the cursor.

Must not know protocols or the terminal.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from textual.strip import Strip

from reviewtui.ui.pictures.strips import Cell, CellStrip, whole


class PixelCell(NamedTuple):
    """A cell that shows a part of a picture."""

    glyph: str
    key: object
    row: int
    column: int


Passed = Callable[[int, int, int], object]
"""Told of cells that a frame left to the picture: row, first column, number of columns."""


class PixelStrip(CellStrip):
    """A row of a picture whose pixels are drawn apart. When it is written, its pixels are not there any more.

    Args:
        shown: what half cells would show, for screenshots and dialogs.
        key: what the picture shows.
        row: of the picture.
        first: column of the picture.
        depth: colours that the terminal can show.
        passed: is told at every rendering.
    """

    __slots__ = ("_first", "_key", "_passed", "_row")

    def __init__(
        self, shown: Sequence[Cell], key: object, row: int, first: int, depth: ColorSystem, passed: Passed
    ) -> None:
        super().__init__(shown, depth)
        self._key = key
        self._row = row
        self._first = first
        self._passed = passed

    @property
    def cells(self) -> Sequence[PixelCell]:  # type: ignore[override] # compared, not drawn
        """What they show."""
        return [PixelCell(" ", self._key, self._row, self._first + place) for place in range(len(self._cells))]

    def render(self, console: Console) -> str:
        """Moves the cursor over them."""
        self._passed(self._row, self._first, len(self._cells))
        return f"\x1b[{len(self._cells)}C"

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        last = len(self._cells) if end is None else min(end, len(self._cells))
        first = max(start, 0)
        if first == 0 and last == len(self._cells):
            return self
        cells = whole(self._cells[first:last])
        return PixelStrip(cells, self._key, self._row, self._first + first, self._depth, self._passed)
