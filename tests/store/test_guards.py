"""The database itself refuses what must never happen, whoever writes: the guards are tried with bare SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.model.entities import Blob, Proof
from reviewtui.model.errors import RefusedError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.history import find_broken_link
from reviewtui.model.lifecycle import (
    JOB_TRANSITIONS,
    NOTE_TRANSITIONS,
    AssertedBy,
    ErrorKind,
    Flaw,
    JobState,
    NoteState,
    Verb,
    Verdict,
)
from reviewtui.services.annotate import NoteRequest, reply, write_note
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import get_asset, void_asset
from reviewtui.store.connection import Tx
from reviewtui.store.driver import sqlite3
from reviewtui.store.history import add_delivery, head_hash, iter_events
from reviewtui.store.jobs import JobRequest, add_result
from reviewtui.store.schema import APPEND_ONLY
from reviewtui.store.versions import Parent, add_proof, add_version
from tests.support.desk import head_of, open_desk, paint, region, register


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    """A workspace with at least one row in every append-only table."""
    paint(workspace / "a.png")
    opened = open_desk(workspace)
    register(opened)
    head = head_of(opened, "a")
    fix = JobRequest(Verb.REMOVE, "patch")
    written = write_note(opened, "a", NoteRequest("flaw", mask=region(head), fix=fix))
    reply(opened, written.note_id, "yes")
    decide(opened, "a", Ballot(Verdict.APPROVED))
    assert written.job_id is not None
    with opened.store.write(SYSTEM) as tx:
        asset = get_asset(tx, 1)
        blob = Blob("a" * 64, "b" * 64, 5, PixelSize(48, 40), "image/png")
        parent = Parent(head.id, "remove", AssertedBy.JOB, written.mask_id, written.job_id)
        child = add_version(tx, asset, blob, job_id=written.job_id, candidate=0, parent=parent)
        add_result(tx, written.job_id, 0, child.id)
        add_proof(tx, Proof(child.id, written.job_id, PixelRect(0, 0, 4, 4), 8, {}, "c" * 64, "d" * 64))
        void_asset(tx, asset, head.id, "drift")
        add_delivery(tx, "/out", "e" * 64, head_hash(tx)[1], [("a", 1, head.id, head.sha256, "a.png")])
    yield opened
    opened.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only__row_is_updated__refused(desk: Workspace, table: str) -> None:
    with desk.store.read() as db:
        columns = [row[1] for row in db.all(f"PRAGMA table_info({table})")]
    for column in columns:
        with pytest.raises(RefusedError, match="append-only"), desk.store.write(SYSTEM) as tx:
            tx.run(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_append_only__row_is_deleted__refused(desk: Workspace, table: str) -> None:
    with desk.store.read() as db:
        before = db.value(f"SELECT count(*) FROM {table}")
    assert before >= 1
    with pytest.raises(RefusedError, match="append-only"), desk.store.write(SYSTEM) as tx:
        tx.run(f"DELETE FROM {table}")
    with desk.store.read() as db:
        assert db.value(f"SELECT count(*) FROM {table}") == before


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_append_only__row_is_replaced__refused_even_without_recursive_triggers(
    desk: Workspace, table: str, recursive: str
) -> None:
    connection = sqlite3.connect(desk.paths.database)
    connection.execute(f"PRAGMA recursive_triggers={recursive}")
    before = connection.execute(f"SELECT * FROM {table}").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|follows"):
        connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    assert connection.execute(f"SELECT * FROM {table}").fetchall() == before
    connection.close()


@pytest.mark.parametrize("table", ["asset", "job", "note"])
def test_standing_tables__row_is_deleted__refused(desk: Workspace, table: str) -> None:
    with pytest.raises(RefusedError, match="stays"), desk.store.write(SYSTEM) as tx:
        tx.run(f"DELETE FROM {table}")


def set_job(tx: Tx, state: JobState) -> None:
    kind = ErrorKind.INTERNAL if state is JobState.FAILED else None
    ended = None if state in (JobState.QUEUED, JobState.RUNNING) else tx.now
    tx.run(
        "UPDATE job SET state = ?, error_kind = ?, error = ?, finished_at = ?, lease_until = ?,"
        " cancel_requested_at = 'x'",
        (state, kind, kind and "words", ended, 1.0 if state is JobState.RUNNING else None),
    )


JOB_PATHS = {
    JobState.QUEUED: (),
    JobState.RUNNING: (JobState.RUNNING,),
    JobState.SUCCEEDED: (JobState.RUNNING, JobState.SUCCEEDED),
    JobState.FAILED: (JobState.FAILED,),
    JobState.CANCELLED: (JobState.CANCELLED,),
}


@pytest.mark.parametrize("old", JobState)
@pytest.mark.parametrize("new", JobState)
def test_job__every_pair_of_states__only_the_table_s_moves_are_taken(
    desk: Workspace, old: JobState, new: JobState
) -> None:
    with desk.store.write(SYSTEM) as tx:
        for step in JOB_PATHS[old]:
            set_job(tx, step)
    if new in JOB_TRANSITIONS[old] or new is old:
        with desk.store.write(SYSTEM) as tx:
            set_job(tx, new)
        return
    with pytest.raises(RefusedError, match="no such job transition"), desk.store.write(SYSTEM) as tx:
        set_job(tx, new)


NOTE_PATHS = {
    NoteState.FIXING: (),
    NoteState.OPEN: (NoteState.OPEN,),
    NoteState.TO_VERIFY: (NoteState.TO_VERIFY,),
    NoteState.CLOSED: (NoteState.CLOSED,),
    NoteState.WONT_FIX: (NoteState.WONT_FIX,),
    NoteState.REOPENED: (NoteState.REOPENED,),
}


@pytest.mark.parametrize("old", NoteState)
@pytest.mark.parametrize("new", NoteState)
def test_note__every_pair_of_states__only_the_table_s_moves_are_taken(
    desk: Workspace, old: NoteState, new: NoteState
) -> None:
    with desk.store.write(SYSTEM) as tx:
        for step in NOTE_PATHS[old]:
            tx.run("UPDATE note SET state = ?", (step,))
    if new in NOTE_TRANSITIONS[old] or new is old:
        with desk.store.write(SYSTEM) as tx:
            tx.run("UPDATE note SET state = ?", (new,))
        return
    with pytest.raises(RefusedError, match="no such note transition"), desk.store.write(SYSTEM) as tx:
        tx.run("UPDATE note SET state = ?", (new,))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE job SET state = 'cancelled', finished_at = 'x'", "only on request"),
        ("UPDATE job SET attempt = -1", "only grows"),
        ("UPDATE job SET seed = 9", "does not change"),
        ("UPDATE job SET mask_id = 9", "does not change"),
        ("UPDATE note SET text = 'other'", "does not change"),
        ("UPDATE asset SET key = 'other'", "does not change"),
        ("UPDATE job SET state = 'failed', finished_at = 'x'", "constraint"),
        ("UPDATE job SET state = 'running'", "constraint"),
        ("UPDATE file SET state = 'quarantined', reason = NULL", "constraint"),
        ("UPDATE asset SET head_id = 999", "(?i)foreign key"),
    ],
)
def test_guard__impossible_fact__refused(desk: Workspace, sql: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words), desk.store.write(SYSTEM) as tx:
        tx.run(sql)


def test_guard__decision_on_other_bytes__refused(desk: Workspace) -> None:
    sql = (
        "INSERT INTO decision (asset_id, version_id, sha256, verdict, reviewer, login, reason, evidence, policy_rev,"
        " event_seq, created_at) VALUES (1, 1, ?, 'approved', 'x', 'x', '', '{}', 1, 1, 'x')"
    )
    with pytest.raises(RefusedError, match="bytes of its version"), desk.store.write(SYSTEM) as tx:
        tx.run(sql, ("a" * 64,))


@pytest.mark.parametrize("offset", [0, 2])
def test_guard__event_out_of_order__refused(desk: Workspace, offset: int) -> None:
    with desk.store.read() as db:
        seq, digest = head_hash(db)
    values = (seq + offset, "x", "x", "x", "x", "{}", digest, "f" * 64)
    with pytest.raises(RefusedError), desk.store.write(SYSTEM) as tx:
        tx.run("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def test_guard__event_with_a_foreign_predecessor__refused(desk: Workspace) -> None:
    with desk.store.read() as db:
        seq, _ = head_hash(db)
    values = (seq + 1, "x", "x", "x", "x", "{}", "0" * 64, "f" * 64)
    with pytest.raises(RefusedError, match="follows"), desk.store.write(SYSTEM) as tx:
        tx.run("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def test_guard__one_number_twice__refused(desk: Workspace) -> None:
    sql = (
        "INSERT INTO version (asset_id, number, sha256, source, event_seq, created_at) VALUES (1, 1, ?, 'file', 1, 'x')"
    )
    with pytest.raises(RefusedError), desk.store.write(SYSTEM) as tx:
        tx.run(sql, ("a" * 64,))


def test_chain__of_everything_that_happened__holds_and_shows_a_change(desk: Workspace) -> None:
    with desk.store.read() as db:
        events = list(iter_events(db))
    assert find_broken_link(events) is None
    connection = sqlite3.connect(desk.paths.database)
    connection.execute("DROP TRIGGER event_no_update")
    connection.execute("UPDATE event SET actor = 'somebody else' WHERE seq = 3")
    connection.commit()
    connection.close()
    with desk.store.read() as db:
        assert find_broken_link(iter_events(db)) == (3, "was altered")


def test_transaction__guard_refuses_in_the_middle__nothing_of_it_stays(desk: Workspace) -> None:
    with desk.store.read() as db:
        before = head_hash(db)

    def half_legal() -> None:
        with desk.store.write(SYSTEM) as tx:
            tx.event("note.tagged", "a", {"note": 1, "flaw": Flaw.HAND})
            tx.run("DELETE FROM event")

    with pytest.raises(RefusedError):
        half_legal()
    with desk.store.read() as db:
        assert head_hash(db) == before
