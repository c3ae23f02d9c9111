"""A real kitty shows the picture where it belongs, plain and in tmux; looked at pixel by pixel in a screenshot."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent.parent
SHOT = ROOT / "tests" / "support" / "kitty_shot.sh"
COLOUR = (200, 40, 90)

pytestmark = [pytest.mark.terminals, pytest.mark.timeout(600)]


def _shot(folder: Path, command: list[str], keys: str = "") -> np.ndarray:
    out = folder / "shot.png"
    lab = os.environ.get("REVIEWTUI_KITTY_LAB", str(Path("~root").expanduser() / ".cache" / "kitty"))
    call = [str(SHOT), "-w", "12", "-p", "3", *(["-k", keys] if keys else []), str(out), "--", *command]
    subprocess.run(call, check=True, env={**os.environ, "LAB": lab}, timeout=500)
    with Image.open(out) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def _program(folder: Path) -> list[str]:
    picture = folder / "plain.png"
    Image.new("RGB", (800, 600), COLOUR).save(picture)
    return ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.support.picture_app", str(picture)]


def _share(pixels: np.ndarray) -> float:
    """How much of the window has the picture's very colour."""
    return float((pixels == COLOUR).all(axis=-1).mean())


def test_kitty__plain__shows_the_picture_in_its_true_colours(tmp_path: Path) -> None:
    pixels = _shot(tmp_path, _program(tmp_path))
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert tuple(middle) == COLOUR
    # 800×600 pixels, never enlarged, of a screen of 1700×1100.
    assert 0.9 < _share(pixels) * 1700 * 1100 / (800 * 600) < 1.05


def test_kitty__dialog_over_the_picture__is_seen(tmp_path: Path) -> None:
    pixels = _shot(tmp_path, _program(tmp_path), keys="d")
    assert _share(pixels) < 0.05


def test_kitty__in_tmux__shows_the_picture_in_its_true_colours(tmp_path: Path) -> None:
    config = tmp_path / "tmux.conf"
    config.write_text("set -g allow-passthrough on\nset -g default-terminal tmux-256color\n")
    command = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(config), "new-session", *_program(tmp_path)]
    pixels = _shot(tmp_path, ["env", "-u", "TMUX", "TERM=xterm-256color", *command])
    subprocess.run(["tmux", "-S", str(tmp_path / "socket"), "kill-server"], check=False, capture_output=True)
    assert 0.9 < _share(pixels) * 1700 * 1100 / (800 * 600) < 1.05


def _two_colours(folder: Path) -> list[str]:
    """A picture whose changed copy has two colours exchanged; see ``picture_app.CHANGED``."""
    picture = folder / "halves.png"
    image = Image.new("RGB", (1000, 700), (90, 90, 90))
    image.paste(COLOUR, (400, 300, 550, 500))
    image.paste((30, 160, 60), (550, 300, 700, 500))
    image.save(picture)
    return ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.support.picture_app", str(picture)]


def _middle_of(pixels: np.ndarray, colour: tuple[int, int, int]) -> tuple[float, int]:
    """Column in the middle of a colour, and how many pixels have it."""
    found = np.argwhere((pixels == colour).all(axis=-1))
    return float(found[:, 1].mean()), len(found)


@pytest.mark.parametrize(("keys", "is_changed"), [("f", True), ("f f", False), ("f f f", True)])
def test_kitty__flipped__shows_the_right_frame_in_its_true_colours(tmp_path: Path, keys: str, is_changed: bool) -> None:
    pixels = _shot(tmp_path, _two_colours(tmp_path), keys=keys)
    first, count = _middle_of(pixels, COLOUR)
    second, other_count = _middle_of(pixels, (30, 160, 60))
    assert (first > second) is is_changed
    assert count == other_count == 150 * 200


def test_kitty__zoomed_and_panned_in_tmux__shows_the_right_part_in_its_true_colours(tmp_path: Path) -> None:
    config = tmp_path / "tmux.conf"
    config.write_text("set -g allow-passthrough on\nset -g default-terminal tmux-256color\n")
    picture = tmp_path / "large.png"
    image = Image.new("RGB", (3000, 2000), (90, 90, 90))
    image.paste(COLOUR, (1400, 900, 1600, 1100))
    image.save(picture)
    program = ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.support.picture_app", str(picture)]
    command = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(config), "new-session", *program]
    middles = []
    for keys in ("1", "1 Right Right"):
        pixels = _shot(tmp_path, ["env", "-u", "TMUX", "TERM=xterm-256color", *command], keys=keys)
        subprocess.run(["tmux", "-S", str(tmp_path / "socket"), "kill-server"], check=False, capture_output=True)
        middle, count = _middle_of(pixels, COLOUR)
        assert count == 200 * 200
        middles.append(middle)
    # Two steps of four cells; the screen's cells are some 9 pixels wide.
    assert 8 * 7 <= middles[0] - middles[1] <= 8 * 12
