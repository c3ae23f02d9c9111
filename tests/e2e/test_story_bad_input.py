"""What folders really hold: nothing hangs, nothing crashes, every bad file has one clear line."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import PROGRAM, Stage
from tests.support.nasty_assets import generate
from tests.support.pictures import write_png

GOOD = ("ok", "name: ", "hard link", "mtime 2100", "3 kB path")
BAD = (
    "truncated", "zero bytes", "one byte", "preallocated", "bit flip", "no IEND", "html as jpg", "claims", "0x0",
    "80 MB text chunk", "symlink", "FIFO", "sparse",
)  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path / "folder") as stage:
        yield stage


def one_clear_line(words: str) -> str:
    [line] = words.splitlines()
    assert line.startswith("reviewtui: ")
    return line


def test_story__empty_folder__the_desk_says_so_and_a_file_appears_by_itself(stage: Stage) -> None:
    desk = stage.desk()
    desk.wait_for("no pictures")
    assert stage.ok("ls", stage.folder).splitlines()[1:] == []
    write_png(stage.folder / "first.png")
    desk.wait_mode("BROWSE", title="first  v1 of 1")
    desk.press("q")
    assert desk.wait_exit() == 0


def test_story__folder_without_rights__one_line_and_no_screen() -> None:
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        place.chmod(0o755)
        for name, mode in (("locked", 0o000), ("readonly", 0o555)):
            (place / name).mkdir(mode=mode)
            (place / name).chmod(mode)
            call = [*PROGRAM, "scan", str(place / name)]
            if os.getuid() == 0:
                call = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *call]
            done = subprocess.run(call, capture_output=True, text=True, timeout=60, cwd="/", check=False)
            assert done.returncode == 1, done
            assert str(place / name) in one_clear_line(done.stderr)
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("words", [("nowhere",), ("a\x1b]0;owned\x07b",), ("folder/one.png",)])
def test_story__folder_that_is_none__one_line(stage: Stage, words: tuple[str]) -> None:
    write_png(stage.folder / "one.png")
    ended = stage.command("ls", stage.folder.parent / words[0])
    assert ended.code == 1
    one_clear_line(ended.err)


def test_story__hostile_folder__everything_is_listed_with_a_reason_and_the_desk_works(stage: Stage) -> None:
    stage.folder.rmdir()
    cases = generate(stage.folder, big=False)
    stage.ok("scan", stage.folder)
    for path, kind in cases:
        if any(word in kind for word in BAD):
            row = find_row(stage, path)
            assert kind.startswith("symlink loop") or (row and row[0] == "quarantined" and row[1]), f"{kind}: {row}"
        elif kind.startswith(GOOD) and "not created" not in kind and "spaces" not in kind:
            row = find_row(stage, path)
            assert row is not None, kind
            assert row[0] == "present", f"{kind}: {row}"
    for command in ("ls", "notes", "jobs", "log", "verify"):
        stage.command(command, stage.folder)

    desk = stage.desk()
    desk.wait_for("set aside")
    desk.press("G", *("k" for _ in range(12)))
    desk.pump(quiet=0.3)
    desk.press("g", "g", ":")
    desk.wait_until(lambda lines: any(line.startswith(" :") for line in lines), "the command line")
    desk.type_text("aside")
    desk.wait_for(":aside")
    desk.press("enter")
    desk.wait_for("broken picture")
    for _ in range(8):
        desk.press("space")
    desk.pump(quiet=0.3)
    assert desk.acting_characters() == set()
    assert not [body for body in desk.osc if b"pwned" in body]
    desk.press("q", "q")
    assert desk.wait_exit() == 0


def find_row(stage: Stage, path: bytes) -> tuple[str, str | None] | None:
    """(state, reason) of a file as the database has it."""
    relative = os.path.relpath(path, os.fsencode(stage.folder))
    rows = stage.rows("SELECT state, reason FROM file WHERE path = ?", relative)
    return None if not rows else (rows[0][0], rows[0][1])


@pytest.mark.parametrize("name", ["[/nope].png", "new\nline.png", "\x1b[31mred.png", "[@click=app.bell]c.png"])
def test_story__awkward_name__can_be_marked_fixed_approved_and_delivered(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    write_png(stage.folder / name)
    stage.ok("scan", stage.folder)
    desk = stage.desk()
    desk.wait_mode("BROWSE", title="v1 of 1")
    desk.press("enter")
    desk.wait_mode("VIEW", title="v1 of 1")
    desk.press("a")
    desk.wait_for("v1 saved")
    assert desk.acting_characters() == set()
    desk.press("q", "q")
    assert desk.wait_exit() == 0
    stage.ok("deliver", stage.folder, tmp_path / "out")
    delivered = [path for path in (tmp_path / "out").rglob("*.png")]
    assert [path.read_bytes() for path in delivered] == [(stage.folder / name).read_bytes()]
