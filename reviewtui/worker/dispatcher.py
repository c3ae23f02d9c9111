"""The one loop that claims jobs, feeds the executor and writes what comes back. One thread; no picture library's GPU.

Every write is behind the fence (job, attempt): a run that somebody else took over is dropped without a trace. This is
one of the three places where any ``ReviewError`` may be caught; what nobody foresaw fails its job and is logged.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.registry import get_info
from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Job, Version
from reviewtui.model.errors import BusyError, ReviewError, StoreError
from reviewtui.model.lifecycle import COMPOSED_VERBS, ErrorKind, JobState
from reviewtui.model.runs import Cancelled, Executor, Failed, Lost, Progressed, RunEvent, Started, Succeeded
from reviewtui.services.composers import compose_job
from reviewtui.services.endings import fail_job, failure_of, hand_back
from reviewtui.services.fixing import Prepared, prepare_job
from reviewtui.services.landing import land_composed, land_job
from reviewtui.services.previews import drop_all_previews, drop_preview, write_preview
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.feed import ChangeReader
from reviewtui.store.jobs import (
    claim_job,
    has_composed,
    list_active_jobs,
    list_cancelled_running,
    list_expired,
    list_running_of_others,
    report_progress,
)

_log = logging.getLogger(__name__)

Narrate = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds.

    Attributes:
        lease_s: after this without a sign of life others may take a job over.
        heartbeat_s: a running job's lease is renewed at least this often.
        progress_s: progress of one job is written at most this often.
        cancel_grace_s: after this a run that was asked to stop is killed.
        recover_s: how often expired leases are looked for.
    """

    lease_s: float = 30.0
    heartbeat_s: float = 5.0
    progress_s: float = 0.25
    cancel_grace_s: float = 0.5
    recover_s: float = 1.0


@dataclass(slots=True)
class _Run:
    """A job that the executor has."""

    job: Job
    prepared: Prepared
    progress: float | None = None
    message: str = ""
    preview_rgb: bytes | None = None
    is_dirty: bool = False
    has_preview: bool = False
    written_at_s: float = field(default=float("-inf"))
    cancel_at_s: float | None = None

    @property
    def key(self) -> tuple[int, int]:
        """(job, attempt)."""
        return self.job.id, self.job.attempt


