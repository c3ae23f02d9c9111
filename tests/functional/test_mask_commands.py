"""Masks and presets from the shell: what is asked for is what is stored, and bad masks are refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from reviewtui.services.browse import show_asset
from tests.support.commands import command, data
from tests.support.reviewed import copy_of, make_scanned, reopen, run_jobs


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
        (("--rect", "10,10,20,20", "--grow", "5000"), 2),
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


def work(folder: Path) -> None:
    """What a worker would do, in this process: starting one takes seconds."""
    workspace = reopen(folder)
    try:
        run_jobs(workspace)
    finally:
        workspace.close()


def test_fix__dry_run__says_what_it_takes_and_sends_nothing(folder: Path) -> None:
    [before] = data("fix", folder, "hero", "--rect", "20,16,24,18", "--dry-run")
    assert before["estimate"]["seconds"] is None
    assert before["estimate"]["edge_px"] == 8
    assert data("jobs", folder) == []
    data("fix", folder, "hero", "--rect", "20,16,24,18")
    work(folder)
    answer = command("fix", folder, "hero", "--rect", "20,16,24,18", "--dry-run")
    assert "about" in answer.out
    [after] = data("fix", folder, "hero", "--rect", "20,16,24,18", "--dry-run")
    assert after["estimate"]["seconds"] > 0


def test_fix__several_notes__land_one_on_the_other(folder: Path) -> None:
    first = data("note", folder, "hero", "one", "--rect", "20,16,24,18")[0]["note"]
    second = data("note", folder, "hero", "two", "--rect", "60,40,12,10")[0]["note"]
    data("fix", folder, "hero", "--note", str(first), "--note", str(second))
    work(folder)
    assert [(one["number"], one["parent"]) for one in data("show", folder, "hero")[0]["versions"]][-2:] == [
        (3, 2),
        (4, 3),
    ]


def test_fix__wordings_and_letters__are_jobs_and_an_offer(folder: Path) -> None:
    answer = command(
        "fix", folder, "hero", "--rect", "20,16,24,18", "--prompt", 'a sign "OPEN"|no sign', "--flaw", "text"
    )
    assert answer.code == 0
    assert "--real-text" in answer.err
    assert "read every letter" in answer.err
    assert len(data("jobs", folder)) == 2


def test_fix__suggested__says_what_was_accepted_and_does_it(folder: Path) -> None:
    answer = command("fix", folder, "hero", "--rect", "20,16,24,18", "--flaw", "hand", "--suggest")
    assert answer.code == 0
    assert "no engine here can fix" in answer.err
    assert data("notes", folder)[0]["flaw"] == "hand"


def test_feather__of_a_fix__lands_as_its_sibling_and_all_verifies(folder: Path) -> None:
    data("fix", folder, "hero", "--rect", "20,16,24,18")
    work(folder)
    [made] = data("feather", folder, "hero@3", "0", "--wait")
    assert (made["state"], made["versions"], made["metrics"]["outside_changed_px"]) == ("succeeded", [4], 0)
    versions = data("show", folder, "hero")[0]["versions"]
    assert (versions[-1]["parent"], versions[-1]["op"]) == (2, "repaste")
    assert command("verify", folder).code == 0
    assert command("feather", folder, "hero@3", "wide").code == 2
    assert command("feather", folder, "hero@1", "4").code == 1


def test_finish__without_a_better_engine__says_what_there_is(folder: Path) -> None:
    data("fix", folder, "hero", "--rect", "20,16,24,18", "--tier", "draft")
    work(folder)
    refused = command("finish", folder, "hero")
    assert refused.code == 1
    assert "better than patch" in refused.err
    assert "reviewtui engines add" in refused.err
    [made] = data("finish", folder, "hero", "--engine", "patch")
    assert made["state"] == "queued"


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--rect", "0,0,1,1"), None),
        (("--rect", "0,0,96,72"), "smaller region"),
        (("--rect", "96,72,4,4"), "outside the picture"),
        (("--rect", "1,1,4,4", "--grow", "-3"), "nothing is left"),
        (("--rect", "1,1,4,4", "--prompt", "x" * 10_001), "10001 characters"),
        (("--rect", "1,1,4,4", "--candidates", "65"), "1 to 64"),
        (("--rect", "1,1,4,4", "--prompt", "a|"), "empty"),
    ],
    ids=["one pixel", "whole frame", "outside", "shrunk away", "long prompt", "many candidates", "empty wording"],
)
def test_fix__odd_requests__are_a_result_or_one_line(folder: Path, words: tuple[str, ...], remedy: str | None) -> None:
    answer = command("fix", folder, "hero", *words)
    work(folder)
    jobs = data("jobs", folder)
    job = jobs[0] if jobs else None
    if remedy is None:
        assert answer.code == 0, answer
        assert job is not None
        assert job["state"] == "succeeded"
    else:
        assert answer.code in {1, 2} or (job is not None and job["state"] == "failed")
        assert remedy in answer.err + str(job and job["error"])
