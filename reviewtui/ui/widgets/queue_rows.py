"""The roomy queue: each asset with a small picture and three lines of words."""

from rich.segment import Segment

from reviewtui.model.entities import Asset
from reviewtui.model.geometry import CellRect, CellSize
from reviewtui.ui.widgets.roomy_words import ROOM, roomy_line, roomy_pitch
from reviewtui.ui.widgets.row_grid import RowGrid


class QueueRows(RowGrid):
    """A grid of one column; see ``RowGrid``."""

    DEFAULT_CSS = "QueueRows { display: none; }"

    @property
    def pitch(self) -> CellSize:
        """All of the width."""
        return roomy_pitch(self.size.width)

    @property
    def picture_room(self) -> CellRect:
        """At the left."""
        return ROOM

    @property
    def columns(self) -> int:
        """One."""
        return 1

    def place_line(self, row: Asset, line: int, *, focused: bool) -> list[Segment]:
        """See ``RowGrid.place_line``."""
        return roomy_line(self.app, row, line, self.pitch.width, focused=focused)
