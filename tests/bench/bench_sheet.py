"""The contact sheet and the roomy queue: bytes of a page, of a step, of a scrolled band; seconds on a slow line.

    python -m tests.bench.bench_sheet [MBIT] [ROUND_TRIP_MS]

Bytes are counted at 80 ms, where the line counts as slow until it is measured. Figures of a step leave pixels out.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.bench.measure import machine
from tests.bench.picture_line import TimedImages, slow_line
from tests.bench.picture_photos import PHOTOS
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile, Step

PICTURES = 160
SCREEN = (160, 46)
MOVES = 12
WALK = 200
ENV = {"REVIEWTUI_WORKER_IDLE_S": "0", "REVIEWTUI_SCAN_SETTLE_S": "0"}


def fill(folder: Path) -> None:
    """Different parts of real photographs, and a workspace that knows them."""
    folder.mkdir()
    originals = [Image.open(path).convert("RGB") for path in PHOTOS]
    for number in range(PICTURES):
        image = originals[number % len(originals)]
        width, height = round(image.width * (0.4 + number % 5 / 10)), round(image.height * (0.4 + number % 7 / 12))
        x, y = (image.width - width) * (number % 11) // 10, (image.height - height) * (number % 13) // 12
        part = image.crop((x, y, x + width, y + height))
        part.thumbnail((900, 900))
        part.save(folder / f"shot_{number:03d}.jpg", quality=85)
    subprocess.run([sys.executable, "-m", "reviewtui", "scan", str(folder)], check=True, capture_output=True,
                   env={**os.environ, **ENV})  # fmt: skip


@dataclass
class Cost:
    """Bytes of a step: pixels, and everything else."""

    pixels: int
    rest: int

    @classmethod
    def of(cls, step: Step, showing: int = 0) -> Cost:
        """Placements are counted with the rest."""
        pixels = step.picture_bytes - showing
        return cls(pixels, step.written_bytes - pixels)


def press(desk: FakeTerminal, key: str, quiet: float = 0.4) -> Cost:
    images = desk.images
    before = images.showing_bytes if isinstance(images, TimedImages) else 0
    step = desk.send(key, quiet=quiet, limit=60)
    after = images.showing_bytes if isinstance(images, TimedImages) else 0
    return Cost.of(step, after - before)


def middle(costs: list[Cost]) -> str:
    rest, pixels = (
        statistics.median(values) for values in zip(*((one.rest, one.pixels) for one in costs), strict=True)
    )
    return f"{rest:.0f} bytes" + (f" and {pixels / 1000:.1f} KB of pixels" if pixels else "")


def opened(folder: Path, protocol: str, *words: str) -> FakeTerminal:
    command = [sys.executable, "-m", "reviewtui", "open", str(folder), *words]
    desk = FakeTerminal(
        command,
        profile=Profile.for_protocol(protocol),
        cols=SCREEN[0],
        rows=SCREEN[1],
        delay_ms=80,
        env=ENV,
        screen=True,
    )
    desk.images = TimedImages()
    desk.wait_for("BROWSE", limit=60)
    desk.pump(quiet=2.0, limit=60)
    return desk


def sheet(folder: Path, protocol: str) -> None:
    with opened(folder, protocol) as desk:
        page = press(desk, "T", 2.0)
        sent = desk.images.shown if isinstance(desk.images, TimedImages) else []
        print(f"{protocol}: a page: {page.pixels / 1000:.0f} KB of pixels, {page.rest / 1000:.1f} KB else"
              f"{f', {len(sent)} placements' if sent else ''}")  # fmt: skip
        steps = [press(desk, key) for key in ["l", "h"] * (MOVES // 2)]
        print(f"{protocol}: the cursor moves: {middle(steps)}")
        down = [press(desk, "j", 1.5) for _ in range(6)][3:]
        print(f"{protocol}: a band comes into view: {middle(down)}")
        again = [press(desk, key, 0.8) for key in [*"kkkkk", *"jjjjj"]]
        moved = [one for one in again if one.rest > 1500] or again
        print(f"{protocol}: bands seen before, back and forth: {middle(moved)}")
        press(desk, "T", 1.0)
        print(f"{protocol}: opened again: {middle([press(desk, 'T', 1.0)])}")
        for number in range(WALK):
            desk.press("j" if number // 20 % 2 == 0 else "k")
            desk.pump(quiet=10, limit=0.03)
        rest = desk.pump(quiet=1.0, limit=60)
        print(f"{protocol}: {WALK} moves at 30 a second: the last byte {rest.last or 0:.2f} s behind the last key")
        desk.press("T")
        desk.pump(quiet=1.0)
        desk.press("q")
        desk.wait_exit(30)
        print(f"{protocol}: ids left in the terminal: {len(desk.leaked())}")


def queue(folder: Path, protocol: str) -> None:
    with opened(folder, protocol, "--queue", "roomy") as desk:
        moving = [press(desk, key, 0.6) for key in ["j", "k"] * (MOVES // 2)]
        print(f"{protocol}, roomy queue: the cursor moves: {middle(moving)} (the picture's included)")
        for _ in range(14):
            press(desk, "j", 0.6)
        scrolling = [press(desk, "j", 0.8) for _ in range(MOVES)]
        print(f"{protocol}, roomy queue: a step that scrolls: {middle(scrolling)} (the picture's included)")


def on_slow_line(folder: Path, place: Path, mbit: float, trip_ms: float) -> None:
    with slow_line(place, mbit, trip_ms) as line:
        command = line.call("reviewtui", [folder])
        with FakeTerminal(
            command, profile=Profile.for_protocol("kitty"), cols=SCREEN[0], rows=SCREEN[1], env=ENV, screen=True
        ) as desk:
            images = desk.images = TimedImages()
            desk.wait_for("BROWSE", limit=60)
            desk.pump(quiet=3.0, limit=60)
            images.shown.clear()
            began = time.monotonic()
            desk.send("T", quiet=3.0, limit=90)
            times = [at_s - began for at_s, _ in images.shown]
            tiles = len(times) // 2
            print(f"{mbit:g} Mbit/s, {trip_ms:g} ms: {tiles} first looks by {times[tiles - 1]:.2f} s, the page sharp by"
                  f" {times[-1]:.1f} s")  # fmt: skip


def main() -> None:
    print(machine())
    mbit, trip_ms = (float(word) for word in [*sys.argv[1:], "1", "80"][:2])
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "shoot"
        fill(folder)
        for protocol in ("kitty", "sixel", "iterm2", "none"):
            sheet(folder, protocol)
        for protocol in ("kitty", "none"):
            queue(folder, protocol)
        on_slow_line(folder, Path(place), mbit, trip_ms)


if __name__ == "__main__":
    main()
