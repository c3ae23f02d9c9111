"""From exec to the first frame with the queue on a terminal, 100 000 assets, against a bare Textual app."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from reviewtui.model.entities import File
from reviewtui.model.lifecycle import FileState
from reviewtui.services.workspace import SYSTEM, open_workspace
from reviewtui.store.assets import add_found_assets
from reviewtui.store.files import save_file
from tests.bench.measure import machine
from tests.support.fake_terminal import FakeTerminal
from tests.support.pictures import gradient, write_png
from tests.support.terminal_protocol import Profile

ASSETS = 100_000
CHUNK = 500
ROUNDS = 7
LIMIT_S = 30.0
AIM = 1.84
"""0.35 s where a bare Textual app takes 0.19 s."""

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("the first frame is here", markup=False)
Bare().run()
"""


def fill(folder: Path, assets: int, *, on_disk: bool = False) -> None:
    """Files in the database as a first scan lists them, found and not decoded; their names are enough for a queue.

    Args:
        on_disk: whether the files, small pictures, are there as well.
    """
    folder.mkdir()
    data = write_png(folder / "first.png", gradient(640, 480)).read_bytes() if on_disk else b""
    (folder / "first.png").unlink(missing_ok=True)
    names = [f"asset_{n:06d}" for n in range(assets)]
    for name in names if on_disk else ():
        (folder / f"{name}.png").write_bytes(data + name.encode())
    workspace = open_workspace(folder)
    for start in range(0, assets if not on_disk else 0, CHUNK):
        part = names[start : start + CHUNK]
        with workspace.store.write(SYSTEM, durable=False) as tx:
            ids = add_found_assets(tx, part)
            for name in part:
                save_file(
                    tx,
                    File(
                        id=0, path=f"{name}.png".encode(), display=f"{name}.png", asset_id=ids[name], version_id=None,
                        label=None, state=FileState.FOUND, reason=None, size_bytes=1, mtime_ns=1, inode=1, device=1,
                    ),
                )  # fmt: skip
    workspace.close()


@dataclass(frozen=True)
class Start:
    """How a program came to its first frame: seconds on the clock, and seconds of processor time of all its threads."""

    wall_s: float
    cpu_s: float


def processor_s(pid: int) -> float:
    """Processor time of a running process so far."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def start(command: list[str], text: bytes) -> Start:
    """From exec until `text` was written to the terminal."""
    # No worker is to be started beside the desk: its reading of the folder is not part of the first frame.
    environment = {"REVIEWTUI_WORKER_IDLE_S": "0"}
    began = time.perf_counter()
    with FakeTerminal(command, profile=Profile.for_protocol("none"), cols=124, rows=40, env=environment) as term:
        while text not in term.raw:
            assert time.perf_counter() - began < LIMIT_S, bytes(term.raw[-500:])
            term.pump(quiet=0.002, limit=0.05)
        return Start(time.perf_counter() - began, processor_s(term.pid))


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "many"
        fill(folder, ASSETS)
        desk = [sys.executable, "-m", "reviewtui", str(folder), "--read-only"]
        bare = [sys.executable, "-c", BARE]
        ours, references = [], []
        for _ in range(ROUNDS):
            ours.append(start(desk, b"asset_000005"))
            references.append(start(bare, b"the first frame is here"))
    for words, of in (("clock", attrgetter("wall_s")), ("processor", attrgetter("cpu_s"))):
        mine, reference = statistics.median(map(of, ours)), statistics.median(map(of, references))
        print(
            f"{words}: queue of {ASSETS} assets on the screen {mine * 1000:.0f} ms,"
            f" bare Textual app {reference * 1000:.0f} ms, ratio {mine / reference:.2f} (aim at most {AIM:g})"
        )


if __name__ == "__main__":
    main()
