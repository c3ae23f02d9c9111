"""The job table under several dispatchers, crashes and clock jumps: nothing is lost, landed twice, or ended twice."""

import hashlib
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from reviewtui.model.entities import Asset, Blob, Job, Version
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import JOB_ACTIVE, JOB_TRANSITIONS, AssertedBy, ErrorKind, Flaw, JobState, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import send_fix
from reviewtui.services.endings import fail_job, hand_back
from reviewtui.services.jobs import cancel, retry
from reviewtui.services.workspace import SYSTEM
from reviewtui.store.assets import ensure_asset, get_asset, move_head
from reviewtui.store.history import iter_events
from reviewtui.store.jobs import (
    JobRequest,
    add_result,
    claim_job,
    finish_job,
    get_job,
    list_expired,
    list_jobs,
    list_running_of_others,
    owns_job,
    report_progress,
)
from reviewtui.store.notes import add_note
from reviewtui.store.versions import Parent, add_version, list_versions
from tests.support.desk import ScriptedClock, open_desk

LEASE_S = 10.0
SIZE = PixelSize(32, 24)
workers = st.sampled_from(["w0", "w1", "w2"])
index = st.integers(0, 9)


def blob(name: str) -> Blob:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Blob(digest, digest, 10, SIZE, "image/png")


