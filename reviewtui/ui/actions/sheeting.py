"""SHEET: walk the queue as a grid of small pictures."""

from __future__ import annotations

from reviewtui.ui.actions.area import Action, Area
from reviewtui.ui.modes import Mode


class SheetingActions(Area):
    """The contact sheet; its cursor is the queue's."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        rows = self.desk.queue.list
        return {
            "sheet.open": self._open,
            "sheet.close": self._close,
            "sheet.look": self._look,
            "sheet.left": lambda: rows.move(-self._count()),
            "sheet.right": lambda: rows.move(self._count()),
            "sheet.up": lambda: self._down(-self._count()),
            "sheet.down": lambda: self._down(self._count()),
            "sheet.larger": lambda: self._resize(1),
            "sheet.smaller": lambda: self._resize(-1),
            "sheet.page_up": lambda: self._page(-1),
            "sheet.page_down": lambda: self._page(1),
        }

    def effect(self, binding_id: str) -> str | None:
        """A sheet needs assets."""
        return "" if self.desk.queue.list.count or binding_id == "sheet.close" else None

    def _count(self) -> int:
        return self.state.take_count() or 1

    def _open(self) -> None:
        self.state.sheet = True
        self.desk.enter(Mode.SHEET)

    def _close(self) -> None:
        self.state.sheet = False
        self.desk.enter(Mode.BROWSE)

    def _look(self) -> None:
        if self.state.asset_id is not None:
            self.desk.enter(Mode.VIEW)

    def _resize(self, steps: int) -> None:
        self.desk.sheet.resize_pictures(steps)

    def _page(self, direction: int) -> None:
        self._down(direction * self.desk.sheet.bands)

    def _down(self, bands: int) -> None:
        """Whole rows of pictures; stays in its column."""
        rows, columns = self.desk.queue.list, self.desk.sheet.columns
        wanted = rows.cursor + bands * columns
        if wanted >= rows.count and rows.cursor // columns < (rows.count - 1) // columns:
            wanted = rows.count - 1
        if wanted < 0:
            wanted = rows.cursor % columns
        if wanted < rows.count:
            rows.move_to(wanted)
