"""What an engine may do wrong, through the real dispatcher: it fails in words, nothing lands, the next job works."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.model.lifecycle import ErrorKind, JobState, Verb
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.jobs import find_jobs
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import find_asset
from reviewtui.store.jobs import JobRequest
from reviewtui.store.versions import list_versions
from reviewtui.worker.dispatcher import Dispatcher
from reviewtui.worker.executors.local import LocalExecutor
from tests.support import bad_engine
from tests.support.desk import InProcessDecoder, head_of, open_desk, paint, region, register

DECODER: Any = InProcessDecoder()


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png", size=(160, 120))
    opened = open_desk(workspace, fix_timeout_s=2)
    register(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalExecutor]:
    log_path = tmp_path_factory.mktemp("bad") / "engines.log"
    local = LocalExecutor(
        log_path=log_path, warm=(), engines={bad_engine.NAME: bad_engine.TARGET}, memory_bytes=bad_engine.MEMORY_BYTES
    )
    yield local
    local.close()


def work(desk: Workspace, executor: LocalExecutor, prompt: str, candidates: int = 1) -> Any:
    """The job after the queue is empty."""
    fix = JobRequest(Verb.REMOVE, bad_engine.NAME, params={"prompt": prompt}, seed=3, candidates=candidates)
    mask = region(head_of(desk, "hero"), (60, 40, 30, 24))
    written = write_note(desk, "hero", NoteRequest("a flaw", mask=mask, fix=fix))
    assert written.job_id is not None
    dispatcher = Dispatcher(desk, DECODER, executor, worker="w", find_info=lambda name: bad_engine.INFO)
    while dispatcher.has_work():
        dispatcher.turn(0.05)
    [job] = find_jobs(desk, written.job_id)
    return job


def versions(desk: Workspace) -> int:
    with desk.store.read() as db:
        asset = find_asset(db, "hero")
        assert asset is not None
        return len(list_versions(db, asset.id))


@pytest.mark.parametrize(
    ("mood", "kind", "words", "remedy"),
    [
        ("missing", ErrorKind.ENGINE_MISSING, "no folder /models/gone", "bring it back"),
        ("wrong size", ErrorKind.ENGINE_CRASHED, "where an 8-bit RGB crop of", "use another engine"),
        ("floats", ErrorKind.ENGINE_CRASHED, "float64", "use another engine"),
        ("nan", ErrorKind.ENGINE_CRASHED, "float32", "use another engine"),
        ("too few", ErrorKind.ENGINE_CRASHED, "0 images where 1 were wanted", "use another engine"),
        ("black", ErrorKind.ENGINE_CRASHED, "black all over", "change the prompt"),
        ("pink", ErrorKind.ENGINE_CRASHED, "one color, #ff00ff", "change the prompt"),
        ("nothing", ErrorKind.BAD_INPUT, "changed nothing", "another seed"),
        ("raises", ErrorKind.ENGINE_CRASHED, "ValueError: boom", "use another engine"),
        ("hangs", ErrorKind.TIMED_OUT, "longer than 2 s", "smaller region"),
        ("eats memory", ErrorKind.OUT_OF_MEMORY, "out of memory", "smaller region"),
        ("dies", ErrorKind.WORKER_LOST, "SIGABRT", "use another engine"),
    ],
)
def test_bad_engine__of_each_kind__fails_in_words_lands_nothing_and_the_next_job_works(
    desk: Workspace, executor: LocalExecutor, mood: str, kind: ErrorKind, words: str, remedy: str
) -> None:
    before = versions(desk)
    job = work(desk, executor, mood)
    assert (job.state, job.error_kind) == (JobState.FAILED, kind), job.error
    assert words in job.error
    assert remedy in job.error
    assert all(character.isprintable() for character in job.error)
    assert versions(desk) == before
    good = work(desk, executor, "")
    assert (good.state, good.error) == (JobState.SUCCEEDED, None)
    assert versions(desk) == before + 1


def test_bad_engine__prints_control_bytes__they_stay_in_the_log(
    desk: Workspace, executor: LocalExecutor, capfd: pytest.CaptureFixture[str]
) -> None:
    job = work(desk, executor, "prints")
    assert (job.state, job.error) == (JobState.SUCCEEDED, None)
    assert "\x1b" not in job.message
    assert capfd.readouterr() == ("", "")
