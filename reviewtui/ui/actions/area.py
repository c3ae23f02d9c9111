"""What every area of actions has: the desk that it acts on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

Action = Callable[[], None]


class Area:
    """Actions of one area, by binding id.

    Args:
        desk: the screen that is acted on.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.state = desk.state

    def actions(self) -> dict[str, Action]:
        """Actions by binding id."""
        raise NotImplementedError

    def effect(self, binding_id: str) -> str | None:
        """What an action would do to the thing in focus now, in words; empty for nothing special, None for not alive.

        Called for the footer and for ``?``; must be quick.
        """
        return ""
