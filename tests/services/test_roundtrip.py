"""A file that was edited elsewhere and comes back: whose child it is, how that is known, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from reviewtui.model.entities import Version
from reviewtui.model.geometry import PixelRect
from reviewtui.model.lifecycle import AssertedBy
from reviewtui.services.browse import show_asset
from reviewtui.services.roundtrip import HandChange, find_hand_changes
from reviewtui.services.workspace import Workspace
from tests.support.desk import head_of, open_desk, paint, register
from tests.support.edits import DECODER, edit, version_of


@pytest.fixture
def desk(workspace: Path) -> Iterator[Workspace]:
    paint(workspace / "hero.png")
    opened = open_desk(workspace)
    register(opened)
    yield opened
    opened.close()


def edited(source: Path, target: Path, box: tuple[int, int, int, int], *, texts: bool = True) -> None:
    """What an editor does: other pixels somewhere, the texts kept or lost."""
    with Image.open(source) as image:
        pixels = np.asarray(image).copy()
        kept = PngImagePlugin.PngInfo()
        for name, value in image.text.items() if texts else ():  # type: ignore[attr-defined]
            kept.add_text(name, value)
    x, y, width, height = box
    pixels[y : y + height, x : x + width] ^= 1
    Image.fromarray(pixels).save(target, pnginfo=kept)


def changes(desk: Workspace) -> dict[int, HandChange]:
    return find_hand_changes(desk, lambda: DECODER, show_asset(desk, "hero"))


def parent(version: Version) -> tuple[Any, ...]:
    return version.parent_number, version.op, version.source, version.asserted_by


def test_file__rewritten_in_place__is_a_child_by_its_name_with_the_box_that_changed(
    desk: Workspace, workspace: Path
) -> None:
    edited(workspace / "hero.png", workspace / "hero.png", (7, 5, 9, 4))
    register(desk)
    head = head_of(desk, "hero")
    assert parent(head) == (1, "import", "file", AssertedBy.FILENAME)


def test_file__fix_that_was_edited_elsewhere__is_a_child_of_the_fix_by_what_it_says_of_itself(
    desk: Workspace, workspace: Path
) -> None:
    fixed = edit(desk, "hero", (4, 4, 10, 8))
    edit(desk, "hero@1", (30, 20, 10, 8))
    edited(desk.blobs.path_of(fixed.sha256), workspace / "hero_v009.png", (20, 10, 6, 3))
    register(desk)
    assert parent(version_of(desk, "hero@4")) == (2, "import", "file", AssertedBy.METADATA)
    assert changes(desk) == {4: HandChange(PixelRect(20, 10, 6, 3), 18)}


def test_file__without_texts_or_number__has_an_unknown_parent(desk: Workspace, workspace: Path) -> None:
    fixed = edit(desk, "hero", (4, 4, 10, 8))
    edited(desk.blobs.path_of(fixed.sha256), workspace / "hero@7.png", (20, 10, 6, 3), texts=False)
    register(desk)
    made = version_of(desk, "hero@3")
    assert made.parent_number is None
    assert changes(desk) == {}


def test_file__texts_of_another_asset_or_made_up__are_not_believed(desk: Workspace, workspace: Path) -> None:
    fixed = edit(desk, "hero", (4, 4, 10, 8))
    edited(desk.blobs.path_of(fixed.sha256), workspace / "other.png", (20, 10, 6, 3))
    forged = PngImagePlugin.PngInfo()
    forged.add_text("reviewtui", '{"edits":[{"parent":"' + "0" * 64 + '"}],"format":1}')
    Image.new("RGB", (48, 40)).save(workspace / "hero@8.png", pnginfo=forged)
    register(desk)
    assert version_of(desk, "other").parent_number is None
    assert version_of(desk, "hero@3").parent_number is None


def test_changes__asked_for_again__come_from_the_cache(desk: Workspace, workspace: Path) -> None:
    fixed = edit(desk, "hero", (4, 4, 10, 8))
    edited(desk.blobs.path_of(fixed.sha256), workspace / "hero_v009.png", (0, 0, 48, 40))
    register(desk)
    first = changes(desk)
    assert first == {3: HandChange(PixelRect(0, 0, 48, 40), 48 * 40)}

    def none() -> Any:
        raise AssertionError("nothing is decoded twice")

    assert find_hand_changes(desk, none, show_asset(desk, "hero")) == first
    for place in (desk.paths.cache / "changes").iterdir():
        place.write_text("{")
    assert changes(desk) == first


def test_changes__metadata_alone__nowhere(desk: Workspace, workspace: Path) -> None:
    fixed = edit(desk, "hero", (4, 4, 10, 8))
    edited(desk.blobs.path_of(fixed.sha256), workspace / "hero_v009.png", (0, 0, 0, 0))
    register(desk)
    assert changes(desk) == {3: HandChange(None, 0)}