class Dispatcher:
    """Claims, runs, lands. All methods from one thread."""

    def __init__(
        self,
        workspace: Workspace,
        decoder: Decoder,
        executor: Executor,
        *,
        worker: str,
        narrate: Narrate = lambda words: None,
        timing: Timing | None = None,
        find_info: Callable[[str], EngineInfo] = get_info,
    ) -> None:
        """Remember the parts; nothing is read or started yet.

        Args:
            worker: name under which jobs are claimed; unique among all workers there ever were.
            narrate: told each thing that happens, in words that may hold text from outside.
            find_info: says what an engine can do.
        """
        self._workspace = workspace
        self._decoder = decoder
        self._executor = executor
        self._worker = worker
        self._narrate = narrate
        self._timing = timing or Timing()
        self._find_info = find_info
        self._runs: dict[tuple[int, int], _Run] = {}
        self._reader: ChangeReader | None = None
        self._must_look = True
        self._recovered_at_s = float("-inf")

    @property
    def is_running(self) -> bool:
        """Whether a run is at hand."""
        return bool(self._runs)

    def has_work(self) -> bool:
        """Whether any job is queued or running, whoever runs it. Blocking."""
        with self._workspace.store.read() as db:
            return bool(list_active_jobs(db))

    def take_over(self) -> None:
        """Queue again what dead workers left running. Only for whoever holds the worker lock.

        Raises:
            StoreError: the database failed.
        """
        drop_all_previews(self._workspace)
        with self._workspace.store.read() as db:
            left = list_running_of_others(db, self._worker)
        for job in left:
            state = hand_back(self._workspace, job, "the worker was lost")
            self._narrate(f"job {job.id} was left by a lost worker: {state}")

    def turn(self, wait_s: float) -> None:
        """One round: claim what can be run, wait up to ``wait_s`` for the executor, write what came.

        Raises:
            StoreError: the database failed; the next turn tries again.
        """
        self._recover()
        if self._is_news():
            try:
                self._look_for_cancels()
                self._claim()
            except ReviewError:
                self._must_look = True  # the news was taken from the feed, but nothing came of it yet
                raise
        for event in self._executor.events(wait_s):
            self._handle(event)
        for run in list(self._runs.values()):
            self._beat(run)
            self._enforce_cancel(run)

    def stop(self, why: str) -> None:
        """Kill what runs and queue it again at once, without counting the attempt.

        Raises:
            StoreError: the database failed; the leases will end.
        """
        for run in list(self._runs.values()):
            self._executor.kill(run.job.id)
            self._forget(run)
            hand_back(self._workspace, run.job, why, counts=False)

    # --- looking

    def _is_news(self) -> bool:
        if self._reader is None:
            self._reader = ChangeReader(self._workspace.store)
        changes = self._reader.poll()
        must_look, self._must_look = self._must_look, False
        return must_look or changes is None or any(change.entity == "job" for change in changes)

    def _recover(self) -> None:
        """Give back jobs whose worker gave no sign of life. Own runs are alive whatever the clock did."""
        now_s = self._workspace.clock.monotonic_s()
        if now_s - self._recovered_at_s < self._timing.recover_s:
            return
        self._recovered_at_s = now_s
        with self._workspace.store.read() as db:
            expired = list_expired(db, self._wall_s())
        for job in expired:
            if (job.id, job.attempt) not in self._runs:
                state = hand_back(self._workspace, job, "its worker gave no sign of life")
                self._narrate(f"job {job.id} had lost its worker: {state}")
                self._must_look = True

    def _wall_s(self) -> float:
        return self._workspace.clock.now().timestamp()

    # --- claiming

    def _claim(self) -> None:
        while True:
            # What is composed needs no executor: it does not wait behind a model that takes minutes.
            is_busy = self._executor.capacity() <= 0
            if is_busy and not self._has_composed():
                return
            with self._workspace.store.write(SYSTEM) as tx:
                lease_until = self._wall_s() + self._timing.lease_s
                job = claim_job(tx, self._worker, lease_until, composed_only=is_busy)
            if job is None:
                return
            self._narrate(f"job {job.id}: {job.verb} on {job.asset_key} v{job.version_number} with {job.engine}")
            self._guarded(job, lambda claimed=job: self._begin(claimed))  # type: ignore[misc]

    def _has_composed(self) -> bool:
        with self._workspace.store.read() as db:
            return has_composed(db)

    def _begin(self, job: Job) -> None:
        if job.verb in COMPOSED_VERBS:
            self._compose(job)
            return
        prepared = prepare_job(self._workspace, self._decoder, job, find_info=self._find_info)
        self._executor.submit(prepared.spec)
        run = _Run(job, prepared, written_at_s=self._workspace.clock.monotonic_s())
        self._runs[run.key] = run

    def _compose(self, job: Job) -> None:
        """Made here, from kept pixels, in well under a lease: no engine and no executor has a part in it."""
        began_s = self._workspace.clock.monotonic_s()
        bench, composition = compose_job(self._workspace, self._decoder, job)
        seconds = self._workspace.clock.monotonic_s() - began_s
        versions = land_composed(self._workspace, self._decoder, job, bench, composition, seconds)
        self._must_look = True
        self._tell_made(job, versions)

    def _guarded(self, job: Job, act: Callable[[], None]) -> None:
        """Do something for one job; whatever goes wrong ends that job in words and not the worker.

        Raises:
            StoreError: not even that could be written; the job's lease will end.
        """
        try:
            act()
        except BusyError as error:
            why = str(error)
            self._end(job, lambda: hand_back(self._workspace, job, why))
        except ReviewError as error:
            kind, words = failure_of(error)
            self._fail(job, kind, words)
        except Exception as error:  # noqa: BLE001 - one of the three places: the worker lives on
            _log.exception("job %s failed in a way nobody foresaw", job.id)
            words = f"something unforeseen happened: {type(error).__name__} (worker.log has the details; please report)"
            self._fail(job, ErrorKind.INTERNAL, words)

    def _fail(self, job: Job, kind: ErrorKind, words: str) -> None:
        self._end(job, lambda: fail_job(self._workspace, job, kind, words))
        self._narrate(f"job {job.id} failed: {words}")

    def _end(self, job: Job, write: Callable[[], object]) -> None:
        """Forget a run, then write its end: if that fails too, the lease ends and the job is tried again."""
        run = self._runs.get((job.id, job.attempt))
        if run is not None:
            self._forget(run)
        self._must_look = True
        write()

    def _forget(self, run: _Run) -> None:
        self._runs.pop(run.key, None)
        drop_preview(self._workspace, run.job.id)

    # --- what the executor says

    def _handle(self, event: RunEvent) -> None:
        run = self._runs.get((event.job_id, event.attempt))
        if run is None:
            return
        if isinstance(event, Progressed | Started):
            _note_progress(run, event)
        elif isinstance(event, Succeeded):
            self._guarded(run.job, lambda: self._land(run, event))
        elif isinstance(event, Failed):
            self._fail(run.job, event.kind, event.message)
        else:
            self._give_back(run, event)

    def _land(self, run: _Run, event: Succeeded) -> None:
        run.message, run.is_dirty = "writing the version", True
        if not self._report(run):
            return
        versions = land_job(self._workspace, self._decoder, run.job, run.prepared, event)
        self._forget(run)
        self._must_look = True
        self._tell_made(run.job, versions)

    def _tell_made(self, job: Job, versions: list[Version]) -> None:
        numbers = ", ".join(f"v{version.number}" for version in versions)
        made = f"made {numbers} of {job.asset_key}" if versions else "was taken over or cancelled"
        self._narrate(f"job {job.id} {made}")

    def _give_back(self, run: _Run, event: Cancelled | Lost) -> None:
        why = event.message if isinstance(event, Lost) else "stopped"
        states: list[JobState] = []
        self._end(run.job, lambda: states.append(hand_back(self._workspace, run.job, why)))
        self._narrate(f"job {run.job.id} {why}: {states[0]}")

    # --- signs of life

    def _beat(self, run: _Run) -> None:
        since_s = self._workspace.clock.monotonic_s() - run.written_at_s
        is_first_preview = run.preview_rgb is not None and not run.has_preview
        is_due = since_s >= (self._timing.progress_s if run.is_dirty else self._timing.heartbeat_s)
        if is_due or is_first_preview:
            self._report(run)

    def _report(self, run: _Run) -> bool:
        """Write progress, renew the lease, hear of a cancel request; whether the job is still this attempt's."""
        self._show_preview(run)
        run.written_at_s, run.is_dirty = self._workspace.clock.monotonic_s(), False
        lease_until = self._wall_s() + self._timing.lease_s
        with self._workspace.store.write(SYSTEM, durable=False) as tx:
            asked = report_progress(tx, run.job, run.progress, run.message, lease_until)
        if asked is None:
            self._executor.kill(run.job.id)
            self._forget(run)
            self._must_look = True
            self._narrate(f"job {run.job.id} was taken over by another worker: its result is dropped")
            return False
        if asked:
            self._ask_to_stop(run)
        return True

    def _show_preview(self, run: _Run) -> None:
        raw, run.preview_rgb = run.preview_rgb, None
        preview = None if raw is None else run.prepared.preview_of(raw)
        if preview is None:
            return
        run.has_preview = True
        try:
            write_preview(self._workspace, run.job.id, preview)
        except StoreError as error:
            _log.warning("%s", error)  # a preview is a courtesy, the job goes on

    # --- cancelling

    def _look_for_cancels(self) -> None:
        if not self._runs:
            return
        with self._workspace.store.read() as db:
            asked = {(job.id, job.attempt) for job in list_cancelled_running(db, self._worker)}
        for key, run in list(self._runs.items()):
            if key in asked:
                self._ask_to_stop(run)

    def _ask_to_stop(self, run: _Run) -> None:
        if run.cancel_at_s is None:
            run.cancel_at_s = self._workspace.clock.monotonic_s()
            self._executor.request_cancel(run.job.id)

    def _enforce_cancel(self, run: _Run) -> None:
        if run.cancel_at_s is None or run.key not in self._runs:
            return
        if self._workspace.clock.monotonic_s() - run.cancel_at_s >= self._timing.cancel_grace_s:
            self._executor.kill(run.job.id)


def _note_progress(run: _Run, event: Progressed | Started) -> None:
    if isinstance(event, Started):
        run.message = f"started on {event.device}"
        return
    run.progress = min(max(event.step / max(event.total, 1), 0.0), 1.0)
    run.message = event.message
    run.is_dirty = True
    if event.preview_rgb is not None:
        run.preview_rgb = event.preview_rgb
