"""A list of any length that draws only the lines in view and writes only those that change.

Rows come in pages from a function that runs in a thread, or are given. Must not know what a row is: a callback draws
it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reviewtui.ui.text import clip_cells

RowT = TypeVar("RowT")

PAGE_ROWS = 200
_MAX_PAGES = 50


class LineList(ScrollView, Generic[RowT]):
    """A virtual list, one line for each row. Keys are the owner's: it calls ``move`` and friends.

    Args:
        render_row: draws a row as ``(row, width, focused, selected) -> segments``; what is too long is cut. ``focused``
            is True for the row under the cursor.
        row_key: what stays the same when a row changes; the cursor and the selection follow it.
        empty_text: what to do next when there are no rows.
        name: see ``Widget``.
        id: see ``Widget``.
        classes: see ``Widget``.
    """

    DEFAULT_CSS = """
    LineList {
        scrollbar-size: 0 0;
        overflow-x: hidden;
        & > .line-list--empty { color: $role-muted; }
        & > .line-list--loading { color: $role-muted; }
    }
    """
    COMPONENT_CLASSES = {"line-list--empty", "line-list--loading"}  # noqa: RUF012 - Textual's own name and type
    ALLOW_SELECT = False
    can_focus = True

    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor stands on another row; posted once for all moves of one turn of the event loop.

        Attributes:
            line_list: the list.
            index: of the row under the cursor, -1 when the list is empty.
            row: the row, or None when it is not loaded yet; then it is posted again when it is.
        """

        def __init__(self, line_list: "LineList[Any]", index: int, row: Any) -> None:
            super().__init__()
            self.line_list = line_list
            self.index = index
            self.row = row

        @property
        def control(self) -> "LineList[Any]":
            """The list."""
            return self.line_list

    class Clicked(Message):
        """A row was clicked; the cursor stands on it already.

        Attributes:
            line_list: the list.
            index: of the row.
        """

        def __init__(self, line_list: "LineList[Any]", index: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.index = index

        @property
        def control(self) -> "LineList[Any]":
            """The list."""
            return self.line_list

    class Loaded(Message):
        """Rows came: a page, or what is known already."""

    def __init__(
        self,
        render_row: Callable[[RowT, int, bool, bool], Sequence[Segment] | Strip],
        row_key: Callable[[RowT], Hashable],
        *,
        empty_text: str = "",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._render_row = render_row
        self._row_key = row_key
        self._empty_text = empty_text
        self._count = 0
        self._fetch: Callable[[int, int], Sequence[RowT]] | None = None
        self._pages: dict[int, Sequence[RowT]] = {}
        self._asked: set[int] = set()
        self._generation = 0
        self._selected: set[Hashable] = set()
        self._cursor_key: Hashable | None = None
        self._announced: tuple[int, Hashable | None] | None = None
        self._announcing = False

    # Rows

    @property
    def count(self) -> int:
        """Number of rows."""
        return self._count

    def set_rows(self, rows: Sequence[RowT], *, cursor: int | None = None) -> None:
        """Show these rows; cursor and selection stay on their keys. Event loop only.

        Args:
            rows: all of them.
            cursor: where the cursor goes; None keeps it on its row, or on its line when that row is gone.
        """
        self._begin(len(rows), None)
        self._pages = {page: rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS] for page in range(self._page_count())}
        if cursor is None and self._cursor_key is not None:
            at_cursor = self.row_at(self.cursor)
            if at_cursor is None or self._row_key(at_cursor) != self._cursor_key:
                cursor = next((i for i, row in enumerate(rows) if self._row_key(row) == self._cursor_key), None)
        self._settle(self.cursor if cursor is None else cursor)
        if self._pages:
            self.post_message(self.Loaded())

    def set_source(
        self,
        count: int,
        fetch: Callable[[int, int], Sequence[RowT]],
        *,
        cursor: int | None = None,
        known: Mapping[int, Sequence[RowT]] | None = None,
    ) -> None:
        """Show rows that come in pages. Event loop only; returns at once.

        Args:
            count: number of rows.
            fetch: gives rows ``[start, stop)``; called in a thread; pages of an older source are dropped.
            cursor: where the cursor goes; None keeps its line. Who knows where the row of ``cursor_key`` went says so.
            known: whole pages that are loaded already, by page, so that what is in view does not flicker.
        """
        self._begin(count, fetch)
        self._pages = dict(known or {})
        self._settle(self.cursor if cursor is None else cursor)
        if self._pages:
            self.post_message(self.Loaded())

    def row_at(self, index: int) -> RowT | None:
        """The row, or None when there is none or it is not loaded yet."""
        if not 0 <= index < self._count:
            return None
        page = self._pages.get(index // PAGE_ROWS)
        place = index % PAGE_ROWS
        return page[place] if page is not None and place < len(page) else None

    def ask_for(self, index: int) -> None:
        """Have a row loaded that is not in view here; ``Loaded`` is posted when its page came."""
        if 0 <= index < self._count:
            self._ask(index // PAGE_ROWS)

    @property
    def cursor_row(self) -> RowT | None:
        """The row under the cursor, or None when there is none or it is not loaded yet."""
        return self.row_at(self.cursor)

    @property
    def cursor_key(self) -> Hashable | None:
        """Key of the row under the cursor, as far as known."""
        return self._cursor_key

    @property
    def empty_text(self) -> str:
        """The line that is shown when there are no rows."""
        return self._empty_text

    @empty_text.setter
    def empty_text(self, value: str) -> None:
        self._empty_text = value
        if not self._count:
            self.refresh()

    # Cursor

    def move(self, delta: int) -> None:
        """Move the cursor by so many rows; stops at the ends."""
        self.move_to(self.cursor + delta)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row; beyond the ends is the first or last."""
        if self._count:
            self._set_cursor(min(max(index, 0), self._count - 1))

    def page(self, direction: int, *, half: bool = False) -> None:
        """Move the cursor by a page or half a page, down for 1 and up for -1."""
        rows = max(self.scrollable_content_region.height, 1)
        self.move(direction * max(rows // 2 if half else rows - 1, 1))

    # Selection

    @property
    def selected_keys(self) -> frozenset[Hashable]:
        """Keys of the selected rows."""
        return frozenset(self._selected)

    def toggle_selected(self, index: int | None = None) -> None:
        """Select a row, or no longer; the one under the cursor when None."""
        place = self.cursor if index is None else index
        row = self.row_at(place)
        if row is not None:
            self._selected.symmetric_difference_update({self._row_key(row)})
            self.refresh_line(place)

    def select_range(self, start: int, stop: int) -> None:
        """Select exactly the loaded rows between two lines, both included, in any order."""
        first, last = sorted((start, stop))
        rows = (self.row_at(index) for index in range(max(first, 0), min(last + 1, self._count)))
        self.set_selected(self._row_key(row) for row in rows if row is not None)

    def set_selected(self, keys: Iterable[Hashable]) -> None:
        """Select exactly the rows with these keys."""
        self._selected = set(keys)
        self.refresh()

    def clear_selected(self) -> None:
        """Select nothing."""
        if self._selected:
            self.set_selected(())

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        width = self.scrollable_content_region.width or self.size.width
        index = y + self.scroll_offset.y
        background = self.rich_style
        if index >= self._count:
            return self._words_line(y, width) if not self._count else Strip.blank(width, background)
        row = self.row_at(index)
        if row is None:
            self._ask(index // PAGE_ROWS)
            style = background + self.get_component_rich_style("line-list--loading", partial=True)
            return Strip([Segment(clip_cells("  …", width), style)], width)
        drawn = self._render_row(row, width, index == self.cursor, self._row_key(row) in self._selected)
        strip = drawn if isinstance(drawn, Strip) else Strip(drawn)
        return strip.adjust_cell_length(width, _last_background(strip)).apply_style(background)

    def on_resize(self) -> None:
        """Another height: the cursor stays in view."""
        self.virtual_size = Size(self.size.width, self._count)
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        """The mouse puts the cursor on a row."""
        index = event.y + self.scroll_offset.y
        if 0 <= index < self._count:
            self.move_to(index)
            self.post_message(self.Clicked(self, index))

    def _words_line(self, y: int, width: int) -> Strip:
        words = self._empty_text.split("\n")
        style = self.rich_style + self.get_component_rich_style("line-list--empty", partial=True)
        return Strip([Segment(clip_cells(words[y] if y < len(words) else "", width), style)], width)

    # Within

    def _page_count(self) -> int:
        return -(-self._count // PAGE_ROWS)

    def _begin(self, count: int, fetch: Callable[[int, int], Sequence[RowT]] | None) -> None:
        self._generation += 1
        self._count = max(count, 0)
        self._fetch = fetch
        self._pages = {}
        self._asked = set()
        self.virtual_size = Size(self.size.width, self._count)

    def _settle(self, cursor: int) -> None:
        """After the rows changed: put the cursor where it belongs and draw everything."""
        self.set_reactive(LineList.cursor, min(max(cursor, 0), max(self._count - 1, 0)))
        self._note_key()
        self._show_cursor()
        self.refresh()
        self._announce_soon()

    def _set_cursor(self, index: int) -> None:
        old = self.cursor
        if index == old:
            return
        self.cursor = index
        self._note_key()
        before = self.scroll_offset.y
        self._show_cursor()
        if self.scroll_offset.y == before:
            self.refresh_line(old)
            self.refresh_line(index)
        self._announce_soon()

    def _note_key(self) -> None:
        row = self.cursor_row
        self._cursor_key = None if row is None else self._row_key(row)

    def _show_cursor(self) -> None:
        height = self.scrollable_content_region.height
        if height < 1:
            return
        top = self.scroll_offset.y
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)

    def _announce_soon(self) -> None:
        if not self._announcing and self.is_attached:
            self._announcing = True
            self.call_later(self._announce)

    def _announce(self) -> None:
        """Say where the cursor stands, once for all moves since the last turn."""
        self._announcing = False
        row = self.cursor_row
        if row is None and self._count:
            self._ask(self.cursor // PAGE_ROWS)
        state = (self.cursor if self._count else -1, self._cursor_key)
        if state != self._announced:
            self._announced = state
            self.post_message(self.Highlighted(self, state[0], row))

    def _ask(self, page: int) -> None:
        """Fetch a page in a thread, once."""
        fetch = self._fetch
        if fetch is None or page in self._asked or page in self._pages:
            return
        self._asked.add(page)
        generation = self._generation
        start, stop = page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, self._count)

        def work() -> None:
            rows = fetch(start, stop)
            self.call_later(partial(self._arrive, generation, page, rows))

        self.run_worker(work, thread=True, group="pages", exit_on_error=True)

    def _arrive(self, generation: int, page: int, rows: Sequence[RowT]) -> None:
        if generation != self._generation:
            return
        self._asked.discard(page)
        self._pages[page] = rows
        while len(self._pages) > _MAX_PAGES:
            here = self.cursor // PAGE_ROWS
            del self._pages[max(self._pages, key=lambda one: abs(one - here))]
        self.refresh_lines(page * PAGE_ROWS, len(rows))
        self.post_message(self.Loaded())
        if self.cursor // PAGE_ROWS == page:
            self._note_key()
            self._announce_soon()


def _last_background(strip: Strip) -> Style | None:
    """Background that a row ends with, so that its cursor bar reaches the edge."""
    last = next(reversed(strip), None)
    if last is None or last.style is None or last.style.bgcolor is None:
        return None
    return Style(bgcolor=last.style.bgcolor)
