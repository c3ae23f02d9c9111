"""Masks and pictures at their limits: each ends as a result that keeps the outside, or as one line in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import JobState
from reviewtui.model.masks import MaskSpec
from reviewtui.services.annotate import NoteRequest, default_fix, write_note
from reviewtui.services.browse import AssetView, show_asset
from reviewtui.services.ingest import scan
from reviewtui.services.raster_masks import import_mask
from reviewtui.services.verify import verify
from reviewtui.services.workspace import Workspace
from tests.support.pictures import texture
from tests.support.reviewed import run_jobs
from tests.support.workspaces import make_workspace

SIZE = PixelSize(64, 48)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as shared:
        yield shared


def fixed(
    tmp_path: Path, decoder: Decoder, image: Image.Image, mask: MaskSpec, suffix: str = "png"
) -> tuple[Workspace, AssetView]:
    """The picture after a fix of the mask was tried; the workspace is to be closed."""
    workspace = make_workspace(tmp_path, [])
    image.save(workspace.paths.root / f"odd.{suffix}")
    scan(workspace, decoder)
    write_note(workspace, "odd", NoteRequest("x", mask=mask, fix=default_fix(workspace)))
    run_jobs(workspace)
    return workspace, show_asset(workspace, "odd")


def of_mode(mode: str) -> Image.Image:
    image = texture(SIZE.width, SIZE.height)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((SIZE.width, SIZE.height)))
        return image
    if mode == "I;16":
        grey = np.asarray(image.convert("L")).astype(np.uint16) * 257 + 3
        return Image.fromarray(grey)
    return image.convert(mode)


@pytest.mark.parametrize(
    ("mode", "suffix"), [("RGBA", "png"), ("I;16", "png"), ("P", "png"), ("LA", "png"), ("L", "png"), ("1", "png")]
)
def test_fix__any_kind_of_samples__keeps_every_pixel_outside(
    tmp_path: Path, decoder: Decoder, mode: str, suffix: str
) -> None:
    mask = MaskSpec(SIZE, (PixelRect(20, 16, 12, 10),), feather_px=0)
    workspace, view = fixed(tmp_path, decoder, of_mode(mode), mask, suffix)
    try:
        job = view.jobs[0]
        assert job.state is JobState.SUCCEEDED, job.error
        assert view.versions[-1].proof is not None
        assert view.versions[-1].proof.metrics["outside_changed_px"] == 0
        assert all(check.ok for check in verify(workspace, decoder))
    finally:
        workspace.close()


def test_fix__cmyk__is_refused_with_what_to_do(tmp_path: Path, decoder: Decoder) -> None:
    workspace, view = fixed(tmp_path, decoder, of_mode("CMYK"), MaskSpec(SIZE, (PixelRect(20, 16, 12, 10),)), "tif")
    try:
        assert view.jobs[0].state is JobState.FAILED
        assert "CMYK samples cannot be kept exactly" in (view.jobs[0].error or "")
        assert len(view.versions) == 1
    finally:
        workspace.close()


@pytest.mark.parametrize(
    ("size", "rect", "words"),
    [
        (PixelSize(1, 1), PixelRect(0, 0, 1, 1), "nothing is left around"),
        (SIZE, PixelRect.of_size(SIZE), "nothing is left around"),
        (PixelSize(64, 1), PixelRect(0, 0, 3, 1), None),
        (SIZE, PixelRect(0, 0, 1, 1), None),
        (SIZE, PixelRect(63, 47, 1, 1), None),
    ],
    ids=["one pixel picture", "whole frame", "one line", "first pixel", "last pixel"],
)
def test_fix__odd_regions__land_or_say_why(
    tmp_path: Path, decoder: Decoder, size: PixelSize, rect: PixelRect, words: str | None
) -> None:
    workspace, view = fixed(tmp_path, decoder, texture(size.width, size.height), MaskSpec(size, (rect,)))
    try:
        job = view.jobs[0]
        if words is None:
            # Copying may find the very same pixels: that is said too.
            assert job.state is JobState.SUCCEEDED or "changed nothing" in (job.error or "")
        else:
            assert job.state is JobState.FAILED
            assert words in (job.error or "")
    finally:
        workspace.close()


@pytest.mark.parametrize("image", [Image.new("L", (64, 48), 255), Image.new("RGBA", (64, 48), (255, 255, 255, 200))])
def test_fix__mask_file_of_the_whole_frame__says_why(tmp_path: Path, decoder: Decoder, image: Image.Image) -> None:
    workspace = make_workspace(tmp_path, {"odd.png": texture(64, 48)})
    try:
        scan(workspace, decoder)
        image.save(tmp_path / "m.png")
        mask = import_mask(workspace, decoder, tmp_path / "m.png", SIZE)
        write_note(workspace, "odd", NoteRequest("x", mask=mask, fix=default_fix(workspace)))
        inverted = replace(mask, invert=True)
        write_note(workspace, "odd", NoteRequest("y", mask=inverted, fix=default_fix(workspace)))
        run_jobs(workspace)
        errors = [job.error or "" for job in show_asset(workspace, "odd").jobs]
        assert all("nothing is left" in error for error in errors), errors
    finally:
        workspace.close()
