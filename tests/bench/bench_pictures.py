"""Pictures in a terminal with Kitty graphics, over ssh on a slow line: how soon, how many bytes, how true.

python -m tests.bench.bench_pictures [MBIT] [ROUND_TRIP_MS]
"""

from __future__ import annotations

import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from reviewtui.ui.pictures.kitty.rungs import LADDER, encode_rung
from tests.bench.measure import machine, share
from tests.support.fake_terminal import FakeTerminal
from tests.support.loopback_sshd import LoopbackSshd, free_port
from tests.support.terminal_protocol import KittyImages, Profile, Step

ROOT = Path(__file__).parent.parent.parent
PHOTOS = ("campaign/meadow_v001.jpg", "social/dandelion_v001.jpg", "social/brushes_v001.jpg", "lobby/dogs_v001.jpg")
SWITCHES = 1000


class TimedImages(KittyImages):
    """Notes when something was shown, and how many bytes had come by then."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[float, int]] = []
        self.size_bytes = 0

    def command(self, body: bytes, step: Step) -> bytes:
        self.size_bytes += len(body) + 4
        if re.match(rb"G(a=p|a=a|.*?,a=p)", body):
            self.shown.append((time.monotonic(), self.size_bytes))
        return super().command(body, step)


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = np.mean((first.astype(np.float64) - second.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def quality() -> None:
    """Bytes as base64 and decibels of each rung at 1600×900, against the exactly scaled picture."""
    for number, rung in enumerate(LADDER):
        sizes, levels = [], []
        for name in PHOTOS:
            with Image.open(ROOT / "data" / name) as image:
                pixels = np.asarray(image.convert("RGB").resize((1600, 900), Image.Resampling.LANCZOS))
            encoded = encode_rung(pixels, rung, 125_000)
            shown = Image.open(io.BytesIO(encoded.png)).convert("RGB").resize((1600, 900), Image.Resampling.BILINEAR)
            sizes.append(len(encoded.png) * 4 / 3 / 1000)
            levels.append(psnr(pixels, np.asarray(shown)))
        print(
            f"rung {number} ({rung.truth}): median {statistics.median(sizes):.0f} KB, largest {max(sizes):.0f} KB,"
            f" median {statistics.median(levels):.1f} dB, least {min(levels):.1f} dB"
        )


def over(line: FakeTerminal, images: TimedImages, key: str, settle_s: float, limit_s: float) -> list[tuple[float, int]]:
    """Press a key; (seconds, bytes so far) of everything that was shown afterwards."""
    images.shown.clear()
    before, began = images.size_bytes, time.monotonic()
    line.send(key, quiet=settle_s, limit=limit_s)
    return [(at - began, size - before) for at, size in images.shown]


def echo(line: FakeTerminal, count: int) -> list[float]:
    """Seconds from a key to its answer on the screen."""
    waited = []
    for _ in range(count):
        now = re.findall(r"count (\d+)", line.screen_text()[0])[0]
        text = f"count {1 + int(now)}"
        began = time.monotonic()
        line.press("e")
        line.wait_for(text, 20)
        waited.append(time.monotonic() - began)
    return waited


def on_line(line: FakeTerminal, images: TimedImages) -> None:
    line.wait_for("kitty", 60)
    line.pump(quiet=3, limit=60)
    previews: list[float] = []
    halves: list[float] = []
    fulls: list[float] = []
    for _ in range(3):
        steps = over(line, images, "n", 2.5, 14)
        print("  next picture:", ", ".join(f"{at:.2f} s {size / 1000:.0f} KB" for at, size in steps))
        for times, place in ((previews, 0), (halves, 1), (fulls, 2)):
            if len(steps) > place:
                times.append(steps[place][0])
    for name, times, aim in (("preview", previews, 0.3), ("half", halves, 1.5), ("full", fulls, 6.0)):
        if times:
            print(f"{name}: median {statistics.median(times):.2f} s, worst {max(times):.2f} s (aim {aim})")
    line.press("n")
    waited = echo(line, 12)
    print(f"key echo while loading: p95 {share(waited, 0.95) * 1000:.0f} ms (aim 250)")
    line.pump(quiet=3, limit=40)
    waited = echo(line, 5)
    print(f"key echo at rest: median {statistics.median(waited) * 1000:.0f} ms")
    line.send("f", quiet=3, limit=20)
    for name, key in (
        ("flip", "f"),
        ("flip", "f"),
        ("flip", "f"),
        ("zoom", "+"),
        ("pan", "right"),
        ("mask", "m"),
        ("mask", "m"),
    ):
        step = line.send(key, quiet=0.6, limit=0.7)
        shown = f"{_shortest(step)} to show it, after {step.first or 0:.2f} s"
        print(f"{name}: {step.written_bytes} bytes with frame and question, {shown}")
    line.press("q")
    line.wait_exit(20)
    print(f"left in the terminal: {len(line.leaked())}")


def _shortest(step: Step) -> int:
    found = re.findall(rb"(?:\x1b\[\d+;\d+H)?\x1b_Ga=[pa],[^\x1b]*\x1b\\", step.data)
    return len(found[0]) if found else 0


def leaks() -> None:
    images = TimedImages()
    env = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.support.picture_app", *(str(ROOT / "data" / name) for name in PHOTOS)]
    with FakeTerminal(
        command, cols=80, rows=24, profile=Profile.for_protocol("kitty"), env=env, cwd=ROOT, screen=True
    ) as line:
        line.images = images
        line.pump(quiet=1, limit=20)
        most = broken = 0
        for number in range(SWITCHES // 10):
            keys = b"n" * 11 if number % 3 else b"n+n0f-f1p" * 2
            step = line.send(keys, quiet=0.5 if number % 4 == 0 else 0.03, limit=1.5)
            broken += step.kitty_broken
            most = max(most, len(line.leaked()))
        line.press("q")
        line.wait_exit(30)
        print(
            f"{SWITCHES} switches: at most {most} pictures in the terminal, {len(line.leaked())} left, {broken} broken"
        )


def main() -> None:
    print(machine())
    mbit, trip_ms = (float(word) for word in (sys.argv[1:] + ["1", "80"][len(sys.argv) - 1 :])[:2])
    quality()
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        with LoopbackSshd(Path(place) / "ssh") as host:
            port = free_port()
            link = subprocess.Popen(
                [sys.executable, "-m", "tests.support.slow_link", *map(str, (port, host.port, mbit, trip_ms / 2))],
                cwd=ROOT,
                stdout=subprocess.PIPE,
            )
            assert link.stdout is not None
            link.stdout.readline()
            words = " ".join(str(ROOT / "data" / name) for name in PHOTOS)
            remote = f"cd {ROOT} && exec {sys.executable} -m tests.support.picture_app {words}"
            images = TimedImages()
            call = host.command(remote, port=port, env={"PYTHONPATH": str(ROOT)})
            print(f"{mbit:g} Mbit/s, {trip_ms:g} ms:")
            with FakeTerminal(call, cols=126, rows=38, profile=Profile.for_protocol("kitty"), screen=True) as line:
                line.images = images
                on_line(line, images)
            link.terminate()
            link.wait()
    leaks()


if __name__ == "__main__":
    main()
