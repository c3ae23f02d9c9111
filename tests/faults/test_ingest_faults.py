"""Ingest is cut short anywhere: nothing is half registered, and the next scan finishes the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.model.errors import BusyError, ReviewError, StoreError
from reviewtui.model.history import find_broken_link, fold_assets
from reviewtui.model.lifecycle import Verdict
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.store.connection import Tx
from reviewtui.store.driver import sqlite3
from reviewtui.store.history import iter_events
from tests.support.inspectors import HashingInspector, write_fake
from tests.support.workspaces import make_workspace


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_workspace(tmp_path)
    yield workspace
    workspace.close()


def facts(workspace: Workspace) -> list[tuple[Any, ...]]:
    """What was registered, independent of ids and times; checks the chain and both folds on the way."""
    with workspace.store.read() as db:
        events = list(iter_events(db))
        assert find_broken_link(events) is None
        folds = fold_assets(events)
        for key, status, head in db.all("SELECT key, status, head_id FROM asset"):
            assert (folds[key].status, folds[key].head) == (status, head)
        assert db.value("SELECT count(*) FROM file WHERE state = 'present' AND version_id IS NULL") == 0
        return db.all(
            "SELECT a.key, v.number, v.sha256, v.id = a.head_id, f.path, f.state FROM asset a"
            " LEFT JOIN version v ON v.asset_id = a.id LEFT JOIN file f ON f.version_id = v.id ORDER BY 1, 2, 5"
        )


def disturb(root: Path) -> None:
    """An approved file rewritten, one moved, one gone, a copy, a broken one, a new version."""
    write_fake(root / "hero_v1.png", "other bytes")
    (root / "dock.png").rename(root / "moved.png")
    (root / "gone.png").unlink()
    write_fake(root / "copy.png", "c")
    write_fake(root / "new_v2.png", "n2")
    write_fake(root / "broken.png", "BROKEN")


def prepare(folder: Path) -> Workspace:
    folder.mkdir()
    workspace = make_workspace(folder)
    for name, content in (("hero_v1", "h"), ("dock", "d"), ("gone", "g"), ("keep", "c"), ("new_v1", "n1")):
        write_fake(workspace.paths.root / f"{name}.png", content)
    scan(workspace, HashingInspector())
    for key in ("hero", "dock", "gone"):
        decide(workspace, key, Ballot(Verdict.APPROVED))
    disturb(workspace.paths.root)
    return workspace


def is_refused(workspace: Workspace, fail_at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Scan on a disk that is full from the statement number ``fail_at`` on; whether that was noticed."""
    real = {name: getattr(Tx, name) for name in ("run", "insert", "event")}
    statements = iter(range(1 << 30))

    def guarded(name: str) -> Any:
        def call(self: Tx, *args: Any, **more: Any) -> Any:
            if next(statements) >= fail_at:
                raise sqlite3.OperationalError("database or disk is full")
            return real[name](self, *args, **more)

        return call

    with monkeypatch.context() as patched:
        for name in real:
            patched.setattr(Tx, name, guarded(name))
        try:
            scan(workspace, HashingInspector())
        except StoreError as error:
            return "disk is full" in error.message
    return False


def test_scan__disk_full_at_any_statement__the_next_scan_ends_where_an_undisturbed_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = prepare(tmp_path / "reference")
    scan(reference, HashingInspector())
    expected = facts(reference)
    reference.close()
    workspace = prepare(tmp_path / "disturbed")
    fail_at = 0
    while is_refused(workspace, fail_at, monkeypatch):
        facts(workspace)
        fail_at += 1
    assert fail_at > 20
    assert facts(workspace) == expected
    workspace.close()


def test_scan__no_decoder_in_the_middle__what_was_read_is_kept_and_the_rest_follows(opened: Workspace) -> None:
    for number in range(20):
        write_fake(opened.paths.root / f"p{number:02d}.png", str(number))

    def fail_at_ten(path: bytes) -> None:
        if path.endswith(b"p10.png"):
            raise BusyError("no decoder process can be started")

    with pytest.raises(BusyError):
        scan(opened, HashingInspector(before=fail_at_ten))
    with opened.store.read() as db:
        assert 0 < db.value("SELECT count(*) FROM version") <= 19
    scan(opened, HashingInspector())
    with opened.store.read() as db:
        assert db.value("SELECT count(*) FROM version") == 20
        assert db.value("SELECT count(*) FROM version WHERE number > 1") == 0


def test_scan__read_only_workspace_with_news__refused_in_words(tmp_path: Path) -> None:
    from reviewtui.services.workspace import open_workspace

    workspace = make_workspace(tmp_path)
    scan(workspace, HashingInspector())
    write_fake(workspace.paths.root / "hero.png", "x")
    workspace.close()
    read_only = open_workspace(workspace.paths.root, read_only=True, flags={"scan_settle_s": 0.0})
    with pytest.raises(ReviewError, match="read-only"):
        scan(read_only, HashingInspector())
    read_only.close()


_SCANNER = """
import sys
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import open_workspace
from tests.support.inspectors import HashingInspector
workspace = open_workspace(sys.argv[1], flags={"scan_settle_s": 0.0})
print("ready", flush=True)
scan(workspace, HashingInspector())
print("done", flush=True)
"""


def test_scan__killed_again_and_again__ends_complete_and_sound(opened: Workspace) -> None:
    root = opened.paths.root
    for number in range(300):
        write_fake(root / f"f{number % 7}" / f"p{number:03d}.png", str(number % 290))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    kills = 0
    for round_number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _SCANNER, str(root)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.02 * (round_number + 1))  # somewhere in the middle; where does not matter
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kills += process.returncode == -signal.SIGKILL
        facts(opened)
    assert kills > 0
    scan(opened, HashingInspector())
    facts(opened)
    with opened.store.read() as db:
        assert db.value("SELECT count(*) FROM version") == 290
        assert db.value("SELECT count(*) FROM file WHERE state = 'present'") == 300


def test_scan__two_processes_at_once__each_picture_is_one_version(opened: Workspace) -> None:
    root = opened.paths.root
    for number in range(120):
        write_fake(root / f"p{number:03d}.png", str(number % 100))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    processes = [
        subprocess.Popen([sys.executable, "-c", _SCANNER, str(root)], stdout=subprocess.DEVNULL, env=environment)
        for _ in range(2)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    facts(opened)
    with opened.store.read() as db:
        assert db.value("SELECT count(*) FROM version") == 100
        assert db.value("SELECT count(*) FROM file WHERE state = 'present'") == 120
        assert db.value("SELECT count(*) FROM asset WHERE head_id IS NULL") == 20
        assert db.value("SELECT max(number) FROM version") == 1
