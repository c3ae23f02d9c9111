"""What the screen said stands in the database, whatever kills the desk, the command, the disk or the database."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.store.driver import sqlite3
from tests.support.desks import PROGRAM, DeskTerminal, Stage, processes_of_session, wait_true
from tests.support.small_workspaces import BLEMISH, write_small_campaign


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(write_small_campaign(tmp_path / "work")) as stage:
        stage.ok("scan", stage.folder)
        yield stage


def look(stage: Stage) -> DeskTerminal:
    desk = stage.desk()
    desk.wait_mode("BROWSE", title="hero")
    desk.press("enter")
    desk.wait_mode("VIEW", title="hero")
    return desk


def kill(desk: DeskTerminal) -> None:
    """As the kernel does it, in the middle of whatever it is at; nothing of it stays."""
    os.kill(desk.pid, signal.SIGKILL)
    assert desk.wait_exit() == -signal.SIGKILL
    wait_true(lambda: not processes_of_session(desk.pid), "the desk's decoders end with it")


def test_desk__killed_after_each_acknowledgement__everything_it_said_is_there_once(stage: Stage) -> None:
    for round_ in (1, 2):
        desk = look(stage)
        desk.press(";")
        desk.wait_for("note on v")
        desk.type_text(f"remark {round_}")
        desk.wait_for(f"remark {round_}")
        desk.press("enter")
        desk.wait_for("note saved")
        kill(desk)
        assert stage.rows("SELECT count(*) FROM note WHERE text = ?", f"remark {round_}") == [(1,)]

        desk = look(stage)
        before = stage.rows("SELECT count(*) FROM decision")[0][0]
        desk.press("a")
        desk.wait_for(" saved")
        kill(desk)
        rows = stage.rows("SELECT verdict FROM decision WHERE verdict IS NOT NULL AND id > ?", before)
        assert rows == [("approved",)]
    stage.ok("verify", stage.folder)


def test_desk__killed_after_the_fix_was_sent__it_lands_once(stage: Stage) -> None:
    for number in (3, 4):
        desk = look(stage)
        desk.press("d")
        desk.wait_for("1 region · ")
        desk.press("S")
        desk.wait_for("fix sent")
        kill(desk)
        sent = ("succeeded",)
        wait_true(lambda: stage.rows("SELECT state FROM job") == [sent] * (number - 2), "the fix lands")  # noqa: B023
        assert stage.rows("SELECT count(*) FROM note") == [(number - 2,)]
        assert stage.rows(
            "SELECT max(number) FROM version v JOIN asset a ON a.id = v.asset_id WHERE a.key = 'hero'"
        ) == [(number,)]
    stage.wait_quiet()
    stage.ok("verify", stage.folder)


DIE_BEFORE_ANSWERING = """
import os, signal, sys
from reviewtui.cli import main
from reviewtui.cli.output import Output
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
Output.line = Output.record = Output.say = die
main.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("approve", "hero", "--key", "k1"), "SELECT count(*) FROM decision"),
        (("note", "hero", "a remark", "--key", "k1"), "SELECT count(*) FROM note"),
        (("fix", "hero", "--rect", ",".join(map(str, BLEMISH)), "--key", "k1"), "SELECT count(*) FROM job"),
        (("reject", "hero", "--reason", "ugly", "--key", "k1"), "SELECT count(*) FROM decision"),
        (
            ("pick", "hero@1", "--key", "k1"),
            "SELECT count(*) FROM event WHERE kind = 'head.moved' AND actor <> 'reviewtui'",
        ),
    ],
)
def test_command__killed_between_commit_and_answer_and_repeated__is_done_once(
    stage: Stage, words: tuple[str, ...], count: str
) -> None:
    before = stage.rows(count)[0][0]
    name, *rest = words
    call = [sys.executable, "-c", DIE_BEFORE_ANSWERING, name, str(stage.folder), *rest]
    killed = subprocess.run(call, capture_output=True, env={**os.environ, **stage.environment}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert stage.rows(count)[0][0] == before + 1
    stage.ok(name, stage.folder, *rest)
    stage.ok(name, stage.folder, *rest)
    assert stage.rows(count)[0][0] == before + 1
    stage.ok("verify", stage.folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.getuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("only root may mount a small disk here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    filler = disk / "filler.bin"
    with filler.open("wb", buffering=0) as stream:
        for chunk in (1 << 16, 1 << 12, 1):
            try:
                while stream.write(bytes(chunk)):
                    pass
            except OSError:
                continue
    return filler


def test_disk_full__approving_at_the_desk_and_by_command__refused_in_words_and_works_again(small_disk: Path) -> None:
    with Stage(write_small_campaign(small_disk / "work")) as stage:
        stage.ok("scan", stage.folder)
        desk = look(stage)
        filler = fill(small_disk)
        desk.press("a")
        desk.wait_for("the disk is full")
        assert "saved" not in desk.status
        assert stage.rows("SELECT count(*) FROM decision") == [(0,)]
        ended = stage.command("approve", stage.folder, "lake")
        assert ended.code == 1
        assert "disk is full" in ended.err
        assert stage.rows("SELECT count(*) FROM decision") == [(0,)]
        filler.unlink()
        desk.press("a")
        desk.wait_for("hero v2 saved")
        stage.ok("approve", stage.folder, "lake")
        stage.ok("verify", stage.folder)
        desk.close()
        assert not list((stage.folder / ".reviewtui" / "tmp").iterdir())


def test_disk_full__while_a_fix_lands__nothing_is_half_there_and_it_works_again(small_disk: Path) -> None:
    with Stage(write_small_campaign(small_disk / "work")) as stage:
        stage.ok("scan", stage.folder)
        stage.ok("note", stage.folder, "hero", "a blemish", "--rect", ",".join(map(str, BLEMISH)), "--fix")
        filler = small_disk / "filler.bin"
        room = shutil.disk_usage(small_disk).free - (64 << 10)  # for the database, not for a picture
        filler.write_bytes(bytes(max(room, 0)))
        call = [*PROGRAM, "worker", str(stage.folder), "--once"]
        with subprocess.Popen(
            call, env={**os.environ, **stage.environment}, stderr=subprocess.PIPE, text=True
        ) as worker:
            wait_true(
                lambda: shutil.disk_usage(small_disk).free < 4096 or worker.poll() is not None, "the disk is full"
            )
            assert stage.rows("SELECT count(*) FROM version WHERE source = 'job'") == [(0,)]
            filler.unlink()
            _, said = worker.communicate(timeout=30)
        assert "Traceback" not in said
        if stage.rows("SELECT state FROM job") == [("failed",)]:
            assert "full" in stage.rows("SELECT error FROM job")[0][0]
            stage.ok("retry", stage.folder, "1")
            stage.ok("worker", stage.folder, "--once")
        assert stage.rows("SELECT state FROM job") == [("succeeded",)]
        assert stage.rows("SELECT count(*) FROM version WHERE source = 'job'") == [(1,)]
        stage.ok("verify", stage.folder)


def test_desk__database_replaced_while_open__writes_nothing_and_says_so(stage: Stage) -> None:
    desk = look(stage)
    state = stage.folder / ".reviewtui"
    copy = state / "copy.db"
    with sqlite3.connect(stage.database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    copy.rename(stage.database)
    desk.press("a")
    desk.wait_for("replaced while open")
    assert stage.rows("SELECT count(*) FROM decision") == [(0,)]
    desk.press("q", "q")
    desk.wait_exit()
    for name in ("reviewtui.db-wal", "reviewtui.db-shm"):
        (state / name).unlink(missing_ok=True)
