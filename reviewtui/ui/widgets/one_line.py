"""A single line of the desk: something at the left, something at the right."""

from textual.content import Content
from textual.widget import Widget


class OneLine(Widget, can_focus=False):
    """One row; the right part is kept whole, the left part is cut."""

    DEFAULT_CSS = """
    OneLine { height: 1; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self._left = Content("")
        self._right = Content("")

    def set(self, left: Content, right: Content | None = None) -> None:
        """Show other words; nothing is drawn when nothing changed."""
        new = (left, right or Content(""))
        if new != (self._left, self._right):
            self._left, self._right = new
            self.refresh()

    @property
    def words(self) -> str:
        """What the left part says."""
        return self._left.plain

    def render(self) -> Content:
        """Left, gap, right."""
        width = self.size.width
        right = self._right.truncate(width, ellipsis=True)
        left = self._left.truncate(max(width - right.cell_length - 1, 0), ellipsis=True)
        gap = max(width - left.cell_length - right.cell_length, 0)
        return left + Content(" " * gap) + right
