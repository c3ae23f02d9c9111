"""What is typed or drawn and not submitted yet: saved within a second, and when the terminal goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.timer import Timer

from reviewtui.model.errors import ReviewError
from reviewtui.services.annotate import keep_draft

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

SAVE_AFTER_S = 0.7

Body = Callable[[], dict[str, Any]]


class Drafts:
    """Drafts that wait to be saved. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin without any."""
        self._desk = desk
        self._waiting: dict[str, tuple[Timer, Body]] = {}

    def keep_soon(self, scope: str, body: Body) -> None:
        """Save within a second, however much changes meanwhile.

        Args:
            scope: where it is kept.
            body: gives what is to be saved at that moment.
        """
        waiting = self._waiting.get(scope)
        timer = waiting[0] if waiting is not None else self._desk.set_timer(SAVE_AFTER_S, lambda: self._keep(scope))
        self._waiting[scope] = (timer, body)

    def _keep(self, scope: str) -> None:
        waiting = self._waiting.pop(scope, None)
        if waiting is not None:
            waiting[0].stop()
            self.save(scope, waiting[1]())

    def save(self, scope: str, body: dict[str, Any] | None) -> None:
        """Save now, in a thread; None forgets the draft."""
        self._desk.runner.run(keep_draft, self._desk.workspace, scope, body, ordered=True)

    def forget(self, scope: str) -> None:
        """It is being submitted: nothing is to be saved any more."""
        waiting = self._waiting.pop(scope, None)
        if waiting is not None:
            waiting[0].stop()

    def flush(self) -> None:
        """Save everything now, in threads."""
        for scope in list(self._waiting):
            self._keep(scope)

    def keep_all(self) -> None:
        """Save everything before returning. Blocking: for the moment when the terminal is gone."""
        drafts = [(scope, body()) for scope, (_, body) in self._waiting.items()]
        self._waiting.clear()
        for scope, draft in drafts:
            # Nothing is left to tell a failure to; the other drafts still count.
            with suppress(ReviewError):
                keep_draft(self._desk.workspace, scope, draft)
