"""Another edge as a picture at once: the same pixels as the version that is written behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.layouts import to_rgb8
from reviewtui.model.errors import InputError, RefusedError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from reviewtui.services.content import get_content
from reviewtui.services.edge_preview import LooseEdge, loosen_edge
from reviewtui.services.locks import draw_lock
from reviewtui.services.repasting import ask_repaste
from reviewtui.services.workspace import Workspace
from tests.support.desk import open_desk, paint, register
from tests.support.edits import DECODER, compose_next, edit, pixels_of, version_of

RECT = (40, 36, 30, 24)


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png", size=(160, 120))
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def shown(
    desk: Workspace, loose: LooseEdge, name: str, feather_px: int | None
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The version with the preview over it, as a desk shows it."""
    preview = loose.laid(feather_px)
    rgb = to_rgb8(pixels_of(desk, version_of(desk, name))).copy()
    box = preview.box
    rgb[box.y : box.bottom, box.x : box.right] = preview.rgb
    return rgb


@pytest.mark.parametrize("feather_px", [0, 5, 8])
def test_laid__engine_that_copies__is_the_version_that_is_written_behind_it(desk: Workspace, feather_px: int) -> None:
    edit(desk, "hero@1", RECT, feather_px=16)
    seen = shown(desk, loosen_edge(desk, DECODER, "hero@2"), "hero@2", feather_px)
    ask_repaste(desk, "hero@2", feather_px)
    assert np.array_equal(seen, pixels_of(desk, compose_next(desk)))


def test_laid__engine_that_samples__is_near_what_is_written_and_the_same_outside(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=12, samples=True)
    seen = shown(desk, loosen_edge(desk, DECODER, "hero@2"), "hero@2", 4)
    ask_repaste(desk, "hero@2", 4)
    made = pixels_of(desk, compose_next(desk))
    difference = np.abs(seen.astype(int) - made.astype(int))
    assert difference[:, :35].max() == 0
    assert difference.mean() < 0.5, "colors and grain are matched for the edge that it had"


def test_loosen__of_a_repaste__is_the_edge_of_the_fix_it_came_from(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=12)
    ask_repaste(desk, "hero@2", 0)
    compose_next(desk)
    seen = shown(desk, loosen_edge(desk, DECODER, "hero@3"), "hero@3", 12)
    assert np.array_equal(seen, pixels_of(desk, version_of(desk, "hero@2")))


def test_laid__locked_pixels__are_the_parents(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=4)
    size = version_of(desk, "hero@1").size
    draw_lock(desk, "hero@1", MaskSpec(size, (PixelRect(40, 36, 10, 10),)))
    seen = shown(desk, loosen_edge(desk, DECODER, "hero@2"), "hero@2", 0)
    assert np.array_equal(seen[36:46, 40:50], pixels_of(desk, version_of(desk, "hero@1"))[36:46, 40:50])


def test_laid__wider_than_what_was_kept__is_refused_in_words(desk: Workspace) -> None:
    edit(desk, "hero@1", RECT, feather_px=0, samples=True)
    with pytest.raises(InputError, match="an edge of 100 px reaches beyond"):
        loosen_edge(desk, DECODER, "hero@2").laid(100)


def test_loosen__what_no_fix_made__is_refused(desk: Workspace) -> None:
    with pytest.raises(RefusedError, match="no fix made v1"):
        loosen_edge(desk, DECODER, "hero@1")


def swapped() -> bytes:
    """A profile that no screen has: what is shown differs from the samples."""
    lab = ImageCms.createProfile("sRGB")
    profile = bytearray(ImageCms.ImageCmsProfile(lab).tobytes())
    at = {profile[132 + 12 * n : 136 + 12 * n].decode(): 136 + 12 * n for n in range(profile[131])}
    # The red and the blue primary change places.
    red, blue = at["rXYZ"], at["bXYZ"]
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    # Its name says sRGB, which would be taken at its word.
    name = at["desc"]
    start = int.from_bytes(profile[name : name + 4], "big")
    length = int.from_bytes(profile[name + 4 : name + 8], "big")
    profile[start + 8 : start + length] = (
        bytes(profile[start + 8 : start + length]).replace(b"s\0R\0G\0B", b"o\0d\0d\0X").replace(b"sRGB", b"oddX")
    )
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "RGBA;16"])
def test_laid__profile_and_transparency__are_shown_as_the_version_will_be(workspace: Path, mode: str) -> None:
    channels, deep = (2 if mode == "LA" else 4 if "A" in mode else 3), mode.endswith("16")
    pixels = np.random.default_rng(2).integers(0, 65536 if deep else 256, (60, 80, channels))
    samples = pixels.astype(np.uint16) if deep else pixels.astype(np.uint8)
    write_png(NativePicture(samples, mode, icc=None if mode == "LA" else swapped()), workspace / "hero.png")
    desk = open_desk(workspace)
    try:
        register(desk)
        edit(desk, "hero", (20, 20, 24, 16), 128, feather_px=6)
        with Decoder() as decoder:
            preview = loosen_edge(desk, decoder, "hero").laid(0)
            ask_repaste(desk, "hero", 0)
            made = compose_next(desk)
            with desk.store.read() as db:
                shown = decoder.load_rgb(get_content(desk, db, made).path).rgb
    finally:
        desk.close()
    if mode == "RGB":
        assert np.abs(shown.astype(int) - samples).mean() > 20, "the profile is one that changes what is seen"
    box = preview.box
    difference = np.abs(shown[box.y : box.bottom, box.x : box.right].astype(int) - preview.rgb)
    assert difference.max() <= (2 if "A" in mode else 1)
