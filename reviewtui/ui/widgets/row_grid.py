"""The rows of a list with a small picture each. The list stays the owner of rows, cursor and pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from reviewtui.model.entities import Asset
from reviewtui.model.geometry import CellRect, CellSize, PixelSize
from reviewtui.ui.pictures import Pixels
from reviewtui.ui.pictures.picture_grid import PictureGrid
from reviewtui.ui.pictures.tiles import Tile, TilePainterFactory
from reviewtui.ui.widgets.line_list import LineList

Loader = Callable[[int, PixelSize], Pixels]
"""Gives a version by its id, as large as fits into a room; called in threads."""


@dataclass(frozen=True, slots=True)
class _Thumbnail:
    """See ``SmallSource``; the bytes of a version never change."""

    version_id: int
    loader: Loader

    @property
    def key(self) -> str:
        """Names the version."""
        return str(self.version_id)

    def load(self, room: PixelSize) -> Pixels:
        """See ``SmallSource.load``."""
        return self.loader(self.version_id, room)


class RowGrid(PictureGrid):
    """Places for rows, side by side and below each other; a subclass says how large they are and draws their text.

    Args:
        rows: the list that is shown so.
        load: gives pixels.
        tiles: how small pictures get onto the terminal; half cells when None.
        id: see ``Widget``.
    """

    def __init__(
        self,
        rows: LineList[Asset],
        load: Loader,
        *,
        tiles: TilePainterFactory | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(tiles=tiles, id=id)
        self._rows = rows
        self._load = load
        self._drawn: tuple[object, ...] = ()
        self._drawn_rows: dict[int, tuple[Asset | None, bool]] = {}

    # For a subclass

    @property
    def pitch(self) -> CellSize:
        """Cells from one place to the next."""
        raise NotImplementedError

    @property
    def picture_room(self) -> CellRect:
        """Cells for the picture within a place."""
        raise NotImplementedError

    @property
    def columns(self) -> int:
        """Places side by side."""
        raise NotImplementedError

    @property
    def margin(self) -> int:
        """Cells at the left of the first place."""
        return 0

    def place_line(self, row: Asset, line: int, *, focused: bool) -> list[Segment]:
        """One line of a place as text, exactly as wide as the pitch.

        Args:
            row: in the place.
            line: of the place, from 0.
            focused: whether the cursor stands there.
        """
        raise NotImplementedError

    # Following the list

    @property
    def bands(self) -> int:
        """Whole lines of places in view."""
        return max(self.size.height // self.pitch.height, 1)

    def follow(self) -> None:
        """Rows, cursor or size changed: draw what is in view, and write only what looks different."""
        if not self.is_attached or not self.is_on_screen or not self.may_follow:
            return
        columns, pitch, height = self.columns, self.pitch, self.size.height
        lines = -(-self._rows.count // columns) * pitch.height
        if self.virtual_size != Size(self.size.width, lines):
            self.virtual_size = Size(self.size.width, lines)
        top = self._rows.cursor // columns * pitch.height
        wanted = min(max(self.scroll_offset.y, top + pitch.height - height), top)
        if wanted != self.scroll_offset.y:
            self.scroll_to(y=max(wanted, 0), animate=False, force=True, immediate=True)
        self._refresh_changed()
        self.look_again()

    def _refresh_changed(self) -> None:
        frame = (self.scroll_offset.y, self.size, self.columns, self.pitch, self.margin)
        rows = {index: (self._rows.row_at(index), index == self._rows.cursor) for index in self._indices()}
        if frame != self._drawn:
            self.refresh()
        else:
            for index in rows.keys() | self._drawn_rows.keys():
                if rows.get(index) != self._drawn_rows.get(index):
                    column, y = self._corner(index)
                    self.refresh(Region(column, y - self.scroll_offset.y, self.pitch.width, self.pitch.height))
        self._drawn, self._drawn_rows = frame, rows

    def _indices(self) -> range:
        """Rows of which something is in view."""
        pitch, top = self.pitch.height, self.scroll_offset.y
        first, last = top // pitch * self.columns, -(-(top + self.size.height) // pitch) * self.columns
        return range(first, min(last, self._rows.count))

    def _corner(self, index: int) -> tuple[int, int]:
        """Column, and line from the first one on, where a place begins."""
        band, column = divmod(index, self.columns)
        return self.margin + column * self.pitch.width, band * self.pitch.height

    def index_at(self, x: int, y: int) -> int | None:
        """The row under a cell of the widget."""
        column = (x - self.margin) // self.pitch.width
        index = (y + self.scroll_offset.y) // self.pitch.height * self.columns + column
        return index if 0 <= column < self.columns and index < self._rows.count else None

    # See ``PictureGrid``

    def tiles_in_view(self) -> Sequence[Tile]:
        """Rows in view that have a picture, the nearest to the cursor first; rows that are not loaded are asked for."""
        room, tiles = self.picture_room, []
        for index in sorted(self._indices(), key=lambda one: abs(one - self._rows.cursor)):
            row = self._rows.row_at(index)
            if row is None:
                self._rows.ask_for(index)
            elif row.head_id is not None:
                x, y = self._corner(index)
                place = CellRect(x + room.x, y + room.y, room.width, room.height)
                tiles.append(Tile(_Thumbnail(row.head_id, self._load), place))
        return tiles

    def text_line(self, y: int) -> Strip:
        """A line without its pictures."""
        band, line = divmod(y, self.pitch.height)
        segments = [Segment(" " * self.margin)]
        for index in range(band * self.columns, (band + 1) * self.columns):
            if index >= self._rows.count:
                break
            row = self._rows.row_at(index)
            if row is not None:
                segments.extend(self.place_line(row, line, focused=index == self._rows.cursor))
            else:
                waits = "…" if line == self.pitch.height // 2 else ""
                segments.append(Segment(waits.ljust(self.pitch.width)))
        return Strip(segments).adjust_cell_length(self.size.width)

    # Events

    def on_resize(self) -> None:
        """Another width, another grid."""
        self.follow()

    def on_show(self) -> None:
        """To be seen again: the list may have moved meanwhile."""
        self._drawn = ()
        self.follow()

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor on a row."""
        index = self.index_at(event.x, event.y)
        if index is not None:
            self._rows.move_to(index)
            self._rows.post_message(LineList.Clicked(self._rows, index))
