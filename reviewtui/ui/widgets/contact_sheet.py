"""A contact sheet: the rows of a list as a grid of small pictures with a line of words under each."""

from collections.abc import Callable

from rich.segment import Segment

from reviewtui.model.entities import Asset
from reviewtui.model.geometry import CellRect, CellSize
from reviewtui.ui.pictures.tiles import TilePainterFactory
from reviewtui.ui.text import clip_cells
from reviewtui.ui.theme import STATUS_LOOK, role_style
from reviewtui.ui.widgets.line_list import LineList
from reviewtui.ui.widgets.row_grid import Loader, RowGrid

SIZES = ((16, 6), (24, 9), (36, 13), (54, 20))
"""Rooms for a picture in cells, from small to large; cells are twice as high as wide."""

_USUAL = 1
_GAP = 2


class ContactSheet(RowGrid):
    """A grid of small pictures.

    Args:
        rows: the list that is shown so.
        load: gives the pixels of a version by its id; called in threads.
        caption: the words under a picture that fit so many cells.
        tiles: how small pictures get onto the terminal; half cells when None.
        id: see ``Widget``.
    """

    DEFAULT_CSS = "ContactSheet { display: none; }"

    def __init__(
        self,
        rows: LineList[Asset],
        load: Loader,
        caption: Callable[[Asset, int], str],
        *,
        tiles: TilePainterFactory | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(rows, load, tiles=tiles, id=id)
        self._caption = caption
        self._step = _USUAL

    @property
    def pitch(self) -> CellSize:
        """A line above the picture, the picture, a line of words."""
        width, height = SIZES[self._step]
        return CellSize(width + _GAP, height + 2)

    @property
    def picture_room(self) -> CellRect:
        """Between its two lines."""
        return CellRect(0, 1, *SIZES[self._step])

    @property
    def columns(self) -> int:
        """Pictures beside each other."""
        return max((self.size.width - _GAP) // self.pitch.width, 1)

    @property
    def margin(self) -> int:
        """What the pictures leave is shared out to both sides."""
        return max((self.size.width - self.columns * self.pitch.width + _GAP) // 2, 0)

    def resize_pictures(self, steps: int) -> bool:
        """Larger pictures, or smaller ones below 0; whether there is another size.

        Args:
            steps: of the sizes there are.
        """
        step = min(max(self._step + steps, 0), len(SIZES) - 1)
        changed = step != self._step
        self._step = step
        if changed:
            self.follow()
        return changed

    def place_line(self, row: Asset, line: int, *, focused: bool) -> list[Segment]:
        """See ``RowGrid.place_line``: the cursor is a line above the picture and a bar under it."""
        width, height = SIZES[self._step]
        if line == height + 1:
            return [*self._words(row, width, focused), Segment(" " * _GAP)]
        if line == 0 and focused:
            return [Segment("▁" * width, role_style(self.app, "accent")), Segment(" " * _GAP)]
        return [Segment(" " * (width + _GAP))]

    def _words(self, row: Asset, width: int, focused: bool) -> list[Segment]:
        look, on = STATUS_LOOK[row.status], "cursor" if focused else None
        room = width - 3
        role = "text" if focused else "muted"
        return [
            Segment("▌" if focused else " ", role_style(self.app, "accent", on=on)),
            Segment(f"{look.glyph} ", role_style(self.app, look.role, on=on)),
            Segment(clip_cells(self._caption(row, room), room), role_style(self.app, role, on=on)),
        ]
