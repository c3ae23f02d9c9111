"""The background loop on a real folder: what arrives becomes a version, what goes is missing, stopping is quick."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewtui.model.errors import BusyError
from reviewtui.model.lifecycle import FileState
from reviewtui.services.workspace import Workspace
from reviewtui.store.files import find_file
from reviewtui.worker import watching
from reviewtui.worker.watching import WatchLoop
from tests.support.inspectors import HashingInspector, write_fake
from tests.support.workspaces import make_workspace


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    # Full rescans are far away, so that what is seen comes from hints.
    workspace = make_workspace(tmp_path, scan_settle_s=0.2, scan_interval_s=3600.0)
    yield workspace
    workspace.close()


class Running:
    """A loop in a thread of its own."""

    def __init__(self, loop: WatchLoop) -> None:
        self.loop = loop
        self.stop = threading.Event()
        self.thread = threading.Thread(target=loop.run, args=(self.stop,))

    def __enter__(self) -> WatchLoop:
        self.thread.start()
        assert self.loop.has_scanned.wait(30)
        return self.loop

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Wait; the test's timeout ends a wait in vain."""
    while not condition():
        time.sleep(0.01)


def state(workspace: Workspace, path: bytes) -> FileState | None:
    with workspace.store.read() as db:
        row = find_file(db, path)
    return None if row is None else row.state


def test_run__files_arrive_move_and_go__the_database_follows(opened: Workspace) -> None:
    root = opened.paths.root
    write_fake(root / "first.png", "there before")
    with Running(WatchLoop(opened, HashingInspector())) as loop:
        until(lambda: state(opened, b"first.png") is FileState.PRESENT)
        partial = write_fake(root / ".second.png.Xy12", "by rsync")
        partial.rename(root / "second.png")
        until(lambda: state(opened, b"second.png") is FileState.PRESENT)
        write_fake(root / "a" / "b" / "third.png", "deep")
        until(lambda: state(opened, b"a/b/third.png") is FileState.PRESENT)
        (root / "a").rename(root / "moved")
        until(lambda: state(opened, b"moved/b/third.png") is FileState.PRESENT)
        (root / "first.png").unlink()
        until(lambda: state(opened, b"first.png") is FileState.MISSING)
        assert "watched by inotify" in loop.health
    with opened.store.read() as db:
        assert db.value("SELECT count(*) FROM version") == 3


def test_run__file_grows_for_a_while__is_read_once_it_is_whole(opened: Workspace) -> None:
    path = opened.paths.root / "grow.png"
    inspector = HashingInspector()
    with Running(WatchLoop(opened, inspector)):
        for number in range(8):
            write_fake(path, "part " * number + "BROKEN")
            time.sleep(0.05)
        write_fake(path, "whole")
        until(lambda: state(opened, b"grow.png") is FileState.PRESENT)
    with opened.store.read() as db:
        assert db.value("SELECT count(*) FROM version") == 1
        assert db.value("SELECT count(*) FROM event WHERE kind = 'file.quarantined'") == 0


def test_run__root_goes_and_comes_back__nothing_is_missing(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, state=tmp_path / "state", scan_settle_s=0.05, scan_interval_s=3600.0)
    root = workspace.paths.root
    write_fake(root / "hero.png", "one")
    with Running(WatchLoop(workspace, HashingInspector())) as loop:
        until(lambda: state(workspace, b"hero.png") is FileState.PRESENT)
        root.rename(tmp_path / "away")
        until(lambda: "nothing is called missing" in loop.health)
        shutil.move(tmp_path / "away", root)
        until(lambda: "nothing is called missing" not in loop.health)
        assert state(workspace, b"hero.png") is FileState.PRESENT
        write_fake(root / "dock.png", "two")
        until(lambda: state(workspace, b"dock.png") is FileState.PRESENT)
    workspace.close()


def test_run__decoder_cannot_start_at_first__goes_on_when_it_can(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_RETRY_S", 0.01)
    failures = iter([True, True])

    def fail_twice(_: bytes) -> None:
        if next(failures, False):
            raise BusyError("no decoder process can be started")

    write_fake(opened.paths.root / "hero.png", "one")
    with Running(WatchLoop(opened, HashingInspector(before=fail_twice))):
        until(lambda: state(opened, b"hero.png") is FileState.PRESENT)
