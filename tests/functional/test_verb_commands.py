"""``fix`` with verbs that need no model, as a script calls it; the job runs in a worker of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import command, data
from tests.support.pictures import texture, write_png


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_png(folder / "hero.png", texture(96, 72))
    data("scan", folder)
    return folder


def test_fix__verbs_without_a_model__land_one_after_the_other_and_verify(folder: Path) -> None:
    asked = (
        ("--verb", "outpaint", "--ratio", "16:9", "--anchor", "centre"),
        ("--verb", "recolor", "--rect", "5,5,30,20", "--to", "#3366aa"),
        ("--verb", "overlay", "--text", "NEW", "--size", "20", "--at", "50%,90%", "--anchor", "bottom"),
        ("--verb", "upscale", "--factor", "2"),
    )
    for options in asked:
        data("fix", folder, "hero", *options)
    jobs = {job["job"]: job["engine"] for job in data("jobs", folder)}
    assert jobs == {1: "patch", 2: "color", 3: "text", 4: "lanczos"}
    command("worker", folder, "--once")
    assert {job["state"] for job in data("jobs", folder)} == {"succeeded"}
    [shown] = data("show", folder, "hero")
    assert [version["op"] for version in shown["versions"][1:]] == ["outpaint", "recolor", "overlay", "upscale"]
    sizes = [(version["width"], version["height"]) for version in shown["versions"]]
    assert sizes == [(96, 72), (128, 72), (96, 72), (96, 72), (192, 144)]
    assert all(version["metrics"]["outside_changed_px"] == 0 for version in shown["versions"][1:])
    assert all(check["ok"] for check in data("verify", folder))


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--verb", "outpaint"), 2, "which ratio"),
        (("--verb", "outpaint", "--ratio", "4:3"), 1, "already"),
        (("--verb", "outpaint", "--ratio", "1:1", "--to", "#fff"), 2, "knows no to"),
        (("--verb", "upscale", "--rect", "1,1,5,5"), 2, "whole picture"),
        (("--verb", "overlay", "--text", "\u202e"), 1, "empty"),
        (("--verb", "fix", "--rect", "1,1,9,9"), 1, "--verb remove"),
        (("--verb", "restyle", "--rect", "1,1,9,9"), 1, "--verb recolor"),
    ],
)
def test_fix__what_a_verb_cannot__is_said_and_nothing_is_asked_for(
    folder: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    answer = command("fix", folder, "hero", *options)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert data("jobs", folder) == []
    assert data("notes", folder) == []


def test_fix__real_text__is_a_plate_and_letters_and_the_letters_are_set_anew(folder: Path) -> None:
    said = ("--rect", "10,10,60,40", "--prompt", 'a sign that says "OPEN"', "--real-text", "--wait")
    plate, letters = data("fix", folder, "hero", *said)
    assert (plate["state"], letters["state"], letters["note"]) == ("succeeded", "succeeded", plate["note"])
    assert letters["versions"] == [plate["versions"][0] + 1]
    [anew] = data("fix", folder, "hero", "--note", str(plate["note"]), "--anew", "--text", "SHUT", "--wait")
    shown = data("show", folder, "hero")[0]
    made = next(version for version in shown["versions"] if version["number"] == anew["versions"][0])
    assert (made["op"], made["parent"], shown["head"]) == ("overlay", plate["versions"][0], made["number"])
    assert all(check["ok"] for check in data("verify", folder))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rect", "4,4,40,20", "--prompt", "a sign", "--real-text"), "nothing stands in quotes"),
        (("--prompt", '"OPEN"', "--real-text"), "needs a region"),
        (("--anew", "--text", "X"), "say whose text"),
        (("--rect", "4,4,40,20", "--text", "X", "--real-text", "--verb", "fix"), "leave --verb away"),
        (("--real-text", "--anew"), "either letters"),
    ],
)
def test_fix__real_text_not_possible__says_why(folder: Path, options: tuple[str, ...], words: str) -> None:
    answer = command("fix", folder, "hero", *options)
    assert answer.code in {1, 2}
    assert words in answer.err
    assert data("notes", folder) == []
