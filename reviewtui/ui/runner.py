"""The one helper that runs service calls in threads and brings answers back to the event loop.

One of the three places where expected failures are caught; what is not expected ends the desk with its log.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from reviewtui.model.errors import ReviewError

T = TypeVar("T")


class ServiceRunner:
    """A small pool of threads for service calls. Event loop only, but for the calls themselves.

    Args:
        on_error: gets every failure that the caller does not take care of.
        crashed: gets what nobody foresaw, in a service or behind its answer.
    """

    def __init__(
        self, on_error: Callable[[ReviewError], None], crashed: Callable[[Exception], None] | None = None
    ) -> None:
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="service")
        self._acts = ThreadPoolExecutor(1, thread_name_prefix="act")
        self._on_error = on_error
        self._crashed = crashed
        self._latest: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def run(
        self,
        call: Callable[..., T],
        *arguments: Any,
        then: Callable[[T], None] | None = None,
        failed: Callable[[ReviewError], None] | None = None,
        slot: str | None = None,
        ordered: bool = False,
        **options: Any,
    ) -> None:
        """Call a service in a thread; hand its answer to ``then`` on the event loop.

        Args:
            call: a blocking function.
            then: gets the answer.
            failed: gets an expected failure instead of the desk's line for messages.
            slot: only the newest call of a slot is answered; earlier answers are dropped.
            ordered: one at a time, in the order of the keys; for everything that a person commits, so that what takes
                back follows what it takes back and a draft is dropped after it was saved.
        """
        if self._closed:
            return
        ticket = self._next_ticket(slot)
        pool = self._acts if ordered else self._pool
        # Submitted here and not in the task: the order of the calls is the order of the keys.
        future = asyncio.get_running_loop().run_in_executor(pool, lambda: call(*arguments, **options))
        task = asyncio.get_running_loop().create_task(
            self._finish(future, then, failed or self._on_error, slot, ticket)
        )
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception) and self._crashed is not None and not self._closed:
            self._crashed(error)

    def _next_ticket(self, slot: str | None) -> int:
        if slot is None:
            return 0
        self._latest[slot] = self._latest.get(slot, 0) + 1
        return self._latest[slot]

    async def _finish(
        self,
        future: asyncio.Future[T],
        then: Callable[[T], None] | None,
        failed: Callable[[ReviewError], None],
        slot: str | None,
        ticket: int,
    ) -> None:
        try:
            answer = await future
        except ReviewError as error:
            if not self._closed and (slot is None or self._latest[slot] == ticket):
                failed(error)
            return
        if then is not None and not self._closed and (slot is None or self._latest[slot] == ticket):
            then(answer)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._tasks

    async def drain(self) -> None:
        """Wait for everything under way, such as a draft or a decision that is being committed."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """Answer nothing more; calls under way end by themselves."""
        self._closed = True
        self._pool.shutdown(wait=False)
        self._acts.shutdown(wait=False)
