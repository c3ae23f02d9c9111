"""What a step of a mask costs on the line, status line and all, and that nothing of it stays in the terminal."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.desks import DeskTerminal
from tests.support.terminal_protocol import Profile

CORNER_SHEETS = {3, 4, 5, 6}
SIZE = re.compile(r"^ ?(\d+)×(\d+), ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures.write_png(tmp_path / "work" / "hero_v001.png", pictures.texture(600, 400, 1))
    return tmp_path / "work"


@pytest.fixture
def marking(folder: Path) -> Iterator[DeskTerminal]:
    """A desk in MARK with the first corner set, on a terminal with Kitty graphics."""
    command = [sys.executable, "-m", "reviewtui", "open", str(folder)]
    # The worker that a desk starts must not outlive the test.
    idle = {"REVIEWTUI_WORKER_IDLE_S": "0"}
    profile = Profile.for_protocol("kitty")
    desk = DeskTerminal(command, cols=124, rows=40, profile=profile, screen=True, env=idle)
    with desk:
        desk.wait_for("kitty true")
        desk.press("enter")
        desk.wait_mode("VIEW")
        desk.press("d")
        desk.wait_for("edge +8 px automatic")
        desk.press("space")
        yield desk


def size_of(lines: list[str]) -> tuple[int, int]:
    found = SIZE.match(lines[-2])
    return (int(found[1]), int(found[2])) if found else (0, 0)


def step(desk: DeskTerminal, key: str) -> tuple[int, int]:
    """Bytes on the line and pictures sent, from a key until the line says another size."""
    before = size_of(desk.screen_text())
    desk.press(key)
    seen = desk.wait_until(lambda lines: size_of(lines) not in (before, (0, 0)), f"another size than {before}")
    return seen.written_bytes, seen.kitty_sent


def test_mask__dragged__costs_less_than_600_bytes_a_step_and_sends_no_picture(marking: DeskTerminal) -> None:
    desk = marking
    for key in "lll":
        step(desk, key)
    desk.wait_until(lambda _: desk.images.stored >= CORNER_SHEETS, "sheets for dragging")
    step(desk, "j")
    for key in "jlhkjjll":
        written_bytes, sent = step(desk, key)
        assert written_bytes <= 600
        assert sent == 0


def test_mask__left__terminal_keeps_nothing(marking: DeskTerminal) -> None:
    desk = marking
    for key in "lj":
        step(desk, key)
    assert desk.images.stored
    desk.press("escape")
    desk.wait_mode("VIEW")
    desk.press("q")
    desk.wait_mode("BROWSE")
    desk.press("q")
    assert desk.wait_exit() == 0
    assert desk.leaked() == set()
