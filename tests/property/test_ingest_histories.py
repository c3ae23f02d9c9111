"""Whatever people do to a folder, the database ends up saying what is there, and forgets nothing that was."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewtui.model.errors import ReviewError
from reviewtui.model.history import find_broken_link, fold_assets
from reviewtui.model.lifecycle import AssetStatus, FileState, Verdict
from reviewtui.services.ingest import Ingest
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Reader
from reviewtui.store.history import iter_events
from tests.support.inspectors import HashingInspector, write_fake
from tests.support.workspaces import make_workspace

NAMES = ("a_v1.png", "a_v2.png", "b.png", "b.jpg", "sub/a_v1.png", "sub/c.png")

step = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from("12345")),
    st.tuples(st.just("break"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("copy"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
    st.tuples(st.just("approve"), st.sampled_from(("a", "b", "sub/a", "sub/c")), st.just("")),
    st.tuples(st.just("survey"), st.just(""), st.just("")),
    st.tuples(st.just("scan"), st.just(""), st.just("")),
)


def perform(workspace: Workspace, ingest: Ingest, act: tuple[str, str, str]) -> None:
    what, name, other = act
    path, target = workspace.paths.root / name, workspace.paths.root / other
    if what == "write":
        write_fake(path, other)
    elif what == "break":
        write_fake(path, "BROKEN")
    elif what in ("move", "copy") and path.is_file() and name != other:
        target.parent.mkdir(exist_ok=True)
        data = path.read_bytes()
        if what == "move":
            path.replace(target)
        else:
            target.write_bytes(data)
    elif what == "delete":
        path.unlink(missing_ok=True)
    elif what == "approve":
        try_to_approve(workspace, name)
    elif what == "survey":
        ingest.survey()
    elif what == "scan":
        settle(ingest)


def try_to_approve(workspace: Workspace, key: str) -> None:
    try:
        decide(workspace, key, Ballot(Verdict.APPROVED))
    except ReviewError:
        return  # nothing to approve, or the bytes drifted: that is refused elsewhere


def settle(ingest: Ingest) -> None:
    """As the watching loop does: what was still moving is looked at again when it is due."""
    for _ in range(2):
        while (due_s := ingest.due_in_s()) is not None and due_s > 0.01:
            time.sleep(due_s)
        ingest.survey()
        ingest.register_pending()
        ingest.confirm_missing()


def check_files(workspace: Workspace, db: Reader) -> None:
    """Every file on disk is known with its very bytes; every other path is missing."""
    there = {os.fsencode(path.relative_to(workspace.paths.root)): path for path in files_of(workspace.paths.root)}
    rows = db.all("SELECT f.path, f.state, v.sha256 FROM file f LEFT JOIN version v ON v.id = f.version_id")
    known = {path: (state, sha256) for path, state, sha256 in rows}
    assert {path for path, (state, _) in known.items() if state != FileState.MISSING} == set(there)
    for path, place in there.items():
        data = place.read_bytes()
        digest = None if data.endswith(b"BROKEN") else hashlib.sha256(data).hexdigest()
        state = FileState.QUARANTINED if digest is None else FileState.PRESENT
        assert known[path] == (state, digest), path


def files_of(root: Path) -> list[Path]:
    return [path for path in root.rglob("*.??g") if ".reviewtui" not in path.parts]


def check_history(db: Reader) -> None:
    """The chain holds, both computations of status agree, and the same bytes are one version only."""
    events = list(iter_events(db))
    assert find_broken_link(events) is None
    folds = fold_assets(events)
    rows = db.all("SELECT a.key, a.status, s.status, a.head_id FROM asset a JOIN asset_status s ON s.asset_id = a.id")
    for key, stored, derived, head_id in rows:
        assert stored == derived == folds[key].status, key
        assert folds[key].head == head_id, key
    assert db.value("SELECT count(*) FROM version") == db.value("SELECT count(DISTINCT sha256) FROM version")


def check_approvals(db: Reader) -> None:
    """What counts as approved lies on disk, byte for byte."""
    sql = (
        "SELECT a.key, (SELECT count(*) FROM file f WHERE f.version_id = a.head_id AND f.state = 'present')"
        " FROM asset a WHERE a.status = ?"
    )
    for key, files in db.all(sql, (AssetStatus.APPROVED,)):
        assert files > 0, key


@settings(max_examples=60)
@given(st.lists(step, max_size=25))
@example(
    [("write", "b.png", "1"), ("survey", "", ""), ("delete", "b.png", ""), ("scan", "", ""), ("write", "b.png", "1")]
)
def test_ingest__any_history__database_says_what_is_there(history: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder))
        ingest = Ingest(workspace, HashingInspector())
        for act in history:
            perform(workspace, ingest, act)
        settle(ingest)
        with workspace.store.read() as db:
            check_files(workspace, db)
            check_history(db)
            check_approvals(db)
            changes = db.value("SELECT max(seq) FROM change")
        settle(ingest)
        with workspace.store.read() as db:
            assert db.value("SELECT max(seq) FROM change") == changes, "a second look has nothing to add"
        workspace.close()
