"""What stays in the terminal after a thousand switches, what tmux costs, and how long the event loop stands still."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.bench.picture_photos import ROOT
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile

SWITCHES = 1000
UHD = (3840, 2160)


def _app(paths: list[Path]) -> list[str]:
    return [sys.executable, "-m", "tests.support.picture_app", *map(str, paths)]


def leaks(paths: list[Path]) -> tuple[int, int, int]:
    """(Most pictures at a time, left at the end, uploads that were broken) over many switches."""
    env = {"PYTHONPATH": str(ROOT)}
    with FakeTerminal(
        _app(paths), cols=80, rows=24, profile=Profile.for_protocol("kitty"), env=env, cwd=ROOT, screen=True
    ) as line:
        line.wait_for("kitty", 60)
        most = broken = 0
        for number in range(SWITCHES // 10):
            keys = b"n" * 11 if number % 3 else b"n+n0f-f1p" * 2
            broken += line.send(keys, quiet=0.02, limit=0.8).kitty_broken
            if number % 14 == 0:
                # Now and then long enough for a picture to come, else each is overtaken by the next one.
                line.press("e")
                broken += line.wait_for(f"count {number // 14 + 1}", 60).kitty_broken
                broken += line.pump(quiet=1, limit=4).kitty_broken
            most = max(most, len(line.leaked()))
        line.press("q")
        line.wait_exit(30)
        return most, len(line.leaked()), broken


def in_tmux(paths: list[Path]) -> dict[str, int]:
    """Bytes that tmux hands on to the terminal for a step; empty without tmux."""
    if shutil.which("tmux") is None:
        return {}
    with tempfile.TemporaryDirectory() as place:
        config, socket = Path(place) / "conf", Path(place) / "socket"
        config.write_text("set -g allow-passthrough on\nset -g default-terminal tmux-256color\nset -g status off\n")
        command = ["tmux", "-S", str(socket), "-f", str(config), "new-session", *_app(paths)]
        env = {"PYTHONPATH": str(ROOT)}
        try:
            with FakeTerminal(
                command, cols=126, rows=38, profile=Profile.for_protocol("kitty"), env=env, cwd=ROOT, screen=True
            ) as line:
                line.wait_for("kitty true", 60)
                line.send("f", quiet=1.5, limit=20)
                found: dict[str, int] = {}
                for name, key in (("flip", "f"), ("flip", "f"), ("zoom", "1"), ("pan", "right"), ("pan", "left")):
                    found[name] = _first_burst(line, key)
                    line.pump(quiet=1.5, limit=20)
                return found
        finally:
            subprocess.run(["tmux", "-S", str(socket), "kill-server"], check=False, capture_output=True)


def _first_burst(line: FakeTerminal, key: str) -> int:
    """Bytes until the screen shows the step; sharper pixels come later."""
    step = line.send(key, quiet=0.12, limit=0.5)
    return step.written_bytes


def stalls() -> tuple[str, str]:
    """How late the event loop comes round while pictures of 3840×2160 come, go and are zoomed into; and at rest."""
    with tempfile.TemporaryDirectory() as place:
        paths = []
        for number, name in enumerate(("campaign/meadow_v001.jpg", "social/dandelion_v001.jpg")):
            with Image.open(ROOT / "data" / name) as image:
                large = image.convert("RGB").resize(UHD, Image.Resampling.BICUBIC)
            paths.append(Path(place) / f"{number}.jpg")
            large.save(paths[-1], quality=92)
        env = {"PYTHONPATH": str(ROOT)}
        with FakeTerminal(
            _app(paths), cols=160, rows=48, profile=Profile.for_protocol("kitty"), env=env, cwd=ROOT, screen=True
        ) as line:
            line.wait_for("kitty true", 60)
            said = []
            for keys in ("nn1n0n", ""):
                line.press("s")
                line.wait_for("measuring", 20)
                for key in keys:
                    line.send(key, quiet=0.8, limit=6)
                line.pump(quiet=2, limit=2)
                line.press("s")
                line.wait_for("stalls", 20)
                said.append(re.findall(r"stalls (.*)", line.screen_text()[0])[0].strip())
            line.press("q")
            line.wait_exit(30)
            return said[0], said[1]
