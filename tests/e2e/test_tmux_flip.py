"""What a flip costs at the terminal outside tmux, with a real tmux in between."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile

ROOT = Path(__file__).parent.parent.parent
CONFIG = "set -g allow-passthrough on\nset -g default-terminal tmux-256color\nset -g status off\n"


def test_tmux__flip__is_one_passthrough_of_under_200_bytes(tmp_path: Path) -> None:
    assert shutil.which("tmux"), "apt-get install tmux"
    picture, config = tmp_path / "halves.png", tmp_path / "tmux.conf"
    image = Image.new("RGB", (1000, 700), (90, 90, 90))
    image.paste((200, 40, 90), (400, 300, 550, 500))
    image.save(picture)
    config.write_text(CONFIG)
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(config)]
    program = [sys.executable, "-m", "tests.support.picture_app", str(picture)]
    env = {"PYTHONPATH": str(ROOT)}
    kitty = Profile.for_protocol("kitty")
    with FakeTerminal(
        [*tmux, "new-session", *program], cols=100, rows=30, profile=kitty, env=env, cwd=ROOT, screen=True
    ) as line:
        try:
            line.wait_for("kitty true halves.png", 60)
            line.press("f")
            line.wait_for("kitty true halves.png+", 60)
            line.pump(quiet=1.0, limit=20)
            for label in ("halves.png", "halves.png+"):
                begin = len(line.raw)
                line.press("f")
                line.wait_until(lambda lines, label=label: lines[-1] == f"kitty true {label}", label)  # type: ignore[misc]
                flip = bytes(line.raw[begin:])
                assert flip.startswith(b"\x1b_Ga=a,")
                # Behind each passthrough tmux sets every mode anew.
                assert flip.count(b"\x1b[?25h") == 1
                picture_bytes = flip.index(b"\x1b[30;") if b"\x1b[30;" in flip else len(flip)
                assert picture_bytes <= 185
        finally:
            subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
