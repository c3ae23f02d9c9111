"""A contact sheet: the rows of a list as a grid of small pictures, drawn line by line, only those in view.

The list stays the owner of rows, cursor and pages; the sheet draws them and says which pictures it wants. At most two
threads work for it, and only for what is in view, so that a held key leaves no backlog.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reviewtui.imaging.scaling import view
from reviewtui.model.entities import Asset
from reviewtui.model.errors import ReviewError
from reviewtui.model.geometry import PixelRect
from reviewtui.ui.pictures import Drawing, HalfCells
from reviewtui.ui.pictures.strips import CellStrip
from reviewtui.ui.text import clip_cells
from reviewtui.ui.theme import STATUS_LOOK, role_style
from reviewtui.ui.widgets.line_list import LineList

TILE_CELLS = (24, 9)
"""A picture in the sheet, at most."""

_GAP = 2
_PITCH = (TILE_CELLS[0] + _GAP, TILE_CELLS[1] + 2)
_THREADS = 2
_KEPT = 600

Loader = Callable[[int], NDArray[np.uint8]]


class ContactSheet(ScrollView):
    """A grid of small pictures.

    Args:
        rows: the list that is shown so.
        load: gives the pixels of a version by its id; called in threads.
        caption: draws the words under a picture that fit so many cells.
    """

    DEFAULT_CSS = """
    ContactSheet { scrollbar-size: 0 0; overflow-x: hidden; display: none; height: 1fr; width: 1fr; }
    """
    ALLOW_SELECT = False
    can_focus = False

    def __init__(
        self, rows: LineList[Asset], load: Loader, caption: Callable[[Asset, int], str], *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._rows = rows
        self._load = load
        self._caption = caption
        self._protocol = HalfCells()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="thumbs")
        self._drawn: OrderedDict[int, Drawing | None] = OrderedDict()
        self._working: set[int] = set()

    @property
    def columns(self) -> int:
        """Pictures beside each other."""
        return max((self.size.width - _GAP) // _PITCH[0], 1)

    @property
    def bands(self) -> int:
        """Whole rows of pictures in view."""
        return max(self.size.height // _PITCH[1], 1)

    def follow(self) -> None:
        """Rows or cursor changed: draw what is in view."""
        lines = -(-self._rows.count // self.columns) * _PITCH[1] + 1
        if self.virtual_size != Size(self.size.width, lines):
            self.virtual_size = Size(self.size.width, lines)
        height = self.size.height
        if height < 1 or not self.display:
            return
        top = self._rows.cursor // self.columns * _PITCH[1]
        wanted = min(max(self.scroll_offset.y, top + _PITCH[1] + 1 - height), top)
        if wanted != self.scroll_offset.y:
            self.scroll_to(y=max(wanted, 0), animate=False, force=True, immediate=True)
        self.refresh()
        self._work()

    def on_resize(self) -> None:
        """Another width, another grid."""
        self.follow()

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor on a picture."""
        column = (event.x - 1) // _PITCH[0]
        index = (event.y + self.scroll_offset.y) // _PITCH[1] * self.columns + column
        if 0 <= column < self.columns and index < self._rows.count:
            self._rows.move_to(index)

    def on_unmount(self) -> None:
        """Stop working."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def is_idle(self) -> bool:
        """Whether no thread works for it."""
        return not self._working

    # Loading

    def _in_view(self) -> list[Asset]:
        """Rows in view; those that are not loaded are asked for."""
        first = self.scroll_offset.y // _PITCH[1] * self.columns
        last = (-(-(self.scroll_offset.y + self.size.height) // _PITCH[1])) * self.columns
        found = []
        for index in range(first, min(last, self._rows.count)):
            row = self._rows.row_at(index)
            if row is None:
                self._rows.ask_for(index)
            else:
                found.append(row)
        return found

    def _work(self) -> None:
        """Begin on what is in view and not there yet, as far as threads are free."""
        if not self.display or not self.is_attached:
            return
        for asset in self._in_view():
            version = asset.head_id
            if len(self._working) >= _THREADS:
                return
            if version is not None and version not in self._drawn and version not in self._working:
                self._working.add(version)
                future = self._pool.submit(self._draw, version)
                future.add_done_callback(partial(self._to_loop, version))

    def _draw(self, version: int) -> Drawing | None:
        try:
            pixels = self._load(version)
        except ReviewError:
            return None  # its tile stays empty; who opens it is told why
        height, width = pixels.shape[:2]
        factor = min(TILE_CELLS[0] / width, TILE_CELLS[1] * 2 / height)
        target = (max(round(width * factor), 1), max(round(height * factor), 1))
        return self._protocol.draw(view(pixels, PixelRect(0, 0, width, height), target), ColorSystem.TRUECOLOR)

    def _to_loop(self, version: int, done: Future[Drawing | None]) -> None:
        if not done.cancelled():
            self.call_later(self._arrived, version, done.result())

    def _arrived(self, version: int, drawing: Drawing | None) -> None:
        self._working.discard(version)
        self._drawn[version] = drawing
        while len(self._drawn) > _KEPT:
            self._drawn.popitem(last=False)
        self.refresh()
        self._work()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the sheet."""
        band, line = divmod(y + self.scroll_offset.y, _PITCH[1])
        segments: list[Segment] = [Segment(" ", self.rich_style)]
        for column in range(self.columns):
            index = band * self.columns + column
            segments.extend(self._tile_line(index, line))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style).apply_style(self.rich_style)

    def _tile_line(self, index: int, line: int) -> list[Segment]:
        """One line of one tile with the gap behind it."""
        row = self._rows.row_at(index)
        if row is None:
            waits = index < self._rows.count and line == TILE_CELLS[1] // 2
            return [Segment(clip_cells("…" if waits else "", _PITCH[0]))]
        focused = index == self._rows.cursor
        if line == TILE_CELLS[1]:
            return self._caption_line(row, focused)
        if line > TILE_CELLS[1]:
            return [Segment(" " * _PITCH[0])]
        bar = Segment("▌" if focused else " ", role_style(self.app, "accent"))
        return [bar, *self._picture_line(row, line), Segment(" ")]

    def _picture_line(self, row: Asset, line: int) -> list[Segment]:
        drawing = None if row.head_id is None else self._drawn.get(row.head_id)
        if drawing is None:
            return [Segment(" " * TILE_CELLS[0])]
        top, left = TILE_CELLS[1] - drawing.cells.height, (TILE_CELLS[0] - drawing.cells.width) // 2
        if line < top:
            return [Segment(" " * TILE_CELLS[0])]
        right = TILE_CELLS[0] - left - drawing.cells.width
        cells = CellStrip(drawing.rows[line - top], ColorSystem.TRUECOLOR)
        return [Segment(" " * left), *cells, Segment(" " * right)]

    def _caption_line(self, row: Asset, focused: bool) -> list[Segment]:
        look, on = STATUS_LOOK[row.status], "cursor" if focused else None
        room = TILE_CELLS[0] - 2
        return [
            Segment("▌" if focused else " ", role_style(self.app, "accent", on=on)),
            Segment(f"{look.glyph} ", role_style(self.app, look.role, on=on)),
            Segment(
                clip_cells(self._caption(row, room), room), role_style(self.app, "text" if focused else "muted", on=on)
            ),
            Segment(" "),
        ]
