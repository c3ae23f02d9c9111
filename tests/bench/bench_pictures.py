"""Pictures in a terminal with Kitty graphics: how soon, how many bytes, how true; side by side with other programs.

    python -m tests.bench.bench_pictures [MBIT] [ROUND_TRIP_MS]

The environment's MBIT and ROUND_TRIP_MS hold where nothing is said. The line is ssh over a link of that speed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import machine
from tests.bench.picture_line import Found, median, ours, rival, slow_line, worst
from tests.bench.picture_memory import SWITCHES, in_tmux, leaks, stalls
from tests.bench.picture_photos import PHOTOS, framed, photographs
from tests.bench.picture_quality import ladder, rivals

ON_LINE = [PHOTOS[2], PHOTOS[7], PHOTOS[6], PHOTOS[4]]
_RIVALS = 3
"""Photographs that other programs are tried with; enough for a ratio."""


def row(goal: str, aim: str, found: str, other: str = "") -> None:
    print(f"| {goal} | {aim} | {found} | {other} |")


def table(
    mbit: float, trip_ms: float, found: Found, slow: Found, sizes: dict[str, float], full: tuple[float, float]
) -> None:
    """Goal, aim, what was found, what others do."""
    bytes_per_s = mbit * 125_000

    def at_rate(name: str) -> str:
        return f"{sizes[name] / bytes_per_s:.1f} s" if name in sizes else "–"

    wait = f"textual-image {median(slow.full_s):.1f} s"
    print(f"\n| goal ({mbit:g} Mbit/s, {trip_ms:g} ms) | aim | here | others |")
    print("|---|---|---|---|")
    row(
        "first picture",
        "≤ 0.30 s",
        f"{median(found.first_s):.2f} s",
        f"{wait}; chafa symbols {at_rate('chafa symbols')}",
    )
    row("half", "≤ 1.5 s", f"{median(found.half_s):.2f} s")
    others = f"{wait}; timg {at_rate('timg kitty')}, chafa {at_rate('chafa kitty')} (bytes by speed)"
    row("full", "≤ 6 s", f"{median(found.full_s):.2f} s", others)
    times = ", ".join(f"{name} {size / full[0]:.1f} ×" for name, size in sizes.items())
    row("bytes of a full picture, 1600×900", "≤ 530 KB at ≥ 36 dB", f"{full[0] / 1000:.0f} KB, {full[1]:.1f} dB", times)
    for name, aim in (("flip", "≤ 64 bytes"), ("zoom", "≤ 100 bytes"), ("pan", "≤ 100 bytes"), ("mask", "≤ 600 bytes")):
        if name in found.steps:
            shown, text, first_s = found.steps[name]
            row(name, aim, f"{shown} bytes, {text} of text, begins after {first_s * 1000:.0f} ms", "a picture again")
    row("key echo while a picture loads, p95", "≤ 250 ms", f"{worst(found.echo_s) * 1000:.0f} ms",
        f"textual-image {worst(slow.echo_s) * 1000:.0f} ms")  # fmt: skip
    row("left in the terminal", "0", str(found.left), f"textual-image {slow.left}")


def main() -> None:
    words = [*sys.argv[1:], *(["", ""])][:2]
    mbit = float(words[0] or os.environ.get("MBIT", "1"))
    trip_ms = float(words[1] or os.environ.get("ROUND_TRIP_MS", "80"))
    print(machine())
    paths = photographs()
    print("rungs at 1600×900, bytes with their commands:")
    full = ladder([framed(path) for path in paths], 125_000)[2]
    print("the same pixels from other programs:")
    sizes = rivals(paths[:_RIVALS])
    limit_s = min(6 + 4 / mbit, 12)
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        with slow_line(Path(place) / "ssh", mbit, trip_ms) as line:
            print(f"{mbit:g} Mbit/s, {trip_ms:g} ms, ssh:")
            found = ours(line, ON_LINE, limit_s)
            print("the same with ssh -C:")
            ours(line, ON_LINE[:2], limit_s, compress=True)
            slow = rival(line, ON_LINE[:2], limit_s)
    table(mbit, trip_ms, found, slow, sizes, full)
    tmux = in_tmux(ON_LINE)
    for name, aim in (("flip", "≤ 200 bytes"), ("pan", "≤ 30 KB"), ("zoom", "≤ 30 KB")):
        row(f"{name} in tmux", aim, f"{tmux[name]} bytes with text" if tmux else "no tmux here")
    loading, resting = stalls()
    row("event loop while 3840×2160 loads", "p99 ≤ 5, p99.9 ≤ 16 ms", loading, f"at rest: {resting}")
    most, left, broken = leaks(ON_LINE)
    row(f"after {SWITCHES} switches", "0 leaked", f"{left} left, at most {most}, {broken} broken")


if __name__ == "__main__":
    main()
