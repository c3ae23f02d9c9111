"""Carries the change feed into the event loop: what anybody commits is seen within 50 ms."""

import threading
from collections.abc import Callable

from reviewtui.model.entities import Change
from reviewtui.model.errors import ReviewError
from reviewtui.services.feed import Feed

ACTIVE_POLL_S = 0.02
IDLE_POLL_S = 0.1
_ACTIVE_ROUNDS = 250


class FeedPump:
    """A thread with a database connection of its own that polls the feed.

    Args:
        feed: what to poll.
        deliver: called in the pump's thread with changes; None means that everything must be read again.
        failed: called in the pump's thread once when the database cannot be read any more.
    """

    def __init__(
        self,
        feed: Feed,
        deliver: Callable[[list[Change] | None], None],
        failed: Callable[[ReviewError], None],
    ) -> None:
        self._feed = feed
        self._deliver = deliver
        self._failed = failed
        self._stop = threading.Event()
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._pump, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to poll; returns when nothing that is committed from now on can be missed. Blocking, milliseconds."""
        self._thread.start()
        self._began.wait()

    def stop(self) -> None:
        """End within one poll."""
        self._stop.set()

    def _pump(self) -> None:
        quiet = 0
        try:
            self._feed.begin()
            self._began.set()
            while not self._stop.wait(ACTIVE_POLL_S if quiet < _ACTIVE_ROUNDS else IDLE_POLL_S):
                changes = self._feed.poll()
                quiet = 0 if changes is None or changes else quiet + 1
                if (changes is None or changes) and not self._stop.is_set():
                    self._deliver(changes)
        except ReviewError as error:
            if not self._stop.is_set():
                self._failed(error)
        finally:
            self._began.set()
