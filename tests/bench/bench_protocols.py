"""Sixel, iTerm2 and half cells over ssh on a slow line: how soon, how many bytes, how quick a key is meanwhile.

python -m tests.bench.bench_protocols [MBIT] [ROUND_TRIP_MS]
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.measure import machine, share
from tests.support.fake_terminal import FakeTerminal
from tests.support.loopback_sshd import LoopbackSshd, free_port
from tests.support.terminal_protocol import Profile, Step

ROOT = Path(__file__).parent.parent.parent
PHOTOS = ("campaign/meadow_v001.jpg", "social/dandelion_v001.jpg", "social/brushes_v001.jpg", "lobby/dogs_v001.jpg")
COLUMNS, ROWS, CELL = 126, 38, (10, 20)
TERMINALS = {
    "sixel": Profile(sixel=True, xtversion="foot(1.21.0)"),
    "sixel in xterm": Profile(sixel=True, xtversion="XTerm(379)", sync_output=False),
    "iterm2": Profile.for_protocol("iterm2"),
    "half": Profile.for_protocol("none"),
}
END_OF_FRAME = b"\x1b[?2026l"
FIRST_LOOK_BYTES = 4_000
AIMS = "aims: first 0.30 s, key echo p95 250 ms"


class Looks(FakeTerminal):
    """Notes when each look at a picture was complete: pieces come from the top to the bottom, look after look."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.looks: list[tuple[float, int]] = []
        self.frames: list[tuple[float, int]] = []
        self.place = (0, 0)
        self._last = (9999, 9999)
        super().__init__(*arguments, **options)

    def _draw(self, kind: str, body: bytes) -> None:
        if found := re.fullmatch(rb"\x1b\[(\d+);(\d+)H", body):
            self.place = (int(found[1]), int(found[2]))
        if body == END_OF_FRAME:
            self.frames.append((time.monotonic(), len(self.raw) - len(self._buffer)))
        super()._draw(kind, body)

    def _dcs(self, body: bytes, step: Step) -> None:
        self._note(body, step, lambda: super(Looks, self)._dcs(body, step))

    def _osc(self, body: bytes, step: Step) -> None:
        self._note(body, step, lambda: super(Looks, self)._osc(body, step))

    def _note(self, body: bytes, step: Step, take: Callable[[], None]) -> None:
        before = step.sixel_images + step.iterm2_images
        take()
        if step.sixel_images + step.iterm2_images == before:
            return
        # What is being taken still stands in the buffer.
        now = (time.monotonic(), len(self.raw) - len(self._buffer) + len(body))
        if self.place <= self._last or not self.looks:
            self.looks.append(now)
        else:
            self.looks[-1] = now
        self._last = self.place


def echo(line: Looks, count: int) -> list[float]:
    """Seconds from a key to its answer on the screen."""
    waited = []
    for _ in range(count):
        now = re.findall(r"count (\d+)", line.screen_text()[0])[0]
        began = time.monotonic()
        line.press("e")
        line.wait_for(f"count {1 + int(now)}", 20)
        waited.append(time.monotonic() - began)
    return waited


def loads(line: Looks, count: int, limit_s: float) -> None:
    """Print what the next pictures cost until each look was complete."""
    firsts, fulls = [], []
    for _ in range(count):
        line.pump(quiet=1.5, limit=20)
        line.looks.clear()
        began, bytes_before = time.monotonic(), len(line.raw)
        step = line.send("n", quiet=1.5, limit=limit_s)
        looks = line.looks or [(began + (step.last or 0), len(line.raw))]
        told = [(at - began, size - bytes_before) for at, size in looks]
        print("  next picture:", ", ".join(f"{at:.2f} s {size / 1000:.0f} KB" for at, size in told))
        firsts.append(told[0])
        fulls.append(told[-1])
    for name, pairs in (("first", firsts), ("best", fulls)):
        seconds, sizes = statistics.median(at for at, _ in pairs), statistics.median(size for _, size in pairs)
        print(f"  {name}: median {seconds:.2f} s, {sizes / 1000:.0f} KB")


def cells(line: Looks, count: int) -> None:
    """Print when the first look and all of the next pictures were complete."""
    for _ in range(count):
        line.pump(quiet=1.5, limit=20)
        line.frames.clear()
        began, before = time.monotonic(), len(line.raw)
        line.send("n", quiet=1.5, limit=13)
        large = [(at - began, size - before) for at, size in line.frames]
        first = next(pair for pair in large if pair[1] > FIRST_LOOK_BYTES)
        told = ", ".join(f"{at:.2f} s {size / 1000:.0f} KB" for at, size in (first, large[-1]))
        print("  next picture:", told)


def on_line(line: Looks, name: str) -> None:
    """All figures of one terminal."""
    line.wait_for(name.split()[0], 60)
    line.pump(quiet=2, limit=20)
    if name == "half":
        cells(line, 2)
    else:
        loads(line, 2, 13)
    line.press("n")
    waited = echo(line, 14)
    print(f"  key echo while loading: median {statistics.median(waited):.2f} s, p95 {share(waited, 0.95):.2f} s")
    line.pump(quiet=2, limit=20)
    for what, key in (("flip", "f"), ("flip", "f"), ("flip", "f"), ("mask", "m"), ("mask", "m")):
        step = line.send(key, quiet=0.7, limit=6)
        print(f"  {what}: {step.written_bytes} bytes, after {step.last or 0:.2f} s")
    line.press("q")
    line.wait_exit(20)


def main() -> None:
    print(machine(), "·", AIMS)
    mbit, trip_ms = (float(word) for word in (sys.argv[1:] + ["1", "80"][len(sys.argv) - 1 :])[:2])
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        with LoopbackSshd(Path(place) / "ssh") as host:
            port = free_port()
            words = [sys.executable, "-m", "tests.support.slow_link"]
            words += map(str, (port, host.port, mbit, trip_ms / 2))
            link = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
            assert link.stdout is not None
            link.stdout.readline()
            photos = " ".join(str(ROOT / "data" / name) for name in PHOTOS)
            remote = f"cd {ROOT} && exec {sys.executable} -m tests.support.picture_app {photos}"
            call = host.command(remote, port=port, env={"PYTHONPATH": str(ROOT)})
            for name in sys.argv[3:] or TERMINALS:
                print(f"{name}, {mbit:g} Mbit/s, {trip_ms:g} ms:")
                line = Looks(call, profile=TERMINALS[name], cols=COLUMNS, rows=ROWS, cell=CELL, screen=True)
                with line:
                    on_line(line, name)
            link.terminate()
            link.wait()


if __name__ == "__main__":
    main()
