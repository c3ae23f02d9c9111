"""The dispatcher against scripted executors: no job is lost, landed twice, or ended without words."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewtui.engines.base import EngineInfo
from reviewtui.engines.catalog import PATCH
from reviewtui.model.entities import Job
from reviewtui.model.errors import StoreError
from reviewtui.model.lifecycle import ErrorKind, JobState, NoteState, Verb
from reviewtui.model.runs import Cancelled, Failed, Lost, Progressed, RunEvent, RunSpec, Started, Succeeded
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.jobs import cancel, retry
from reviewtui.services.previews import find_preview
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import get_asset
from reviewtui.store.jobs import JobRequest, get_job
from reviewtui.store.notes import get_note
from reviewtui.worker.dispatcher import Dispatcher, Timing
from tests.support.desk import InProcessDecoder, ScriptedClock, head_of, open_desk, paint, region, register


class Script:
    """An executor whose events a test writes."""

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self.specs: list[RunSpec] = []
        self.running: dict[int, RunSpec] = {}
        self.asked: list[int] = []
        self.killed: list[int] = []
        self.waiting: deque[RunEvent] = deque()

    def start(self) -> None: ...

    def capacity(self) -> int:
        return self.size - len(self.running)

    def submit(self, spec: RunSpec) -> None:
        self.specs.append(spec)
        self.running[spec.job_id] = spec

    def events(self, timeout_s: float) -> list[RunEvent]:
        events = list(self.waiting)
        self.waiting.clear()
        return events

    def request_cancel(self, job_id: int) -> None:
        self.asked.append(job_id)

    def kill(self, job_id: int) -> None:
        spec = self.running.pop(job_id, None)
        if spec is not None:
            self.killed.append(job_id)
            ended = Cancelled if job_id in self.asked else lambda job, attempt: Lost(job, attempt, "killed")
            self.waiting.append(ended(job_id, spec.attempt))

    def close(self) -> None: ...

    def say(self, make: Callable[[RunSpec], RunEvent]) -> None:
        self.waiting.append(make(self.specs[-1]))

    def end(self, make: Callable[[RunSpec], RunEvent]) -> None:
        self.running.pop(self.specs[-1].job_id, None)
        self.say(make)


def grey(spec: RunSpec, shade: int = 99) -> Succeeded:
    return Succeeded(spec.job_id, spec.attempt, (bytes([shade]) * (spec.size.area_px * 3),), 0.1, {"passes": 0})


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def desk(workspace: Path, clock: ScriptedClock) -> Iterator[Workspace]:
    paint(workspace / "hero.png")
    opened = open_desk(workspace, clock=clock)
    register(opened)
    yield opened
    opened.close()


def make(desk: Workspace, executor: Any, worker: str = "w1", **kwargs: Any) -> Dispatcher:
    return Dispatcher(desk, InProcessDecoder(), executor, worker=worker, **kwargs)  # type: ignore[arg-type]


def ask(desk: Workspace, **changes: Any) -> int:
    fix = JobRequest(**{"verb": Verb.REMOVE, "engine": "patch", **changes})
    written = write_note(desk, "hero@1", NoteRequest("a flaw", mask=region(head_of(desk, "hero@1")), fix=fix))
    assert written.job_id is not None
    return written.job_id


def job_of(desk: Workspace, job_id: int) -> Job:
    with desk.store.read() as db:
        return get_job(db, job_id)


def note_state(desk: Workspace, job_id: int) -> NoteState:
    with desk.store.read() as db:
        job = get_job(db, job_id)
        assert job.note_id is not None
        return get_note(db, job.note_id).state


def versions(desk: Workspace) -> int:
    with desk.store.read() as db:
        return get_asset(db, 1).versions


def test_turn__queued_job__runs_and_lands(desk: Workspace) -> None:
    executor, said = Script(), list[str]()
    dispatcher = make(desk, executor, narrate=said.append)
    job_id = ask(desk)
    dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.RUNNING
    assert dispatcher.is_running
    executor.end(grey)
    dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.versions, versions(desk)) == (JobState.SUCCEEDED, (2,), 2)
    assert not dispatcher.has_work()
    assert said == [f"job {job_id}: remove on hero v1 with patch", f"job {job_id} made v2 of hero"]


def test_turn__full_executor__claims_no_more_than_it_takes(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    jobs = [ask(desk), ask(desk)]
    dispatcher.turn(0)
    assert [job_of(desk, job).state for job in jobs] == [JobState.RUNNING, JobState.QUEUED]
    executor.end(grey)
    dispatcher.turn(0)
    dispatcher.turn(0)
    assert [job_of(desk, job).state for job in jobs] == [JobState.SUCCEEDED, JobState.RUNNING]


def test_turn__result_comes_twice__one_version(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    ask(desk)
    dispatcher.turn(0)
    executor.end(grey)
    executor.say(lambda spec: grey(spec, 5))
    dispatcher.turn(0)
    assert versions(desk) == 2


def test_turn__engine_fails__job_failed_in_its_words_and_note_open(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    executor.end(lambda spec: Failed(spec.job_id, spec.attempt, ErrorKind.OUT_OF_MEMORY, "too large (smaller)"))
    dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.error_kind, job.error) == (JobState.FAILED, ErrorKind.OUT_OF_MEMORY, "too large (smaller)")
    assert note_state(desk, job_id) is NoteState.OPEN


def test_turn__engine_process_lost__tried_again_then_failed_with_words(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    for attempt in (1, 2):
        dispatcher.turn(0)
        assert job_of(desk, job_id).attempt == attempt
        executor.end(lambda spec: Lost(spec.job_id, spec.attempt, "ended by SIGKILL"))
        dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.error_kind) == (JobState.FAILED, ErrorKind.WORKER_LOST)
    assert job.error == "ended by SIGKILL; tried 2 times (use another engine, or mark a smaller region)"
    retry(desk, job_id)
    dispatcher.turn(0)
    executor.end(grey)
    dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"engine": "absent"}, ErrorKind.ENGINE_MISSING),
        ({"verb": Verb.RESTYLE}, ErrorKind.ENGINE_MISSING),
        ({"params": {"huh": 1}}, ErrorKind.BAD_INPUT),
    ],
)
def test_turn__job_cannot_be_prepared__fails_in_words_and_the_next_one_runs(
    desk: Workspace, changes: dict[str, Any], kind: ErrorKind
) -> None:
    dispatcher = make(desk, Script())
    bad, good = ask(desk, **changes), ask(desk)
    dispatcher.turn(0)
    job = job_of(desk, bad)
    assert (job.state, job.error_kind) == (JobState.FAILED, kind)
    assert "(" in (job.error or ""), "a remedy is said"
    assert job_of(desk, good).state is JobState.RUNNING


def test_turn__something_unforeseen__fails_the_job_not_the_worker(
    desk: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(name: str) -> EngineInfo:
        raise ZeroDivisionError("surprise")

    dispatcher = make(desk, Script(), find_info=broken)
    job_id = ask(desk)
    dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.error_kind) == (JobState.FAILED, ErrorKind.INTERNAL)
    assert "ZeroDivisionError" in (job.error or "")
    assert "surprise" in caplog.text


def test_turn__disk_full_while_landing__fails_in_words_and_note_open(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise StoreError("the disk is full: nothing was written", "free some space")

    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    monkeypatch.setattr("reviewtui.services.landing_bytes.write_png", full)
    executor.end(grey)
    dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert job.state is JobState.FAILED
    assert "the disk is full" in (job.error or "")
    assert note_state(desk, job_id) is NoteState.OPEN


def test_turn__not_even_the_failure_can_be_written__lease_ends_and_it_is_tried_again(
    desk: Workspace, clock: ScriptedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **named: Any) -> None:
        raise StoreError("the disk is full")

    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    with monkeypatch.context() as patch:
        patch.setattr("reviewtui.worker.dispatcher.land_job", full)
        patch.setattr("reviewtui.worker.dispatcher.fail_job", full)
        executor.end(grey)
        with pytest.raises(StoreError):
            dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.RUNNING
    clock.advance(31)
    dispatcher.turn(0)
    executor.end(grey)
    dispatcher.turn(0)
    assert (job_of(desk, job_id).state, versions(desk)) == (JobState.SUCCEEDED, 2)


def test_cancel__running__asked_then_killed_after_the_grace(desk: Workspace, clock: ScriptedClock) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    other = open_desk(desk.paths.root)
    cancel(other, job_id)
    other.close()
    dispatcher.turn(0)
    assert executor.asked == [job_id]
    assert executor.killed == []
    clock.advance(0.6)
    dispatcher.turn(0)
    assert executor.killed == [job_id]
    dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.CANCELLED
    assert note_state(desk, job_id) is NoteState.OPEN


def test_cancelled__nobody_asked__is_tried_again(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    executor.end(lambda spec: Cancelled(spec.job_id, spec.attempt))
    dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.QUEUED


def test_progress__many_reports__few_writes_and_the_last_one_arrives(desk: Workspace, clock: ScriptedClock) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    executor.say(lambda spec: Started(spec.job_id, spec.attempt, "cpu"))
    with desk.store.read() as db:
        before = db.value("SELECT count(*) FROM change WHERE entity = 'job'")
    for step in range(40):
        executor.say(lambda spec, step=step: Progressed(spec.job_id, spec.attempt, step, 40, f"step {step}"))  # type: ignore[misc]
        clock.advance(0.025)
        dispatcher.turn(0)
    clock.advance(0.25)
    dispatcher.turn(0)
    with desk.store.read() as db:
        after = db.value("SELECT count(*) FROM change WHERE entity = 'job'")
    assert after - before <= 5
    assert (job_of(desk, job_id).progress, job_of(desk, job_id).message) == (39 / 40, "step 39")


def test_preview__first_one__is_shown_at_once_and_gone_at_the_end(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    executor.say(lambda spec: Progressed(spec.job_id, spec.attempt, 0, 2, "guess", bytes(spec.size.area_px * 3)))
    dispatcher.turn(0)
    assert find_preview(desk, job_id) is not None
    executor.end(grey)
    dispatcher.turn(0)
    assert find_preview(desk, job_id) is None


def test_heartbeat__quiet_engine__lease_is_renewed(desk: Workspace, clock: ScriptedClock) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    rival = make(desk, Script(0), "w2")
    for _ in range(20):
        clock.advance(5.5)
        dispatcher.turn(0)
        rival.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.attempt) == (JobState.RUNNING, 1)


def test_zombie__wakes_after_its_lease_ended__is_fenced(desk: Workspace, clock: ScriptedClock) -> None:
    first, second = Script(), Script()
    zombie, heir = make(desk, first, "w1"), make(desk, second, "w2")
    job_id = ask(desk)
    zombie.turn(0)
    clock.advance(31)
    heir.turn(0)
    assert job_of(desk, job_id).attempt == 2
    first.end(lambda spec: grey(spec, 1))
    zombie.turn(0)
    assert (versions(desk), job_of(desk, job_id).state) == (1, JobState.RUNNING)
    assert not zombie.is_running
    second.end(lambda spec: grey(spec, 2))
    heir.turn(0)
    assert (versions(desk), job_of(desk, job_id).state) == (2, JobState.SUCCEEDED)


def test_zombie__beats_after_it_was_taken_over__kills_its_run(desk: Workspace, clock: ScriptedClock) -> None:
    first = Script()
    zombie, heir = make(desk, first, "w1"), make(desk, Script(), "w2")
    job_id = ask(desk)
    zombie.turn(0)
    clock.advance(31)
    heir.turn(0)
    zombie.turn(0)
    assert first.killed == [job_id]
    zombie.turn(0)
    assert job_of(desk, job_id).attempt == 2


def test_own_lease_expired_by_a_clock_jump__goes_on(desk: Workspace, clock: ScriptedClock) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    dispatcher.turn(0)
    clock.advance(3600)
    dispatcher.turn(0)
    executor.end(grey)
    dispatcher.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)


def test_take_over__job_of_a_dead_worker__runs_without_waiting_for_the_lease(desk: Workspace) -> None:
    job_id = ask(desk)
    make(desk, Script(), "dead").turn(0)
    heir = make(desk, Script(), "heir")
    heir.take_over()
    heir.turn(0)
    job = job_of(desk, job_id)
    assert (job.state, job.attempt) == (JobState.RUNNING, 2)


def test_stop__running_job__is_queued_at_once_and_costs_no_attempt(desk: Workspace) -> None:
    executor = Script()
    dispatcher = make(desk, executor)
    job_id = ask(desk)
    for _ in range(4):
        dispatcher.turn(0)
        dispatcher.stop("told to end")
        assert job_of(desk, job_id).state is JobState.QUEUED
        dispatcher._must_look = True
        dispatcher.turn(0)
    assert len(executor.killed) == 4
    executor.end(grey)
    dispatcher.turn(0)
    assert job_of(desk, job_id).state is JobState.SUCCEEDED


def test_timing__of_the_product__heartbeat_well_within_the_lease() -> None:
    timing = Timing()
    assert timing.heartbeat_s * 3 <= timing.lease_s
    assert timing.progress_s == 0.25


def test_wide_executor__two_jobs__land_each_on_its_own_note(desk: Workspace) -> None:
    executor = Script(2)
    dispatcher = make(desk, executor)
    jobs = [ask(desk), ask(desk)]
    dispatcher.turn(0)
    assert len(executor.specs) == 2
    for shade, spec in enumerate(reversed(executor.specs)):
        executor.running.pop(spec.job_id)
        executor.waiting.append(grey(spec, 100 + shade))
    dispatcher.turn(0)
    assert [job_of(desk, job).versions for job in jobs] == [(3,), (2,)]


def test_find_info__of_a_model__is_what_crops_are_cut_for(desk: Workspace) -> None:
    rules = replace(PATCH.crop_rules, size_multiple_px=8)
    executor = Script()
    dispatcher = make(desk, executor, find_info=lambda name: replace(PATCH, crop_rules=rules))
    ask(desk)
    dispatcher.turn(0)
    assert (executor.specs[0].size.width % 8, executor.specs[0].size.height % 8) == (0, 0)


def test_import__fresh_process__no_model_no_screen_no_native_engine() -> None:
    code = (
        "import sys, reviewtui.worker.main;"
        "bad = {'torch', 'diffusers', 'cv2', 'patchmatch', 'textual', 'rich', 'transformers'} & set(sys.modules);"
        "print(sorted(bad)); sys.exit(bool(bad))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
