"""Bytes on the wire and decibels of a full picture, ours and what other programs send for the same pixels."""

from __future__ import annotations

import io
import shutil
import statistics
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reviewtui.ui.pictures.kitty import commands
from reviewtui.ui.pictures.kitty.rungs import LADDER, encode_rung
from tests.bench.picture_photos import FULL, ROOT, decibels, framed
from tests.support.fake_terminal import FakeTerminal
from tests.support.terminal_protocol import Profile

CELL = (10, 20)
CELLS = (FULL[0] // CELL[0], FULL[1] // CELL[1])


def _wire_bytes(payload: str) -> int:
    return sum(map(len, commands.transmission(88, payload)))


def ladder(pixels: list[NDArray[np.uint8]], bytes_per_s: float) -> list[tuple[float, float]]:
    """Median bytes and decibels of each rung; prints them."""
    found = []
    for number, rung in enumerate(LADDER):
        sizes, levels = [], []
        for one in pixels:
            encoded = encode_rung(one, rung, bytes_per_s)
            with Image.open(io.BytesIO(encoded.png)) as image:
                shown = np.asarray(image.convert("RGB").resize(FULL, Image.Resampling.BILINEAR))
            sizes.append(_wire_bytes(encoded.payload))
            levels.append(decibels(one, shown))
        middle = (statistics.median(sizes), statistics.median(levels))
        found.append(middle)
        print(
            f"  rung {number} {rung.truth:8} {middle[0] / 1000:7.0f} KB (largest {max(sizes) / 1000:.0f})"
            f" {middle[1]:6.1f} dB (least {min(levels):.1f}), n {len(pixels)}"
        )
    raw = statistics.median(len(zlib.compress(one.tobytes(), 6)) * 4 / 3 for one in pixels[:4])
    print(f"  exact pixels as raw RGB, o=z: {raw / 1000:.0f} KB, median of 4")
    return found


def rivals(paths: list[Path]) -> dict[str, float]:
    """Median bytes of other programs for the same pixels on a terminal of as many; prints them."""
    words = {"textual-image": [sys.executable, "-m", "tests.bench.rival_print"]}
    if shutil.which("chafa"):
        words["chafa kitty"] = ["chafa", "-f", "kitty", "--size", f"{CELLS[0]}x{CELLS[1]}"]
        words["chafa sixel"] = ["chafa", "-f", "sixel", "--size", f"{CELLS[0]}x{CELLS[1]}"]
        words["chafa symbols"] = ["chafa", "-f", "symbols", "--size", f"{CELLS[0]}x{CELLS[1]}"]
    if shutil.which("timg"):
        words["timg kitty"] = ["timg", "-pk", f"-g{CELLS[0]}x{CELLS[1]}"]
    found = {}
    with tempfile.TemporaryDirectory() as place:
        files = []
        for number, path in enumerate(paths):
            file = Path(place) / f"{number}.png"
            Image.fromarray(framed(path)).save(file, compress_level=1)
            files.append(file)
        for name, command in words.items():
            sizes = [_printed([*command, str(file)]) for file in files]
            found[name] = statistics.median(sizes)
            print(f"  {name:14} {found[name] / 1000:7.0f} KB, n {len(files)}")
    return found


def _printed(command: list[str]) -> int:
    """What a program writes on a terminal of 1600×900 pixels of picture."""
    env = {"PYTHONPATH": str(ROOT)}
    profile = Profile.for_protocol("kitty")
    with FakeTerminal(command, cols=CELLS[0], rows=CELLS[1] + 1, cell=CELL, profile=profile, env=env) as terminal:
        terminal.wait_exit(60)
        return len(terminal.raw)
