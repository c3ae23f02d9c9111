"""Paths, listed assets and small facts, as far as ingest stands on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewtui.model.entities import Blob, File
from reviewtui.model.errors import RefusedError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import AssetStatus, FileState
from reviewtui.model.query import parse_query
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.assets import (
    Filter,
    add_found_assets,
    count_by_status,
    ensure_asset,
    find_asset,
    list_asset_ids,
    list_assets,
    move_head,
)
from reviewtui.store.connection import Tx
from reviewtui.store.files import (
    find_file,
    is_size_pending,
    list_pending,
    list_present_by_inode,
    load_files,
    load_fingerprints,
    save_file,
)
from reviewtui.store.meta import find_meta, set_meta
from reviewtui.store.versions import add_version
from tests.support.workspaces import make_workspace

ROW = File(0, b"", "", FileState.FOUND, None, None, None, None, 10, 20, 30, 40)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_workspace(tmp_path)
    yield workspace
    workspace.close()


def add(tx: Tx, path: bytes, **more: object) -> int:
    return save_file(tx, replace(ROW, path=path, display=path.decode("latin-1"), **more))  # type: ignore[arg-type]


def test_load_fingerprints__scope__is_the_path_and_what_lies_below_it(opened: Workspace) -> None:
    paths = (b"a", b"a/b.png", b"a/c/d.png", b"a.png", b"a0", b"ab/x.png", b"\xff/\x00x", b"A/b.png")
    with opened.store.write(SYSTEM) as tx:
        for path in paths:
            add(tx, path)
        assert set(load_fingerprints(tx)) == set(paths)
        assert set(load_fingerprints(tx, [b"a"])) == {b"a", b"a/b.png", b"a/c/d.png"}
        assert set(load_fingerprints(tx, [b"a/c", b"\xff"])) == {b"a/c/d.png", b"\xff/\x00x"}
        assert load_fingerprints(tx, []) == {}
        assert load_fingerprints(tx, [b"a.png"])[b"a.png"][1:] == (10, 20, 30, 40, "found")


def test_save_file__bytes_that_are_no_text__come_back_as_they_were(opened: Workspace) -> None:
    path = bytes(range(1, 256)).replace(b"/", b"")
    with opened.store.write(SYSTEM) as tx:
        add(tx, path)
    with opened.store.read() as db:
        found = find_file(db, path)
        assert found is not None
        assert found.path == path
        assert list(load_files(db, [path, b"unknown"])) == [path]


def test_save_file__present_without_version_or_quarantined_without_reason__is_refused(opened: Workspace) -> None:
    for state in (FileState.PRESENT, FileState.QUARANTINED):
        with pytest.raises(RefusedError), opened.store.write(SYSTEM) as tx:
            add(tx, b"x.png", state=state)
    with opened.store.read() as db:
        assert find_file(db, b"x.png") is None


def test_list_pending__only_what_waits_to_be_decoded(opened: Workspace) -> None:
    with opened.store.write(SYSTEM) as tx:
        found = add(tx, b"found.png")
        changed = add(tx, b"changed.png", state=FileState.CHANGED, size_bytes=11)
        add(tx, b"moving.png", state=FileState.SETTLING, size_bytes=12)
        add(tx, b"gone.png", state=FileState.MISSING, size_bytes=13)
        assert list_pending(tx) == [(found, b"found.png"), (changed, b"changed.png")]
        assert [is_size_pending(tx, size) for size in (10, 11, 12, 13)] == [True, True, True, False]


def test_add_found_assets__old_and_new_keys__ids_and_one_event_for_each_new_one(opened: Workspace) -> None:
    with opened.store.write(SYSTEM) as tx:
        old = ensure_asset(tx, "hero")
        ids = add_found_assets(tx, ["dock", "hero", "[/x]'\"%"])
        assert ids["hero"] == old.id
        assert len(set(ids.values())) == 3
        assert add_found_assets(tx, ["dock"]) == {"dock": ids["dock"]}
    with opened.store.read() as db:
        events = db.all("SELECT seq, subject FROM event WHERE kind = 'asset.found' ORDER BY seq")
        assert [subject for _, subject in events] == ["hero", "dock", "[/x]'\"%"]
        dock = find_asset(db, "dock")
        assert dock is not None
        assert (dock.touched_seq, dock.status) == (events[1][0], AssetStatus.FOUND)


def test_list_assets__found_without_any_file_left__is_not_listed_nor_counted(opened: Workspace) -> None:
    everything = Filter(parse_query(""))
    with opened.store.write(SYSTEM) as tx:
        ids = add_found_assets(tx, ["live", "ghost", "gone", "versioned"])
        add(tx, b"live.png", asset_id=ids["live"])
        add(tx, b"gone.png", asset_id=ids["gone"], state=FileState.MISSING)
        versioned = find_asset(tx, "versioned")
        assert versioned is not None
        version = add_version(tx, versioned, Blob("a" * 64, "b" * 64, 1, PixelSize(1, 1), "image/png"))
        move_head(tx, versioned, version.id, 1, "first")
    with opened.store.read() as db:
        assert [asset.key for asset in list_assets(db, everything)] == ["live", "versioned"]
        assert list_asset_ids(db, Filter(parse_query("gone"))) == []
        assert count_by_status(db) == {AssetStatus.FOUND: 1, AssetStatus.WAITING: 1}


def test_list_present_by_inode__only_files_that_hold_a_version(opened: Workspace) -> None:
    with opened.store.write(SYSTEM) as tx:
        asset = ensure_asset(tx, "hero")
        version = add_version(tx, asset, Blob("a" * 64, "b" * 64, 1, PixelSize(1, 1), "image/png"))
        add(tx, b"here.png", state=FileState.PRESENT, version_id=version.id, inode=7)
        add(tx, b"gone.png", state=FileState.MISSING, version_id=version.id, inode=7)
        add(tx, b"other.png", state=FileState.PRESENT, version_id=version.id, inode=8)
        assert [row.path for row in list_present_by_inode(tx, {7, 9})] == [b"here.png"]


def test_set_meta__twice__the_last_value_counts(opened: Workspace) -> None:
    with opened.store.write(SYSTEM) as tx:
        assert find_meta(tx, "x") is None
        set_meta(tx, "x", "1")
        set_meta(tx, "x", "2")
        assert find_meta(tx, "x") == "2"
