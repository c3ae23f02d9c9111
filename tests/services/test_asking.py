"""Asking for a fix: the right engine, and a wait that ends when the job does, or says why it cannot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.model.entities import Job
from reviewtui.model.errors import BusyError, EngineError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import COMPOSED_VERBS, JobState, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services import asking
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.asking import make_request, wait_for_job
from reviewtui.services.background import is_anybody_present
from reviewtui.services.jobs import cancel
from reviewtui.services.workspace import Workspace
from tests.support.reviewed import copy_of, make_scanned, reopen, run_jobs


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


def send(workspace: Workspace) -> int:
    mask = MaskSpec(PixelSize(96, 72), (PixelRect(20, 16, 24, 18),))
    written = write_note(workspace, "hero", NoteRequest("x", mask=mask, fix=make_request(workspace)))
    assert written.job_id is not None
    return written.job_id


def test_make_request__nothing_said__takes_the_settings(desk: Workspace) -> None:
    desk.settings = replace(desk.settings, fix_candidates=3)
    request = make_request(desk)
    assert (request.verb, request.engine, request.candidates, request.seed) == (Verb.REMOVE, "patch", 3, None)


def test_make_request__preferred_engine_cannot__another_that_can(desk: Workspace) -> None:
    desk.settings = replace(desk.settings, fix_engine="gone")
    assert make_request(desk).engine == "patch"


@pytest.mark.parametrize("verb", sorted({Verb.FIX, Verb.RESTYLE, Verb.BACKGROUND, *COMPOSED_VERBS}))
def test_make_request__verb_that_nothing_here_can__says_so_and_offers_remove(desk: Workspace, verb: Verb) -> None:
    with pytest.raises(EngineError, match=f"no engine here can {verb}") as caught:
        make_request(desk, verb=verb)
    assert "--verb remove" in caught.value.remedy


def test_make_request__out_of_range__usage_error(desk: Workspace) -> None:
    for options in ({"seed": 2**31}, {"candidates": 0}, {"params": {"strength": 1.1}}, {"params": {"feather_px": -1}}):
        with pytest.raises(UsageError):
            make_request(desk, **options)


def test_wait__worker_finishes__answer_and_news_on_the_way_and_presence_only_meanwhile(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(desk)
    seen: list[JobState] = []
    present: list[bool] = []
    other = reopen(desk.paths.root)
    worker = threading.Thread(target=lambda: run_jobs(other))

    def start_worker(workspace: Workspace) -> bool:
        if not worker.is_alive():
            present.append(is_anybody_present(workspace.paths))
            worker.start()
            return True
        return False

    def tell(job: Job) -> None:
        seen.append(job.state)

    monkeypatch.setattr(asking, "ensure_worker", start_worker)
    done = wait_for_job(desk, job_id, tell)
    worker.join()
    other.close()
    assert (done.state, done.versions) == (JobState.SUCCEEDED, (3,))
    assert seen[-1] is JobState.SUCCEEDED
    assert present == [True]
    assert not is_anybody_present(desk.paths)


def test_wait__cancelled_by_somebody__ends(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = send(desk)

    def cancel_instead(workspace: Workspace) -> bool:
        cancel(workspace, job_id)
        return False

    monkeypatch.setattr(asking, "ensure_worker", cancel_instead)
    assert wait_for_job(desk, job_id).state is JobState.CANCELLED


def test_wait__over_already__answers_at_once(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = send(desk)
    cancel(desk, job_id)
    monkeypatch.setattr(asking, "ensure_worker", lambda workspace: pytest.fail("no worker is needed"))
    assert wait_for_job(desk, job_id).state is JobState.CANCELLED


def test_wait__workers_keep_dying__try_again_with_the_log_to_read(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = send(desk)
    monkeypatch.setattr(asking, "_LOOK_S", 0.0)
    monkeypatch.setattr(asking, "ensure_worker", lambda workspace: True)
    with pytest.raises(BusyError, match="no worker stays alive") as caught:
        wait_for_job(desk, job_id)
    assert caught.value.exit_code == 3
    assert "worker.log" in caught.value.remedy
