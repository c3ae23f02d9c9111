"""An executor within this process, for tests: a thread runs one engine at a time. It cannot kill, only ask.

Keeps the same promises as the others, except that an engine that never looks whether it should stop is not stopped.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from reviewtui.engines.base import Engine
from reviewtui.model.errors import BusyError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.runs import TERMINAL_EVENTS, Cancelled, Failed, Lost, RunEvent, RunSpec
from reviewtui.worker.executors.running import perform, unexpected


class InlineExecutor:
    """Runs engines in a thread."""

    def __init__(self, engine_loader: Callable[[str], Engine]) -> None:
        """Engines come from ``engine_loader(name)``, each asked for once."""
        self._loader = engine_loader
        self._engines: dict[str, Engine] = {}
        self._events: queue.Queue[RunEvent] = queue.Queue()
        self._pool: ThreadPoolExecutor | None = None
        self._spec: RunSpec | None = None
        self._stop = threading.Event()
        self._killed = False
        self._asked = False
        self._timed_out = False

    def start(self) -> None:
        """Make the thread pool."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="inline-engine")

    def capacity(self) -> int:
        """1 when idle, else 0."""
        return 0 if self._spec is not None else 1

    def submit(self, spec: RunSpec) -> None:
        """Begin in the thread.

        Raises:
            BusyError: a run is at hand.
        """
        if self._spec is not None:
            raise BusyError("the inline engine is busy")
        self.start()
        assert self._pool is not None
        self._stop.clear()
        self._killed = self._asked = self._timed_out = False
        self._spec = spec
        deadline = time.monotonic() + spec.deadline_s
        future = self._pool.submit(perform, spec, self._get_engine, self._events.put, lambda: self._must_stop(deadline))
        future.add_done_callback(lambda done: self._events.put(self._terminal(spec, done)))

    def events(self, timeout_s: float) -> list[RunEvent]:
        """See ``Executor.events``."""
        events: list[RunEvent] = []
        try:
            events.append(self._events.get(timeout=max(timeout_s, 0.0)) if timeout_s > 0 else self._events.get_nowait())
            while True:
                events.append(self._events.get_nowait())
        except queue.Empty:
            pass
        if any(isinstance(event, TERMINAL_EVENTS) for event in events):
            self._spec = None
        return events

    def request_cancel(self, job_id: int) -> None:
        """Ask the engine to stop at its next look."""
        if self._spec is not None and self._spec.job_id == job_id:
            self._asked = True
            self._stop.set()

    def kill(self, job_id: int) -> None:
        """The same, reported as lost unless a cancel was requested before."""
        if self._spec is not None and self._spec.job_id == job_id:
            self._killed = True
            self._stop.set()

    def close(self) -> None:
        """Ask the run to stop and wait for its thread."""
        self._killed = True
        self._stop.set()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _must_stop(self, deadline: float) -> bool:
        if time.monotonic() >= deadline:
            self._timed_out = True
        return self._timed_out or self._stop.is_set()

    def _get_engine(self, name: str) -> Engine:
        if name not in self._engines:
            self._engines[name] = self._loader(name)
        return self._engines[name]

    def _terminal(self, spec: RunSpec, done: "Future[RunEvent]") -> RunEvent:
        error = done.exception()
        if error is not None:
            return unexpected(spec, error)
        event = done.result()
        if isinstance(event, Cancelled) and not self._asked:
            if self._killed:
                return Lost(spec.job_id, spec.attempt, "the engine was killed")
            words = f"the engine {spec.engine} took longer than {spec.deadline_s:g} s and was stopped"
            return Failed(spec.job_id, spec.attempt, ErrorKind.TIMED_OUT, words)
        return event
