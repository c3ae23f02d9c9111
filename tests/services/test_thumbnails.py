"""Thumbnails: made once, right again after damage, bounded."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelSize
from reviewtui.services.ingest import scan
from reviewtui.services.thumbnails import SIDES_PX, Thumbnails
from reviewtui.services.workspace import Workspace
from tests.support.pictures import texture
from tests.support.workspaces import make_workspace

ROOM = PixelSize(96, 96)


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
    first = Thumbnails(workspace, decoder).load(versions(workspace)[0], ROOM)
    assert max(first.shape[:2]) == ROOM.width
    (workspace.paths.root / "p0.png").unlink()
    with Decoder() as closed:
        pass
    assert np.array_equal(Thumbnails(workspace, closed).load(versions(workspace)[0], ROOM), first)


@pytest.mark.parametrize("damage", [b"", b"RvTh", b"\x00" * 40, b"\x89PNG" + b"x" * 5000])
def test_load__damaged_file__is_made_again(workspace: Workspace, decoder: Decoder, damage: bytes) -> None:
    thumbnails = Thumbnails(workspace, decoder)
    good = thumbnails.load(versions(workspace)[0], ROOM).copy()
    [path] = files(workspace)
    path.write_bytes(damage)
    assert np.array_equal(thumbnails.load(versions(workspace)[0], ROOM), good)
    assert np.array_equal(Thumbnails(workspace, decoder).load(versions(workspace)[0], ROOM), good)


def test_load__one_flipped_sample__is_not_shown(workspace: Workspace, decoder: Decoder) -> None:
    thumbnails = Thumbnails(workspace, decoder)
    good = thumbnails.load(versions(workspace)[0], ROOM).copy()
    [path] = files(workspace)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert np.array_equal(thumbnails.load(versions(workspace)[0], ROOM), good)


def test_load__cache_cannot_be_written__still_gives_the_picture(workspace: Workspace, decoder: Decoder) -> None:
    workspace.paths.cache.mkdir(exist_ok=True)
    (workspace.paths.cache / "thumbs").write_text("in the way")
    assert Thumbnails(workspace, decoder).load(versions(workspace)[0], ROOM).shape[2] == 3


def test_sweep__beyond_the_budget__drops_the_oldest(workspace: Workspace, decoder: Decoder) -> None:
    made = Thumbnails(workspace, decoder)
    for age, version in enumerate(versions(workspace)):
        before = set(files(workspace))
        made.load(version, ROOM)
        [fresh] = set(files(workspace)) - before
        os.utime(fresh, (1000 + age, 1000 + age))
    newest = sorted((path.stat() for path in files(workspace)), key=lambda status: status.st_mtime)[-2:]
    Thumbnails(workspace, decoder, budget_bytes=sum(status.st_size for status in newest)).sweep()
    left = files(workspace)
    assert sorted(path.stat().st_mtime for path in left) == [1002, 1003]


@pytest.mark.parametrize(("room", "shape"), [((24, 18), (12, 24)), ((240, 180), (100, 200)), ((180, 80), (80, 160))])
def test_load__rooms__get_as_much_as_fits_and_never_more(
    workspace: Workspace, decoder: Decoder, room: tuple[int, int], shape: tuple[int, int]
) -> None:
    made = Thumbnails(workspace, decoder)
    assert made.load(versions(workspace)[0], PixelSize(*room)).shape == (*shape, 3)


def test_load__larger_room__has_its_own_file_and_its_own_pixels(workspace: Workspace, decoder: Decoder) -> None:
    made = Thumbnails(workspace, decoder)
    for side in (*SIDES_PX, 4000):
        made.load(versions(workspace)[0], PixelSize(side, side))
    assert [path.parts[-3] for path in files(workspace)] == sorted(map(str, SIDES_PX))


def test_load__file_from_an_earlier_version__is_not_believed_and_goes_first(
    workspace: Workspace, decoder: Decoder
) -> None:
    made = Thumbnails(workspace, decoder)
    good = made.load(versions(workspace)[0], ROOM).copy()
    [path] = files(workspace)
    body = np.zeros((48, 96, 3), np.uint8).tobytes()
    former = struct.pack(">4sHHI", b"RvTh", 96, 48, zlib.crc32(body)) + body
    path.write_bytes(former)
    assert np.array_equal(made.load(versions(workspace)[0], ROOM), good)
    left_over = workspace.paths.cache / "thumbs" / "ab" / "abcd.thumb"
    left_over.parent.mkdir()
    left_over.write_bytes(former)
    os.utime(left_over, (1000, 1000))
    Thumbnails(workspace, decoder, budget_bytes=path.stat().st_size).sweep()
    assert files(workspace) == [path]


@pytest.mark.parametrize("size", [(96, 49), (65535, 65535), (0, 48)])
def test_load__file_that_unpacks_to_another_size__is_made_again(
    workspace: Workspace, decoder: Decoder, size: tuple[int, int]
) -> None:
    made = Thumbnails(workspace, decoder)
    good = made.load(versions(workspace)[0], ROOM).copy()
    [path] = files(workspace)
    body = zlib.compress(bytes(96 * 48 * 3))
    path.write_bytes(struct.pack(">4sHHI", b"RvT2", *size, zlib.crc32(body)) + body)
    assert np.array_equal(made.load(versions(workspace)[0], ROOM), good)
