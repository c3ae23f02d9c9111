"""Runs what is wanted most in threads, a few at a time; what is no longer wanted is never begun. Event loop only.

Must not know pictures.
"""

from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Generic, TypeVar

from reviewtui.model.errors import ReviewError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_AT_ONCE = 2


class Errands(Generic[K, V]):
    """See the module.

    Args:
        threads: run them.
        to_loop: runs a function with arguments on the event loop; called from threads.
        done: gets what came of each that was begun, wanted still or not: its value, or why there is none.
        at_once: how many run beside each other.
    """

    def __init__(
        self,
        threads: Executor,
        to_loop: Callable[..., object],
        done: Callable[[K, V | ReviewError], None],
        at_once: int = _AT_ONCE,
    ) -> None:
        self._threads = threads
        self._to_loop = to_loop
        self._done = done
        self._at_once = at_once
        self._waiting: dict[K, Callable[[], V]] = {}
        self._running: set[K] = set()
        self._closed = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits."""
        return not self._running and not self._waiting

    def want(self, errands: Iterable[tuple[K, Callable[[], V]]]) -> None:
        """From now on these are wanted, the most wanted first, and no others; one that runs is not begun again.

        Args:
            errands: each is named, and called in a thread.
        """
        self._waiting = {key: errand for key, errand in errands if key not in self._running}
        self._go_on()

    def close(self) -> None:
        """Begin no more, and say no more."""
        self._closed = True
        self._waiting.clear()

    def _go_on(self) -> None:
        while self._waiting and len(self._running) < self._at_once and not self._closed:
            key = next(iter(self._waiting))
            future = self._threads.submit(self._waiting.pop(key))
            self._running.add(key)
            future.add_done_callback(partial(self._to_loop, self._finished, key))

    def _finished(self, key: K, future: "Future[V]") -> None:
        self._running.discard(key)
        if self._closed or future.cancelled():
            return
        try:
            result: V | ReviewError = future.result()
        except ReviewError as error:
            result = error
        self._done(key, result)
        self._go_on()
