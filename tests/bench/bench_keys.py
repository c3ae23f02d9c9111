"""Bytes on the wire for a key in the queue, alone and held for ten seconds, and what a held one leaves behind.

Pixels of graphics are left out; half cells are text, so the picture counts there.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.bench_first_frame import fill
from tests.bench.measure import machine, share
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile

ASSETS = 2_000
MOVES = 20
HELD_S, KEYS_PER_S = 10.0, 30
AIM_MOVING, AIM_SCROLLING = 1_500, 4_000


def press(desk: FakeTerminal, key: str, times: int) -> list[int]:
    """Bytes that each of some single presses cost, pictures left out."""
    found = []
    for _ in range(times):
        step = desk.send(key, quiet=0.25)
        found.append(step.written_bytes - step.picture_bytes)
    return found


def hold(desk: FakeTerminal, key: str, back: str) -> tuple[float, float]:
    """Bytes for each key of a held one, pictures left out, and seconds from the last key until nothing is written.

    Args:
        key: that is held.
        back: held in its place in every other second, so that the cursor stays on its page.
    """
    written = keys = 0
    began = time.monotonic()
    while (now := time.monotonic()) < began + HELD_S:
        desk.press(back if keys // KEYS_PER_S % 2 else key)
        keys += 1
        step = desk.pump(quiet=10, limit=max(began + keys / KEYS_PER_S - now, 0.001))
        written += step.written_bytes - step.picture_bytes
    rest = desk.pump(quiet=0.5, limit=20)
    return written / keys, rest.last or 0.0


def report(words: str, values: list[int], aim: int) -> None:
    print(f"{words}: median {statistics.median(values):.0f}, p95 {share(values, 0.95)} bytes (aim at most {aim})")


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "many"
        fill(folder, ASSETS, on_disk=True)
        command = [sys.executable, "-m", "reviewtui", str(folder)]
        env = {"REVIEWTUI_WORKER_IDLE_S": "0", "REVIEWTUI_SCAN_SETTLE_S": "0"}
        for name in ("none", "kitty"):
            with FakeTerminal(
                command, profile=Profile.for_protocol(name), cols=124, rows=40, env=env, screen=True
            ) as desk:
                desk.wait_for("BROWSE", limit=60)
                desk.pump(quiet=1.0, limit=20)
                report(f"{name}: a key moving", press(desk, "j", MOVES), AIM_MOVING)
                desk.press(*"gg34j")
                desk.pump(quiet=0.5)
                report(f"{name}: a key scrolling", press(desk, "j", MOVES), AIM_SCROLLING)
                for words, go, key, back in (("moving", "gg", "j", "k"), ("scrolling", "G34k", "k", "k")):
                    desk.press(*go)
                    desk.pump(quiet=0.5)
                    each, rest_s = hold(desk, key, back)
                    print(
                        f"{name}: held {HELD_S:g} s, {words}: {each:.0f} bytes a key,"
                        f" the last byte {rest_s:.2f} s behind the last key"
                    )


if __name__ == "__main__":
    main()
