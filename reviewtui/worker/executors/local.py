"""The default executor: one engine process on this machine, kept warm, killed and replaced when it must be.

All methods belong to one thread, the dispatcher's; nothing here waits longer than it says, and no run ends twice.
"""

import json
import os
import select
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from reviewtui.imaging.children import Child, spawn_child
from reviewtui.imaging.framing import receive, send
from reviewtui.model.errors import BusyError
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.runs import TERMINAL_EVENTS, Cancelled, Failed, Lost, RunEvent, RunSpec
from reviewtui.worker.executors.wire import LIMITS, event_from_wire, spec_to_wire

CANCEL_GRACE_S = 0.25
_MODULE = "reviewtui.worker.executors.child"
_TRANSFER_S = 30.0
_MAX_FAILED_STARTS = 3
_MAX_SENDS = 2
_POLL_S = 3600.0
# Where the user's model entries and models lie, and which devices may be used.
PASSED_ON = (
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "CUDA_VISIBLE_DEVICES", "CUDA_HOME",
    "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR",
)  # fmt: skip


@dataclass(slots=True)
class _Run:
    """The run at hand.

    Attributes:
        spec: what was asked.
        is_sent: the child has it; before that it still starts.
        sends: how often it was handed to a child.
        deadline: monotonic time at which it is killed, from when the child got it.
        kill_at: monotonic time at which a cancel request has waited long enough, or None.
    """

    spec: RunSpec
    is_sent: bool = False
    sends: int = 0
    deadline: float = float("inf")
    kill_at: float | None = None


