"""Masks from files and saved presets: what is kept, what a fix does with it, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.errors import InputError, NotFoundError, RefusedError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, default_fix, write_note
from reviewtui.services.browse import show_asset
from reviewtui.services.presets import find_preset_mask, list_presets, remove_preset, save_preset, save_preset_of_note
from reviewtui.services.raster_masks import export_mask, find_raster, import_mask
from reviewtui.services.verify import verify
from reviewtui.services.workspace import Workspace
from tests.support.reviewed import copy_of, make_scanned, reopen, run_jobs

SIZE = PixelSize(96, 72)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def desk(scanned: Path, tmp_path: Path) -> Iterator[Workspace]:
    workspace = reopen(copy_of(scanned, tmp_path))
    yield workspace
    workspace.close()


def preset_on(desk: Workspace, decoder: Decoder, name: str, key: str = "hero") -> MaskSpec:
    head = show_asset(desk, key).head
    assert head is not None
    return find_preset_mask(desk, name, head.version, decoder=lambda: decoder)


def disc(size: PixelSize = SIZE, radius: int = 12) -> Image.Image:
    y, x = np.mgrid[: size.height, : size.width]
    return Image.fromarray((((x - 32) ** 2 + (y - 25) ** 2 <= radius**2) * 255).astype(np.uint8))


def saved(image: Image.Image, path: Path) -> Path:
    image.save(path)
    return path


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [("L", "png"), ("1", "png"), ("P", "png"), ("RGB", "bmp"), ("RGBA", "png"), ("L", "tif")],
)
def test_import_mask__any_picture__selects_its_white_pixels(
    desk: Workspace, decoder: Decoder, tmp_path: Path, mode: str, suffix: str
) -> None:
    image = disc()
    spec = import_mask(desk, decoder, saved(image.convert(mode), tmp_path / f"m.{suffix}"), SIZE)
    raster = find_raster(desk, decoder, spec)
    assert raster is not None
    assert (raster == np.asarray(image)).all()
    assert spec.regions == (PixelRect(20, 13, 25, 25),)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("L", (96, 72)), "selects nothing"),
        (Image.new("L", (48, 36), 255), "the mask is 48×36, the picture 96×72"),
        (Image.new("CMYK", (96, 72)), "CMYK"),
    ],
    ids=["black", "another size", "CMYK"],
)
def test_import_mask__not_usable__is_refused_in_words(
    desk: Workspace, decoder: Decoder, tmp_path: Path, image: Image.Image, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        import_mask(desk, decoder, saved(image, tmp_path / "m.tif"), SIZE)


def test_import_mask__no_picture_or_gone__is_refused(desk: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "m.png").write_bytes(b"no picture")
    for name in ("m.png", "gone.png"):
        with pytest.raises(InputError):
            import_mask(desk, decoder, tmp_path / name, SIZE)


def test_import_mask__another_size__is_stretched_when_told_so(
    desk: Workspace, decoder: Decoder, tmp_path: Path
) -> None:
    half = saved(disc().resize((48, 36)), tmp_path / "m.png")
    spec = import_mask(desk, decoder, half, SIZE, scale=True)
    assert spec.size == SIZE
    assert spec.bounds.width == pytest.approx(25, abs=3)


def test_fix__with_a_mask_from_a_file__changes_the_disc_only_and_verifies(
    desk: Workspace, decoder: Decoder, tmp_path: Path
) -> None:
    file = saved(disc(), tmp_path / "m.png")
    spec = replace(import_mask(desk, decoder, file, SIZE), feather_px=0)
    file.unlink()
    write_note(desk, "hero", NoteRequest("a disc", mask=spec, fix=default_fix(desk)))
    run_jobs(desk)
    view = show_asset(desk, "hero")
    before, after = view.versions[-2], view.versions[-1]
    assert (before.version.number, after.version.number) == (2, 3)
    assert before.path is not None
    assert after.path is not None
    changed = (np.asarray(Image.open(before.path)) != np.asarray(Image.open(after.path))).any(axis=2)
    assert changed.any()
    assert not changed[np.asarray(disc()) == 0].any(), "corners of the bounds are outside the disc"
    assert all(check.ok for check in verify(desk, decoder))


def test_verify__samples_of_a_mask_gone__says_so(desk: Workspace, decoder: Decoder, tmp_path: Path) -> None:
    spec = import_mask(desk, decoder, saved(disc(), tmp_path / "m.png"), SIZE)
    write_note(desk, "hero", NoteRequest("a disc", mask=spec))
    assert spec.raster_sha256 is not None
    desk.blobs.path_of(spec.raster_sha256).unlink()
    assert [check.ok for check in verify(desk, decoder) if "samples of mask 1" in check.detail] == [False]


def test_export_mask__regions_and_samples__are_a_grey_picture(
    desk: Workspace, decoder: Decoder, tmp_path: Path
) -> None:
    drawn = MaskSpec(SIZE, (PixelRect(10, 10, 20, 8),), grow_px=2)
    export_mask(desk, decoder, drawn, tmp_path / "out.png")
    plane = np.asarray(Image.open(tmp_path / "out.png"))
    assert plane.shape == (72, 96)
    assert set(np.unique(plane)) == {0, 255}
    assert (plane > 0).sum() == 24 * 12
    again = import_mask(desk, decoder, tmp_path / "out.png", SIZE)
    export_mask(desk, decoder, again, tmp_path / "again.png")
    assert (np.asarray(Image.open(tmp_path / "again.png")) == plane).all()
    with pytest.raises(InputError, match="cannot be written"):
        export_mask(desk, decoder, drawn, tmp_path / "out.png")
    with pytest.raises(InputError, match="watched"):
        export_mask(desk, decoder, drawn, desk.paths.root / "mask.png")


def test_save_preset__drawn_mask__fits_another_picture_and_is_listed(desk: Workspace, decoder: Decoder) -> None:
    save_preset(desk, "logo", MaskSpec(SIZE, (PixelRect(48, 36, 48, 36),), feather_px=12))
    mask = preset_on(desk, decoder, "logo", "sub/cat")
    assert mask.regions == (PixelRect(32, 24, 32, 24),)
    assert mask.feather_px == 8
    listed = {one.name: one for one in list_presets(desk)}
    assert listed["logo"].saved
    assert listed["logo"].key
    assert len({one.key for one in listed.values() if one.key}) == len([one for one in listed.values() if one.key])


def test_save_preset__name_taken_or_odd__is_refused(desk: Workspace) -> None:
    mask = MaskSpec(SIZE, (PixelRect(0, 0, 4, 4),))
    with pytest.raises(RefusedError, match="everybody"):
        save_preset(desk, "center", mask)
    with pytest.raises(UsageError):
        save_preset(desk, "My Logo", mask)
    save_preset(desk, "logo", mask)
    with pytest.raises(RefusedError, match="already"):
        save_preset(desk, "logo", mask)


def test_remove_preset__saved__is_gone_and_what_it_made_stays(desk: Workspace, decoder: Decoder) -> None:
    save_preset(desk, "logo", MaskSpec(SIZE, (PixelRect(0, 0, 4, 4),)))
    write_note(desk, "hero", NoteRequest("x", mask=preset_on(desk, decoder, "logo")))
    remove_preset(desk, "logo")
    with pytest.raises(NotFoundError):
        preset_on(desk, decoder, "logo")
    with pytest.raises(NotFoundError):
        remove_preset(desk, "logo")
    mask = show_asset(desk, "hero").notes[0].note.mask
    assert mask is not None
    assert mask.preset == "logo"


def test_save_preset_of_note__with_samples__is_stretched_to_another_picture(
    desk: Workspace, decoder: Decoder, tmp_path: Path
) -> None:
    spec = import_mask(desk, decoder, saved(disc(), tmp_path / "m.png"), SIZE)
    written = write_note(desk, "hero", NoteRequest("a disc", mask=spec))
    save_preset_of_note(desk, "disc", written.note_id)
    same = preset_on(desk, decoder, "disc")
    assert (same.regions, same.raster_sha256) == (spec.regions, spec.raster_sha256)
    small = preset_on(desk, decoder, "disc", "sub/cat")
    raster = find_raster(desk, decoder, small)
    assert raster is not None
    assert raster.shape == (48, 64)
    plain = write_note(desk, "hero", NoteRequest("no region"))
    with pytest.raises(RefusedError, match="no region"):
        save_preset_of_note(desk, "other", plain.note_id)