class JobMachine(RuleBasedStateMachine):
    """Dispatchers hold claims in memory; a crash forgets them, a zombie keeps using them after its lease."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="jobs-"))
        self.clock = ScriptedClock()
        self.desk = open_desk(self.folder, clock=self.clock)
        self.held: dict[str, list[Job]] = {"w0": [], "w1": [], "w2": []}
        self.retries: Counter[int] = Counter()
        with self.desk.store.write(SYSTEM) as tx:
            asset = ensure_asset(tx, "a")
            self.base: Version = add_version(tx, asset, blob("base"))
            move_head(tx, asset, self.base.id, 1, "first")
            self.asset: Asset = get_asset(tx, asset.id)

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self.drain()
        self.desk.close()
        shutil.rmtree(self.folder)

    @property
    def now_s(self) -> float:
        return self.clock.now().timestamp()

    # --- people

    @rule(candidates=st.integers(1, 2))
    def ask(self, candidates: int) -> None:
        mask = MaskSpec(SIZE, (PixelRect(1, 1, 4, 4),))
        with self.desk.store.write(self.desk.actor) as tx:
            note = add_note(tx, self.asset, self.base.id, "flaw", Flaw.OTHER, 2, mask)
            send_fix(tx, note, self.base, JobRequest(Verb.REMOVE, "patch", candidates=candidates))

    @rule(at=index)
    def ask_to_cancel(self, at: int) -> None:
        self.on_job(at, JOB_ACTIVE, lambda job: cancel(self.desk, job.id))

    @rule(at=index)
    def ask_again(self, at: int) -> None:
        def act(job: Job) -> None:
            retry(self.desk, job.id)
            self.retries[job.id] += 1

        self.on_job(at, {JobState.FAILED, JobState.CANCELLED}, act)

    def on_job(self, at: int, states: set[JobState] | frozenset[JobState], act: object) -> None:
        with self.desk.store.read() as db:
            found = [job for job in list_jobs(db) if job.state in states]
        if found:
            act(found[at % len(found)])  # type: ignore[operator]

    # --- dispatchers

    @rule(worker=workers)
    def claim(self, worker: str) -> None:
        with self.desk.store.write(SYSTEM) as tx:
            job = claim_job(tx, worker, self.now_s + LEASE_S)
        if job is not None:
            self.held[worker].append(job)

    @rule(worker=workers, at=index)
    def beat(self, worker: str, at: int) -> None:
        if job := self.pick(worker, at):
            with self.desk.store.write(SYSTEM, durable=False) as tx:
                owned = owns_job(tx, job)
                assert (report_progress(tx, job, 0.5, "half", self.now_s + LEASE_S) is not None) == owned

    @rule(worker=workers, at=index)
    def land(self, worker: str, at: int) -> None:
        job = self.pick(worker, at)
        if job is None:
            return
        with self.desk.store.write(SYSTEM) as tx:
            owned = owns_job(tx, job)
            if owned:
                for candidate in range(job.candidates):
                    parent = Parent(self.base.id, "remove", AssertedBy.JOB, job.mask_id, job.id)
                    data = blob(f"{job.id}/{job.attempt}/{candidate}")
                    version = add_version(tx, self.asset, data, job_id=job.id, candidate=candidate, parent=parent)
                    add_result(tx, job.id, candidate, version.id)
            assert finish_job(tx, job, JobState.SUCCEEDED) == owned
        self.held[worker].remove(job)

    @rule(worker=workers, at=index)
    def fail(self, worker: str, at: int) -> None:
        if job := self.pick(worker, at):
            fail_job(self.desk, job, ErrorKind.ENGINE_CRASHED, "broke")
            self.held[worker].remove(job)

    @rule(worker=workers, at=index, counts=st.booleans())
    def lose_engine(self, worker: str, at: int, counts: bool) -> None:
        if job := self.pick(worker, at):
            hand_back(self.desk, job, "engine lost", counts=counts)
            self.held[worker].remove(job)

    @rule(worker=workers)
    def crash(self, worker: str) -> None:
        self.held[worker].clear()

    @rule(worker=workers)
    def restart_with_the_lock(self, worker: str) -> None:
        """Everybody else is taken for dead, though a zombie may still hold its claims."""
        with self.desk.store.read() as db:
            left = list_running_of_others(db, worker)
        for job in left:
            hand_back(self.desk, job, "the worker was lost")

    @rule(jump_s=st.floats(0.1, 3 * LEASE_S))
    def time_passes(self, jump_s: float) -> None:
        self.clock.advance(jump_s)

    @rule()
    def recover(self) -> None:
        with self.desk.store.read() as db:
            expired = list_expired(db, self.now_s)
        for job in expired:
            hand_back(self.desk, job, "no sign of life")

    def pick(self, worker: str, at: int) -> Job | None:
        held = self.held[worker]
        return held[at % len(held)] if held else None

    # --- laws

    @invariant()
    def one_owner(self) -> None:
        if not hasattr(self, "desk"):
            return
        with self.desk.store.read() as db:
            owners = Counter(job.id for held in self.held.values() for job in held if owns_job(db, job))
        assert all(count == 1 for count in owners.values()), owners

    @invariant()
    def results_are_whole_and_single(self) -> None:
        if not hasattr(self, "desk"):
            return
        with self.desk.store.read() as db:
            versions = [version for version in list_versions(db, self.asset.id) if version.job_id is not None]
            found = list_jobs(db)
        made = Counter((version.job_id, version.candidate) for version in versions)
        assert all(count == 1 for count in made.values())
        for job in found:
            count = sum(version.job_id == job.id for version in versions)
            assert count == (job.candidates if job.state is JobState.SUCCEEDED else 0), job

    @invariant()
    def events_follow_the_table(self) -> None:
        """The history of each job is a path through the transition table, with one end for each asking."""
        if not hasattr(self, "desk"):
            return
        with self.desk.store.read() as db:
            events, found = list(iter_events(db)), {job.id: job for job in list_jobs(db)}
        state: dict[int, JobState] = {}
        ends: Counter[int] = Counter()
        for event in events:
            job_id = int(event.payload.get("job") or 0)
            if event.kind == "job.requested":
                state[job_id] = JobState.QUEUED
            elif event.kind.startswith("job.") and "state" in event.payload:
                new = JobState(event.payload["state"])
                assert new in JOB_TRANSITIONS[state[job_id]], (state[job_id], new)
                state[job_id] = new
                ends[job_id] += new not in JOB_ACTIVE
        assert state == {job_id: job.state for job_id, job in found.items()}
        for job_id, job in found.items():
            assert ends[job_id] == self.retries[job_id] + (job.state not in JOB_ACTIVE)

    def drain(self) -> None:
        """Whatever happened, one good dispatcher brings every job to an end."""
        for _ in range(200):
            self.clock.advance(LEASE_S + 1)
            self.recover()
            self.claim("w0")
            with self.desk.store.read() as db:
                if not any(job.state in JOB_ACTIVE for job in list_jobs(db)):
                    break
            while self.held["w0"]:
                self.land("w0", 0)
        with self.desk.store.read() as db:
            left = [get_job(db, job.id) for job in list_jobs(db) if job.state in JOB_ACTIVE]
        assert left == []
        self.results_are_whole_and_single()
        self.events_follow_the_table()


def test_jobs__random_dispatchers_and_crashes__each_ends_exactly_once() -> None:
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=max(settings.default.max_examples // 3, 5) if settings.default else 30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
