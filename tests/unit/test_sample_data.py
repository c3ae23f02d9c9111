"""The sample workspace: what a newcomer sees first must be sound, credited, small, and flawed where it says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reviewtui.model.naming import is_picture_name, split_name
from tests.conftest import SAMPLE_DATA
from tests.support.pictures import pixels

ENTRIES: list[dict[str, Any]] = json.loads((SAMPLE_DATA / "flaws.json").read_text(encoding="utf-8"))
FLAWED = [entry for entry in ENTRIES if entry["flaw"]]
FLAW_TAGS = {"hand", "face", "text", "logo", "edge", "seam", "artifact", "light", "color", "composition", "other"}
LICENCES = ("CC-BY-4.0", "CC0-1.0", "public domain")
LARGEST_TOTAL_BYTES = 8_000_000


def name_of(entry: dict[str, Any]) -> str:
    return str(entry["path"])


def generation_text(path: Path) -> str:
    """What A1111's web UI would have written: a PNG text, or EXIF UserComment in JPEG and WebP."""
    with Image.open(path) as image:
        if path.suffix == ".png":
            return str(image.info["parameters"])
        comment: bytes = image.getexif().get_ifd(0x8769)[0x9286]
    assert comment.startswith(b"UNICODE\0")
    return comment[8:].decode("utf-16-be")


def test_sample_data__files_on_disk__are_exactly_those_listed() -> None:
    on_disk = {p.relative_to(SAMPLE_DATA).as_posix() for p in SAMPLE_DATA.rglob("*") if is_picture_name(p.name)}
    assert on_disk == {name_of(entry) for entry in ENTRIES}


def test_sample_data__whole_folder__is_small_enough_to_copy() -> None:
    assert sum(p.stat().st_size for p in SAMPLE_DATA.rglob("*") if p.is_file()) <= LARGEST_TOTAL_BYTES


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_sample_data__every_file__decodes_at_its_size_and_key_and_carries_its_seed(entry: dict[str, Any]) -> None:
    path = SAMPLE_DATA / entry["path"]
    with Image.open(path) as image:
        image.load()
        assert list(image.size) == entry["size"]
        assert image.mode == "RGB"
    assert split_name(entry["path"])[0] == entry["key"]
    assert f"Seed: {entry['seed']}," in generation_text(path)


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_sample_data__every_file__is_credited_under_a_licence_that_lets_it_be_passed_on(entry: dict[str, Any]) -> None:
    credits = (SAMPLE_DATA / "CREDITS.md").read_text(encoding="utf-8")
    (line,) = [line for line in credits.splitlines() if line.startswith(f"| `{entry['path']}` |")]
    assert any(f"| {licence} |" in line for licence in LICENCES)


@pytest.mark.parametrize("entry", FLAWED, ids=name_of)
def test_sample_data__every_flaw__lies_in_the_picture_with_room_around_it_to_repair_from(entry: dict[str, Any]) -> None:
    x, y, width, height = entry["flaw"]["rect"]
    picture_width, picture_height = entry["size"]
    assert 0 <= x < x + width <= picture_width
    assert 0 <= y < y + height <= picture_height
    assert width * height < 0.06 * picture_width * picture_height
    assert entry["flaw"]["tag"] in FLAW_TAGS


@pytest.mark.parametrize(
    ("clean", "flawed"),
    [
        ("campaign/hero_v001.jpg", "campaign/hero_v002.png"),
        ("shop/coffee_v001.png", "shop/coffee_v002.png"),
    ],
)
def test_sample_data__second_version__differs_from_the_first_in_the_flaw_only(clean: str, flawed: str) -> None:
    (entry,) = [entry for entry in FLAWED if entry["path"] == flawed]
    x, y, width, height = entry["flaw"]["rect"]
    before, after = pixels(SAMPLE_DATA / clean).astype(int), pixels(SAMPLE_DATA / flawed).astype(int)
    difference = np.abs(before - after).max(axis=2)
    inside = difference[y : y + height, x : x + width].copy()
    difference[y : y + height, x : x + width] = 0
    assert not difference.any()
    assert (inside > 40).mean() > 0.2, "nobody would see this flaw"


def test_sample_data__flaws_page__says_the_same_as_the_list() -> None:
    page = (SAMPLE_DATA / "FLAWS.md").read_text(encoding="utf-8")
    for entry in FLAWED:
        rect = ",".join(str(number) for number in entry["flaw"]["rect"])
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{entry['path']}` |")]
        assert f"`{rect}` | {entry['flaw']['tag']} | {entry['flaw']['words']}" in line