class LocalExecutor:
    """One run at a time in a child process of its own."""

    def __init__(
        self,
        *,
        log_path: Path | None,
        memory_bytes: int | None = None,
        warm: tuple[str, ...] = ("patch",),
        engines: Mapping[str, str] | None = None,
        passed_on: tuple[str, ...] = PASSED_ON,
    ) -> None:
        """Remember the options; nothing is started yet.

        Args:
            log_path: file that the engines' standard output and error are appended to; None discards them.
            memory_bytes: address space of the child, or None for no limit.
            warm: engines that are loaded before the first run.
            engines: further engines, name to ``module:class``.
            passed_on: environment variables that the child gets of this process's.
        """
        self._log_path = log_path
        self._options = {"memory_bytes": memory_bytes, "warm": list(warm), "engines": dict(engines or {})}
        self._passed_on = passed_on
        self._child: Child | None = None
        self._is_ready = False
        self._failed_starts = 0
        self._run: _Run | None = None
        self._events: list[RunEvent] = []

    # --- the contract

    def start(self) -> None:
        """Start the child; returns before it is warm.

        Raises:
            BusyError: no process can be had.
        """
        if self._child is None:
            self._spawn()

    def capacity(self) -> int:
        """1 when idle, else 0."""
        return 0 if self._run is not None else 1

    def submit(self, spec: RunSpec) -> None:
        """Hand a run to the child. Waits for the transfer of the crop (milliseconds), not for the child's start.

        Raises:
            BusyError: a run is at hand, or no process can be had.
        """
        if self._run is not None:
            raise BusyError("the local engine process is busy")
        self._wait_readable(0.0)  # notices a child that died while idle
        self.start()
        self._run = _Run(spec)
        if self._is_ready:
            self._send_run()

    def events(self, timeout_s: float) -> list[RunEvent]:
        """See ``Executor.events``; also enforces deadlines and cancel requests, so call it often."""
        until = time.monotonic() + max(timeout_s, 0.0)
        while True:
            self._enforce()
            if self._events:
                break
            remaining_s = until - time.monotonic()
            if not self._wait_readable(max(remaining_s, 0.0)) and remaining_s <= 0:
                break
        events, self._events = self._events, []
        return events

    def request_cancel(self, job_id: int) -> None:
        """Ask; an engine that does not stop within ``CANCEL_GRACE_S`` is killed at the next ``events``."""
        run = self._run
        if run is None or run.spec.job_id != job_id or run.kill_at is not None:
            return
        run.kill_at = time.monotonic() + CANCEL_GRACE_S
        if not run.is_sent:
            self._finish(Cancelled(job_id, run.spec.attempt))
        elif self._child is not None:
            body = {"op": "cancel", "job_id": job_id, "attempt": run.spec.attempt}
            try:
                send(self._child.sock, body, deadline=time.monotonic() + CANCEL_GRACE_S)
            except OSError:
                run.kill_at = time.monotonic()

    def kill(self, job_id: int) -> None:
        """Kill the child at once if it runs this job, and start another. Waits some milliseconds."""
        run = self._run
        if run is None or run.spec.job_id != job_id:
            return
        self._finish_interrupted(run, "the engine process was killed")
        self._replace()

    def close(self) -> None:
        """Kill the child; a run at hand is reported as lost by the next ``events``."""
        if self._run is not None:
            self._finish_interrupted(self._run, "the worker was closed")
        self._stop()

    # --- time

    def _enforce(self) -> None:
        """End the run whose time is up."""
        run, now = self._run, time.monotonic()
        if run is None:
            return
        job_id, attempt = run.spec.job_id, run.spec.attempt
        if run.kill_at is not None and now >= run.kill_at:
            self._finish(Cancelled(job_id, attempt))
            self._replace()
        elif now >= run.deadline:
            words = f"the engine {run.spec.engine} took longer than {run.spec.deadline_s:g} s and was stopped"
            self._finish(Failed(job_id, attempt, ErrorKind.TIMED_OUT, f"{words} (mark a smaller region, or retry)"))
            self._replace()

    def _next_alarm(self) -> float:
        if self._run is None:
            return float("inf")
        return min(self._run.deadline, float("inf") if self._run.kill_at is None else self._run.kill_at)

    # --- the child

    def _wait_readable(self, timeout_s: float) -> bool:
        """Wait for the child, the next alarm or the time-out; take in what came. True when something was taken in."""
        if self._child is None:
            time.sleep(min(timeout_s, 0.05))
            return False
        wait_s = min(timeout_s, max(self._next_alarm() - time.monotonic(), 0.0), _POLL_S)
        poller = select.poll()
        poller.register(self._child.sock, select.POLLIN)
        if not poller.poll(wait_s * 1000):
            return False
        self._take_in(self._child)
        return True

    def _take_in(self, child: Child) -> None:
        try:
            message = receive(child.sock, LIMITS, deadline=time.monotonic() + _TRANSFER_S)
            if message.body["event"] == "Ready":
                self._is_ready, self._failed_starts = True, 0
                self._send_run()
                return
            is_last = message.body.pop("is_last", False)
            event = event_from_wire(message.body, message.parts)
        except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError):
            self._child_is_gone(child)
            return
        self._accept(event)
        if is_last:
            self._replace()

    def _accept(self, event: RunEvent) -> None:
        run = self._run
        if run is None or (event.job_id, event.attempt) != (run.spec.job_id, run.spec.attempt):
            return
        if not isinstance(event, TERMINAL_EVENTS):
            self._events.append(event)
            return
        is_out_of_memory = isinstance(event, Failed) and event.kind == ErrorKind.OUT_OF_MEMORY
        if is_out_of_memory and not run.spec.frugal and run.kill_at is None:
            # Once more where nothing lies around in memory, and with as little as possible.
            self._run = _Run(replace(run.spec, frugal=True))
            self._replace()
            return
        self._finish(event)
        if is_out_of_memory:
            self._replace()

    def _finish(self, event: RunEvent) -> None:
        """The one place where a run ends."""
        self._run = None
        self._events.append(event)

    def _finish_interrupted(self, run: _Run, words: str) -> None:
        """Cancelled when that was asked for, else lost."""
        job_id, attempt = run.spec.job_id, run.spec.attempt
        self._finish(Cancelled(job_id, attempt) if run.kill_at is not None else Lost(job_id, attempt, words))

    def _child_is_gone(self, child: Child) -> None:
        ending = child.how_it_ended()
        run = self._run
        if not self._is_ready:
            self._failed_starts += 1
        if run is not None and (run.is_sent or run.kill_at is not None):
            self._finish_interrupted(run, f"the engine process is gone: {ending}")
        elif run is not None and self._failed_starts >= _MAX_FAILED_STARTS:
            words = f"the engine process does not start: {ending} (`reviewtui doctor` looks for the cause)"
            self._finish(Failed(run.spec.job_id, run.spec.attempt, ErrorKind.ENGINE_MISSING, words))
        self._stop()
        if self._failed_starts < _MAX_FAILED_STARTS:
            self._replace()

    def _replace(self) -> None:
        self._stop()
        self._spawn()

    def _stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None
        self._is_ready = False

    def _spawn(self) -> None:
        threads = str(max((os.cpu_count() or 2) - 1, 1))
        environment = {
            **{name: value for name in self._passed_on if (value := os.environ.get(name)) is not None},
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            # Spinning threads would take the cores from the desk.
            "GOMP_SPINCOUNT": "0",
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        log: IO[bytes] | None = None
        try:
            log = self._open_log()
            self._child = spawn_child(_MODULE, [json.dumps(self._options)], environment=environment, output=log)
        except OSError as error:
            raise BusyError(f"no engine process can be started: {error.strerror or error}") from error
        finally:
            if log is not None:
                log.close()

    def _open_log(self) -> IO[bytes] | None:
        if self._log_path is None:
            return None
        descriptor = os.open(self._log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "ab", buffering=0)

    def _send_run(self) -> None:
        run = self._run
        if run is None or run.is_sent or self._child is None:
            return
        run.is_sent = True
        run.sends += 1
        run.deadline = time.monotonic() + run.spec.deadline_s
        body, parts = spec_to_wire(run.spec)
        try:
            send(self._child.sock, body, parts, deadline=time.monotonic() + _TRANSFER_S)
        except OSError:
            # It never had the whole run, so the next child may get it; but not for ever.
            run.is_sent = run.sends >= _MAX_SENDS
            self._child_is_gone(self._child)
