"""The background process of a workspace: one at a time, found by a lock, gone when nobody needs it.

Puts watcher, dispatcher, decoder and executor together; decides when to begin and when to end, and nothing else.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.clock import iso
from reviewtui.model.errors import BusyError, ReviewError, StoreError
from reviewtui.model.runs import Executor
from reviewtui.model.text import safe
from reviewtui.services.background import HeldLock, announce_presence, is_anybody_present, try_lock
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import Workspace
from reviewtui.store.files import count_pending
from reviewtui.store.jobs import list_active_jobs
from reviewtui.worker.dispatcher import Dispatcher, Narrate
from reviewtui.worker.executors.local import LocalExecutor
from reviewtui.worker.housekeeping import logging_to, prune_feed, sweep_temporary
from reviewtui.worker.watching import WatchLoop

_log = logging.getLogger(__name__)

MakeDispatcher = Callable[[Workspace, Decoder, Executor, str, Narrate], Dispatcher]
MakeExecutor = Callable[[Workspace], Executor]

_ACTIVE_S, _QUIET_S = 0.02, 0.1
_NEED_S = 0.25
_TIDY_S = 300.0
_FIRST_SCAN_S = 60.0
_WAIT_S = 0.1
_RETRY_S = 1.0
_JOIN_S = 15.0


def run_worker(
    workspace: Workspace,
    *,
    once: bool = False,
    narrate: Narrate,
    stop: threading.Event | None = None,
    make_executor: MakeExecutor | None = None,
    make_dispatcher: MakeDispatcher | None = None,
) -> int:
    """Watch, register and run jobs until nobody needs it, or it is told to stop. Blocking, for minutes or days.

    When another worker has the workspace, this one says so and returns; with ``once`` it waits until that one has done
    everything, or takes its place when it ends. SIGTERM and SIGINT end it within a second, running jobs are queued
    again at once; SIGHUP is ignored. Signals are only handled in the main thread.

    Args:
        once: scan the folder, register, run every job, then end.
        narrate: told what happens, one line each, already safe for a terminal.
        stop: ends it when set, as a signal does.
        make_executor: where runs happen; None for a process on this machine.
        make_dispatcher: for tests with other timing or engines.

    Returns:
        Exit status: 0, or 1 when the database is gone.

    Raises:
        StoreError: the workspace cannot be used at all.
    """
    stop = stop or threading.Event()
    parts = _Parts(workspace, lambda words: narrate(safe(words)), stop, make_executor, make_dispatcher)
    with _signals_set(stop), logging_to(workspace.paths.worker_log):
        lock = parts.wait_for_turn() if once else parts.find_turn()
        while lock is not None:
            try:
                status = parts.serve(once=once)
            finally:
                lock.release()
            # A job that was sent while this worker still held its lock, but looked no more, has nobody else.
            if status or stop.is_set() or not _has_jobs(workspace):
                return status
            lock = parts.find_turn()
    return 0


class _Parts:
    """What one worker is made of."""

    def __init__(
        self,
        workspace: Workspace,
        narrate: Narrate,
        stop: threading.Event,
        make_executor: MakeExecutor | None,
        make_dispatcher: MakeDispatcher | None,
    ) -> None:
        self._workspace = workspace
        self._narrate = narrate
        self._stop = stop
        self._make_executor = make_executor or _local_executor
        self._make_dispatcher = make_dispatcher or _plain_dispatcher

    # --- whose turn it is

    def find_turn(self) -> HeldLock | None:
        """The worker lock, or None after saying who has it."""
        lock = self._try_turn()
        if lock is None:
            self._narrate(f"a worker runs already: {_holder(self._workspace)}")
        return lock

    def wait_for_turn(self) -> HeldLock | None:
        """The worker lock, or None when another worker has done everything meanwhile, or at a stop."""
        lock = self._try_turn()
        if lock is not None:
            return lock
        self._narrate(f"waiting for the worker that runs already: {_holder(self._workspace)}")
        presence = announce_presence(self._workspace)
        try:
            while lock is None and not self._stop.wait(_WAIT_S) and _has_work(self._workspace):
                lock = self._try_turn()
        finally:
            if presence is not None:
                presence.release()
        return lock

    def _try_turn(self) -> HeldLock | None:
        lock = try_lock(self._workspace.paths.worker_lock)
        if lock is not None:
            lock.write(f"{os.getpid()} {iso(self._workspace.clock.now())}\n")
        return lock

    # --- at work

    def serve(self, *, once: bool) -> int:
        """Work until there is no need; exit status."""
        settings = self._workspace.settings
        ending = threading.Event()
        executor = self._make_executor(self._workspace)
        with Decoder(
            timeout_s=settings.limits_decode_s,
            memory_bytes=settings.limits_memory_bytes,
            max_pixels=settings.limits_pixels,
            processes=3,  # two that register, one for the job at hand
        ) as decoder:
            executor.start()
            dispatcher = self._make_dispatcher(self._workspace, decoder, executor, _worker_name(), self._narrate)
            watch = WatchLoop(self._workspace, decoder)
            ingest = threading.Thread(target=self._ingest, args=(watch, decoder, ending, once), name="ingest")
            try:
                decoder.warm_up()
                dispatcher.take_over()
                ingest.start()
                need = _OnceNeed(self._workspace, ingest) if once else _Need(self._workspace, watch.has_scanned)
                return self._loop(dispatcher, need, None if once else ingest)
            finally:
                ending.set()
                self._wind_up(dispatcher)
                executor.close()
                if ingest.ident is not None:
                    ingest.join(_JOIN_S)

    def _loop(self, dispatcher: Dispatcher, need: "_Need", watching: threading.Thread | None) -> int:
        tidied_at_s = float("-inf")
        while not self._stop.is_set():
            try:
                if time.monotonic() - tidied_at_s > _TIDY_S:
                    tidied_at_s = time.monotonic()
                    sweep_temporary(self._workspace)
                    prune_feed(self._workspace)
                dispatcher.turn(_ACTIVE_S if dispatcher.is_running or need.is_active else _QUIET_S)
                if watching is not None and not watching.is_alive():
                    self._narrate("watching failed, worker.log has the details: this worker ends")
                    return 1
                if not dispatcher.is_running and not need.is_there():
                    self._narrate("nobody needs this worker any more")
                    return 0
            except (StoreError, BusyError) as error:
                _log.error("%s", error)
                if not self._workspace.paths.database.exists():
                    self._narrate(f"{error}")
                    return 1
                self._stop.wait(_RETRY_S)
        self._narrate("asked to end")
        return 0

    def _wind_up(self, dispatcher: Dispatcher) -> None:
        try:
            dispatcher.stop("the worker was asked to end")
        except (StoreError, BusyError) as error:
            _log.error("jobs could not be handed back, their leases will end: %s", error)

    def _ingest(self, watch: WatchLoop, decoder: Decoder, ending: threading.Event, once: bool) -> None:
        """Watch the folder, or look at it once. A thread of its own; trouble is told and tried again."""
        while not ending.is_set():
            try:
                if once:
                    scan(self._workspace, decoder, wait=ending.wait)
                else:
                    watch.run(ending)
                return
            except ReviewError as error:
                _log.warning("ingest: %s", safe(str(error)))
                if once:
                    self._narrate(f"the folder was not scanned: {error}")
                    return
            ending.wait(_RETRY_S)


class _Need:
    """Whether anybody needs the worker. Presence is asked for a few times a second."""

    def __init__(self, workspace: Workspace, has_scanned: threading.Event) -> None:
        self._workspace = workspace
        self._has_scanned = has_scanned
        self._asked_at_s = float("-inf")
        self._began_at_s = self._needed_at_s = time.monotonic()
        self._pending = -1
        self.is_active = True

    def is_there(self) -> bool:
        """False once nobody was present, no job waited and nothing was being registered for the idle time."""
        now_s = time.monotonic()
        if now_s - self._asked_at_s >= _NEED_S:
            self._asked_at_s = now_s
            is_scanning = not self._has_scanned.is_set() and now_s - self._began_at_s < _FIRST_SCAN_S
            self.is_active = is_scanning or is_anybody_present(self._workspace.paths) or self._is_work_left()
        if self.is_active:
            self._needed_at_s = now_s
            return True
        return now_s - self._needed_at_s < self._workspace.settings.worker_idle_s

    def _is_work_left(self) -> bool:
        """Jobs, or files whose number still changes: one that can never be read keeps nobody awake."""
        with self._workspace.store.read() as db:
            pending, jobs = count_pending(db), bool(list_active_jobs(db))
        before, self._pending = self._pending, pending
        return jobs or pending != before


class _OnceNeed(_Need):
    """As long as the scan runs or a job is left."""

    def __init__(self, workspace: Workspace, scanning: threading.Thread) -> None:
        super().__init__(workspace, threading.Event())
        self._scanning = scanning

    def is_there(self) -> bool:
        """Whether something is left to do."""
        return self._scanning.is_alive() or _has_jobs(self._workspace)


def _has_jobs(workspace: Workspace) -> bool:
    with workspace.store.read() as db:
        return bool(list_active_jobs(db))


def _has_work(workspace: Workspace) -> bool:
    with workspace.store.read() as db:
        return bool(list_active_jobs(db)) or count_pending(db) > 0


def _worker_name() -> str:
    """Unique among all workers: a process id alone comes round again."""
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}"


def _holder(workspace: Workspace) -> str:
    try:
        pid, _, since = workspace.paths.worker_lock.read_text(encoding="utf-8", errors="replace")[:200].partition(" ")
    except OSError:
        return "unknown"
    return f"process {pid.strip()}, since {since.strip()}"


def _local_executor(workspace: Workspace) -> Executor:
    return LocalExecutor(log_path=workspace.paths.worker_log)


def _plain_dispatcher(
    workspace: Workspace, decoder: Decoder, executor: Executor, worker: str, narrate: Narrate
) -> Dispatcher:
    return Dispatcher(workspace, decoder, executor, worker=worker, narrate=narrate)


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``, SIGHUP is ignored; what was there before comes back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
