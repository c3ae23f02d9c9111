"""Thumbnails: made once, right again after damage, bounded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.thumbnails import SIDE_PX, Thumbnails
from reviewtui.services.workspace import Workspace
from tests.support.pictures import texture
from tests.support.workspaces import make_workspace


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(processes=1) as shared:
        yield shared


@pytest.fixture
def workspace(tmp_path: Path, decoder: Decoder) -> Iterator[Workspace]:
    opened = make_workspace(tmp_path, {f"p{n}.png": texture(200, 100, seed=n) for n in range(4)})
    scan(opened, decoder)
    yield opened
    opened.close()


def versions(workspace: Workspace) -> list[int]:
    with workspace.store.read() as db:
        return [row[0] for row in db.all("SELECT id FROM version ORDER BY id")]


def files(workspace: Workspace) -> list[Path]:
    return sorted((workspace.paths.cache / "thumbs").rglob("*.*"))


def test_load__second_time__needs_no_decoder_and_not_even_the_picture(workspace: Workspace, decoder: Decoder) -> None:
    first = Thumbnails(workspace, decoder).load(versions(workspace)[0])
    assert max(first.shape[:2]) == SIDE_PX
    (workspace.paths.root / "p0.png").unlink()
    with Decoder() as closed:
        pass
    assert np.array_equal(Thumbnails(workspace, closed).load(versions(workspace)[0]), first)


@pytest.mark.parametrize("damage", [b"", b"RvTh", b"\x00" * 40, b"\x89PNG" + b"x" * 5000])
def test_load__damaged_file__is_made_again(workspace: Workspace, decoder: Decoder, damage: bytes) -> None:
    thumbnails = Thumbnails(workspace, decoder)
    good = thumbnails.load(versions(workspace)[0]).copy()
    [path] = files(workspace)
    path.write_bytes(damage)
    assert np.array_equal(thumbnails.load(versions(workspace)[0]), good)
    assert np.array_equal(Thumbnails(workspace, decoder).load(versions(workspace)[0]), good)


def test_load__one_flipped_sample__is_not_shown(workspace: Workspace, decoder: Decoder) -> None:
    thumbnails = Thumbnails(workspace, decoder)
    good = thumbnails.load(versions(workspace)[0]).copy()
    [path] = files(workspace)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert np.array_equal(thumbnails.load(versions(workspace)[0]), good)


def test_load__cache_cannot_be_written__still_gives_the_picture(workspace: Workspace, decoder: Decoder) -> None:
    workspace.paths.cache.mkdir(exist_ok=True)
    (workspace.paths.cache / "thumbs").write_text("in the way")
    assert Thumbnails(workspace, decoder).load(versions(workspace)[0]).shape[2] == 3


def test_sweep__beyond_the_budget__drops_the_oldest(workspace: Workspace, decoder: Decoder) -> None:
    made = Thumbnails(workspace, decoder)
    for age, version in enumerate(versions(workspace)):
        before = set(files(workspace))
        made.load(version)
        [fresh] = set(files(workspace)) - before
        os.utime(fresh, (1000 + age, 1000 + age))
    kept = files(workspace)
    size = kept[0].stat().st_size
    Thumbnails(workspace, decoder, budget_bytes=2 * size).sweep()
    left = files(workspace)
    assert sorted(path.stat().st_mtime for path in left) == [1002, 1003]
