"""A row of cells that is written to the terminal in as few bytes as its colours allow.

Textual's own strips write every segment with a reset behind it and look at every style on the event loop; a picture row
has a style per cell. Must not know pictures or widgets.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.strip import Strip

Rgb = tuple[int, int, int]


class Cell(NamedTuple):
    """One terminal cell.

    Attributes:
        glyph: one character; empty for the second half of a wide one.
        fg: colour of the glyph.
        bg: colour behind it; None for a hole, through which graphics below the cells are seen.
        bold: whether the glyph is bold.
    """

    glyph: str
    fg: Rgb
    bg: Rgb | None
    bold: bool = False


HOLE = Cell(" ", (128, 128, 128), None)
"""An empty cell without any colour of its own."""

_SHORTEST_ERASE = 10
"""From so many cells on, erasing and moving on takes fewer bytes than spaces."""


class CellStrip(Strip):
    """A strip of ``Cell``; cropping and dividing keep the short form.

    Args:
        cells: one for each terminal cell.
        depth: colours that the terminal can show.
        encoded: what ``encode`` gives for these cells, when it is known already.
    """

    writes_all_cells: ClassVar[bool] = True
    """Whether the same row written again leaves the same on the screen, so that it can be left out."""

    __slots__ = ("_cells", "_depth", "_lazy_segments")

    def __init__(self, cells: Sequence[Cell], depth: ColorSystem, encoded: str | None = None) -> None:
        super().__init__((), len(cells))
        self._cells = cells
        self._depth = depth
        self._lazy_segments: list[Segment] | None = None
        self._render_cache = encoded

    @property
    def cells(self) -> Sequence[Cell]:
        """Its cells."""
        return self._cells

    @property
    def _segments(self) -> list[Segment]:
        # Only screenshots and filters ask for segments; the terminal gets the encoded form.
        if self._lazy_segments is None:
            # One for each run of one look: a dialog that dims what lies below writes every segment with its colours.
            self._lazy_segments = [
                Segment("".join(cell.glyph for cell in run), _rich_style(*look))
                for look, run in groupby(self._cells, _look)
            ]
        return self._lazy_segments

    @_segments.setter
    def _segments(self, value: list[Segment]) -> None:
        """The cells are the truth; the base class's list is not kept."""

    def render(self, console: Console) -> str:
        """Escape sequences and text for the terminal."""
        if self._render_cache is None:
            self._render_cache = encode(self._cells, self._depth)
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part between two cell positions."""
        last = len(self._cells) if end is None else min(end, len(self._cells))
        first = max(start, 0)
        if first == 0 and last == len(self._cells):
            return self
        return CellStrip(whole(self._cells[first:last]), self._depth)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The parts that end at the given cell positions."""
        ends = [cut for cut in cuts if cut <= len(self._cells)]
        return [self.crop(start, end) for start, end in pairwise([0, *ends])]

    def apply_filter(self, filter: LineFilter, background: TextualColor) -> Strip:
        """Colours of a picture are facts; only a screen that dims everything behind it may change them."""
        return Strip(filter.apply(self._segments, background), len(self._cells))


def _look(cell: Cell) -> tuple[Rgb, Rgb | None, bool]:
    return cell[1:]


def whole(cells: Sequence[Cell]) -> Sequence[Cell]:
    """The cells without halves of wide characters at their ends."""
    result = cells
    if result and not result[0].glyph:
        result = [result[0]._replace(glyph=" "), *result[1:]]
    if result and _is_wide(result[-1].glyph):
        result = [*result[:-1], result[-1]._replace(glyph=" ")]
    return result


def _is_wide(glyph: str) -> bool:
    return not glyph.isascii() and cell_len(glyph) == 2


def encode(cells: Sequence[Cell], depth: ColorSystem) -> str:
    """Escape sequences and text for a row; only what changes from cell to cell is said. Pure, any thread."""
    parts: list[str] = []
    fg: Rgb | None = None
    bg: Rgb | None = None
    bold = False
    holes = 0
    for glyph, cell_fg, cell_bg, cell_bold in cells:
        if cell_bg is None:
            holes += 1
            continue
        if holes:
            parts.append(_holes(holes, styled=bg is not None))
            fg, bg, bold, holes = None, None, False, 0
        if cell_bold != bold:
            parts.append("\x1b[1m" if cell_bold else "\x1b[22m")
            bold = cell_bold
        # A space has no ink: its foreground need not be said.
        fg_new = cell_fg != fg and glyph not in (" ", "")
        if fg_new and cell_bg != bg:
            parts.append(f"\x1b[{_code(cell_fg, depth, True)};{_code(cell_bg, depth, False)}m")
        elif fg_new:
            parts.append(f"\x1b[{_code(cell_fg, depth, True)}m")
        elif cell_bg != bg:
            parts.append(f"\x1b[{_code(cell_bg, depth, False)}m")
        if fg_new:
            fg = cell_fg
        bg = cell_bg
        parts.append(glyph)
    if holes:
        parts.append(_holes(holes, styled=bg is not None))
    parts.append("\x1b[0m")
    return "".join(parts)


def _holes(count: int, *, styled: bool) -> str:
    """Empty cells without colour; the cursor stands behind them afterwards."""
    reset = "\x1b[m" if styled else ""
    return reset + (" " * count if count < _SHORTEST_ERASE else f"\x1b[{count}X\x1b[{count}C")


def _code(color: Rgb, depth: ColorSystem, foreground: bool) -> str:
    if depth is ColorSystem.TRUECOLOR:
        return f"{'38' if foreground else '48'};2;{color[0]};{color[1]};{color[2]}"
    return _reduced(color, depth, foreground)


@lru_cache(65536)
def _reduced(color: Rgb, depth: ColorSystem, foreground: bool) -> str:
    return ";".join(Color.from_triplet(ColorTriplet(*color)).downgrade(depth).get_ansi_codes(foreground))


@lru_cache(16384)
def _rich_style(fg: Rgb, bg: Rgb | None, bold: bool) -> Style:
    if bg is None:
        return Style.null()
    return Style(
        color=Color.from_triplet(ColorTriplet(*fg)), bgcolor=Color.from_triplet(ColorTriplet(*bg)), bold=bold or None
    )


def depth_of(color_system: str | None) -> ColorSystem:
    """Rich's name for what a terminal can show as what cells are encoded for; all colours where it names none."""
    known = {"256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}
    return known.get(color_system or "", ColorSystem.TRUECOLOR)


def blank(width: int, color: Rgb, depth: ColorSystem) -> CellStrip:
    """A row of one colour."""
    return CellStrip([Cell(" ", color, color)] * max(width, 0), depth)


def glyphs(text: str) -> list[str]:
    """One entry for each cell of a text: a character with its combining marks, or empty behind a wide one.

    Args:
        text: safe for a terminal.
    """
    result: list[str] = []
    for character in text:
        width = cell_len(character)
        if width == 0:
            if result:
                result[-1] += character
            continue
        result.append(character)
        if width == 2:
            result.append("")
    return result
