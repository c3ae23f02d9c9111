"""A package holds exactly what was approved, complete or not at all, and can be checked without this program."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import ConflictError, DriftError, RefusedError, StoreError, UsageError
from reviewtui.model.lifecycle import AssetStatus, Verdict
from reviewtui.services import deliver as deliver_module
from reviewtui.services.browse import find_assets, show_asset
from reviewtui.services.deliver import CHECKSUMS, MANIFEST, deliver
from reviewtui.services.ingest import scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.undo import undo_last
from reviewtui.services.verify import verify
from reviewtui.services.workspace import Workspace, open_workspace
from reviewtui.store.history import find_hash
from tests.support.pictures import noise, write_jpeg, write_png
from tests.support.reviewed import add_fix, copy_of, make_scanned, reopen

APPROVE = Ballot(Verdict.APPROVED)


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``hero`` fixed and approved, ``[/nope]`` approved, ``sub/cat`` waiting."""
    folder = make_scanned(tmp_path_factory.mktemp("scanned"))
    workspace = reopen(folder)
    add_fix(workspace)
    decide(workspace, "hero", APPROVE)
    decide(workspace, "[/nope]", APPROVE)
    workspace.close()
    return folder


@pytest.fixture
def desk(approved: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(approved, tmp_path))
    yield workspace
    workspace.close()


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def left_behind(tmp_path: Path) -> list[str]:
    """Whatever lies beside the workspace and is no finished package."""
    return sorted(path.name for path in tmp_path.iterdir() if path.name not in ("copy", "out"))


def status(workspace: Workspace, name: str) -> AssetStatus:
    return show_asset(workspace, name).asset.status


def test_deliver__approved_heads__bytes_manifest_and_sums_agree(desk: Workspace, tmp_path: Path) -> None:
    done = deliver(desk, tmp_path / "out")
    names = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
    pictures = ["[/nope]_v1.png", "hero_v3.png"]
    assert names == sorted([CHECKSUMS, *pictures, *(f"{name}.json" for name in pictures), MANIFEST])
    assert done.left_out == 1
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    for entry in manifest["files"]:
        path = tmp_path / "out" / entry["name"]
        assert sha256_of(path) == entry["sha256"]
        assert path.stat().st_size == entry["size_bytes"]
        version = show_asset(desk, entry["asset"]).head
        assert version is not None
        assert (entry["version"], entry["sha256"]) == (version.version.number, version.version.sha256)
        assert (entry["width"], entry["height"]) == (version.version.size.width, version.version.size.height)
        assert entry["approvals"][0]["reviewer"] == desk.actor.name
    assert sha256_of(tmp_path / "out" / MANIFEST) == done.manifest_sha256
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", CHECKSUMS], cwd=tmp_path / "out", capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_deliver__sidecar__tells_the_line_from_the_source_to_the_delivered_bytes(
    desk: Workspace, tmp_path: Path
) -> None:
    deliver(desk, tmp_path / "out", "hero")
    [entry] = json.loads((tmp_path / "out" / MANIFEST).read_text())["files"]
    path = tmp_path / "out" / entry["sidecar"]
    assert sha256_of(path) == entry["sidecar_sha256"]
    told = json.loads(path.read_text())
    assert (told["asset"], told["sha256"]) == ("hero", entry["sha256"])
    assert told["line"][-1]["sha256"] == entry["sha256"]
    fix = told["line"][-1]
    assert (fix["op"], fix["engine"], fix["parent"]) == ("remove", "patch", 2)
    assert fix["proof"]["outside_changed_px"] == 0
    assert fix["mask"]["regions"]


