"""Real worker processes that are killed, stopped and told to end: every job is done once, or failed with words."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.engines.registry import EngineListing
from reviewtui.model.entities import Job, Version
from reviewtui.model.lifecycle import ErrorKind, JobState, NoteState, Verb
from reviewtui.services import rerunning
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.background import announce_presence, is_worker_running
from reviewtui.services.jobs import cancel, find_chain
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest, get_job
from reviewtui.store.notes import get_note
from reviewtui.store.versions import list_kept_blobs, list_versions
from reviewtui.worker.dispatcher import Dispatcher
from reviewtui.worker.executors.inline import InlineExecutor
from tests.support.desk import InProcessDecoder, head_of, open_desk, paint, region, register
from tests.support.gated_engine import GatedEngine
from tests.support.worker_process import find_info

PATIENCE_S = 40.0
ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)
    return found


class World:
    """A workspace with one picture, and workers beside it."""

    def __init__(self, folder: Path, gate: Path) -> None:
        self.folder, self.gate = folder, gate
        paint(folder / "hero.png")
        self.desk: Workspace = open_desk(folder)
        register(self.desk)
        self.workers: list[subprocess.Popen[str]] = []

    def work(self, **options: Any) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker_process", str(self.folder), json.dumps(options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.workers.append(worker)
        return worker

    def ask(self) -> int:
        fix = JobRequest(Verb.REMOVE, "gated", seed=77, params={"gate": str(self.gate)})
        version = head_of(self.desk, "hero@1")
        written = write_note(self.desk, "hero@1", NoteRequest("a flaw", mask=region(version), fix=fix))
        assert written.job_id is not None
        return written.job_id

    def job(self, job_id: int) -> Job:
        with self.desk.store.read() as db:
            return get_job(db, job_id)

    def is_at_gate(self, job_id: int, attempt: int = 1) -> bool:
        job = self.job(job_id)
        return job.message == "at the gate" and job.attempt == attempt and job.state is JobState.RUNNING

    def wait_state(self, job_id: int, state: JobState) -> Job:
        wait_for(lambda: self.job(job_id).state is state)
        return self.job(job_id)

    def made_by(self, job_id: int) -> list[Version]:
        with self.desk.store.read() as db:
            return [version for version in list_versions(db, 1) if version.job_id == job_id]

    def check_every_promised_blob(self) -> None:
        with self.desk.store.read() as db:
            kept = list_kept_blobs(db)
        assert [what for digest, what in kept if not self.desk.blobs.verify(digest)] == []

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        self.desk.close()


@pytest.fixture
def world(workspace: Path, tmp_path: Path) -> Iterator[World]:
    world = World(workspace, tmp_path / "gate")
    yield world
    world.close()


def engine_process(worker: subprocess.Popen[str]) -> int | None:
    """The process that engines of a worker run in."""
    for task in Path(f"/proc/{worker.pid}/task").iterdir():
        for pid in (task / "children").read_text().split():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if b"executors.child" in command:
                return int(pid)
    return None


def test_kill_worker__in_mid_job__the_next_one_finishes_it_once(world: World) -> None:
    job_id = world.ask()
    first = world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    engine = wait_for(lambda: engine_process(first))
    first.kill()
    first.wait()
    wait_for(lambda: not Path(f"/proc/{engine}").exists())
    world.gate.touch()
    world.work()
    job = world.wait_state(job_id, JobState.SUCCEEDED)
    assert (job.attempt, job.versions) == (2, (2,))
    assert len(world.made_by(job_id)) == 1
    world.check_every_promised_blob()


def test_kill_worker__between_blob_and_commit__no_half_version(world: World) -> None:
    world.gate.touch()
    job_id = world.ask()
    first = world.work(die_before_commit=True)
    assert first.wait(PATIENCE_S) == -signal.SIGKILL
    assert world.made_by(job_id) == []
    assert world.job(job_id).state is JobState.RUNNING
    world.work()
    world.wait_state(job_id, JobState.SUCCEEDED)
    assert [version.number for version in world.made_by(job_id)] == [2]
    world.check_every_promised_blob()


def test_kill_worker__in_the_middle_of_a_rebase_that_runs_edits_again__goes_on_and_lands_each_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerunning, "list_engines", lambda: [EngineListing("gated", True, "", "", GatedEngine.info)])
    world.gate.touch()
    worker = world.work()
    for rect, seed in (((4, 4, 12, 10), 60), ((12, 8, 12, 10), 130), ((36, 28, 8, 8), 200)):
        fix = JobRequest(Verb.REMOVE, "gated", seed=seed, params={"gate": str(world.gate), "feather_px": 0})
        version = head_of(world.desk, "hero")
        written = write_note(world.desk, "hero", NoteRequest("a flaw", mask=region(version, rect), fix=fix))
        assert written.job_id is not None
        world.wait_state(written.job_id, JobState.SUCCEEDED)
    world.gate.unlink()
    first = rerunning.ask_rebase_again(world.desk, InProcessDecoder(), "hero", [2])  # type: ignore[arg-type]
    second = wait_for(lambda: find_chain(world.desk, first)[1:])[0].id
    wait_for(lambda: world.is_at_gate(second))
    assert head_of(world.desk, "hero").number == 4, "the head waits for the end of the chain"
    worker.kill()
    worker.wait()
    world.gate.touch()
    world.work()
    assert world.wait_state(second, JobState.SUCCEEDED).attempt == 2
    assert [version.number for job_id in (first, second) for version in world.made_by(job_id)] == [5, 6]
    assert head_of(world.desk, "hero").number == 6
    world.check_every_promised_blob()


def test_stopped_worker__wakes_when_another_did_its_job__is_fenced(world: World) -> None:
    job_id = world.ask()
    zombie = world.work(lease_s=0.6)
    wait_for(lambda: world.is_at_gate(job_id))
    os.kill(zombie.pid, signal.SIGSTOP)
    world.gate.touch()
    heir = Dispatcher(
        world.desk, InProcessDecoder(), inline := InlineExecutor(lambda name: GatedEngine()), worker="heir",  # type: ignore[arg-type]
        find_info=find_info,
    )  # fmt: skip

    def turn_until_done() -> bool:
        heir.turn(0.01)
        return world.job(job_id).state is JobState.SUCCEEDED

    wait_for(turn_until_done)
    inline.close()
    os.kill(zombie.pid, signal.SIGCONT)
    assert zombie.stdout is not None
    wait_for(lambda: "dropped" in (zombie.stdout.readline() if zombie.stdout else ""))
    job = world.job(job_id)
    assert (job.state, job.attempt, job.versions) == (JobState.SUCCEEDED, 2, (2,))
    assert len(world.made_by(job_id)) == 1


def test_kill_engine_process__every_time__job_fails_with_words(world: World) -> None:
    job_id = world.ask()
    worker = world.work()
    for attempt in (1, 2):
        wait_for(lambda attempt=attempt: world.is_at_gate(job_id, attempt))  # type: ignore[misc]
        os.kill(wait_for(lambda: engine_process(worker)), signal.SIGKILL)
    job = world.wait_state(job_id, JobState.FAILED)
    assert job.error_kind is ErrorKind.WORKER_LOST
    assert "SIGKILL" in (job.error or "")
    assert "tried 2 times" in (job.error or "")
    with world.desk.store.read() as db:
        assert job.note_id is not None
        assert get_note(db, job.note_id).state is NoteState.OPEN
    assert worker.poll() is None, "the worker lives on"


def test_kill_engine_process__once__job_is_done(world: World) -> None:
    job_id = world.ask()
    worker = world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    world.gate.touch()
    engine = wait_for(lambda: engine_process(worker))
    os.kill(engine, signal.SIGKILL)
    job = world.wait_state(job_id, JobState.SUCCEEDED)
    assert len(world.made_by(job_id)) == 1
    assert job.versions == (2,)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end__in_mid_job__job_is_queued_at_once_and_attempt_not_counted(
    world: World, number: signal.Signals
) -> None:
    job_id = world.ask()
    worker = world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    worker.send_signal(number)
    assert worker.wait(PATIENCE_S) == 0
    job = world.job(job_id)
    assert (job.state, job.max_attempts) == (JobState.QUEUED, 3)
    assert not is_worker_running(world.desk.paths)
    world.gate.touch()
    world.work()
    world.wait_state(job_id, JobState.SUCCEEDED)


def test_hang_up__of_the_terminal__does_not_end_it(world: World) -> None:
    job_id = world.ask()
    worker = world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    worker.send_signal(signal.SIGHUP)
    world.gate.touch()
    world.wait_state(job_id, JobState.SUCCEEDED)
    assert worker.poll() is None


def test_cancel__running_job__stops_and_opens_its_note(world: World) -> None:
    job_id = world.ask()
    world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    cancel(world.desk, job_id)
    job = world.wait_state(job_id, JobState.CANCELLED)
    with world.desk.store.read() as db:
        assert job.note_id is not None
        assert get_note(db, job.note_id).state is NoteState.OPEN


def test_second_worker__says_who_has_the_workspace_and_ends(world: World) -> None:
    first = world.work()
    wait_for(lambda: is_worker_running(world.desk.paths))
    wait_for(lambda: str(first.pid) in world.desk.paths.worker_lock.read_text())
    second = world.work()
    out, _ = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0
    assert f"a worker runs already: process {first.pid}" in out
    assert first.poll() is None


def test_once__beside_another_worker__ends_when_that_one_has_done_everything(world: World) -> None:
    job_id = world.ask()
    world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    second = world.work(once=True)
    assert second.stdout is not None
    assert "waiting for the worker" in second.stdout.readline()
    world.gate.touch()
    assert second.wait(PATIENCE_S) == 0
    assert world.job(job_id).state is JobState.SUCCEEDED


def test_once__the_other_worker_dies__takes_its_place(world: World) -> None:
    job_id = world.ask()
    first = world.work()
    wait_for(lambda: world.is_at_gate(job_id))
    second = world.work(once=True)
    assert second.stdout is not None
    assert "waiting for the worker" in second.stdout.readline()
    first.kill()
    world.gate.touch()
    assert second.wait(PATIENCE_S) == 0
    assert world.job(job_id).versions == (2,)


def test_idle__nobody_needs_it__ends_by_itself(world: World) -> None:
    presence = announce_presence(world.desk)
    assert presence is not None
    worker = world.work(idle_s=0)
    paint(world.folder / "late.png", seed=9)
    wait_for(lambda: _has_asset(world, "late"))
    assert worker.poll() is None, "a desk is there"
    presence.release()
    assert worker.wait(PATIENCE_S) == 0


def _has_asset(world: World, key: str) -> bool:
    with world.desk.store.read() as db:
        return bool(db.value("SELECT head_id FROM asset WHERE key = ?", (key,)))
