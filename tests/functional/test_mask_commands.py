"""Masks and presets from the shell: what is asked for is what is stored, and bad masks are refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from reviewtui.services.browse import show_asset
from tests.support.commands import command, data
from tests.support.reviewed import copy_of, make_scanned, reopen


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def folder(scanned: Path, tmp_path: Path) -> Path:
    return copy_of(scanned, tmp_path)


def masks(folder: Path) -> list[object]:
    workspace = reopen(folder)
    try:
        return [one.note.mask for one in show_asset(workspace, "hero").notes]
    finally:
        workspace.close()


def test_note__grown_inverted_and_feathered__is_stored_so(folder: Path) -> None:
    data("note", folder, "hero", "x", "--rect", "10,10,20,20", "--grow", "-4", "--invert", "--feather", "6")
    data("note", folder, "hero", "x", "--preset", "center", "--grow", "5")
    first, second = masks(folder)
    assert (first.grow_px, first.invert, first.feather_px) == (-4, True, 6)  # type: ignore[attr-defined]
    assert (second.grow_px, second.preset) == (5, "center")  # type: ignore[attr-defined]


def test_note__preset_of_a_detector__marks_what_is_found_or_says_that_nothing_is(folder: Path) -> None:
    shutil.copy(Path(__file__).parents[1] / "data" / "portrait.jpg", folder / "portrait.jpg")
    command("scan", folder)
    data("note", folder, "portrait", "the smile", "--preset", "face")
    workspace = reopen(folder)
    [note] = show_asset(workspace, "portrait").notes
    workspace.close()
    assert note.note.mask is not None
    [region] = note.note.mask.regions
    assert note.note.mask.preset == "face"
    assert region.contains(290, 150)
    none = command("note", folder, "hero", "x", "--preset", "face")
    assert none.code == 1
    assert "no face was found in v2" in none.err


def test_presets__listed__detectors_say_whether_they_can_run() -> None:
    listed = {one["name"]: one for one in data("presets")}
    assert listed["hands"]["available"] is True
    assert {"face", "hands", "subject", "background", "text", "center"} <= set(listed)


def test_note__mask_file__is_imported_with_what_stands_beside_it_and_exported_again(
    folder: Path, tmp_path: Path
) -> None:
    image = Image.new("L", (96, 72))
    image.paste(255, (10, 10, 30, 20))
    image.save(tmp_path / "m.png")
    [made] = data("note", folder, "hero", "x", "--mask", tmp_path / "m.png", "--rect", "50,50,8,4")
    assert command("notes", folder, "--export-mask", str(made["note"]), tmp_path / "out.png").code == 0
    image.paste(255, (50, 50, 58, 54))
    assert Image.open(tmp_path / "out.png").tobytes() == image.tobytes()
    [listed] = data("notes", folder)
    assert listed["rect"] == [10, 10, 48, 44]


def test_note__mask_of_another_size__is_refused_and_stretched_on_request(folder: Path, tmp_path: Path) -> None:
    Image.new("L", (48, 36), 255).save(tmp_path / "m.png")
    refused = command("note", folder, "hero", "x", "--mask", tmp_path / "m.png")
    assert refused.code == 1
    assert "48×36" in refused.err
    assert "--mask-scale" in refused.err
    data("note", folder, "hero", "x", "--mask", tmp_path / "m.png", "--mask-scale")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--mask", "gone.png"), 1),
        (("--rect", "10,10,20,20", "--grow", "5000"), 1),
        (("--rect", "10,10,20,20", "--grow", "x"), 2),
        (("--rect", "200,200,5,5"), 2),
        (("--preset", "nobody"), 1),
    ],
    ids=["no file", "grown too far", "no number", "outside", "no preset"],
)
def test_note__bad_mask__is_one_line_and_nothing_is_written(folder: Path, words: tuple[str, ...], code: int) -> None:
    refused = command("note", folder, "hero", "x", *words)
    assert refused.code == code
    assert refused.err.strip()
    assert masks(folder) == []


def test_presets__save_list_use_and_remove(folder: Path) -> None:
    [saved] = data("presets", folder, "--save", "mark", "--rect", "75%,75%,25%,25%")
    assert (saved["name"], saved["saved"]) == ("mark", True)
    data("note", folder, "hero", "x", "--preset", "mark")
    note = data("notes", folder)[0]
    assert note["rect"] == [72, 54, 24, 18]
    data("presets", folder, "--save", "again", "--from-note", str(note["note"]))
    assert {"mark", "again"} <= {one["name"] for one in data("presets", folder)}
    assert command("presets", folder, "--remove", "mark").code == 0
    assert "mark" not in {one["name"] for one in data("presets", folder)}


@pytest.mark.parametrize(
    "words",
    [
        ("--save", "x"),
        ("--save", "x", "--rect", "1,1,5,5"),
        ("--save", "x", "--remove", "y"),
        ("--save", "../x", "--rect", "1%,1%,5%,5%"),
        ("--save", "x", "--from-note", "1", "--rect", "1%,1%,5%,5%"),
    ],
    ids=["no mask", "pixels", "two acts", "odd name", "two masks"],
)
def test_presets__senseless__is_refused(folder: Path, words: tuple[str, ...]) -> None:
    assert command("presets", folder, *words).code == 2


def test_presets__save_without_a_folder__says_where_they_live() -> None:
    refused = command("presets", "--save", "x", "--rect", "1%,1%,5%,5%")
    assert refused.code == 2
    assert "FOLDER" in refused.err
