"""How long the event loop stands still while pictures of 8 MP and more load, against the same loop at rest."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import open_workspace
from tests.bench.measure import machine, milliseconds
from tests.support.pictures import texture
from tests.support.robot import Robot, at_desk

PICTURES = 8
BEAT_S = 0.001
AIM_MS = 16


async def beat(gaps: list[float], stop: asyncio.Event) -> None:
    """Note how much later than asked the loop comes round."""
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(BEAT_S)
        gaps.append(max(time.perf_counter() - began - BEAT_S, 0.0))


async def measure(desk: Robot, gaps: list[float], act: bool) -> None:
    stop = asyncio.Event()
    heart = asyncio.create_task(beat(gaps, stop))
    for _ in range(PICTURES - 1):
        if act:
            desk._send("j")
            await asyncio.sleep(0.05)
            await desk.wait_until(lambda: desk.desk.picture.armed)
        else:
            await asyncio.sleep(0.2)
    stop.set()
    await heart


async def run(folder: Path) -> None:
    workspace = open_workspace(folder, flags={"scan_settle_s": 0.0})
    with Decoder() as decoder:
        scan(workspace, decoder)
        loading: list[float] = []
        resting: list[float] = []
        async with at_desk(workspace, decoder) as desk:
            await desk.wait_until(lambda: desk.desk.picture.armed)
            await measure(desk, resting, act=False)
            await measure(desk, loading, act=True)
    workspace.close()
    print(f"at rest:             {milliseconds(resting)}")
    print(f"8.6 MP being loaded: {milliseconds(loading)} (aim at most {AIM_MS} ms)")


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "work"
        folder.mkdir()
        for n in range(PICTURES):
            big = texture(900, 600, seed=n).resize((3600, 2400), Image.Resampling.BICUBIC)
            big.save(folder / f"big_{n}.jpg", "JPEG", quality=92)
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
