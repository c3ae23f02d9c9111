"""Composed jobs in the dispatcher: no executor is waited for, trouble ends them in words."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reviewtui.engines.registry import get_info
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import ErrorKind, JobState, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, write_note
from reviewtui.services.jobs import find_jobs
from reviewtui.services.locks import draw_lock
from reviewtui.services.rebasing import ask_rebase
from reviewtui.services.workspace import Workspace
from reviewtui.store.jobs import JobRequest
from reviewtui.worker.dispatcher import Dispatcher
from reviewtui.worker.executors.inline import InlineExecutor
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, edit, version_of
from tests.support.engines import ENGINES

LEFT, RIGHT = (4, 4, 10, 8), (34, 26, 10, 8)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png")
    opened = open_desk(workspace)
    register(opened)
    edit(opened, "hero", LEFT, 200)
    yield opened
    opened.close()


@pytest.fixture
def dispatcher(desk: Workspace) -> Iterator[Dispatcher]:
    executor = InlineExecutor(lambda name: ENGINES[name]())
    find = {name: kind.info for name, kind in ENGINES.items()}
    yield Dispatcher(desk, DECODER, executor, worker="w", find_info=lambda name: find.get(name) or get_info(name))
    executor.close()


def states(desk: Workspace) -> dict[int, JobState]:
    return {job.id: job.state for job in find_jobs(desk)}


def test_turn__executor_busy_for_minutes__a_rebase_does_not_wait(desk: Workspace, dispatcher: Dispatcher) -> None:
    spec = MaskSpec(version_of(desk, "hero").size, (PixelRect(*RIGHT),))
    write_note(desk, "hero", NoteRequest("slow", mask=spec, fix=JobRequest(Verb.REMOVE, "polite")))
    dispatcher.turn(0.0)
    with ThreadPoolExecutor(1) as pool:  # as another process would: through a connection of its own
        job_id = pool.submit(ask_rebase, desk, "hero@2", [2]).result()
    dispatcher.turn(0.0)
    assert states(desk) == {1: JobState.SUCCEEDED, 2: JobState.RUNNING, job_id: JobState.SUCCEEDED}


def test_turn__composed_job_that_would_change_a_lock__fails_in_words(desk: Workspace, dispatcher: Dispatcher) -> None:
    draw_lock(desk, "hero@2", MaskSpec(version_of(desk, "hero").size, (PixelRect(*LEFT),)))
    job_id = ask_rebase(desk, "hero@2", [2])
    dispatcher.turn(0.0)
    [job] = find_jobs(desk, job_id)
    assert (job.state, job.error_kind) == (JobState.FAILED, ErrorKind.LOCK_BROKEN)
    assert "80 locked pixels" in (job.error or "")
    assert not dispatcher.has_work()


def test_turn__edit_on_a_dropped_one__fails_with_the_ways_on(desk: Workspace, dispatcher: Dispatcher) -> None:
    edit(desk, "hero@2", (6, 6, 10, 8), 90)
    job_id = ask_rebase(desk, "hero@3", [2])
    dispatcher.turn(0.0)
    [job] = find_jobs(desk, job_id)
    assert (job.state, job.error_kind) == (JobState.FAILED, ErrorKind.BAD_INPUT)
    assert "drop v3 as well" in (job.error or "")
