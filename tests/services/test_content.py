"""Where the bytes of a version can be read, also after somebody touched or copied the workspace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import DriftError
from reviewtui.services.browse import show_asset
from reviewtui.services.content import check_bytes_on_disk, keep_version
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import open_workspace
from tests.support.pictures import noise, write_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_png(tmp_path / "hero.png", noise(32, 24, seed=1))
    workspace, decoder = open_workspace(tmp_path, flags={"scan_settle_s": 0}), Decoder()
    scan(workspace, decoder)
    decoder.close()
    workspace.close()
    return tmp_path


def test_keep__file_with_another_time__is_kept_by_its_bytes(folder: Path) -> None:
    os.utime(folder / "hero.png", (1, 1))
    workspace = open_workspace(folder)
    version = show_asset(workspace, "hero").versions[0].version
    keep_version(workspace, version)
    assert workspace.blobs.verify(version.sha256)
    workspace.close()


def test_keep__other_bytes_of_that_size__are_refused_and_not_kept(folder: Path) -> None:
    path = folder / "hero.png"
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    workspace = open_workspace(folder)
    version = show_asset(workspace, "hero").versions[0].version
    with pytest.raises(DriftError):
        keep_version(workspace, version)
    with pytest.raises(DriftError):
        check_bytes_on_disk(workspace, version)
    assert not workspace.blobs.has(version.sha256)
    workspace.close()
