"""Undo takes one's own acts back by new rows; it erases nothing and stops where others have built on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.model.errors import ConflictError, NotFoundError, RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.history import find_broken_link, fold_assets
from reviewtui.model.lifecycle import AssetStatus, Flaw, Hold, JobState, NoteState, Verdict
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import (
    NoteRequest,
    default_fix,
    fix_note,
    set_note_state,
    tag_note,
    weigh_note,
    write_note,
)
from reviewtui.services.browse import find_notes, show_asset
from reviewtui.services.review import Ballot, decide, hold, pick
from reviewtui.services.undo import describe_undo, take_back_decision, undo_last
from reviewtui.services.workspace import Workspace
from reviewtui.store.history import iter_events
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen

APPROVE = Ballot(Verdict.APPROVED)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    with workspace.store.read() as db:
        events = list(iter_events(db))
    assert find_broken_link(events) is None
    folded = fold_assets(events)["hero"]
    assert folded.status == show_asset(workspace, "hero").asset.status
    workspace.close()


def hero(workspace: Workspace) -> AssetStatus:
    return show_asset(workspace, "hero").asset.status


def region(workspace: Workspace) -> MaskSpec:
    return MaskSpec(show_asset(workspace, "hero").versions[-1].version.size, (PixelRect(1, 2, 30, 20),))


def test_undo__nothing_done__says_so(desk: Workspace) -> None:
    assert describe_undo(desk) is None
    with pytest.raises(NotFoundError, match="nothing of yours"):
        undo_last(desk)


def test_undo__others_acts__are_not_mine(desk: Workspace) -> None:
    ana = reopen(desk.paths.root, claimed="ana")
    decide(ana, "hero", APPROVE)
    ana.close()
    with pytest.raises(NotFoundError):
        undo_last(desk)
    assert hero(desk) is AssetStatus.APPROVED


def test_undo__decision__every_row_stays(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    assert describe_undo(desk) == "approved hero v2"
    undo_last(desk, "misread")
    rows = show_asset(desk, "hero").decisions
    assert [(d.verdict, d.revokes_id, d.reason) for d in rows] == [
        (Verdict.APPROVED, None, ""),
        (None, rows[0].id, "misread"),
    ]
    assert hero(desk) is AssetStatus.WAITING


def test_undo__replacing_decision__the_replaced_one_stands_again(desk: Workspace) -> None:
    decide(desk, "hero", Ballot(Verdict.REJECTED, "too dark"))
    decide(desk, "hero", APPROVE)
    undo_last(desk)
    assert hero(desk) is AssetStatus.CHANGES_REQUESTED
    standing = [d for d in show_asset(desk, "hero").decisions if d.verdict and not d.revoked]
    assert [(d.verdict, d.reason) for d in standing] == [(Verdict.REJECTED, "too dark")]


def test_undo__approval_of_a_fix__its_note_waits_for_a_look_again(desk: Workspace) -> None:
    add_fix(desk)
    decide(desk, "hero", APPROVE)
    undo_last(desk)
    assert [note.state for note in find_notes(desk)] == [NoteState.TO_VERIFY]
    assert hero(desk) is AssetStatus.TO_VERIFY


def test_undo__twice__takes_back_two_acts_in_turn(desk: Workspace) -> None:
    pick(desk, "hero@1")
    decide(desk, "hero", APPROVE)
    assert [undo_last(desk).words, undo_last(desk).words] == ["approved hero v1", "picked v1 of hero"]
    assert show_asset(desk, "hero").asset.head_number == 2


def test_undo__note_with_its_fix__note_declined_and_job_cancelled(desk: Workspace) -> None:
    write_note(desk, "hero", NoteRequest("logo", mask=region(desk), fix=default_fix(desk)))
    assert hero(desk) is AssetStatus.FIXING
    undo_last(desk)
    assert [note.state for note in find_notes(desk)] == [NoteState.WONT_FIX]
    assert [job.state for job in show_asset(desk, "hero").jobs] == [JobState.CANCELLED]


def test_undo__fix_of_a_note__job_cancelled_and_refused_once_it_is_over(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("logo", mask=region(desk))).note_id
    fix_note(desk, note_id)
    undo_last(desk)
    assert [job.state for job in show_asset(desk, "hero").jobs] == [JobState.CANCELLED]


def test_undo__fix_that_landed__refused_with_the_way_back(desk: Workspace) -> None:
    from tests.support.reviewed import run_jobs

    note_id = write_note(desk, "hero", NoteRequest("logo", mask=region(desk))).note_id
    fix_note(desk, note_id)
    run_jobs(desk)
    with pytest.raises(ConflictError, match="over already") as caught:
        undo_last(desk)
    assert "pick the parent" in caught.value.remedy


def test_undo__state_severity_flaw_hold__are_as_before(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("logo")).note_id
    set_note_state(desk, note_id, NoteState.CLOSED)
    undo_last(desk)
    weigh_note(desk, note_id, 3)
    undo_last(desk)
    tag_note(desk, note_id, Flaw.LOGO)
    undo_last(desk)
    hold(desk, "hero", Hold.OMITTED)
    undo_last(desk)
    [note] = find_notes(desk)
    assert (note.state, note.severity, note.flaw) == (NoteState.OPEN, 2, Flaw.OTHER)
    assert show_asset(desk, "hero").asset.hold is None


def test_undo__somebody_moved_the_head_since__refused(desk: Workspace) -> None:
    pick(desk, "hero@1")
    ana = reopen(desk.paths.root, claimed="ana")
    pick(ana, "hero@2")
    ana.close()
    with pytest.raises(ConflictError, match="moved it since"):
        undo_last(desk)
    assert show_asset(desk, "hero").asset.head_number == 2


def test_undo__somebody_moved_the_note_since__refused(desk: Workspace) -> None:
    note_id = write_note(desk, "hero", NoteRequest("logo")).note_id
    set_note_state(desk, note_id, NoteState.CLOSED)
    ana = reopen(desk.paths.root, claimed="ana")
    set_note_state(ana, note_id, NoteState.REOPENED)
    ana.close()
    with pytest.raises(ConflictError, match="is reopened now"):
        undo_last(desk)


def test_undo__only_of_one_kind__refuses_another(desk: Workspace) -> None:
    write_note(desk, "hero", NoteRequest("logo"))
    with pytest.raises(RefusedError, match="your last act was no decision"):
        undo_last(desk, kind="decision")


def test_take_back__older_decision__revoked_and_not_offered_again(desk: Workspace) -> None:
    decide(desk, "hero", APPROVE)
    write_note(desk, "sub/cat", NoteRequest("logo"))
    asset_id = show_asset(desk, "hero").asset.id
    take_back_decision(desk, asset_id, "second thoughts")
    assert hero(desk) is AssetStatus.WAITING
    with pytest.raises(NotFoundError):
        take_back_decision(desk, asset_id, "again")
    undo_last(desk)
    with pytest.raises(NotFoundError):
        undo_last(desk)
