"""Notes: a typed word is never lost, and a note and its job are written together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reviewtui.model.errors import DriftError, InputError, NotFoundError, RefusedError, StoreError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import AssetStatus, Flaw, JobState, NoteState
from reviewtui.model.masks import MaskSpec
from reviewtui.services import annotate
from reviewtui.services.annotate import (
    NoteRequest,
    default_fix,
    find_my_draft,
    fix_note,
    keep_draft,
    list_my_drafts,
    reply,
    set_note_state,
    tag_note,
    weigh_note,
    write_note,
)
from reviewtui.services.browse import find_notes, last_mask, show_asset
from reviewtui.services.jobs import cancel, retry
from reviewtui.services.workspace import Workspace
from tests.support.pictures import noise, write_png
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen, run_jobs

MASK = MaskSpec(PixelSize(96, 72), (PixelRect(1, 2, 30, 20),))


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


def states(workspace: Workspace) -> list[NoteState]:
    return [note.state for note in find_notes(workspace)]


# --- writing


def test_write_note__whole_version__open_and_the_bytes_are_kept(desk: Workspace) -> None:
    written = write_note(desk, "hero", NoteRequest(" six fingers ", Flaw.HAND, 3))
    [note] = find_notes(desk)
    assert (note.id, note.text, note.flaw, note.severity, note.mask) == (
        written.note_id, "six fingers", Flaw.HAND, 3, None,
    )  # fmt: skip
    assert (note.author, note.version_number, note.state) == (desk.actor.name, 2, NoteState.OPEN)
    (desk.paths.root / "hero_v002.png").unlink()
    head = show_asset(desk, "hero").head
    assert head is not None
    assert desk.blobs.verify(head.version.sha256)


def test_write_note__region_without_words__the_flaw_stands_for_them(desk: Workspace) -> None:
    write_note(desk, "hero", NoteRequest("", Flaw.SEAM, mask=MASK))
    [note] = find_notes(desk)
    assert (note.text, note.mask) == ("seam", MASK)
    assert last_mask(desk) == MASK


def test_write_note__older_version_named__is_on_that_one(desk: Workspace) -> None:
    assert write_note(desk, "hero@1", NoteRequest("x")).version_number == 1


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (NoteRequest("  "), UsageError),
        (NoteRequest("x" * 10_001), UsageError),
        (NoteRequest("x", severity=4), UsageError),
        (NoteRequest("x", mask=MaskSpec(PixelSize(72, 96), (PixelRect(0, 0, 5, 5),))), InputError),
    ],
)
def test_write_note__not_valid__refused_and_nothing_written(
    desk: Workspace, request_: NoteRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        write_note(desk, "hero", request_)
    assert find_notes(desk) == []


def test_write_note__bytes_changed_on_disk__refused(desk: Workspace) -> None:
    write_png(desk.paths.root / "hero_v002.png", noise(96, 72))
    with pytest.raises(DriftError):
        write_note(desk, "hero", NoteRequest("x"))
    assert find_notes(desk) == []


def test_write_note__with_fix__one_transaction(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(annotate, "add_job", fail)
    with pytest.raises(StoreError):
        write_note(desk, "hero", NoteRequest("logo", mask=MASK, fix=default_fix(desk)))
    assert find_notes(desk) == [], "no note without the job that it promised"
    monkeypatch.undo()
    written = write_note(desk, "hero", NoteRequest("logo", mask=MASK, fix=default_fix(desk)))
    assert written.job_id is not None
    assert states(desk) == [NoteState.FIXING]
    assert show_asset(desk, "hero").asset.status is AssetStatus.FIXING


def test_write_note__fix_without_region__refused(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="needs a region"):
        write_note(desk, "hero", NoteRequest("logo", fix=default_fix(desk)))


def test_write_note__same_key_twice__one_note_one_job(desk: Workspace) -> None:
    request = NoteRequest("logo", mask=MASK, fix=default_fix(desk), act_key="press")
    assert write_note(desk, "hero", request) == write_note(desk, "hero", request)
    assert len(find_notes(desk)) == len(show_asset(desk, "hero").jobs) == 1


def test_write_note__flaw_that_is_fixed_at_once__sends_its_job_only_with_a_region(desk: Workspace) -> None:
    desk.settings = replace(desk.settings, fix_auto=("logo",))
    assert write_note(desk, "hero", NoteRequest("x", Flaw.LOGO)).job_id is None
    assert write_note(desk, "hero", NoteRequest("x", Flaw.HAND, mask=MASK)).job_id is None
    assert write_note(desk, "hero", NoteRequest("x", Flaw.LOGO, mask=MASK)).job_id is not None


# --- drafts


def test_draft__kept__is_there_after_the_process_is_gone_and_dropped_by_its_note(desk: Workspace) -> None:
    keep_draft(desk, "note:1", {"text": "six fing"})
    again = reopen(desk.paths.root)
    assert find_my_draft(again, "note:1") == {"text": "six fing"}
    assert list_my_drafts(again) == ["note:1"]
    write_note(again, "hero", NoteRequest("six fingers", draft_scope="note:1"))
    assert list_my_drafts(again) == []
    again.close()


def test_draft__of_another_reviewer__is_not_mine(desk: Workspace) -> None:
    keep_draft(desk, "note:1", {"text": "mine"})
    ana = reopen(desk.paths.root, claimed="ana")
    assert find_my_draft(ana, "note:1") is None
    ana.close()


def test_draft__note_refused__stays(desk: Workspace) -> None:
    keep_draft(desk, "note:1", {"text": "x"})
    with pytest.raises(UsageError):
        write_note(desk, "hero", NoteRequest("", draft_scope="note:1"))
    assert find_my_draft(desk, "note:1") == {"text": "x"}


# --- states and threads


def test_set_note_state__closed_and_reopened__counts_as_open_again(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("x")).note_id
    set_note_state(desk, note_id, NoteState.CLOSED)
    assert show_asset(desk, "hero").asset.notes_open == 0
    set_note_state(desk, note_id, NoteState.REOPENED)
    assert show_asset(desk, "hero").asset.notes_open == 1


def test_set_note_state__what_only_jobs_reach_or_no_reason__refused(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("x")).note_id
    for state in (NoteState.FIXING, NoteState.TO_VERIFY, NoteState.OPEN):
        with pytest.raises(RefusedError):
            set_note_state(desk, note_id, state)
    with pytest.raises(UsageError):
        set_note_state(desk, note_id, NoteState.WONT_FIX)
    with pytest.raises(NotFoundError):
        set_note_state(desk, 99, NoteState.CLOSED)
    assert states(desk) == [NoteState.OPEN]


def test_reply_weigh_tag__are_recorded(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("x")).note_id
    reply(desk, note_id, " agreed ")
    assert weigh_note(desk, note_id, 3).severity == 3
    assert tag_note(desk, note_id, Flaw.FACE).flaw is Flaw.FACE
    [shown] = show_asset(desk, "hero").notes
    assert [answer.text for answer in shown.replies] == ["agreed"]
    for text in ("  ", "x" * 10_001):
        with pytest.raises(UsageError):
            reply(desk, note_id, text)
    with pytest.raises(UsageError):
        weigh_note(desk, note_id, 0)


# --- fixes


def test_fix_note__under_way__refused_and_after_cancelling_possible(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("x", mask=MASK)).note_id
    job_id = fix_note(desk, note_id)
    with pytest.raises(RefusedError, match=f"job {job_id} is at it already"):
        fix_note(desk, note_id)
    assert cancel(desk, job_id).state is JobState.CANCELLED
    assert states(desk) == [NoteState.OPEN]
    assert fix_note(desk, note_id) == job_id + 1


def test_fix_note__done_or_without_region__refused(desk: Workspace) -> None:
    bare = write_note(desk, "hero", NoteRequest("x")).note_id
    with pytest.raises(RefusedError, match="has no region"):
        fix_note(desk, bare)
    closed = write_note(desk, "hero", NoteRequest("x", mask=MASK)).note_id
    set_note_state(desk, closed, NoteState.CLOSED)
    with pytest.raises(RefusedError, match="reopen it first"):
        fix_note(desk, closed)


def test_fix_note__again_after_a_fix__works_on_the_head(desk: Workspace) -> None:
    note_id = add_fix(desk)
    assert states(desk) == [NoteState.TO_VERIFY]
    fix_note(desk, note_id)
    run_jobs(desk)
    view = show_asset(desk, "hero")
    assert view.versions[-1].version.parent_number == 3
    assert view.asset.head_number == 4


def test_retry__cancelled_job__note_is_fixing_again_unless_it_is_done(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("x", mask=MASK)).note_id
    job_id = fix_note(desk, note_id)
    cancel(desk, job_id)
    assert retry(desk, job_id).state is JobState.QUEUED
    assert states(desk) == [NoteState.FIXING]
    cancel(desk, job_id)
    set_note_state(desk, note_id, NoteState.CLOSED)
    with pytest.raises(RefusedError, match="reopen it first"):
        retry(desk, job_id)
