"""Cells that name a part of a picture, for terminals behind tmux: they move, scroll and vanish as text does.

Only the first cell of a piece says which row and column it shows; the terminal counts on from there. So each piece that
Textual cuts must mark its own first cell. Must not place pictures.

Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.strip import Strip

from reviewtui.ui.pictures.compose import hole_row
from reviewtui.ui.pictures.painter import RowLook
from reviewtui.ui.pictures.strips import HOLE, Cell, CellStrip, Rgb, encode

PLACEHOLDER = "\U0010eeee"
MOST_CELLS = 297
"""Rows and columns that can be marked."""

_RANGES = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 "
    "5A8-5A9 5AB-5AC 5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 "
    "735-736 73A 73D 73F-741 743 745 747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 "
    "F82-F83 F86-F87 135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 "
    "1DC3-1DC9 1DCB-1DCC 1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 "
    "2DE0-2DFF A66F A67C-A67D A6F0-A6F1 A8E0-A8F1 AAB0 AAB2-AAB3 AAB7-AAB8 AABE-AABF AAC1 FE20-FE26 10A0F "
    "10A38 1D185-1D189 1D1AA-1D1AD 1D242-1D244 "
)


def _read(ranges: str) -> tuple[int, ...]:
    ends = [tuple(int(end, 16) for end in part.split("-")) for part in ranges.split()]
    return tuple(code for one in ends for code in range(one[0], one[-1] + 1))


DIACRITICS = _read(_RANGES)
"""Marks for numbers from 0, as the protocol lists them."""


class PlaceholderStrip(Strip):
    """A row of surround, picture cells and marks.

    Args:
        cells: of the row; holes among them show the picture.
        columns: column of the picture for each cell; -1 beside it.
        image: the picture's id, of which only the first and the last of four bytes are not 0.
        row: of the picture.
        look: gives the depth of colours for the other cells.
    """

    __slots__ = ("_cells", "_columns", "_image", "_look", "_row")

    def __init__(self, cells: Sequence[Cell], columns: Sequence[int], image: int, row: int, look: RowLook) -> None:
        super().__init__((), len(cells))
        self._cells = cells
        self._columns = columns
        self._image = image
        self._row = row
        self._look = look

    @classmethod
    def of_row(
        cls, image: int, place: tuple[int, int], width: int, look: RowLook, behind: Callable[[int], tuple[Rgb, Rgb]]
    ) -> "PlaceholderStrip":
        """A row of the widget.

        Args:
            image: the picture's id.
            place: row and first column of the picture that it shows.
            width: how many of its cells.
            look: what stands around and over it.
            behind: colours under a column, for marks.
        """
        cells = hole_row(width, look, behind).cells
        row, column = place
        return cls(cells, [column + n - look.left for n in range(len(cells))], image, row, look)

    @property
    def _segments(self) -> list[Segment]:
        return [Segment(" " * len(self._cells), Style.null())] if self._cells else []

    @_segments.setter
    def _segments(self, value: list[Segment]) -> None:
        """The cells are the truth."""

    def render(self, console: Console) -> str:
        """Escape sequences and text for the terminal."""
        if self._render_cache is None:
            self._render_cache = self._encode()
        return self._render_cache

    def _encode(self) -> str:
        parts: list[str] = []
        start = 0
        for end in range(1, len(self._cells) + 1):
            is_hole = self._cells[start].bg is None
            if end < len(self._cells) and (self._cells[end].bg is None) == is_hole:
                continue
            parts.append(self._run(start, end) if is_hole else encode(self._cells[start:end], self._look.depth))
            start = end
        return "".join(parts)

    def _run(self, start: int, end: int) -> str:
        column = self._columns[start]
        if self._row >= MOST_CELLS or column >= MOST_CELLS:
            return encode(self._cells[start:end], self._look.depth)
        # A number of the palette arrives exactly even where 16 million colours do not; a mark says the rest of the id.
        marks = "".join(chr(DIACRITICS[number]) for number in (self._row, column, self._image >> 24))
        cells = PLACEHOLDER + marks + PLACEHOLDER * (end - start - 1)
        return f"\x1b[38;5;{self._image & 255}m{cells}\x1b[0m"

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        last = len(self._cells) if end is None else min(end, len(self._cells))
        first = max(start, 0)
        if first == 0 and last == len(self._cells):
            return self
        return PlaceholderStrip(self._cells[first:last], self._columns[first:last], self._image, self._row, self._look)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts that end at the given cell positions."""
        ends = [cut for cut in cuts if cut <= len(self._cells)]
        return [self.crop(start, end) for start, end in pairwise([0, *ends])]

    def apply_filter(self, filter: LineFilter, background: TextualColor) -> Strip:
        """A screen that dims everything behind it hides the picture."""
        return CellStrip(self._cells, self._look.depth).apply_filter(filter, background)


class NamedCell(NamedTuple):
    """A cell that names a part of a picture."""

    glyph: str
    image: int
    row: int
    column: int


class NamedStrip(PlaceholderStrip):
    """A row of a picture and nothing else; the same cells show the same, so that they need not be written again."""

    writes_all_cells: ClassVar[bool] = True

    __slots__ = ()

    @classmethod
    def of_picture(cls, image: int, row: int, width: int) -> "NamedStrip":
        """All columns of a row of a picture.

        Args:
            image: the picture's id.
            row: of the picture.
            width: of the picture in cells.
        """
        look = RowLook(0, width, (0, 0, 0), ColorSystem.TRUECOLOR, {}, {})
        return cls([HOLE] * width, range(width), image, row, look)

    @property
    def cells(self) -> Sequence[NamedCell]:
        """What they name."""
        return [NamedCell(PLACEHOLDER, self._image, self._row, column) for column in self._columns]

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        cells, columns = self._cells[start:end], self._columns[start:end]
        return NamedStrip(cells, columns, self._image, self._row, self._look)
