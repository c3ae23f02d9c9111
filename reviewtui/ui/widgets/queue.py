"""The queue: assets with their statuses, and what needs the reviewer."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from reviewtui.model.entities import Asset
from reviewtui.ui.text import cell_width, clip_cells, styled
from reviewtui.ui.theme import STATUS_LOOK, role_style
from reviewtui.ui.widgets.line_list import LineList
from reviewtui.ui.widgets.pane import rule


def queue_letter(asset: Asset) -> str:
    """What the queue prints at the right edge: ``R2``, ``F``, ``V`` …; F keeps a ``!`` when a note is open."""
    letter = STATUS_LOOK[asset.status].letter
    return f"{letter}{asset.retakes}" if letter == "R" and asset.retakes else letter


class QueueTitle(Vertical):
    """The rule above the queue."""

    DEFAULT_CSS = "QueueTitle { height: 1; }"
    ALLOW_SELECT = False

    def __init__(self) -> None:
        """Begin without words."""
        super().__init__()
        self._words = Content("")
        self._focused = True

    def set(self, words: Content, *, focused: bool) -> None:
        """Show other words."""
        if (words, focused) != (self._words, self._focused):
            self._words, self._focused = words, focused
            self.refresh()

    def render(self) -> Content:
        """The rule."""
        return rule(self._words, self.size.width, focused=self._focused)


class Queue(Vertical):
    """Title and list; the owner moves the cursor.

    Attributes:
        roomy: shows the same rows with pictures; set before it is mounted.
    """

    DEFAULT_CSS = """
    Queue { width: 28; }
    Queue > LineList { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self.list = LineList[Asset](self._draw, lambda asset: asset.id)
        self.list.can_focus = False
        self.roomy: Widget | None = None
        self.title = QueueTitle()
        self.ids: list[int] = []

    def compose(self) -> ComposeResult:
        """Title above list, or what shows its rows with pictures."""
        yield self.title
        yield self.list
        if self.roomy is not None:
            yield self.roomy

    def set_ids(
        self,
        ids: list[int],
        fetch: Callable[[list[int]], Sequence[Asset]],
        *,
        cursor: int,
        known: dict[int, Sequence[Asset]],
    ) -> None:
        """Show these assets; rows come in pages.

        Args:
            ids: of all assets in order.
            fetch: loads assets by id; called in a thread.
            cursor: row of the cursor.
            known: whole pages that are loaded already, by page.
        """
        self.ids = ids
        self.list.set_source(len(ids), lambda start, stop: fetch(ids[start:stop]), cursor=cursor, known=known)

    def set_title(self, words: str, *, focused: bool) -> None:
        """Words on the rule."""
        style = "$role-text" if focused else "$role-muted"
        self.title.set(styled(words, style), focused=focused)

    def _draw(self, asset: Asset, width: int, focused: bool, selected: bool) -> list[Segment]:
        look = STATUS_LOOK[asset.status]
        app = self.app
        on = "cursor" if focused else None
        letter = queue_letter(asset)
        version = "" if asset.head_number is None else f"v{asset.head_number}"
        note = "·" if asset.notes_open and asset.status not in {"fixing", "to_verify"} else " "
        right = f"{note}{version:>3} {letter:<2}"
        room = max(width - len(right) - 4, 1)
        name = short_key(asset.key, room)
        dim = look.role == "muted"
        return [
            Segment("▌" if focused else " ", role_style(app, "accent", on=on)),
            Segment(f"{look.glyph} ", role_style(app, look.role, on=on)),
            Segment(clip_cells(name, room) + " ", role_style(app, "muted" if dim else "text", on=on)),
            Segment(f"{note}{version:>3} ", role_style(app, "muted", on=on)),
            Segment(f"{letter:<2}", role_style(app, look.role, on=on)),
        ]


def short_key(key: str, room_cells: int) -> str:
    """A key that fits: its folder is shortened before its name is.

    Args:
        room_cells: cells available.
    """
    if cell_width(key) <= room_cells:
        return key
    folder, slash, name = key.rpartition("/")
    room = room_cells - cell_width(name) - 1
    if not slash or room < 2:
        return clip_cells(name, room_cells)
    return f"{clip_cells(folder, room, pad=False)}/{name}"
