"""A quiet pane of text: a title on a thin rule, then rows; what does not fit scrolls with the row in focus."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from reviewtui.ui.text import styled


def rule(title: Content | str, width_cells: int, *, focused: bool = False, tail: Content | None = None) -> Content:
    """A title on a thin rule, ``─ Queue 3/31 ───``, with something at its right end.

    Args:
        title: made safe already.
        width_cells: of the line.
        focused: whether its pane has the keys.
        tail: shown at the right end.
    """
    line = "$role-accent" if focused else "$role-rule"
    words = title if isinstance(title, Content) else styled(title, "$role-text" if focused else "$role-muted")
    end = Content("") if tail is None else Content(" ") + tail + Content(" ")
    words = words.truncate(max(width_cells - end.cell_length - 4, 0), ellipsis=True)
    gap = max(width_cells - words.cell_length - end.cell_length - 4, 0)
    head = "━ " if focused else "─ "
    fill = ("━" if focused else "─") * (gap + 1)
    return Content.styled(head, line) + words + Content(" ") + Content.styled(fill, line) + end


class TextPane(Widget, can_focus=False):
    """Rows of text under a title.

    Attributes:
        focused_pane: whether its mode has the keys; draws the rule in the accent.
    """

    DEFAULT_CSS = """
    TextPane { height: auto; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    focused_pane: reactive[bool] = reactive(False, layout=False)

    def __init__(self, title: str = "", *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self._title = Content(title)
        self._tail: Content | None = None
        self._rows: tuple[Content, ...] = ()
        self._row_focus: int | None = None

    def set_rows(
        self, title: Content | str, rows: list[Content], *, focus: int | None = None, tail: Content | None = None
    ) -> None:
        """Show other rows; nothing is drawn when nothing changed.

        Args:
            title: made safe already.
            rows: made safe already.
            focus: row that stays in view.
            tail: at the right end of the title.
        """
        heading = title if isinstance(title, Content) else styled(title, "$role-muted")
        new = (heading, tuple(rows), focus, tail)
        if new == (self._title, self._rows, self._row_focus, self._tail):
            return
        height_changed = len(rows) != len(self._rows)
        self._title, self._rows, self._row_focus, self._tail = new
        self.refresh(layout=height_changed)

    def render(self) -> Content:
        """Title and the rows in view."""
        width, height = self.size
        if width < 4 or height < 1:
            return Content("")
        room = height - 1
        start = self._first_row(room)
        rows = [row.truncate(width, ellipsis=True) for row in self._rows[start : start + room]]
        title = rule(self._title, width, focused=self.focused_pane, tail=self._tail)
        return Content("\n").join([title, *rows])

    def _first_row(self, room: int) -> int:
        if len(self._rows) <= room or room < 1:
            return 0
        focus = self._row_focus or 0
        return min(max(focus - room // 2, 0), len(self._rows) - room)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Title and all rows."""
        return 1 + len(self._rows)
