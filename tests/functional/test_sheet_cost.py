"""The contact sheet and the roomy queue on a terminal: pixels are sent once, a step costs little, nothing is left."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile, Step

PICTURES = 36
IDLE = {"REVIEWTUI_WORKER_IDLE_S": "0", "REVIEWTUI_SCAN_SETTLE_S": "0"}
_SHOWING = re.compile(rb"\x1b_Ga=[pd][^\x1b]*\x1b\\")
_ANY_PICTURE = re.compile(rb"\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\]1337;[^\x07\x1b]*(?:\x07|\x1b\\)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "work"
    for number in range(PICTURES):
        pictures.write_png(place / f"p{number:02d}.png", pictures.texture(120, 90, number))
    subprocess.run([sys.executable, "-m", "reviewtui", "scan", str(place)], check=True, capture_output=True)
    return place


def desk_on(folder: Path, protocol: str, *options: str) -> FakeTerminal:
    command = [sys.executable, "-m", "reviewtui", "open", str(folder), *options]
    profile = Profile.for_protocol(protocol)
    return FakeTerminal(command, cols=120, rows=40, profile=profile, screen=True, env=IDLE, delay_ms=20)


def until(terminal: FakeTerminal, enough: Callable[[], bool]) -> None:
    for _ in range(300):
        if enough():
            return
        terminal.pump(quiet=0.1, limit=1.0)
    raise AssertionError("it never came\n" + "\n".join(terminal.screen_text()))


def quiet(terminal: FakeTerminal) -> Step:
    """Until nothing has come for a while."""
    return terminal.pump(quiet=0.8, limit=30)


def rest_bytes(step: Step) -> int:
    """What is no pixels, placements included."""
    return len(_ANY_PICTURE.sub(b"", step.data)) + sum(map(len, _SHOWING.findall(step.data)))


def test_sheet__on_kitty__sends_each_picture_once_and_leaves_none(folder: Path) -> None:
    with desk_on(folder, "kitty") as terminal:
        terminal.wait_for("PAINTED")
        quiet(terminal)
        before = len(terminal.leaked())
        terminal.press("T")
        until(terminal, lambda: len(terminal.leaked()) >= before + 9)
        quiet(terminal)
        step = terminal.send("l")
        assert step.kitty_sent == 0
        assert rest_bytes(step) <= 1_200
        for key in "jjjj":
            terminal.press(key)
            quiet(terminal)
        for key in ("k", "k", "k", "k", "T", "T"):
            terminal.press(key)
            assert quiet(terminal).kitty_sent <= (1 if key == "T" else 0), "the large picture at most"
        terminal.press("T")
        terminal.wait_for("BROWSE")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.leaked() == set()
        assert terminal.images.dropped == []


@pytest.mark.parametrize("protocol", ["sixel", "iterm2"])
def test_sheet__on_a_terminal_whose_pictures_are_cells__draws_what_was_uncovered_and_no_more(
    folder: Path, protocol: str
) -> None:
    def drawn(step: Step) -> int:
        return step.sixel_images + step.iterm2_images

    with desk_on(folder, protocol) as terminal:
        terminal.wait_for("PAINTED")
        quiet(terminal)
        terminal.press("T")
        assert drawn(quiet(terminal)) >= 3
        assert drawn(terminal.send("l")) == 0, "the cursor is text"
        terminal.press("?")
        terminal.wait_for("one picture to the left")
        quiet(terminal)
        terminal.press("escape")
        assert drawn(quiet(terminal)) >= 3
        terminal.press("T")
        terminal.wait_for("BROWSE")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_queue__roomy_on_kitty__walks_in_few_bytes_and_leaves_no_picture(folder: Path) -> None:
    with desk_on(folder, "kitty", "--queue", "roomy") as terminal:
        terminal.wait_for("PAINTED")
        quiet(terminal)
        sent = len(terminal.leaked())
        assert sent >= 9, "a small picture for each row in view, and the large one"
        terminal.press(*"jjjj")
        quiet(terminal)
        terminal.press(*"kkkk")
        assert quiet(terminal).kitty_sent <= 2, "of the large picture at most"
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.leaked() == set()
