"""A list beside the picture: keys, jobs, events, facts, choices. Never above a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from reviewtui.ui.text import styled
from reviewtui.ui.widgets.pane import TextPane

#: Widths in ``desk.tcss``, without the rule beside it.
PANEL_CELLS, PANEL_CELLS_WIDE = 43, 57


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row.

    Attributes:
        words: made safe already.
        key: what the row stands for, such as a job id; None for a row that cannot be chosen.
        indent_cells: where its further lines begin when it is too long for one; None cuts it.
    """

    words: Content
    key: object = None
    indent_cells: int | None = None

    def lines(self, width_cells: int) -> list[Content]:
        """The row in as many lines as it takes."""
        indent = self.indent_cells
        if indent is None or self.words.cell_length <= width_cells or width_cells <= 2 * indent:
            return [self.words]
        head, rest = self.words.divide([indent])
        first, *others = rest.wrap(width_cells - indent)
        return [head + first, *(Content(" " * indent) + other for other in others)]


class Panel(TextPane):
    """Rows with a cursor."""

    DEFAULT_CSS = """
    Panel { height: 1fr; width: 100%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self._entries: tuple[PanelRow, ...] = ()
        self._cursor = 0
        self._heading = ""

    def show(self, title: str, entries: Sequence[PanelRow], *, keep: bool = False) -> None:
        """Show other rows.

        Args:
            title: our own words.
            entries: rows, top first.
            keep: leave the cursor on the row with the same key, for a list that was read again.
        """
        old = self.cursor_key
        self._heading = title
        self._entries = tuple(entries)
        keys = [entry.key for entry in self._entries]
        self._cursor = keys.index(old) if keep and old is not None and old in keys else 0
        if keep and (old is None or old not in keys):
            self._cursor = 0
        self._draw()

    @property
    def cursor_key(self) -> object:
        """What the row under the cursor stands for."""
        return self._entries[self._cursor].key if self._entries else None

    def move(self, delta: int) -> None:
        """Move the cursor; stops at the ends."""
        if self._entries:
            self._cursor = min(max(self._cursor + delta, 0), len(self._entries) - 1)
            self._draw()

    def page(self, direction: int) -> None:
        """Half a page."""
        self.move(direction * max((self.size.height - 1) // 2, 1))

    def on_resize(self) -> None:
        """How rows are broken, and whether the place in the list need be said, depends on the room."""
        if self._entries:
            self._draw()

    def _draw(self) -> None:
        rows: list[Content] = []
        focus = 0
        for index, entry in enumerate(self._entries):
            if index == self._cursor:
                focus = len(rows)
            mark = styled("▌" if index == self._cursor and len(self._entries) > 1 else " ", "$role-accent")
            # One cell stays free at the edge of the screen.
            rows.extend(mark + words for words in entry.lines(self.size.width - 2))
        count = len(self._entries)
        has_more = len(rows) > self.size.height - 1
        tail = styled(f"{self._cursor + 1}/{count}", "$role-muted") if has_more else None
        self.focused_pane = True
        self.set_rows(styled(self._heading, "bold $role-text"), rows, focus=focus, tail=tail)
