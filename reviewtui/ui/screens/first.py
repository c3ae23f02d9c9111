"""The first look: the beginning of the queue, on the screen while the desk behind it is still being read from disk.

It stands exactly where the desk will stand, so that nothing jumps. It does nothing: keys wait for the desk. Must not
import pictures, actions or anything that a first frame can do without.
"""

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from reviewtui.model.entities import Asset
from reviewtui.ui.pictures.surround import SURROUND_RGB, Surround
from reviewtui.ui.text import line, styled
from reviewtui.ui.widgets.one_line import OneLine
from reviewtui.ui.widgets.queue import Queue
from reviewtui.ui.widgets.roomy_words import ROWS, roomy_line, roomy_pitch

WIDE_CELLS = 110
BROAD_CELLS = 160
"""From this width on names of assets are hardly ever cut."""
LEAST_CELLS = (80, 24)


class _Rows(Widget):
    """The words of roomy rows, the cursor on the first; pictures come with the desk."""

    def __init__(self, rows: Sequence[Asset], *, id: str) -> None:
        super().__init__(id=id)
        self._rows = rows

    def render_line(self, y: int) -> Strip:
        """One line."""
        place, row_line = divmod(y, ROWS)
        width = self.size.width
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        found = roomy_line(self.app, self._rows[place], row_line, roomy_pitch(width).width, focused=not place)
        return Strip(found).adjust_cell_length(width).apply_style(self.rich_style)


class FirstLook(Screen[None], inherit_bindings=False):
    """What is on the screen before the desk.

    Args:
        folder: name of the watched folder.
        actor: name of the reviewer.
        rows: the beginning of the queue.
        surround: grey where the picture will stand.
        shown: called once, behind the first frame.
        roomy: whether the rows of the queue have room for pictures.

    Attributes:
        rows: the beginning of the queue.
        held: keys that were pressed meanwhile.
        roomy: whether the rows of the queue have room for pictures.
    """

    CSS_PATH = "desk.tcss"
    AUTO_FOCUS = ""

    def __init__(
        self,
        folder: str,
        actor: str,
        rows: Sequence[Asset],
        surround: Surround,
        shown: Callable[[], None],
        *,
        roomy: bool = False,
    ) -> None:
        super().__init__()
        self.held: list[events.Key] = []
        self.rows = rows
        self.roomy = roomy
        self._folder, self._actor, self._surround, self._shown = folder, actor, surround, shown

    def compose(self) -> ComposeResult:
        """The desk's panes, empty but for the queue."""
        top, title = OneLine(id="top"), OneLine(id="title")
        top.set(styled(f" {self._folder}/", "bold $role-text"), line(styled(f"{self._actor} ", "$role-text")))
        picture = Widget(id="picture")
        picture.styles.background = Color(*SURROUND_RGB[self._surround])
        yield top
        with Horizontal(id="body"):
            queue = Queue(id="queue")
            queue.roomy = _Rows(self.rows, id="queue-rows")
            yield queue
            with Vertical(id="center"):
                yield title
                yield picture
            yield Vertical(id="side")
        yield OneLine(id="status")
        yield OneLine(id="keys")

    def on_mount(self) -> None:
        """Show the rows."""
        width, height = self.app.size
        self.set_class(width < LEAST_CELLS[0] or height < LEAST_CELLS[1], "-tiny")
        self.set_class(width >= WIDE_CELLS, "-wide")
        self.set_class(width >= BROAD_CELLS, "-broad")
        self.set_class(not self.rows, "-nothing")
        self.set_class(self.roomy, "-roomy")
        queue = self.query_one(Queue)
        queue.list.set_rows(self.rows)
        queue.set_title("queue", focused=True)
        self.call_after_refresh(self._shown)

    def on_key(self, event: events.Key) -> None:
        """Keep a key for the desk."""
        event.stop()
        event.prevent_default()
        self.held.append(event)
