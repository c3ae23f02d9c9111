"""Terminals that do not answer, that lie about it, that have no size, that change it all the time."""

from __future__ import annotations

import fcntl
import json
import shutil
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desks import PROGRAM, DeskTerminal, Stage
from tests.support.small_workspaces import write_small_campaign
from tests.support.terminal_protocol import Profile


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(write_small_campaign(tmp_path / "odd")) as stage:
        stage.ok("scan", stage.folder)
        yield stage


def approve_by_typed_y(desk: DeskTerminal, stage: Stage) -> None:
    """No answer of the terminal arms the keys: `a` alone decides nothing, another word neither, a typed y does."""
    desk.press("a")
    desk.wait_for("y to decide all the same")
    assert stage.verdicts("hero") == []
    desk.press("n", "enter")
    desk.wait_for("not taken")
    assert stage.verdicts("hero") == []
    desk.press("a")
    desk.wait_for("y to decide all the same")
    desk.press("y", "enter")
    desk.wait_for("hero v2 saved")
    [(evidence,)] = stage.rows("SELECT evidence FROM decision")
    assert json.loads(evidence)["shown"] == "unacknowledged"


def test_story__terminal_that_answers_nothing__decisions_ask_for_a_typed_y(stage: Stage) -> None:
    desk = stage.desk(profile=Profile(silent=True))
    desk.wait_for("terminal silent")
    desk.press("enter")
    desk.wait_until(lambda lines: " VIEW " in lines[-1], "VIEW")
    approve_by_typed_y(desk, stage)


def test_story__tmux_without_passthrough__its_own_answers_arm_nothing(stage: Stage, tmp_path: Path) -> None:
    tmux = ["tmux", "-u", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    assert shutil.which("tmux"), "apt-get install tmux"
    desk = stage.desk(command=[*tmux, "new-session", *PROGRAM, str(stage.folder)], size=(124, 41))
    try:
        desk.wait_for("terminal silent")
        desk.press("enter")
        desk.wait_until(lambda lines: any(" VIEW " in line for line in lines), "VIEW")
        approve_by_typed_y(desk, stage)
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)


def set_size(desk: DeskTerminal, columns: int, rows: int) -> None:
    fcntl.ioctl(desk.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def test_story__window_without_size_and_a_storm_of_sizes__the_desk_stays(stage: Stage) -> None:
    desk = stage.desk()
    desk.wait_mode("BROWSE", title="hero  v2 of 2")
    for columns, rows in ((0, 0), (1, 1), (0, 40), (124, 0), (3, 2)):
        set_size(desk, columns, rows)
        desk.pump(quiet=0.15)
    for step in range(60):
        set_size(desk, 20 + step * 37 % 200, 5 + step * 13 % 60)
        desk.pump(quiet=0.0)
    desk.resize(124, 40, quiet=0.1)
    desk.press("enter")
    desk.wait_mode("VIEW", title="hero  v2 of 2")
    desk.press("a")
    desk.wait_for("hero v2 saved")
    assert [row[1:] for row in stage.verdicts("hero")] == [("approved", 2)]


@pytest.mark.parametrize("size", [(0, 0), (79, 23), (80, 24)])
def test_story__started_small__says_so_or_works(stage: Stage, size: tuple[int, int]) -> None:
    desk = stage.desk(size=(max(size[0], 1), max(size[1], 1)))
    if size == (0, 0):
        set_size(desk, 0, 0)
    if size == (80, 24):
        desk.wait_mode("BROWSE", title="hero  v2")
        desk.press("enter", "a")
        desk.wait_until(lambda lines: "hero v2 saved" in lines[-2] or "still being painted" in lines[-2], "an answer")
    elif size == (79, 23):
        desk.wait_for("80×24")
        desk.press("a", "enter", "q")
        assert desk.wait_exit() == 0
    else:
        desk.resize(124, 40, quiet=0.1)
        desk.wait_mode("BROWSE", title="hero  v2 of 2")
    assert len(stage.verdicts("hero")) <= 1
