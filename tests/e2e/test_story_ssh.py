"""The desk over ssh: a line that breaks, a line that is slow, keys that arrive in pieces."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewtui.services.background import is_anybody_present
from reviewtui.settings.paths import workspace_paths
from tests.support.desks import PROGRAM, ROOT, DeskTerminal, Stage, wait_true
from tests.support.loopback_sshd import LoopbackSshd, free_port
from tests.support.small_workspaces import write_small_campaign


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(write_small_campaign(tmp_path / "far away")) as stage:
        stage.ok("scan", stage.folder)
        yield stage


@pytest.fixture
def host(tmp_path: Path) -> Iterator[LoopbackSshd]:
    with LoopbackSshd(tmp_path / "host") as host:
        yield host


@pytest.fixture
def slow_port(host: LoopbackSshd) -> Iterator[int]:
    """A port that leads to the host over 1 Mbit/s and 80 ms."""
    port = free_port()
    call = [sys.executable, "-m", "tests.support.slow_link", str(port), str(host.port), "1", "40"]
    with subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, text=True) as link:
        assert link.stdout is not None
        assert link.stdout.readline() == "ready\n"
        yield port
        link.terminate()


def open_over_ssh(stage: Stage, host: LoopbackSshd, port: int | None = None) -> DeskTerminal:
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "LANG", "LC_ALL")
    env = stage.environment | {name: os.environ[name] for name in names}
    call = host.command(shlex.join([*PROGRAM, str(stage.folder)]), env=env, port=port)
    desk = stage.desk(command=call)
    desk.wait_mode("BROWSE", title="hero  v2 of 2")
    desk.press("enter")
    desk.wait_mode("VIEW", title="hero  v2 of 2")
    return desk


def test_story__line_breaks_right_after_saved__the_decision_is_there_and_the_desk_is_gone(
    stage: Stage, host: LoopbackSshd
) -> None:
    desk = open_over_ssh(stage, host)
    desk.press("a")
    desk.wait_for("hero v2 saved")
    os.kill(desk.pid, signal.SIGKILL)
    assert [row[1:] for row in stage.verdicts("hero")] == [("approved", 2)]
    wait_true(lambda: not is_anybody_present(workspace_paths(stage.folder)), "the far desk ends with its line")
    assert [row[1:] for row in stage.verdicts("hero")] == [("approved", 2)]
    again = open_over_ssh(stage, host)
    assert "approved" in again.title


def test_story__slow_line__keys_echo_and_torn_escape_sequences_decide_nothing(
    stage: Stage, host: LoopbackSshd, slow_port: int
) -> None:
    desk = open_over_ssh(stage, host, slow_port)
    desk.press(";")
    desk.wait_for("note on v2")
    desk.type_text("too dark")
    desk.wait_for("too dark")
    desk.press("enter")
    desk.wait_for("note saved")
    for head, tail in ((b"\x1b", b"[A"), (b"\x1b[", b"A"), (b"\x1bO", b"A")):
        desk.press("enter")
        desk.press(head)
        time.sleep(0.2)  # the line tears the sequence apart: this is the stimulus, not a wait
        desk.press(tail)
        desk.press("?")
        desk.wait_for("keys in ")
        assert "approve v" not in desk.status
        assert "which:" not in desk.say_words()
        desk.press("q")
        desk.wait_gone("keys in ")
    assert stage.verdicts("hero") == []
    assert stage.rows("SELECT count(*) FROM decision") == [(0,)]
    desk.press("g", "g", "enter")
    desk.wait_mode("VIEW", title="hero  v2 of 2")
    time.sleep(1.0)  # what comes within a second of a torn key may be the rest of it and decides nothing: the stimulus
    desk.press("a")
    desk.wait_for("hero v2 saved")
    assert [row[1:] for row in stage.verdicts("hero")] == [("approved", 2)]
