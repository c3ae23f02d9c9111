"""One row of the picture widget: surround, picture, marks. Pure; must not know widgets."""

from collections.abc import Callable

from rich.color import ColorSystem

from reviewtui.model.text import safe
from reviewtui.ui.pictures.overlays import cell_behind
from reviewtui.ui.pictures.painter import RowLook
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.strips import HOLE, Cell, CellStrip, Rgb, blank, encode, glyphs, whole
from reviewtui.ui.pictures.surround import SURROUND_RGB, Surround

_WORDS_RGB: dict[Surround, Rgb] = {
    Surround.DARK: (150, 150, 150),
    Surround.MID: (0, 0, 0),
    Surround.LIGHT: (70, 70, 70),
}


def picture_row(drawing: Drawing, row: int, look: RowLook) -> CellStrip:
    """A row that shows one row of a drawing."""
    grey, depth = look.surround_rgb, look.depth
    cells: list[Cell] = list(drawing.rows[row])
    # The lower half of the last row of an odd height is not the picture's.
    odd_end = row == drawing.cells.height - 1 and drawing.pixels.shape[0] % 2 == 1
    if odd_end:
        cells = [cell._replace(bg=grey) for cell in cells]
    for column, mark in look.marks.items():
        if 0 <= column < len(cells):
            cells[column] = cell_behind(mark, look.colors[mark.kind], cells[column].fg, cells[column].bg or grey)
    before, after = max(look.left, 0), max(look.width - look.left - len(cells), 0)
    clipped = cells[max(-look.left, 0) : max(look.width - look.left, 0)]
    pad = Cell(" ", grey, grey)
    encoded = None
    if not look.marks and not odd_end and len(clipped) == len(cells):
        encoded = _pad(before, grey, depth) + drawing.encoded[row] + _pad(after, grey, depth)
    return CellStrip([*[pad] * before, *clipped, *[pad] * after], depth, encoded)


def hole_row(columns: int, look: RowLook, behind: Callable[[int], tuple[Rgb, Rgb]]) -> CellStrip:
    """A row that lets pixels below the cells show through, with marks over them.

    Args:
        columns: cells of the picture.
        look: what stands around and over them.
        behind: colours of the upper and lower half of the picture in a column, which marks are drawn on.
    """
    grey = look.surround_rgb
    cells = [HOLE] * columns
    for column, mark in look.marks.items():
        if 0 <= column < columns:
            cells[column] = cell_behind(mark, look.colors[mark.kind], *behind(column))
    before, after = max(look.left, 0), max(look.width - look.left - columns, 0)
    clipped = cells[max(-look.left, 0) : max(look.width - look.left, 0)]
    pad = Cell(" ", grey, grey)
    return CellStrip([*[pad] * before, *clipped, *[pad] * after], look.depth)


def words_row(words: str, *, width: int, surround: Surround, depth: ColorSystem) -> CellStrip:
    """A row of surround with a quiet line in its middle.

    Args:
        words: any text; what does not fit is cut.
        width: of the widget in cells.
        surround: grey around it.
        depth: colours that the terminal can show.
    """
    grey, ink = SURROUND_RGB[surround], _WORDS_RGB[surround]
    if not words or width < 1:
        return blank(width, grey, depth)
    shown = glyphs(safe(words))[:width]
    pad = Cell(" ", grey, grey)
    before = (width - len(shown)) // 2
    cells = [*[pad] * before, *(Cell(glyph, ink, grey) for glyph in shown), *[pad] * (width - before - len(shown))]
    return CellStrip(whole(cells), depth)


def _pad(count: int, grey: Rgb, depth: ColorSystem) -> str:
    return encode([Cell(" ", grey, grey)] * count, depth) if count else ""
