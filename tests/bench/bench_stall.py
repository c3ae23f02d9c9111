"""How long the event loop stands still while pictures of 8 MP and more load, against the same loop at rest.

Photographs of the system's wallpapers where there are any (Debian: lomiri-wallpapers, mate-backgrounds), else enlarged
textures, which are smoother than photographs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.services.ingest import scan
from reviewtui.services.workspace import open_workspace
from reviewtui.ui.app import spare_collections
from tests.bench.measure import machine, milliseconds, share
from tests.support.pictures import texture
from tests.support.robot import Robot, at_desk

PICTURES, ROUNDS = 6, 2
BEAT_S, REST_S = 0.001, 0.3
AIM_P99_MS, AIM_P999_MS = 5, 16
PLACES = (Path("/usr/share/backgrounds"), Path("/usr/share/wallpapers"))
LEAST_PX = 8_000_000


@dataclass
class Gaps:
    """How late the loop came round, by the clock, and how long it worked meanwhile."""

    clock_s: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)


async def beat(gaps: Gaps, stop: asyncio.Event) -> None:
    """Note every turn of the loop."""
    while not stop.is_set():
        began, worked = time.perf_counter(), time.thread_time()
        await asyncio.sleep(BEAT_S)
        gaps.clock_s.append(max(time.perf_counter() - began - BEAT_S, 0.0))
        gaps.processor_s.append(time.thread_time() - worked)


async def measure(desk: Robot, gaps: Gaps, act: bool) -> None:
    stop = asyncio.Event()
    heart = asyncio.create_task(beat(gaps, stop))
    for _ in range(ROUNDS):
        for key in "jk":
            for _ in range(PICTURES - 1):
                if act:
                    desk._send(key)
                    await asyncio.sleep(0.05)
                    await desk.wait_until(lambda: desk.desk.picture.armed)
                    await asyncio.sleep(REST_S)
                else:
                    await asyncio.sleep(0.2)
    stop.set()
    await heart


async def run(folder: Path) -> None:
    workspace = open_workspace(folder, flags={"scan_settle_s": 0.0})
    with Decoder() as decoder:
        scan(workspace, decoder)
        loading, resting = Gaps(), Gaps()
        async with at_desk(workspace, decoder) as desk:
            spare_collections()
            await desk.wait_until(lambda: desk.desk.picture.armed)
            await measure(desk, resting, act=False)
            await measure(desk, loading, act=True)
    workspace.close()
    for words, gaps in (("at rest", resting), ("loading", loading)):
        for kind, values in (("clock", gaps.clock_s), ("processor", gaps.processor_s)):
            print(f"{words}, {kind}: {milliseconds(values)}, p99.9 {share(values, 0.999) * 1000:.2f} ms")
    print(f"aim: p99 at most {AIM_P99_MS} ms, p99.9 at most {AIM_P999_MS} ms")


def photographs() -> list[Path]:
    """Wallpapers of at least `LEAST_PX`, by size, the largest last."""
    found = []
    for place in PLACES:
        for path in sorted(place.rglob("*.jp*g")) if place.is_dir() else ():
            with Image.open(path) as image:
                if image.width * image.height >= LEAST_PX:
                    found.append((image.width * image.height, path))
    return [path for _, path in sorted(found)[:PICTURES]]


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "work"
        folder.mkdir()
        photos = photographs()
        if len(photos) == PICTURES:
            print("photographs:", ", ".join(path.name for path in photos))
        for n in range(PICTURES):
            if len(photos) == PICTURES:
                shutil.copy(photos[n], folder / f"photo_{n}.jpg")
            else:
                big = texture(900, 600, seed=n).resize((3600, 2400), Image.Resampling.BICUBIC)
                big.save(folder / f"big_{n}.jpg", "JPEG", quality=92)
        asyncio.run(run(folder))


if __name__ == "__main__":
    main()
