"""The queue's rows: one line each, or roomy with a small picture."""

from __future__ import annotations

from reviewtui.model.errors import UsageError
from reviewtui.settings.habits import keep_choice
from reviewtui.settings.settings import QUEUES
from reviewtui.ui.actions.area import Action, Area


class RowingActions(Area):
    """How the queue's rows look; remembered for the next start."""

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        return {"queue.rows": lambda: self.choose("compact" if self.state.roomy else "roomy")}

    def effect(self, binding_id: str) -> str | None:
        """Always alive."""
        return "one line for each" if self.state.roomy else "a small picture for each"

    def choose(self, look: str) -> None:
        """Show rows so from now on.

        Args:
            look: one of ``QUEUES``.
        """
        self.state.roomy = look == "roomy"
        self.desk.lay_out()
        self.desk.show_title_lines()
        self.desk.runner.run(keep_choice, "ui_queue", look)

    def typed(self, words: list[str]) -> None:
        """``:queue LOOK``.

        Raises:
            UsageError: there is no such look.
        """
        if len(words) != 1 or words[0] not in QUEUES:
            raise UsageError("no such look of the queue", f"queue {' | '.join(QUEUES)}")
        self.choose(words[0])

    def page(self, direction: int) -> None:
        """Half a page of the queue as it looks now, down for 1 and up for -1."""
        if self.state.roomy:
            self.desk.queue.list.move(direction * max(self.desk.queue_rows.bands // 2, 1))
        else:
            self.desk.queue.list.page(direction, half=True)
