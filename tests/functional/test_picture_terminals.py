"""The desk on terminals of each kind: what is detected is drawn, a key costs no more than it must, keys stay keys."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import pictures
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile, Step


@contextmanager
def desk_on(profile: Profile, folder: Path, *options: str) -> Iterator[FakeTerminal]:
    command = [sys.executable, "-m", "reviewtui", "open", str(folder), *options]
    # The worker that a desk starts must not outlive the test.
    idle = {"REVIEWTUI_WORKER_IDLE_S": "0"}
    with FakeTerminal(command, cols=120, rows=40, cell=(8, 16), profile=profile, screen=True, env=idle) as terminal:
        yield terminal


def read_until(terminal: FakeTerminal, enough: Callable[[Step], bool]) -> Step:
    """Read until what came in together is enough."""
    total = Step("total")
    for _ in range(200):
        step = terminal.pump(quiet=0.1, limit=2.0)
        total.sixel_images += step.sixel_images
        total.iterm2_images += step.iterm2_images
        total.picture_bytes += step.picture_bytes
        if enough(total):
            return total
    raise AssertionError("the pictures never came")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate(("a", "b")):
        pictures.write_png(tmp_path / "work" / f"{name}_v001.png", pictures.texture(400, 300, number))
    return tmp_path / "work"


def count(step: Step, protocol: str) -> int:
    return {"sixel": step.sixel_images, "iterm2": step.iterm2_images}[protocol]


@pytest.mark.parametrize("protocol", ["sixel", "iterm2"])
def test_desk__terminal_with_pictures__draws_them_by_itself(folder: Path, protocol: str) -> None:
    with desk_on(Profile.for_protocol(protocol), folder) as terminal:
        step = read_until(terminal, lambda total: count(total, protocol) >= 1)
        other = {"sixel": step.iterm2_images, "iterm2": step.sixel_images}[protocol]
        assert other == 0
        terminal.wait_for("PAINTED")
        terminal.press("j")
        assert read_until(terminal, lambda total: count(total, protocol) >= 1).picture_bytes > 1000
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_desk__silent_terminal__gets_half_cells_and_no_pictures(folder: Path) -> None:
    with desk_on(Profile(silent=True), folder) as terminal:
        terminal.wait_until(lambda lines: sum("▀▀▀" in line for line in lines) > 5)
        assert b"\x1bP0;1;0q" not in terminal.raw
        assert b"\x1b]1337;File" not in terminal.raw


def test_desk__images_text__describes_the_picture(folder: Path) -> None:
    with desk_on(Profile.for_protocol("sixel"), folder, "--images", "text") as terminal:
        terminal.wait_for("400×300 px, 4:3")
        terminal.wait_for("contrast")
        assert b"\x1bP0;1;0q" not in terminal.raw
        assert not any("▀" in line for line in terminal.screen_text())


def test_desk__kitty__flips_between_two_versions_in_a_few_bytes(tmp_path: Path) -> None:
    clean = pictures.texture(400, 300, 3)
    pictures.write_png(tmp_path / "work" / "a_v001.png", clean)
    pictures.write_png(tmp_path / "work" / "a_v002.png", pictures.with_blemish(clean, (100, 80, 60, 40)))
    with desk_on(Profile.for_protocol("kitty"), tmp_path / "work") as terminal:
        terminal.wait_for("kitty true")
        terminal.press("C")
        terminal.wait_for("COMPARE")
        side = "B"
        # The first flips find out where the two differ.
        for _ in range(12):
            side = "A" if side == "B" else "B"
            terminal.press(" ")
            step = terminal.wait_until(lambda lines, side=side: f"━ {side} " in lines[1] and "PAINTED" in lines[-1])  # type: ignore[misc]
            flips = [one for one in step.data.split(b"\x1b_G") if one.startswith(b"a=a")]
            if flips and step.picture_bytes <= 64:
                break
            terminal.pump(quiet=0.2, limit=3)
        assert flips
        assert step.picture_bytes <= 64
        assert step.kitty_sent == step.kitty_frames == 0
        assert terminal.images.frames[max(terminal.images.stored)] >= 2
        terminal.press("q", "q")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.leaked() == set()


def test_desk__line_breaks_in_the_middle_of_a_picture__ends_and_the_next_one_shows_pictures(tmp_path: Path) -> None:
    pictures.write_png(tmp_path / "work" / "a_v001.png", pictures.noise(400, 300, seed=5))
    with desk_on(Profile.for_protocol("kitty"), tmp_path / "work", "--images", "kitty") as first:
        # Nothing is answered any more, so that the picture stays half sent.
        first.wait_until(lambda _: b"\x1b[c" in first.raw or b"?1049h" in first.raw)
        first.delay = 3600
        first.wait_until(lambda _: first.images.is_open)
        first.press("j")
        assert first.close(grace=10) not in (-9, 1)
    with desk_on(Profile.for_protocol("kitty"), tmp_path / "work") as second:
        second.images = first.images
        second.wait_for("kitty true")
        second.wait_for("PAINTED")
        second.press("q")
        assert second.wait_exit() == 0
        assert second.leaked() == set()


def test_desk__images_command__draws_another_way_and_frees_what_was_sent(folder: Path) -> None:
    profile = Profile(kitty=True, sixel=True, xtversion="kitty(0.41.1)")
    with desk_on(profile, folder) as terminal:
        terminal.wait_for("kitty true")
        assert terminal.leaked()
        for mode, sign in (("half", "▀▀▀"), ("text", "400×300 px, 4:3"), ("sixel", "sixel palette")):
            terminal.press(":")
            terminal.type_text(f"images {mode}")
            terminal.press("enter")
            terminal.wait_for(sign)
            terminal.wait_for("PAINTED")
            assert not terminal.leaked()
        terminal.press(":")
        terminal.type_text("images iterm2")
        terminal.press("enter")
        terminal.wait_for("kitty(0.41.1) does not take iTerm2 pictures")
        terminal.wait_for("sixel palette")
        terminal.press(":")
        terminal.type_text("images auto")
        terminal.press("enter")
        terminal.wait_for("kitty true")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert not terminal.leaked()


@pytest.mark.parametrize(("silent", "sign"), [(False, "PAINTED"), (True, "terminal silent")])
def test_desk__inside_gnu_screen__only_the_terminal_outside_acknowledges(
    folder: Path, tmp_path: Path, silent: bool, sign: str
) -> None:
    assert shutil.which("screen"), "apt-get install screen"
    sockets = tmp_path / "screen"
    sockets.mkdir(mode=0o700)
    env = {"SCREENDIR": str(sockets), "LANG": "C.UTF-8", "REVIEWTUI_WORKER_IDLE_S": "0"}
    command = ["screen", "-c", "/dev/null", "-S", "desk", sys.executable, "-m", "reviewtui", "open", str(folder)]
    try:
        profile = Profile(silent=silent)
        with FakeTerminal(command, cols=120, rows=40, profile=profile, screen=True, env=env) as terminal:
            terminal.wait_for(sign)
            terminal.wait_until(lambda lines: sum("▀▀▀" in line for line in lines) > 5)
            assert b"\x1b[6n" in terminal.raw
            terminal.press("q")
    finally:
        quit_it = ["screen", "-S", "desk", "-X", "quit"]
        subprocess.run(quit_it, env={**os.environ, **env}, capture_output=True, check=False)
