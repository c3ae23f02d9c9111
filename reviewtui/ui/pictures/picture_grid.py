"""A widget of lines of text with small pictures among them, of any length; only what is in view is drawn.

A subclass says which pictures are in view and what the lines are; the pictures get to the screen as the terminal can
show them (see ``tiles``), and nothing of that runs on the event loop. Must not know what the pictures are of.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reviewtui.model.geometry import CellRect
from reviewtui.ui.pictures.acknowledge import PictureHost
from reviewtui.ui.pictures.cell_tiles import CellTiles
from reviewtui.ui.pictures.frame_pace import FramePace
from reviewtui.ui.pictures.strips import Rgb, depth_of
from reviewtui.ui.pictures.surround import SURROUND_RGB, Surround
from reviewtui.ui.pictures.tile_strip import TiledStrip
from reviewtui.ui.pictures.tiles import (
    SmallPicture,
    Tile,
    TileCanvas,
    TileKey,
    TileLook,
    TilePainter,
    TilePainterFactory,
    TileSpot,
)

_THREADS = 2


def half_cell_tiles(canvas: TileCanvas) -> TilePainter:
    """A painter for a widget that is alone, for every terminal."""
    return CellTiles(canvas, ThreadPoolExecutor(_THREADS, thread_name_prefix="tiles"))


class PictureGrid(ScrollView):
    """See the module.

    Give it no border and no padding; a subclass defines ``tiles_in_view``, ``text_line`` and ``follow``.

    Args:
        tiles: makes what gets small pictures onto the terminal; half cells when None.
        id: see ``Widget``.
    """

    DEFAULT_CSS = """
    PictureGrid { scrollbar-size: 0 0; overflow-x: hidden; height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False
    can_focus = False

    def __init__(self, *, tiles: TilePainterFactory | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make_painter = tiles or half_cell_tiles
        self._painter: TilePainter | None = None
        self._tiles: tuple[Tile, ...] = ()
        self._is_due = False
        self._pace: FramePace | None = None

    # For a subclass

    def tiles_in_view(self) -> Sequence[Tile]:
        """Tiles of which at least a cell is in view, the most wanted first."""
        raise NotImplementedError

    def text_line(self, y: int) -> Strip:
        """A line as text, as wide as the widget; pictures are put into it afterwards.

        Args:
            y: counted from the first line, also when that is scrolled out of view.
        """
        raise NotImplementedError

    def follow(self) -> None:
        """Scroll, refresh what looks different, and ``look_again``."""
        raise NotImplementedError

    @property
    def may_follow(self) -> bool:
        """Whether the terminal keeps up with what was written; if not, ``follow`` is called when it does."""
        return self._pace is None or self._pace.may_write()

    def look_again(self) -> None:
        """Something else may be in view now. What looks different has to be refreshed beside this."""
        if not self.is_attached or not self.is_on_screen:
            return
        self._tiles = tuple(self.tiles_in_view())
        self.painter.want(self._tiles, self._look)
        self._show_soon()

    # Pictures

    @property
    def painter(self) -> TilePainter:
        """What gets small pictures onto the terminal; made when it is first needed."""
        if self._painter is None:
            self._painter = self._make_painter(self)
        return self._painter

    @property
    def is_idle(self) -> bool:
        """Whether no thread works for it and nothing waits to be sent."""
        is_late = self._pace is not None and self._pace.is_waiting
        return not self._is_due and not is_late and (self._painter is None or self._painter.is_idle)

    def change_painter(self) -> None:
        """Get another painter from the factory."""
        if self._painter is not None:
            self._painter.withdraw()
            self._painter.close()
            self._painter = None
        self.refresh()
        self.look_again()

    @property
    def _look(self) -> TileLook:
        color = self.background_colors[1]
        # The terminal's own background is not known; pictures stand on the grey of all pictures then.
        ground: Rgb = SURROUND_RGB[Surround.DARK] if color.ansi is not None else (color.r, color.g, color.b)
        return TileLook(ground, depth_of(self.app.console.color_system))

    def _place_of(self, tile: Tile, picture: SmallPicture) -> tuple[int, int]:
        """Column and line of the picture's first cell: the middle of the lower edge of its room."""
        room, cells = tile.room, picture.cells
        return room.x + (room.width - cells.width) // 2, room.y + room.height - cells.height

    def _show_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            self.call_after_refresh(self._show)

    def _show(self) -> None:
        self._is_due = False
        if self._painter is None or not self.is_attached:
            return
        if not self.is_on_screen:
            self._painter.withdraw()
            return
        self._get_pace().wrote()
        spots = [spot for tile in self._tiles if (spot := self._spot(tile)) is not None]
        self._painter.show(spots)

    def _get_pace(self) -> FramePace:
        if self._pace is None:
            app: Any = self.app
            ask = app.get_picture_acknowledger().ask if isinstance(app, PictureHost) else None
            self._pace = FramePace(ask, self.call_after, self.follow)
        return self._pace

    def _spot(self, tile: Tile) -> TileSpot | None:
        """Where a tile's picture stands; None when there is none, or nothing of it is in view."""
        picture = self.painter.find(tile)
        if picture is None:
            return None
        column, line = self._place_of(tile, picture)
        line -= self.scroll_offset.y
        cells, size = picture.cells, self.size
        left, top = max(-column, 0), max(-line, 0)
        right, bottom = min(cells.width, size.width - column), min(cells.height, size.height - line)
        if left >= right or top >= bottom:
            return None
        offset = self.content_region.offset
        seen = CellRect(left, top, right - left, bottom - top)
        return TileSpot(tile, offset.x + column, offset.y + line, seen)

    # What the painter wants; see ``TileCanvas``

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> object:
        """See ``TileCanvas``."""
        return self.call_later(function, *arguments)

    def call_after(self, delay_s: float, function: Callable[[], object]) -> object:
        """See ``TileCanvas``."""
        return self.set_timer(delay_s, function)

    def arrived(self, keys: Sequence[TileKey]) -> None:
        """See ``TileCanvas``."""
        if not self.is_attached:
            return
        known, look = set(keys), self._look
        for tile in self._tiles:
            if TileKey.of(tile, look) in known:
                room = tile.room
                self.refresh(Region(room.x, room.y - self.scroll_offset.y, room.width, room.height))
        self._show_soon()

    def show_again(self) -> None:
        """See ``TileCanvas``."""
        self._show_soon()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        line = y + self.scroll_offset.y
        text = self._filtered(self.text_line(line))
        rows: list[tuple[int, Strip]] = []
        for tile in self._tiles:
            if not tile.room.y <= line < tile.room.y + tile.room.height:
                continue
            picture = self.painter.find(tile)
            if picture is not None:
                column, first = self._place_of(tile, picture)
                if first <= line:
                    rows.append((column, picture.row(line - first)))
        if not rows:
            return text
        parts, at = [], 0
        for column, row in sorted(rows, key=lambda one: one[0]):
            parts += [text.crop(at, column), row]
            at = column + row.cell_length
        return TiledStrip([*parts, text.crop(at, self.size.width)]).crop(0, self.size.width)

    def _filtered(self, text: Strip) -> Strip:
        result = text.apply_style(self.rich_style)
        for line_filter in self.get_line_filters():
            result = result.apply_filter(line_filter, self.background_colors[1])
        return result

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines for the compositor. Styles and filters are passed by: colours of a picture are facts."""
        return [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]

    # Events

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other lines are in view."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.look_again()

    def on_show(self) -> None:
        """To be seen again."""
        self.look_again()

    def on_hide(self) -> None:
        """Not to be seen any more: neither are pixels that lie outside the cells."""
        if self._painter is not None:
            self._painter.withdraw()

    def notify_style_update(self) -> None:
        """Another theme, another ground."""
        super().notify_style_update()
        if self._painter is not None:
            self.refresh()
            self.call_later(self.look_again)

    def on_unmount(self) -> None:
        """Stop working."""
        if self._painter is not None:
            self._painter.close()
