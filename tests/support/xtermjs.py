"""A real xterm.js with its image add-on in headless Chromium: feed it bytes, get its screen as pixels.

Needs Debian's chromium and npm; the two JavaScript packages are fetched once into a folder of the caller's.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PACKAGES = ("@xterm/xterm@6.0.0", "@xterm/addon-image@0.9.0")
LONGEST_WAIT_S = 40.0

# The browser takes its screenshot when the page has loaded, and /wait keeps it from that until the terminal is done.
_PAGE = """<!doctype html><meta charset="utf-8">
<style>body { margin: 0; background: #000 }</style>
<link rel="stylesheet" href="/node_modules/@xterm/xterm/css/xterm.css">
<script src="/node_modules/@xterm/xterm/lib/xterm.js"></script>
<script src="/node_modules/@xterm/addon-image/lib/addon-image.js"></script>
<div id="screen"></div><img src="/wait">
<script>
const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, fontSize: 14, scrollback: 50 });
terminal.loadAddon(new ImageAddon.ImageAddon());
terminal.open(document.getElementById("screen"));
const bytes = Uint8Array.from(atob("DATA"), (one) => one.charCodeAt(0));
terminal.write(bytes, () => requestAnimationFrame(() => setTimeout(() => {
  const area = document.querySelector(".xterm-screen").getBoundingClientRect();
  const buffer = terminal.buffer.active;
  fetch("/report", { method: "POST", body: JSON.stringify({
    left: area.left, top: area.top, width: area.width, height: area.height,
    cursor: [buffer.cursorX, buffer.cursorY], scrolled: buffer.baseY,
    lines: [...Array(ROWS).keys()].map((row) => buffer.getLine(buffer.baseY + row).translateToString(true)),
  }) });
}, 300)));
</script>
"""


@dataclass
class Screen:
    """What xterm.js showed.

    Attributes:
        pixels: RGB of the whole window.
        left, top: screen pixel of the first cell.
        cell_width, cell_height: of a cell in screen pixels; fractions are possible.
        cursor: column and row, from 0.
        scrolled: rows that left the screen at the top.
        lines: the text.
    """

    pixels: NDArray[np.uint8]
    left: float
    top: float
    cell_width: float
    cell_height: float
    cursor: tuple[int, int]
    scrolled: int
    lines: list[str]

    def cells(self, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        """The pixels of a rectangle of cells."""
        left, right = (round(self.left + at * self.cell_width) for at in (x, x + width))
        top, bottom = (round(self.top + at * self.cell_height) for at in (y, y + height))
        return self.pixels[top:bottom, left:right]


class _Handler(SimpleHTTPRequestHandler):
    """Serves the page and the packages, and takes the page's report."""

    def __init__(self, *args: Any, page: bytes, done: threading.Event, reports: list[Any], folder: Path) -> None:
        self._page, self._done, self._reports = page, done, reports
        super().__init__(*args, directory=str(folder))

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(200, self._page)
        elif self.path == "/wait":
            self._done.wait(LONGEST_WAIT_S)
            self._answer(404, b"")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._reports.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(200, b"")
        self._done.set()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def fetch_xtermjs(folder: Path) -> Path:
    """Fetch the JavaScript packages into a folder, which is returned; nothing happens when they are there."""
    if not (folder / "node_modules" / "@xterm" / "addon-image").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}", encoding="utf-8")
        subprocess.run(["npm", "install", "--silent", "--no-audit", *PACKAGES], cwd=folder, check=True, timeout=120)
    return folder


@contextmanager
def _serving(page: str, folder: Path, reports: list[Any]) -> Iterator[str]:
    handler = partial(_Handler, page=page.encode(), done=threading.Event(), reports=reports, folder=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def show(text: str, packages: Path, screenshot: Path, *, columns: int = 100, rows: int = 30) -> Screen:
    """Write ``text`` to a fresh terminal and take a screenshot, which is kept.

    Raises:
        AssertionError: there is no browser, or the terminal did not get through the text.
    """
    browser = shutil.which("chromium")
    if browser is None:
        raise AssertionError("Chromium is not installed; on Debian: apt-get install chromium")
    data = base64.b64encode(text.encode()).decode("ascii")
    page = _PAGE.replace("COLUMNS", str(columns)).replace("ROWS", str(rows)).replace("DATA", data)
    reports: list[Any] = []
    with _serving(page, packages, reports) as address:
        call = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,700",
            "--force-device-scale-factor=1", f"--user-data-dir={screenshot.with_suffix('.profile')}",
            f"--screenshot={screenshot}", address,
        ]  # fmt: skip
        subprocess.run(call, capture_output=True, timeout=LONGEST_WAIT_S + 20, check=True)
    if not reports:
        raise AssertionError("xterm.js did not get through what was written")
    report = reports[0]
    with Image.open(screenshot) as image:
        pixels = np.asarray(image.convert("RGB"))
    return Screen(
        pixels=pixels,
        left=report["left"],
        top=report["top"],
        cell_width=report["width"] / columns,
        cell_height=report["height"] / rows,
        cursor=(report["cursor"][0], report["cursor"][1]),
        scrolled=report["scrolled"],
        lines=report["lines"],
    )
