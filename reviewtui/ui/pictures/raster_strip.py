"""Rows of cells that leave a picture's cells alone, and the account of which cells stand as text on the screen.

Must not know protocols or the terminal.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.color import ColorSystem
from rich.console import Console
from textual.strip import Strip

from reviewtui.model.geometry import CellRect, CellSize
from reviewtui.ui.pictures.overlays import cell_behind
from reviewtui.ui.pictures.painter import RowLook
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.strips import Cell, CellStrip, encode, whole


class Ledger:
    """What the frames of the app did to the cells of one picture. Event loop only.

    Attributes:
        exposed: cells that were written as part of the picture since they were drawn last; shape (rows, columns).
        text: cells that show text, such as a mark, by (row, column).
    """

    def __init__(self, cells: CellSize) -> None:
        self.cells = cells
        self.exposed: NDArray[np.bool_] = np.zeros((cells.height, cells.width), dtype=bool)
        self.text: dict[tuple[int, int], Cell] = {}

    def note(self, row: int, first: int, cells: Sequence[Cell], holes: Sequence[bool]) -> None:
        """Some cells of a row were written.

        Args:
            row: of the picture.
            first: column of the picture of the first cell; may be negative.
            cells: what was written.
            holes: for each cell whether it was left to the picture instead.
        """
        for at in range(max(-first, 0), min(len(holes), self.cells.width - first)):
            column = first + at
            self.exposed[row, column] = holes[at]
            if holes[at]:
                self.text.pop((row, column), None)
            else:
                self.text[row, column] = cells[at]

    def text_over(self, rect: CellRect) -> list[tuple[int, int, list[Cell]]]:
        """Runs of text inside a rectangle, as (row, column, cells)."""
        runs: list[tuple[int, int, list[Cell]]] = []
        for row, column in sorted(self.text):
            if not (rect.y <= row < rect.y + rect.height and rect.x <= column < rect.x + rect.width):
                continue
            cell = self.text[row, column]
            if runs and runs[-1][0] == row and runs[-1][1] + len(runs[-1][2]) == column:
                runs[-1][2].append(cell)
            elif not cell.glyph and (row, column - 1) in self.text:
                # The other half of a wide character; both have to be written.
                runs.append((row, column - 1, [self.text[row, column - 1], cell]))
            else:
                runs.append((row, column, [cell]))
        return runs


class RasterStrip(CellStrip):
    """A row that moves the cursor over the cells of a picture instead of writing them, and says so in a ledger.

    Args:
        cells: one for each terminal cell; those of the picture are what half cells would show, for screenshots.
        holes: for each cell whether it is left to the picture.
        depth: colours that the terminal can show.
        ledger: is told at every rendering, since a rendered row is a written row.
        row: of the picture.
        first: column of the picture of the first cell; may be negative.
    """

    __slots__ = ("_first", "_holes", "_ledger", "_row")

    def __init__(
        self, cells: Sequence[Cell], holes: Sequence[bool], depth: ColorSystem, ledger: Ledger, row: int, first: int
    ) -> None:
        super().__init__(cells, depth)
        self._holes = holes
        self._ledger = ledger
        self._row = row
        self._first = first

    def render(self, console: Console) -> str:
        """Escape sequences and text for the terminal."""
        self._ledger.note(self._row, self._first, self._cells, self._holes)
        parts: list[str] = []
        start = 0
        while start < len(self._cells):
            end = start + 1
            while end < len(self._cells) and self._holes[end] == self._holes[start]:
                end += 1
            parts.append(f"\x1b[{end - start}C" if self._holes[start] else encode(self._cells[start:end], self._depth))
            start = end
        return "".join(parts)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        last = len(self._cells) if end is None else min(end, len(self._cells))
        first = max(start, 0)
        if first == 0 and last == len(self._cells):
            return self
        cells, holes = whole(self._cells[first:last]), self._holes[first:last]
        return RasterStrip(cells, holes, self._depth, self._ledger, self._row, self._first + first)


def raster_row(drawing: Drawing, row: int, look: RowLook, ledger: Ledger) -> RasterStrip:
    """A row that shows one row of a picture whose pixels are drawn apart from it."""
    grey = look.surround_rgb
    cells: list[Cell] = list(drawing.rows[row])
    holes = [True] * len(cells)
    for column, mark in look.marks.items():
        if 0 <= column < len(cells):
            cells[column] = cell_behind(mark, look.colors[mark.kind], cells[column].fg, cells[column].bg or grey)
            holes[column] = False
    before, after = max(look.left, 0), max(look.width - look.left - len(cells), 0)
    seen = slice(max(-look.left, 0), max(look.width - look.left, 0))
    pad = Cell(" ", grey, grey)
    return RasterStrip(
        [*[pad] * before, *cells[seen], *[pad] * after],
        [*[False] * before, *holes[seen], *[False] * after],
        look.depth,
        ledger,
        row,
        -look.left,
    )
