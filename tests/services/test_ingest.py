"""What the folder holds becomes files, assets and versions: keys, numbers, heads, lineage."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.entities import Asset, File, Version
from reviewtui.model.history import find_broken_link
from reviewtui.model.lifecycle import AssertedBy, AssetStatus, FileState, Verdict
from reviewtui.model.query import parse_query
from reviewtui.services import ingest_survey
from reviewtui.services.ingest import FileReport, register_asset, register_file, scan
from reviewtui.services.review import Ballot, decide
from reviewtui.services.workspace import Workspace
from reviewtui.store.assets import Filter, count_by_status, find_asset, list_assets
from reviewtui.store.files import find_file, list_files_of_version
from reviewtui.store.history import iter_events
from reviewtui.store.versions import list_versions
from tests.support.inspectors import HashingInspector
from tests.support.pictures import noise, write_png, write_text_as_png
from tests.support.workspaces import make_workspace, write_pictures


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_workspace(tmp_path)
    yield workspace
    workspace.close()


def put(workspace: Workspace, **pictures: int) -> None:
    """``hero_v001=3`` writes ``hero_v001.png`` with the bytes of seed 3."""
    write_pictures(workspace.paths.root, {f"{name}.png": seed for name, seed in pictures.items()})


def asset(workspace: Workspace, key: str) -> Asset:
    with workspace.store.read() as db:
        found = find_asset(db, key)
    assert found is not None
    return found


def versions(workspace: Workspace, key: str) -> list[Version]:
    with workspace.store.read() as db:
        found = find_asset(db, key)
        return [] if found is None else list_versions(db, found.id)


def file(workspace: Workspace, path: bytes | str) -> File:
    with workspace.store.read() as db:
        found = find_file(db, os.fsencode(path))
    assert found is not None
    return found


def listed(workspace: Workspace) -> list[str]:
    with workspace.store.read() as db:
        return [found.key for found in list_assets(db, Filter(parse_query("")))]


def kinds(workspace: Workspace) -> list[str]:
    with workspace.store.read() as db:
        events = list(iter_events(db))
    assert find_broken_link(events) is None
    return [event.kind for event in events]


def approve(workspace: Workspace, key: str) -> None:
    assert decide(workspace, key, Ballot(Verdict.APPROVED)).status is AssetStatus.APPROVED


def only(reports: list[FileReport]) -> FileReport:
    assert len(reports) == 1, reports
    return reports[0]


# --- keys, numbers, lineage


def test_scan__names_with_numbers__one_asset_numbered_in_natural_order(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero_v10=10, hero_v2=2, hero=1)
    reports = scan(opened, decoder)
    assert [(version.number, version.label) for version in versions(opened, "hero")] == [
        (1, None),
        (2, "v2"),
        (3, "v10"),
    ]
    assert [(r.display, r.version) for r in reports] == [("hero.png", 1), ("hero_v2.png", 2), ("hero_v10.png", 3)]
    assert asset(opened, "hero").head_number == 3


def test_scan__labels__lineage_is_asserted_by_name_and_unknown_otherwise(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero_v001=1, hero_v002=2, plain=3)
    write_pictures(opened.paths.root, {"plain.jpg": 4})
    scan(opened, decoder)
    first, second = versions(opened, "hero")
    assert first.parent_id is None
    assert (second.parent_id, second.op, second.asserted_by) == (first.id, "import", AssertedBy.FILENAME)
    assert [version.parent_id for version in versions(opened, "plain")] == [None, None]


def test_scan__report__has_the_keys_of_the_contract(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    data = only(scan(opened, decoder)).to_data(opened.paths.root)
    assert list(data) == ["path", "state", "asset", "version", "sha256", "reason"]
    assert data["path"] == str(opened.paths.root / "hero.png")
    assert (data["state"], data["asset"], data["version"], data["reason"]) == ("present", "hero", 1, None)
    assert data["sha256"] == versions(opened, "hero")[0].sha256


def test_scan__same_bytes_twice__one_version_with_two_files(opened: Workspace, decoder: Decoder) -> None:
    put(opened, alpha=1, beta=1)
    scan(opened, decoder)
    version = versions(opened, "alpha")[0]
    with opened.store.read() as db:
        assert {row.path for row in list_files_of_version(db, version.id)} == {b"alpha.png", b"beta.png"}
        assert count_by_status(db) == {AssetStatus.WAITING: 1}
    assert listed(opened) == ["alpha"]
    assert "asset.folded" in kinds(opened)


def test_scan__copy_is_edited__it_goes_its_own_way(opened: Workspace, decoder: Decoder) -> None:
    put(opened, alpha=1, beta=1)
    scan(opened, decoder)
    put(opened, beta=2)
    scan(opened, decoder)
    assert len(versions(opened, "alpha")) == len(versions(opened, "beta")) == 1
    assert listed(opened) == ["alpha", "beta"]


def test_scan__nothing_changed__opens_nothing_and_writes_nothing(
    opened: Workspace, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened, alpha=1, beta=2)
    write_text_as_png(opened.paths.root / "text.png")
    (opened.paths.root / "link.png").symlink_to("alpha.png")
    scan(opened, decoder)
    with opened.store.read() as db:
        before = db.value("SELECT max(seq) FROM change")

    def refuse(*_: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(ingest_survey, "find_head_problem", refuse)
    untouched = HashingInspector(before=refuse)
    assert scan(opened, untouched) == []
    with opened.store.read() as db:
        assert db.value("SELECT max(seq) FROM change") == before
    assert untouched.inspected == []


# --- found, then registered on demand


def test_scan__without_registering__lists_assets_that_are_found(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero_v001=1, hero_v002=2)
    reports = scan(opened, decoder, register=False)
    assert [report.state for report in reports] == [FileState.FOUND] * 2
    assert asset(opened, "hero").status is AssetStatus.FOUND
    landed = register_asset(opened, decoder, asset(opened, "hero").id)
    assert [report.version for report in landed] == [1, 2]
    assert register_asset(opened, decoder, asset(opened, "hero").id) == []
    assert scan(opened, decoder) == []


def test_register_file__two_at_once__one_version(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder, register=False)
    meet = threading.Barrier(2)

    def wait_for_the_other(_: bytes) -> None:
        meet.wait(10)

    inspector = HashingInspector(before=wait_for_the_other)
    row = file(opened, "hero.png")
    results: list[FileReport | None] = []
    threads = [threading.Thread(target=lambda: results.append(register_file(opened, inspector, row))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result is None for result in results) == [False, True]
    assert len(versions(opened, "hero")) == 1


def test_register_file__file_changed_since_it_was_listed__is_left_to_the_next_survey(
    opened: Workspace, decoder: Decoder
) -> None:
    put(opened, hero=1)
    scan(opened, decoder, register=False)
    put(opened, hero=2)
    assert register_file(opened, decoder, file(opened, "hero.png").id) is None
    assert versions(opened, "hero") == []
    scan(opened, decoder)
    assert len(versions(opened, "hero")) == 1


# --- heads and voids


def test_scan__new_file__moves_the_head_unless_it_is_approved(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero_v001=1)
    scan(opened, decoder)
    put(opened, hero_v002=2)
    scan(opened, decoder)
    assert asset(opened, "hero").head_number == 2
    approve(opened, "hero")
    put(opened, hero_v003=3)
    scan(opened, decoder)
    after = asset(opened, "hero")
    assert (after.head_number, after.status, after.versions) == (2, AssetStatus.APPROVED, 3)
    assert kinds(opened)[-1] == "file.waits"


def test_scan__approved_file_rewritten__void_with_the_new_bytes_as_head(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    approve(opened, "hero")
    old = versions(opened, "hero")[0]
    put(opened, hero=2)
    scan(opened, decoder)
    after = asset(opened, "hero")
    assert (after.head_number, after.status) == (2, AssetStatus.VOID)
    assert opened.blobs.verify(old.sha256), "the approved bytes stay in the store"
    approve(opened, "hero")


def test_scan__approved_file_rewritten_but_a_copy_remains__newcomer_waits(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1, hero_copy=1)
    scan(opened, decoder)
    approve(opened, "hero")
    put(opened, hero=2)
    scan(opened, decoder)
    assert (asset(opened, "hero").head_number, asset(opened, "hero").status) == (1, AssetStatus.APPROVED)


def test_scan__approved_file_becomes_garbage__void_and_quarantined(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    approve(opened, "hero")
    write_text_as_png(opened.paths.root / "hero.png")
    report = only(scan(opened, decoder))
    assert (report.state, report.reason) == (FileState.QUARANTINED, "is a web page, not a PNG picture")
    assert (asset(opened, "hero").status, asset(opened, "hero").head_number) == (AssetStatus.VOID, 1)


def test_scan__approved_file_vanished_and_back__void_until_somebody_decides(
    opened: Workspace, decoder: Decoder
) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    approve(opened, "hero")
    away = opened.paths.root.parent / "away.png"
    shutil.move(opened.paths.root / "hero.png", away)
    assert only(scan(opened, decoder)).state is FileState.MISSING
    assert (asset(opened, "hero").status, asset(opened, "hero").head_number) == (AssetStatus.VOID, 1)
    shutil.move(away, opened.paths.root / "hero.png")
    back = only(scan(opened, decoder))
    assert (back.state, back.version) == (FileState.PRESENT, 1)
    assert asset(opened, "hero").status is AssetStatus.VOID
    approve(opened, "hero")
    assert len(versions(opened, "hero")) == 1


def test_scan__file_rewritten_with_older_bytes__head_goes_back_to_them(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    put(opened, hero=2)
    scan(opened, decoder)
    put(opened, hero=1)
    scan(opened, decoder)
    assert (asset(opened, "hero").head_number, len(versions(opened, "hero"))) == (1, 2)
    approve(opened, "hero")


def test_scan__approved_while_on_hold_and_rewritten__is_void_when_released(opened: Workspace, decoder: Decoder) -> None:
    from reviewtui.model.lifecycle import Hold
    from reviewtui.services.review import hold

    put(opened, hero=1)
    scan(opened, decoder)
    approve(opened, "hero")
    hold(opened, "hero", Hold.HOLD)
    put(opened, hero=2)
    scan(opened, decoder)
    assert asset(opened, "hero").status is AssetStatus.HOLD
    assert hold(opened, "hero", None).status is AssetStatus.VOID


# --- moved and renamed


@pytest.mark.parametrize("how", ["rename", "copy and delete"])
def test_scan__approved_file_moved__keeps_version_and_approval(opened: Workspace, decoder: Decoder, how: str) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    approve(opened, "hero")
    target = opened.paths.root / "final" / "dock.png"
    target.parent.mkdir()
    if how == "rename":
        (opened.paths.root / "hero.png").rename(target)
    else:
        shutil.copy(opened.paths.root / "hero.png", target)
        (opened.paths.root / "hero.png").unlink()
    scan(opened, decoder)
    assert (asset(opened, "hero").status, len(versions(opened, "hero"))) == (AssetStatus.APPROVED, 1)
    assert listed(opened) == ["hero"]
    assert file(opened, "final/dock.png").version_id == versions(opened, "hero")[0].id
    assert file(opened, "hero.png").state is FileState.MISSING
    approve(opened, "hero")


def test_scan__folder_renamed__its_files_are_recognised_without_being_read(opened: Workspace, decoder: Decoder) -> None:
    write_pictures(opened.paths.root, {"old/a.png": 1, "old/b.png": 2})
    scan(opened, decoder)
    (opened.paths.root / "old").rename(opened.paths.root / "new")
    inspector = HashingInspector()
    reports = scan(opened, inspector)
    assert inspector.inspected == []
    assert [(report.display, report.asset) for report in reports] == [("new/a.png", "old/a"), ("new/b.png", "old/b")]


def test_scan__hard_link__is_one_more_file_not_a_move(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    (opened.paths.root / "link.png").hardlink_to(opened.paths.root / "hero.png")
    scan(opened, decoder)
    assert file(opened, "hero.png").state is file(opened, "link.png").state is FileState.PRESENT


def test_scan__moved_file_edited__is_the_next_version_of_its_asset(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder)
    (opened.paths.root / "hero.png").rename(opened.paths.root / "dock.png")
    scan(opened, decoder)
    put(opened, dock=2)
    scan(opened, decoder)
    assert len(versions(opened, "hero")) == 2
    assert listed(opened) == ["hero"]


def test_scan__folder_renamed__newcomers_there_continue_its_assets(opened: Workspace, decoder: Decoder) -> None:
    write_pictures(opened.paths.root, {"old/hero_v001.png": 1})
    scan(opened, decoder)
    (opened.paths.root / "old").rename(opened.paths.root / "new")
    scan(opened, decoder)
    write_pictures(opened.paths.root, {"new/hero_v002.png": 2, "new/other.png": 3})
    scan(opened, decoder)
    assert [version.label for version in versions(opened, "old/hero")] == ["v001", "v002"]
    assert listed(opened) == ["new/other", "old/hero"]


def test_scan__found_file_renamed_before_it_was_read__leaves_no_ghost(opened: Workspace, decoder: Decoder) -> None:
    put(opened, hero=1)
    scan(opened, decoder, register=False)
    (opened.paths.root / "hero.png").rename(opened.paths.root / "dock.png")
    scan(opened, decoder)
    assert listed(opened) == ["dock"]


def test_scan__one_picture_renamed_over_another_approved_one__the_other_is_void(
    opened: Workspace, decoder: Decoder
) -> None:
    put(opened, alpha=1, beta=2)
    scan(opened, decoder)
    approve(opened, "beta")
    (opened.paths.root / "alpha.png").rename(opened.paths.root / "beta.png")
    scan(opened, decoder)
    assert asset(opened, "beta").status is AssetStatus.VOID
    assert asset(opened, "alpha").status is AssetStatus.WAITING
    assert file(opened, "beta.png").version_id == versions(opened, "alpha")[0].id


def test_scan__metadata_rewritten__pixels_are_recognised(opened: Workspace, decoder: Decoder) -> None:
    write_png(opened.paths.root / "hero.png", noise(8, 8))
    scan(opened, decoder)
    write_png(opened.paths.root / "hero.png", noise(8, 8), {"parameters": "a cat"})
    scan(opened, decoder)
    with opened.store.read() as db:
        rows = db.all("SELECT pixel_sha256, count(*) FROM blob GROUP BY 1")
    assert [count for _, count in rows] == [2]
