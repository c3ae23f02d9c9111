"""``lock``, ``rebase``, ``cherry-pick`` and ``again`` as a script would use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.support.commands import command, data
from tests.support.reviewed import copy_of, make_scanned

LOCK = ("--rect", "20,16,24,18")


@pytest.fixture(autouse=True)
def never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWTUI_SCAN_SETTLE_S", "0")
    monkeypatch.setenv("REVIEWTUI_WORKER_IDLE_S", "0")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_scanned(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def folder(scanned: Path, tmp_path: Path) -> Path:
    return copy_of(scanned, tmp_path)


def fix(folder: Path, name: str, rect: str) -> int:
    """Two edits of one picture do not touch unless they are meant to; the number of the version."""
    [done] = data("fix", folder, name, "--rect", rect, "--feather", "0", "--seed", "7", "--wait")
    assert done["state"] == "succeeded", done
    return int(done["versions"][0])


def test_lock__drawn_listed_lifted__each_says_which_and_where(folder: Path) -> None:
    [drawn] = data("lock", folder, "hero", *LOCK, "--reason", "approved shot")
    assert (drawn["lock"], drawn["version"], drawn["rect"], drawn["why"]) == (1, 2, [20, 16, 24, 18], "approved shot")
    assert [one["lock"] for one in data("lock", folder, "hero", "--list")] == [1]
    assert data("lock", folder, "hero@1", "--list") == [], "v1 is not a descendant of v2"
    assert data("show", folder, "hero")[0]["locks"][0]["lock"] == 1
    assert "lock 1 by" in command("why", folder, "hero").out
    [lifted] = data("lock", folder, "hero", "--remove", "1")
    assert lifted["lifted_by"]
    assert data("lock", folder, "hero", "--list") == []
    assert command("lock", folder, "hero", "--remove", "1").code == 1
    assert all(check["ok"] for check in data("verify", folder))


def test_lock__undone__is_lifted_and_undone_lifting_locks_again(folder: Path) -> None:
    data("lock", folder, "hero", *LOCK)
    data("undo", folder)
    assert data("lock", folder, "hero", "--list") == []
    data("lock", folder, "hero", *LOCK)
    data("lock", folder, "hero", "--remove", "2")
    data("undo", folder)
    assert [one["lock"] for one in data("lock", folder, "hero", "--list")] == [3]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "which region"),
        (["--rect", "900,900,5,5"], 2, "outside the picture"),
        (["--remove", "7"], 1, "no lock 7"),
        (["--remove", "1", "--list"], 2, "either list or lift"),
    ],
)
def test_lock__not_possible__says_why(folder: Path, options: list[str], code: int, words: str) -> None:
    answer = command("lock", folder, "hero", *options)
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err


def test_fix__wholly_inside_a_lock__is_refused_before_it_waits(folder: Path) -> None:
    data("lock", folder, "hero", *LOCK)
    answer = command("fix", folder, "hero", "--rect", "22,18,4,4")
    assert answer.code == 1
    assert "all of the region is locked (lock 1)" in answer.err
    assert (data("jobs", folder), data("notes", folder)) == ([], [])


def test_fix__across_a_lock__leaves_it_alone_and_says_so(folder: Path) -> None:
    data("lock", folder, "hero", "--rect", "20,16,12,18")
    [done] = data("fix", folder, "hero", *LOCK, "--wait")
    assert done["metrics"]["locks_ok"] is True
    paths = [version["path"] for version in data("show", folder, "hero")[0]["versions"]]
    with Image.open(paths[1]) as before, Image.open(paths[2]) as after:
        box = (20, 16, 32, 34)
        assert before.crop(box).tobytes() == after.crop(box).tobytes()
        assert before.tobytes() != after.tobytes()


def test_rebase_and_cherry_pick__by_a_worker__make_versions_with_proof(folder: Path) -> None:
    fix(folder, "hero", "4,4,12,10")
    fix(folder, "hero", "60,44,12,10")
    [rebased] = data("rebase", folder, "hero", "--drop", "3", "--wait")
    assert (rebased["state"], rebased["versions"], rebased["metrics"]["outside_changed_px"]) == ("succeeded", [5], 0)
    [picked] = data("cherry-pick", folder, "hero@4", "--onto", "2", "--wait")
    assert picked["state"] == "succeeded", picked
    versions = {version["number"]: version for version in data("show", folder, "hero")[0]["versions"]}
    assert (versions[5]["op"], versions[5]["parent"], versions[5]["engine"]) == ("rebase", 4, "host")
    assert versions[6]["op"] == "cherry_pick"
    assert all(check["ok"] for check in data("verify", folder))


def test_rebase__again__waits_for_the_whole_chain_and_says_what_each_made(folder: Path) -> None:
    fix(folder, "hero", "20,16,20,14")
    fix(folder, "hero", "32,20,16,14")
    fix(folder, "hero", "70,50,10,8")
    refused = command("rebase", folder, "hero", "--drop", "3", "--wait")
    assert (refused.code, "rebase --again" in refused.err) == (1, True)
    first, second = data("rebase", folder, "hero", "--drop", "3", "--again", "--wait")
    assert (first["versions"], second["versions"], second["state"]) == ([6], [7], "succeeded")
    shown = data("show", folder, "hero")[0]
    versions = {version["number"]: version for version in shown["versions"]}
    assert (versions[6]["op"], versions[7]["op"], versions[7]["parent"], shown["head"]) == ("rebase", "remove", 6, 7)
    assert all(check["ok"] for check in data("verify", folder))


def test_cherry_pick_and_rebase__without_numbers__say_what_is_missing(folder: Path) -> None:
    assert "--onto" in command("cherry-pick", folder, "hero@2").err
    assert "--drop" in command("rebase", folder, "hero").err


def test_again__recorded_job__gives_the_same_bytes_and_lands_nothing(folder: Path) -> None:
    number = fix(folder, "hero", "4,4,12,10")
    before = data("log", folder)
    [done] = data("again", folder, f"hero@{number}")
    assert list(done)[:2] == ["job", "identical"]
    assert (done["identical"], done["different_px"], done["seed"]) == (True, 0, 7)
    assert done["engine_hash"] == done["recorded_engine_hash"]
    assert len(done["engine_hash"]) == 64
    assert data("log", folder) == before
    assert "the same bytes" in command("again", folder, "hero").out


def test_again__composed_version_and_later_lock__still_the_same_bytes(folder: Path) -> None:
    fix(folder, "hero", "4,4,12,10")
    fix(folder, "hero", "60,44,12,10")
    data("rebase", folder, "hero", "--drop", "3", "--wait")
    data("lock", folder, "hero@1", "--rect", "0,0,100%,100%")
    data("lock", folder, "hero@2", "--rect", "0,0,100%,100%")
    for number in (3, 5):
        [done] = data("again", folder, f"hero@{number}")
        assert done["identical"], done


def test_again__version_from_a_file__is_refused(folder: Path) -> None:
    answer = command("again", folder, "hero@1")
    assert (answer.code, answer.out) == (1, "")
    assert "came from a file" in answer.err
