"""Files and folders that are broken, hostile, still moving, or on a disk that went away."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.lifecycle import AssetStatus, FileState
from reviewtui.services.ingest import Ingest, scan
from reviewtui.services.workspace import Workspace
from reviewtui.store.files import find_file, set_devices
from tests.services.test_ingest import approve, asset, file, kinds, listed, only, put, versions
from tests.support.inspectors import HashingInspector, write_fake
from tests.support.pictures import write_text_as_png, write_truncated_jpeg
from tests.support.workspaces import ScriptedClock, make_workspace, write_pictures


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_workspace(tmp_path)
    yield workspace
    workspace.close()


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def slow(tmp_path: Path, clock: ScriptedClock) -> Iterator[Workspace]:
    """A workspace where files settle for one second of scripted time."""
    workspace = make_workspace(tmp_path, clock=clock, scan_settle_s=1.0)
    yield workspace
    workspace.close()


def write_now(path: Path, content: str, clock: ScriptedClock) -> Path:
    """A file that was written at the scripted time."""
    now = clock.now().timestamp()
    os.utime(write_fake(path, content), (now, now))
    return path


# --- broken and hostile


def test_scan__bad_files__one_line_each_and_good_ones_go_on(opened: Workspace, decoder: Decoder) -> None:
    root = opened.paths.root
    put(opened, good=1)
    write_text_as_png(root / "web.png")
    (root / "note.png").write_text("just words\n")
    (root / "empty.jpg").write_bytes(b"")
    (root / "hole.tif").write_bytes(bytes(9000))
    write_truncated_jpeg(root / "cut.jpg")
    os.mkfifo(root / "pipe.png")
    (root / "link.png").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("..")
    reports = {report.display: report for report in scan(opened, decoder)}
    assert {name: report.reason for name, report in reports.items() if name != "cut.jpg"} == {
        "good.png": None,
        "web.png": "is a web page, not a PNG picture",
        "note.png": "is text, not a PNG picture",
        "empty.jpg": "the file is empty",
        "hole.tif": "holds only zero bytes: a copy that never finished",
        "pipe.png": "is a named pipe, not a picture file",
        "link.png": "is a link, not a picture file",
    }
    assert "truncated" in (reports["cut.jpg"].reason or "")
    assert reports["good.png"].version == 1
    assert kinds(opened).count("file.quarantined") == 7


def test_scan__quarantined_file_is_mended__gets_its_version(opened: Workspace, decoder: Decoder) -> None:
    write_truncated_jpeg(opened.paths.root / "hero.jpg")
    write_text_as_png(opened.paths.root / "text.png")
    scan(opened, decoder)
    write_pictures(opened.paths.root, {"hero.jpg": 1, "text.png": 2})
    reports = scan(opened, decoder)
    assert [(report.asset, report.version) for report in reports] == [("hero", 1), ("text", 1)]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (b"\x1b]0;pwned\x07.png", "\u241b]0;pwned\u2407"),
        (b"new\nline_v2.png", "new\u240aline"),
        (b"\xff\xfe.png", "\\xff\\xfe"),
        (b"[red]d[/nope]/x.png", "[red]d[/nope]/x"),
        ("\u202egnp.exe.png".encode(), "\\u202egnp.exe"),
    ],
)
def test_scan__hostile_name__listed_under_a_key_that_is_safe(
    opened: Workspace, decoder: Decoder, name: bytes, key: str
) -> None:
    path = opened.paths.root / os.fsdecode(name)
    write_pictures(path.parent, {path.name: 1})
    report = only(scan(opened, decoder))
    assert (report.path, report.asset, report.state) == (name, key, FileState.PRESENT)
    assert scan(opened, decoder) == []


def test_scan__hidden_and_state_folders__are_left_alone(tmp_path: Path, decoder: Decoder) -> None:
    workspace = make_workspace(tmp_path, {"hero.png": 1}, state=tmp_path / "workspace" / "state")
    write_pictures(workspace.paths.root, {".hidden.png": 2, ".cache/x.png": 3, "state/cache/y.png": 4})
    assert [report.display for report in scan(workspace, decoder)] == ["hero.png"]
    workspace.close()


# --- without rights


def _deny(monkeypatch: pytest.MonkeyPatch, name: str, denied: Path) -> None:
    real = getattr(os, name)

    def guarded(path: Any, *args: Any, **more: Any) -> Any:
        if isinstance(path, bytes | str) and os.fsencode(path) == os.fsencode(denied):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **more)

    monkeypatch.setattr(os, name, guarded)


def test_scan__folder_without_rights__one_line_once_and_nothing_is_missing(
    opened: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(opened.paths.root, {"locked/hero.png": 1, "other.png": 2})
    scan(opened, decoder)
    with monkeypatch.context() as patched:
        _deny(patched, "scandir", opened.paths.root / "locked")
        report = only(scan(opened, decoder))
        assert (report.display, report.reason) == ("locked", "folder: no permission to read it")
        assert scan(opened, decoder) == []
        assert file(opened, "locked/hero.png").state is FileState.PRESENT
    scan(opened, decoder)
    assert file(opened, "locked").state is FileState.MISSING, "the line goes away with the trouble"
    assert asset(opened, "locked/hero").status is AssetStatus.WAITING


def test_scan__file_without_rights__quarantined_and_retried_when_it_may_be_read(
    opened: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened, hero=1)
    with monkeypatch.context() as patched:
        _deny(patched, "open", opened.paths.root / "hero.png")
        report = only(scan(opened, decoder))
        assert (report.state, report.reason) == (FileState.QUARANTINED, "it may not be read: no permission")
        assert scan(opened, decoder) == []
    assert only(scan(opened, decoder)).version == 1


# --- disks that go away


def test_scan__root_without_rights__nothing_is_missing(
    opened: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    with monkeypatch.context() as patched:
        _deny(patched, "scandir", opened.paths.root)
        report = only(scan(opened, decoder))
    assert "nothing is called missing" in (report.reason or "")
    assert file(opened, "hero.png").state is FileState.PRESENT


def test_scan__another_empty_folder_in_place_of_the_root__nothing_is_missing(tmp_path: Path, decoder: Decoder) -> None:
    workspace = make_workspace(tmp_path, {"hero.png": 1}, state=tmp_path / "state")
    root = workspace.paths.root
    scan(workspace, decoder)
    approve(workspace, "hero")
    root.rename(tmp_path / "unmounted")
    root.mkdir()
    report = only(scan(workspace, decoder))
    assert "nothing is called missing" in (report.reason or "")
    assert asset(workspace, "hero").status is AssetStatus.APPROVED
    root.rmdir()
    (tmp_path / "unmounted").rename(root)
    assert scan(workspace, decoder) == []
    (root / "hero.png").unlink()
    assert only(scan(workspace, decoder)).state is FileState.MISSING
    workspace.close()


def test_scan__restored_folder_is_another_one_with_the_same_files__is_accepted(
    tmp_path: Path, decoder: Decoder
) -> None:
    workspace = make_workspace(tmp_path, {"hero.png": 1, "dock.png": 2}, state=tmp_path / "state")
    root = workspace.paths.root
    scan(workspace, decoder)
    root.rename(tmp_path / "old")
    root.mkdir()
    (tmp_path / "old" / "hero.png").rename(root / "hero.png")
    assert {report.display: report.state for report in scan(workspace, decoder)} == {"dock.png": FileState.MISSING}
    workspace.close()


def test_scan__file_was_on_another_disk__is_not_called_missing(opened: Workspace, decoder: Decoder) -> None:
    write_pictures(opened.paths.root, {"nas/hero.png": 1, "here.png": 2})
    scan(opened, decoder)
    with opened.store.write(opened.actor) as tx:
        row = find_file(tx, b"nas/hero.png")
        assert row is not None
        set_devices(tx, [(row.device + 1, row.id)])
    (opened.paths.root / "nas" / "hero.png").unlink()
    report = only(scan(opened, decoder))
    assert (report.display, report.reason) == (
        "nas",
        "nas is on another disk than before; its files are not called missing",
    )
    assert file(opened, "nas/hero.png").state is FileState.PRESENT


def test_scan__disk_comes_back_under_another_number__is_remembered_silently(
    opened: Workspace, decoder: Decoder
) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    device = file(opened, "hero.png").device
    with opened.store.write(opened.actor) as tx:
        set_devices(tx, [(device + 1, file(opened, "hero.png").id)])
    assert scan(opened, decoder) == []
    assert file(opened, "hero.png").device == device


# --- still moving


def test_survey__growing_file__is_settling_until_it_is_quiet(slow: Workspace, clock: ScriptedClock) -> None:
    inspector = HashingInspector()
    ingest = Ingest(slow, inspector)
    path = write_now(slow.paths.root / "hero.png", "one", clock)
    assert only(ingest.survey()).state is FileState.SETTLING
    clock.wait(0.6)
    write_now(path, "one two", clock)
    assert ingest.survey() == []
    clock.wait(0.6)
    assert ingest.survey() == []
    assert ingest.register_pending() == []
    clock.wait(1.0)
    assert only(ingest.survey()).state is FileState.FOUND
    assert only(ingest.register_pending()).version == 1


def test_scan__fresh_files__waits_until_they_are_quiet_and_numbers_them_by_name(
    slow: Workspace, clock: ScriptedClock
) -> None:
    older = clock.now().timestamp() - 60
    os.utime(write_fake(slow.paths.root / "hero_v2.png", "two"), (older, older))
    write_fake(slow.paths.root / "hero_v1.png", "one")
    scan(slow, HashingInspector(), wait=clock.wait)
    assert [version.label for version in versions(slow, "hero")] == ["v1", "v2"]


def test_scan__file_that_never_rests__is_reported_as_settling(slow: Workspace, clock: ScriptedClock) -> None:
    path = write_now(slow.paths.root / "hero.png", "begin", clock)
    inspector = HashingInspector()

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        write_now(path, path.read_text("latin-1") + "more", clock)

    assert only(scan(slow, inspector, wait=wait)).state is FileState.SETTLING
    assert inspector.inspected == []


def test_scan__time_in_the_future__is_read_all_the_same(slow: Workspace, clock: ScriptedClock) -> None:
    os.utime(write_fake(slow.paths.root / "hero.png", "x"), (4102444800, 4102444800))
    assert only(scan(slow, HashingInspector(), wait=clock.wait)).version == 1


def test_register__young_file_is_truncated__is_tried_again_before_it_is_set_aside(
    slow: Workspace, clock: ScriptedClock
) -> None:
    ingest = Ingest(slow, HashingInspector())
    path = slow.paths.root / "hero.png"
    write_fake(path, "half BROKEN")
    young = clock.now().timestamp() - 1.5
    os.utime(path, (young, young))
    assert only(ingest.survey()).state is FileState.FOUND
    assert ingest.register_pending() == []
    write_fake(path, "half and the other half")
    os.utime(path, (young, young))
    clock.wait(1.1)
    ingest.survey_unsettled()
    assert only(ingest.register_pending()).version == 1


def test_register__truncated_file_that_stays_so__is_set_aside(slow: Workspace, clock: ScriptedClock) -> None:
    write_fake(slow.paths.root / "hero.png", "BROKEN")
    report = only(scan(slow, HashingInspector(), wait=clock.wait))
    assert (report.state, report.reason) == (FileState.QUARANTINED, "broken picture: image file is truncated")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_register__file_changes_around_its_reading__only_what_stayed_is_a_version(
    opened: Workspace, moment: str
) -> None:
    path = write_fake(opened.paths.root / "hero.png", "first")
    changed: list[bytes] = []

    def change_once(_: bytes) -> None:
        if not changed:
            changed.append(b"x")
            write_fake(path, "second, longer")

    report = only(scan(opened, HashingInspector(**{moment: change_once})))
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [version.sha256 for version in versions(opened, "hero")] == [report.sha256]
    row = file(opened, "hero.png")
    assert (row.size_bytes, row.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


# --- gone


def test_confirm__two_halves_of_a_move_in_two_passes__no_void(slow: Workspace, clock: ScriptedClock) -> None:
    inspector = HashingInspector()
    path = write_fake(slow.paths.root / "hero.png", "one")
    scan(slow, inspector, wait=clock.wait)
    approve(slow, "hero")
    ingest = Ingest(slow, inspector)
    kept = slow.paths.root.parent / "kept.png"
    shutil.move(path, kept)
    ingest.survey()
    assert ingest.confirm_missing() == []
    shutil.copy(kept, slow.paths.root / "dock.png")
    clock.wait(0.9)
    ingest.survey()
    clock.wait(0.9)
    ingest.survey()
    assert ingest.confirm_missing() == [], "a file of that size is about to be read"
    clock.wait(0.9)
    ingest.survey()
    ingest.register_pending()
    clock.wait(1.1)
    assert only(ingest.confirm_missing()).state is FileState.MISSING
    assert asset(slow, "hero").status is AssetStatus.APPROVED
    assert listed(slow) == ["hero"]


def test_confirm__file_is_back_in_time__nothing_happened(slow: Workspace, clock: ScriptedClock) -> None:
    inspector = HashingInspector()
    path = write_fake(slow.paths.root / "hero.png", "one")
    scan(slow, inspector, wait=clock.wait)
    ingest = Ingest(slow, inspector)
    away = slow.paths.root.parent / "away"
    path.rename(away)
    ingest.survey([b"hero.png"])
    away.rename(path)
    clock.wait(2.0)
    assert ingest.confirm_missing() == []
    assert ingest.due_in_s() is None


def test_survey__scope_of_a_deleted_folder__its_files_are_missing(opened: Workspace, decoder: Decoder) -> None:
    write_pictures(opened.paths.root, {"shots/a.png": 1, "shots/b.png": 2, "shotsX.png": 3})
    scan(opened, decoder)
    shutil.rmtree(opened.paths.root / "shots")
    ingest = Ingest(opened, decoder)
    ingest.survey([b"shots"])
    assert {report.display for report in ingest.confirm_missing()} == {"shots/a.png", "shots/b.png"}


def test_settling__file_vanishes_before_it_settled__is_not_waited_for(slow: Workspace, clock: ScriptedClock) -> None:
    ingest = Ingest(slow, HashingInspector())
    path = write_fake(slow.paths.root / "hero.png", "one")
    ingest.survey()
    path.unlink()
    for _ in range(3):
        clock.wait(1.1)
        ingest.survey()
        ingest.confirm_missing()
    assert ingest.due_in_s() is None
    assert listed(slow) == []
