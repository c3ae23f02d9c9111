"""Tells a held key from a pressed one, so that assets that are only passed over cost nothing.

A key that repeats walks over thirty assets a second. Reading and drawing each would fill a slow line with pictures that
nobody looks at; the one where the hand comes to rest is read at once.
"""

import time
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

HURRY_S = 0.09
"""Moves that follow each other faster than this come from a held key."""
REST_S = 0.07
"""After this time without a move the key was let go; longer than two repeats of a usual keyboard."""
STREAK = 3
"""After so many hurried moves the key is held for sure; a slow line bunches repeats, so both times count double."""


class Haste:
    """Does something at every move of an unhurried hand, and once when a hurried one rests. Event loop only.

    Args:
        owner: its timers are used; a widget or an app.
        act: what is to be done.
    """

    def __init__(self, owner: MessagePump, act: Callable[[], None]) -> None:
        self._owner = owner
        self._act = act
        self._moved_s = 0.0
        self._timer: Timer | None = None
        self._streak = 0

    @property
    def is_waiting(self) -> bool:
        """Whether something is left to be done when the hand rests."""
        return self._timer is not None

    def move(self) -> None:
        """The cursor moved."""
        now_s = time.monotonic()
        patience = 2 if self._streak >= STREAK else 1
        hurried = now_s - self._moved_s < HURRY_S * patience
        self._streak = self._streak + 1 if hurried else 0
        self._moved_s = now_s
        self._stop()
        if hurried:
            self._timer = self._owner.set_timer(REST_S * patience, self.rest)
        else:
            self._act()

    def rest(self) -> None:
        """Do now what waits."""
        if self._timer is not None:
            self._stop()
            self._act()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
