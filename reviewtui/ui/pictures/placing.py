"""Where pictures that are drawn at the cursor go, and which cells have to be drawn again. Pure functions.

For Sixel and the iTerm2 protocol, whose pictures become part of the cells that they cover. Must not encode pixels.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewtui.model.geometry import CellRect, PixelSize
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.strips import Rgb

_WASTE = 1.5
"""Two rectangles become one when that one is not larger than both together by more than this factor."""

_SMALL_CELLS = 24
"""A picture costs about as many bytes beside its pixels as so many cells take."""


class Piece(NamedTuple):
    """A picture for a place on the screen.

    Attributes:
        column: of its first cell, from 0.
        row: of its first cell, from 0.
        text: the sequence that draws it at the cursor.
    """

    column: int
    row: int
    text: str


def placed(pieces: Iterable[Piece], *, synchronized: bool) -> str:
    """One text that draws pictures at their places and leaves the cursor where it was.

    Args:
        pieces: none may reach the last row of the screen: some terminals scroll then.
        synchronized: whether the terminal can be told to show all of it at once.
    """
    drawn = "".join(f"\x1b[{piece.row + 1};{piece.column + 1}H{piece.text}" for piece in pieces)
    if not drawn:
        return ""
    kept = f"\x1b7{drawn}\x1b8"
    return f"\x1b[?2026h{kept}\x1b[?2026l" if synchronized else kept


def padded(pixels: Pixels, grain: PixelSize, color: Rgb) -> Pixels:
    """Pixels with a margin on the right and below that makes them fill whole cells.

    Args:
        pixels: RGB, shape (height, width, 3).
        grain: pixels of one cell.
        color: of the margin.
    """
    height, width = pixels.shape[:2]
    full_height, full_width = -(-height // grain.height) * grain.height, -(-width // grain.width) * grain.width
    if (full_height, full_width) == (height, width):
        return pixels
    result = np.empty((full_height, full_width, 3), dtype=np.uint8)
    result[:] = color
    result[:height, :width] = pixels
    return result


def pixels_of(pixels: Pixels, cells: CellRect, grain: PixelSize) -> Pixels:
    """The pixels of some cells; a view, not a copy."""
    left, top = cells.x * grain.width, cells.y * grain.height
    return pixels[top : top + cells.height * grain.height, left : left + cells.width * grain.width]


def changed_cells(before: Pixels, after: Pixels, grain: PixelSize) -> NDArray[np.bool_]:
    """Cells in which any pixel differs. A few milliseconds for a whole screen.

    Args:
        before: RGB, of whole cells.
        after: RGB, of the same shape.
        grain: pixels of one cell.

    Returns:
        Shape (rows, columns).

    Raises:
        ValueError: the shapes differ or are not of whole cells.
    """
    height, width = before.shape[:2]
    if before.shape != after.shape or height % grain.height or width % grain.width:
        raise ValueError(f"pictures of {before.shape} and {after.shape} cannot be compared by cells of {grain}")
    rows, columns = height // grain.height, width // grain.width
    differs: NDArray[np.bool_] = before != after
    by_cell = differs.reshape(rows, grain.height, columns, grain.width * 3)
    result: NDArray[np.bool_] = np.logical_or.reduce(by_cell, axis=(1, 3))
    return result


def rectangles(wanted: NDArray[np.bool_]) -> list[CellRect]:
    """A few rectangles that cover all wanted cells, and not many others.

    Each costs something beside its pixels, so neighbours are joined as long as little is drawn in vain.

    Args:
        wanted: shape (rows, columns).
    """
    return _joined(exact_rectangles(wanted))


def exact_rectangles(wanted: NDArray[np.bool_]) -> list[CellRect]:
    """Rectangles that cover just the wanted cells, each once.

    Args:
        wanted: shape (rows, columns).
    """
    found: list[CellRect] = []
    for row in np.flatnonzero(wanted.any(axis=1)).tolist():
        columns = np.flatnonzero(wanted[row])
        for span in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
            _join_in(found, CellRect(int(span[0]), row, len(span), 1))
    return found


def fewer(found: list[CellRect], most: int) -> list[CellRect]:
    """At most so many rectangles that cover what all of them cover, joined where that adds least.

    Args:
        found: any number.
        most: at least 1.
    """
    result = list(found)
    while len(result) > most:
        pairs = ((first, second) for n, first in enumerate(result) for second in result[n + 1 :])
        first, second = min(pairs, key=lambda pair: _area(_around(*pair)) - _area(pair[0]) - _area(pair[1]))
        result = [one for one in result if one not in (first, second)] + [_around(first, second)]
    return result


def tiles(cells: CellRect, grain: PixelSize, limit_px: PixelSize) -> list[CellRect]:
    """A rectangle cut along cells so that each part stays within the terminal's largest picture.

    Args:
        cells: what to draw.
        grain: pixels of one cell.
        limit_px: of one picture; a cell is never cut.
    """
    width, height = max(limit_px.width // grain.width, 1), max(limit_px.height // grain.height, 1)
    return [
        CellRect(x, y, min(width, cells.x + cells.width - x), min(height, cells.y + cells.height - y))
        for y in range(cells.y, cells.y + cells.height, height)
        for x in range(cells.x, cells.x + cells.width, width)
    ]


def _join_in(found: list[CellRect], fresh: CellRect) -> None:
    """Make a rectangle one row longer when this continues it, else add it."""
    for number, known in enumerate(found):
        if (known.x, known.width, known.y + known.height) == (fresh.x, fresh.width, fresh.y):
            found[number] = CellRect(known.x, known.y, known.width, known.height + 1)
            return
    found.append(fresh)


def _joined(found: list[CellRect]) -> list[CellRect]:
    """Join rectangles while that saves something."""
    result: list[CellRect] = []
    for fresh in found:
        grown = fresh
        joining = True
        while joining:
            partner = next((one for one in result if _is_worth_joining(one, grown)), None)
            joining = partner is not None
            if partner is not None:
                result.remove(partner)
                grown = _around(partner, grown)
        result.append(grown)
    return result


def _is_worth_joining(first: CellRect, second: CellRect) -> bool:
    both = _area(first) + _area(second)
    return _area(_around(first, second)) <= max(both * _WASTE, both + _SMALL_CELLS)


def _around(first: CellRect, second: CellRect) -> CellRect:
    x, y = min(first.x, second.x), min(first.y, second.y)
    right = max(first.x + first.width, second.x + second.width)
    bottom = max(first.y + first.height, second.y + second.height)
    return CellRect(x, y, right - x, bottom - y)


def _area(rect: CellRect) -> int:
    return rect.width * rect.height
