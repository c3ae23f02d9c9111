"""One row of the picture widget: surround, picture, marks. Pure; must not know widgets."""

from collections.abc import Mapping
from enum import StrEnum

from rich.color import ColorSystem

from reviewtui.model.text import safe
from reviewtui.ui.pictures.overlays import Mark, OverlayKind, cell_behind
from reviewtui.ui.pictures.protocol import Drawing
from reviewtui.ui.pictures.strips import Cell, CellStrip, Rgb, blank, encode, glyphs, whole


class Surround(StrEnum):
    """Neutral grey around a picture."""

    DARK = "dark"
    MID = "mid"
    LIGHT = "light"


SURROUND_RGB: dict[Surround, Rgb] = {
    Surround.DARK: (22, 22, 22),
    Surround.MID: (119, 119, 119),
    Surround.LIGHT: (204, 204, 204),
}

_WORDS_RGB: dict[Surround, Rgb] = {
    Surround.DARK: (150, 150, 150),
    Surround.MID: (0, 0, 0),
    Surround.LIGHT: (70, 70, 70),
}


def picture_row(
    drawing: Drawing,
    row: int,
    *,
    left: int,
    width: int,
    surround: Surround,
    depth: ColorSystem,
    marks: Mapping[int, Mark],
    colors: Mapping[OverlayKind, Rgb],
) -> CellStrip:
    """A row that shows one row of a drawing.

    Args:
        drawing: what to show.
        row: of the drawing.
        left: cells of surround before it; negative when the drawing is wider than the widget.
        width: of the widget in cells.
        surround: grey around it.
        depth: colours that the terminal can show.
        marks: by column of the drawing.
        colors: of the overlays.
    """
    grey = SURROUND_RGB[surround]
    cells: list[Cell] = list(drawing.rows[row])
    # The lower half of the last row of an odd height is not the picture's.
    odd_end = row == drawing.cells.height - 1 and drawing.pixels.shape[0] % 2 == 1
    if odd_end:
        cells = [cell._replace(bg=grey) for cell in cells]
    for column, mark in marks.items():
        if 0 <= column < len(cells):
            cells[column] = cell_behind(mark, colors[mark.kind], cells[column].fg, cells[column].bg)
    before, after = max(left, 0), max(width - left - len(cells), 0)
    clipped = cells[max(-left, 0) : max(width - left, 0)]
    pad = Cell(" ", grey, grey)
    encoded = None
    if not marks and not odd_end and len(clipped) == len(cells):
        encoded = _pad(before, grey, depth) + drawing.encoded[row] + _pad(after, grey, depth)
    return CellStrip([*[pad] * before, *clipped, *[pad] * after], depth, encoded)


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
