"""A single line of the desk: something at the left, something at the right."""

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
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
        if new == (self._left, self._right):
            return
        before = self.render()
        self._left, self._right = new
        changed = _changed_cells(before, self.render())
        if changed is not None:
            self.refresh(Region(changed[0], 0, changed[1] - changed[0], 1))

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


def _changed_cells(before: Content, after: Content) -> tuple[int, int] | None:
    """First and last changed cell of a line, half-open; None when it looks the same.

    Lines of different length change up to the end of the longer one.
    """
    old, new = _characters(before), _characters(after)
    first = next(
        (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    if first == len(old) == len(new):
        return None
    behind = 0
    if before.cell_length == after.cell_length:
        most = min(len(old), len(new)) - first
        while behind < most and old[-1 - behind] == new[-1 - behind]:
            behind += 1
    start = cell_len(after.plain[:first])
    end = max(before.cell_length, after.cell_length) - cell_len(after.plain[len(new) - behind :])
    return start, max(end, start + 1)


def _characters(line: Content) -> list[tuple[str, tuple[object, ...]]]:
    """Each character with the styles that it has."""
    styles: list[list[object]] = [[] for _ in line.plain]
    for span in line.spans:
        for at in range(max(span.start, 0), min(span.end, len(styles))):
            styles[at].append(span.style)
    return [(character, tuple(style)) for character, style in zip(line.plain, styles, strict=True)]