def test_deliver__manifest__binds_the_history_that_verify_knows(desk: Workspace, tmp_path: Path) -> None:
    done = deliver(desk, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert (manifest["chain_head"], manifest["delivery"]) == (done.chain_head, done.delivery_id)
    with desk.store.read() as db:
        assert find_hash(db, manifest["chain_head"]) == manifest["chain_seq"]
    with Decoder() as decoder:
        assert all(check.ok for check in verify(desk, decoder, head=done.chain_head))


def test_deliver__done__assets_are_delivered_and_undo_stops_there(desk: Workspace, tmp_path: Path) -> None:
    deliver(desk, tmp_path / "out", "hero")
    assert (status(desk, "hero"), status(desk, "[/nope]")) == (AssetStatus.DELIVERED, AssetStatus.APPROVED)
    undo_last(desk)  # the approval of [/nope]
    with pytest.raises(RefusedError, match="was delivered"):
        undo_last(desk)


def test_deliver__again_elsewhere__same_bytes_and_a_record_of_its_own(desk: Workspace, tmp_path: Path) -> None:
    first = deliver(desk, tmp_path / "out" / "a")
    second = deliver(desk, tmp_path / "out" / "b")
    assert second.delivery_id == first.delivery_id + 1
    assert [file.sha256 for file in second.files] == [file.sha256 for file in first.files]


def test_deliver__query__only_what_fits(desk: Workspace, tmp_path: Path) -> None:
    assert [file.asset for file in deliver(desk, tmp_path / "out", "-nope").files] == ["hero"]
    with pytest.raises(UsageError):
        deliver(desk, tmp_path / "out2", "status:nonsense")


@pytest.mark.parametrize("query", ["status:waiting", "no-such-asset"])
def test_deliver__nothing_approved__refused_and_no_folder(desk: Workspace, tmp_path: Path, query: str) -> None:
    with pytest.raises(RefusedError, match="nothing to deliver"):
        deliver(desk, tmp_path / "out", query)
    assert not (tmp_path / "out").exists()


# --- where to


def test_deliver__empty_folder__is_filled(desk: Workspace, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert deliver(desk, tmp_path / "out").files


def test_deliver__folder_with_something_in_it__refused_and_untouched(desk: Workspace, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RefusedError, match="not empty"):
        deliver(desk, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_deliver__onto_a_file__refused(desk: Workspace, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(RefusedError, match="is no folder"):
        deliver(desk, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_deliver__into_the_state_or_over_the_workspace__refused(desk: Workspace, tmp_path: Path) -> None:
    for place in (desk.paths.state, desk.paths.blobs / "x", desk.paths.root):
        with pytest.raises(RefusedError, match="part of its state"):
            deliver(desk, place)
    (tmp_path / "link").symlink_to(desk.paths.state)
    with pytest.raises(RefusedError, match="part of its state"):
        deliver(desk, tmp_path / "link" / "x")


def test_deliver__keys_that_would_lead_out_or_collide__stay_inside_and_apart(tmp_path: Path) -> None:
    names = deliver_module._Names()
    claimed = [
        names.claim(key, 1, ".png")
        for key in (
            "../../etc/passwd", "/abs/olute", "a/../../b", "..", "", "con\x1btrol\n", "back\\..\\slash", "x" * 900,
            "Same", "same", "a_v1.png/inside", "a", "é" * 300,
        )
    ]  # fmt: skip
    root = tmp_path / "package"
    for name in claimed:
        target = root / name
        assert root in Path(os.path.normpath(target)).parents
        assert ".." not in Path(name).parts
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)
    assert len({name.casefold() for name in claimed}) == len(claimed)


def test_deliver__other_formats__keep_their_own_ending(desk: Workspace, tmp_path: Path) -> None:
    write_jpeg(desk.paths.root / "photo_v007.jpeg", noise(32, 24))
    with Decoder() as decoder:
        scan(desk, decoder)
    decide(desk, "photo", APPROVE)
    [file] = deliver(desk, tmp_path / "out", "photo").files
    assert file.name == "photo_v1.jpg"
    assert sha256_of(tmp_path / "out" / file.name) == sha256_of(desk.paths.root / "photo_v007.jpeg")


# --- drift, conflict, faults


def test_deliver__approved_file_changed__void_and_nothing_delivered(desk: Workspace, tmp_path: Path) -> None:
    write_png(desk.paths.root / "[/nope].png", noise(40, 30, seed=77))
    with pytest.raises(DriftError, match=r"\[/nope\] v1"):
        deliver(desk, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert (status(desk, "[/nope]"), status(desk, "hero")) == (AssetStatus.VOID, AssetStatus.APPROVED)
    assert [file.asset for file in deliver(desk, tmp_path / "out").files] == ["hero"], "what is void is left out"


def test_deliver__stored_bytes_damaged__nothing_delivered(desk: Workspace, tmp_path: Path) -> None:
    head = show_asset(desk, "hero").head
    assert head is not None
    path = desk.blobs.path_of(head.version.sha256)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DriftError):
        deliver(desk, tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_deliver__somebody_rejects_meanwhile__nothing_delivered(
    desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = reopen(desk.paths.root, claimed="ana")
    copy = deliver_module._copy

    def reject_while_copying(*args: Any) -> None:
        seen = show_asset(ana, "hero").decisions[-1].id
        decide(ana, "hero", Ballot(Verdict.REJECTED, "stop the press", seen=seen))
        copy(*args)

    monkeypatch.setattr(deliver_module, "_copy", reject_while_copying)
    with pytest.raises(ConflictError, match="hero v3 is changes requested since"):
        deliver(desk, tmp_path / "out", "hero")
    ana.close()
    assert not (tmp_path / "out").exists()
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("step", ["_copy_hashed", "_write_synced", "_sync_folders", "_sync"])
def test_deliver__disk_full_at_any_step__nothing_there_and_nothing_recorded(
    desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(deliver_module, step, full)
    with pytest.raises(StoreError, match="No space left"):
        deliver(desk, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert left_behind(tmp_path) == []
    assert status(desk, "hero") is AssetStatus.APPROVED


def test_deliver__folder_appears_meanwhile__its_owner_keeps_it(
    desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = deliver_module._sync_folders

    def somebody_writes(stage: Path) -> None:
        sync(stage)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")

    monkeypatch.setattr(deliver_module, "_sync_folders", somebody_writes)
    with pytest.raises(StoreError):
        deliver(desk, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]
    assert status(desk, "hero") is AssetStatus.APPROVED


def test_deliver__read_only_workspace__refused(approved: Path, tmp_path: Path) -> None:
    workspace = open_workspace(copy_of(approved, tmp_path), read_only=True)
    try:
        assert find_assets(workspace, "status:approved")
        with pytest.raises(RefusedError, match="read-only"):
            deliver(workspace, tmp_path / "out")
    finally:
        workspace.close()
