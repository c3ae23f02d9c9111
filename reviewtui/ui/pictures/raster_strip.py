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
        cells: size of the picture.
        exposed: cells that lost their text and show nothing of the picture now; shape (rows, columns).
        passed: cells that a frame left to the picture, whatever stood there before.
        has_margin: whether surround stands at the right of the picture.
    """

    def __init__(self, cells: CellSize) -> None:
        self.cells = cells
        self.exposed: NDArray[np.bool_] = np.zeros((cells.height, cells.width), dtype=bool)
        self.passed: NDArray[np.bool_] = np.zeros((cells.height, cells.width), dtype=bool)
        self.has_margin = False
        self._text: list[dict[int, Cell]] = [{} for _ in range(cells.height)]
        self._changed_to: NDArray[np.int64] = np.full(cells.height, -1, dtype=np.int64)

    def note(self, row: int, first: int, cells: Sequence[Cell], holes: Sequence[bool]) -> None:
        """Some cells of a row were written.

        Args:
            row: of the picture.
            first: column of the picture of the first cell; may be negative.
            cells: what was written.
            holes: for each cell whether it was left to the picture instead.
        """
        begin, end = max(first, 0), min(first + len(holes), self.cells.width)
        if end <= begin:
            return
        self.passed[row, begin:end] = holes[begin - first : end - first]
        text = self._text[row]
        for column in [known for known in text if begin <= known < end and holes[known - first]]:
            del text[column]
            self.exposed[row, column] = True
            self._changed_to[row] = max(self._changed_to[row], column)
        for column in (at for at in range(begin, end) if not holes[at - first]):
            if text.get(column) != cells[column - first]:
                self._changed_to[row] = max(self._changed_to[row], column)
            text[column] = cells[column - first]
            self.exposed[row, column] = False

    def take(self, *, anything: bool) -> NDArray[np.bool_]:
        """Cells that have to be drawn because of what frames did, from now on taken to be drawn.

        A frame writes a row from its beginning to where something changed. So cells that it passed over before text of
        ours that changed show the picture still, and those behind it were uncovered by something else.

        Args:
            anything: whether anything may have happened to all cells that were passed over.
        """
        beyond = np.arange(self.cells.width) > self._changed_to[:, np.newaxis]
        result: NDArray[np.bool_] = self.exposed | (self.passed if anything else self.passed & beyond)
        self.exposed[:] = False
        self.passed[:] = False
        self._changed_to[:] = -1
        return result

    def text_over(self, rect: CellRect) -> list[tuple[int, int, list[Cell]]]:
        """Runs of text inside a rectangle, as (row, column, cells)."""
        runs: list[tuple[int, int, list[Cell]]] = []
        for row in range(rect.y, rect.y + rect.height):
            text = self._text[row]
            for column in sorted(known for known in text if rect.x <= known < rect.x + rect.width):
                cell = text[column]
                if runs and runs[-1][0] == row and runs[-1][1] + len(runs[-1][2]) == column:
                    runs[-1][2].append(cell)
                elif not cell.glyph and column - 1 in text:
                    # The other half of a wide character; both have to be written.
                    runs.append((row, column - 1, [text[column - 1], cell]))
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

    # Its pixels are drawn apart; the ledger wants to hear of every row.
    writes_all_cells = False

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
    ledger.has_margin = after > 0
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
