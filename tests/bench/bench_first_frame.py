"""From exec to the first frame with the queue on a terminal, 10 000 assets, against a bare Textual app."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from reviewtui.model.entities import File
from reviewtui.model.lifecycle import FileState
from reviewtui.services.workspace import SYSTEM, open_workspace
from reviewtui.store.assets import add_found_assets
from reviewtui.store.files import save_file
from tests.bench.measure import machine
from tests.support.fake_terminal import FakeTerminal
from tests.support.pictures import solid, write_png
from tests.support.terminal_protocol import Profile

ASSETS = 10_000
CHUNK = 500
ROUNDS = 7
AIM = 2.0

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("the first frame is here", markup=False)
Bare().run()
"""


def fill(folder: Path) -> None:
    """Files on disk and in the database as a first scan lists them, found and not decoded."""
    data = write_png(folder / "first.png", solid(8, 8)).read_bytes()
    names = [f"asset_{n:05d}" for n in range(ASSETS)]
    (folder / "first.png").unlink()
    for name in names:
        (folder / f"{name}.png").write_bytes(data)
    workspace = open_workspace(folder)
    for start in range(0, ASSETS, CHUNK):
        part = names[start : start + CHUNK]
        with workspace.store.write(SYSTEM, durable=False) as tx:
            ids = add_found_assets(tx, part)
            for name in part:
                status = (folder / f"{name}.png").lstat()
                save_file(
                    tx,
                    File(
                        id=0, path=f"{name}.png".encode(), display=f"{name}.png", asset_id=ids[name], version_id=None,
                        label=None, state=FileState.FOUND, reason=None, size_bytes=status.st_size,
                        mtime_ns=status.st_mtime_ns, inode=status.st_ino, device=status.st_dev,
                    ),
                )  # fmt: skip
    workspace.close()


def seconds_until(command: list[str], text: bytes) -> float:
    """From exec until `text` was written to the terminal."""
    # No worker is to be started beside the desk: its reading of the folder is not part of the first frame.
    environment = {"REVIEWTUI_WORKER_IDLE_S": "0"}
    began = time.perf_counter()
    with FakeTerminal(command, profile=Profile.for_protocol("none"), cols=124, rows=40, env=environment) as term:
        while text not in term.raw:
            term.pump(quiet=0.002, limit=0.05)
        return time.perf_counter() - began


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        os.environ["HOME"] = place
        folder = Path(place) / "many"
        folder.mkdir()
        fill(folder)
        desk = [sys.executable, "-m", "reviewtui", str(folder), "--read-only"]
        bare = [sys.executable, "-c", BARE]
        ours, references = [], []
        for _ in range(ROUNDS):
            ours.append(seconds_until(desk, b"asset_00005"))
            references.append(seconds_until(bare, b"the first frame is here"))
    mine, reference = statistics.median(ours), statistics.median(references)
    print(f"queue of {ASSETS} assets on the screen: {mine * 1000:.0f} ms; bare Textual app: {reference * 1000:.0f} ms;")
    print(f"ratio {mine / reference:.2f} (aim at most {AIM:g})")


if __name__ == "__main__":
    main()
