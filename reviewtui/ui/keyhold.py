"""Keys that arrive while an earlier key still opens something: they wait, so that none means what it did before.

A slow line delivers several keys at once. Behind ``x`` the letters of a reason must reach its line and never the
picture's keys, where one of them approves. Must not know what keys mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events

from reviewtui.model.errors import ReviewError

if TYPE_CHECKING:
    from reviewtui.ui.screens.desk import Desk

T = TypeVar("T")


class KeyHold:
    """Holds keys back while a service is asked whose answer changes the mode. Event loop only."""

    def __init__(self, desk: Desk) -> None:
        """Begin with nothing held."""
        self._desk = desk
        self._open = 0
        self._held: list[events.Key] = []

    def take(self, event: events.Key) -> bool:
        """Whether the key has to wait; then it is pressed again later, in its turn."""
        if self._open:
            self._held.append(event)
        return bool(self._open)

    def wait(self) -> None:
        """Keys wait until ``go_on``."""
        self._open += 1

    def go_on(self, earlier: Sequence[events.Key] = ()) -> None:
        """Press what waited.

        Args:
            earlier: keys that were held elsewhere before.
        """
        self._held[:0] = earlier
        self._release()

    def run(
        self,
        call: Callable[..., T],
        *arguments: Any,
        then: Callable[[T], None],
        failed: Callable[[ReviewError], None] | None = None,
        **options: Any,
    ) -> None:
        """As ``ServiceRunner.run``, without a slot; keys wait until ``then`` or ``failed`` is done."""
        self._open += 1

        def answered(answer: T) -> None:
            try:
                then(answer)
            finally:
                self._release()

        def refused(error: ReviewError) -> None:
            try:
                (failed or self._desk.say_error)(error)
            finally:
                self._release()

        self._desk.runner.run(call, *arguments, then=answered, failed=refused, **options)

    def _release(self) -> None:
        self._open -= 1
        while self._held and not self._open:
            event = self._held.pop(0)
            again = events.Key(event.key, event.character)
            if self._desk.entry.is_open:
                self._desk.entry.press(again)
            else:
                self._desk.on_key(again)
