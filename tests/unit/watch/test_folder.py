"""Hints from a real folder, and what the system loses without a word."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.inotify import InotifyObserver

from reviewtui.watch import folder as folder_module
from reviewtui.watch.folder import FolderWatch
from reviewtui.watch.hints import Hints
from reviewtui.watch.kernel import count_folders, count_watches


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    (folder / ".reviewtui").mkdir(parents=True)
    (folder / "state").mkdir()
    return folder


@pytest.fixture
def watch(root: Path) -> Iterator[FolderWatch]:
    with FolderWatch(root, skipped=root / "state") as started:
        assert started.kind == "inotify", started.why
        yield started


def gather(watch: FolderWatch, enough: Callable[[set[bytes]], bool]) -> set[bytes]:
    """Hinted paths until they are enough; the test's own timeout ends a wait in vain."""
    paths: set[bytes] = set()
    while not enough(paths):
        hints = watch.hints(5)
        assert not hints.rescan, hints
        paths |= hints.paths
    return paths


def until_rescan(watch: FolderWatch) -> Hints:
    while not (hints := watch.hints(5)).rescan:
        pass
    return hints


def test_hints__file_written_moved_deleted__each_path_is_hinted(watch: FolderWatch, root: Path) -> None:
    (root / "hero.png").write_bytes(b"x")
    gather(watch, lambda paths: b"hero.png" in paths)
    (root / "hero.png").rename(root / "dock.png")
    gather(watch, lambda paths: {b"hero.png", b"dock.png"} <= paths)
    (root / "dock.png").unlink()
    gather(watch, lambda paths: b"dock.png" in paths)


def test_hints__new_folders_with_a_file_at_once__nothing_is_lost(watch: FolderWatch, root: Path) -> None:
    for number in range(20):
        folder = root / f"a{number}" / "b" / "c"
        folder.mkdir(parents=True)
        (folder / "hero.png").write_bytes(b"x")

    def covers(paths: set[bytes]) -> bool:
        # A hint for a folder stands for everything in it.
        wanted = {b"a%d/b/c/hero.png" % number for number in range(20)}
        return all(any(path == hint or path.startswith(hint + b"/") for hint in paths) for path in wanted)

    assert covers(gather(watch, covers))


def test_hints__name_that_is_no_text__comes_as_its_bytes(watch: FolderWatch, root: Path) -> None:
    (root / os.fsdecode(b"\xff\n.png")).write_bytes(b"x")
    assert b"\xff\n.png" in gather(watch, lambda paths: b"\xff\n.png" in paths)


def test_hints__reading_state_hidden_and_other_files__wake_nobody(watch: FolderWatch, root: Path) -> None:
    (root / "hero.png").write_bytes(b"x")
    gather(watch, lambda paths: b"hero.png" in paths)
    while watch.hints(0.2):
        pass
    (root / "hero.png").read_bytes()
    (root / ".reviewtui" / "x.png").write_bytes(b"x")
    (root / "state" / "y.png").write_bytes(b"x")
    (root / ".hero.png.tmp").write_bytes(b"x")
    (root / "notes.txt").write_bytes(b"x")
    (root / "last.png").write_bytes(b"x")
    assert gather(watch, lambda paths: b"last.png" in paths) == {b"last.png"}


def test_hints__queue_overflow_in_the_librarys_log__rescan_with_a_reason(watch: FolderWatch) -> None:
    logger = logging.getLogger("watchdog.observers.inotify_c")
    logger.warning("Inotify queue overflowed; filesystem events were lost")
    hints = until_rescan(watch)
    assert hints.lost is not None
    assert "whole folder" in hints.lost


def test_hints__root_deleted_and_made_again__noticed_and_watched_again(watch: FolderWatch, root: Path) -> None:
    shutil.rmtree(root)
    while watch.kind != "polling":
        watch.hints(2)
    assert watch.why == "the folder is gone"
    root.mkdir()
    while watch.kind != "inotify":
        watch.hints(2)
    while watch.hints(0):
        pass
    (root / "hero.png").write_bytes(b"x")
    gather(watch, lambda paths: b"hero.png" in paths)


def test_hints__root_replaced_by_another_folder__rescan(watch: FolderWatch, root: Path) -> None:
    root.rename(root.with_name("old"))
    root.mkdir()
    while "replaced" not in (until_rescan(watch).lost or ""):
        pass
    assert watch.kind == "inotify"


def test_start__fewer_watches_than_folders__polls_and_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "count_folders", lambda _: 10_000)
    with FolderWatch(root, poll_s=0.05) as watch:
        hints = watch.hints(5)
        assert hints.rescan
        assert "max_user_watches" in (hints.lost or "")
        assert watch.kind == "polling"
        assert until_rescan(watch) == Hints(rescan=True)


def test_start__no_instance_to_be_had__polls_and_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(InotifyObserver):
        def start(self) -> None:
            raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(folder_module, "InotifyObserver", Refusing)
    with FolderWatch(root) as watch:
        assert watch.kind == "polling"
        assert "instance limit" in (watch.hints(5).lost or "")


def test_start__network_file_system__asks_for_rescans_without_any_watch(root: Path) -> None:
    before = count_watches()
    with FolderWatch(root, polling="nfs4 tells nothing", poll_s=0.05) as watch:
        assert count_watches() == before
        assert until_rescan(watch).lost is None
        assert (watch.kind, watch.why) == ("polling", "nfs4 tells nothing")


def test_start__every_folder_has_its_watch(root: Path) -> None:
    for number in range(30):
        (root / f"f{number}").mkdir()
    before = count_watches()
    with FolderWatch(root) as watch:
        assert watch.kind == "inotify"
        assert count_watches() - before == count_folders(os.fsencode(root)) == 33


def test_close__twice__and_hints_return(root: Path) -> None:
    watch = FolderWatch(root)
    watch.start()
    watch.close()
    watch.close()
    assert not watch.hints(0)
