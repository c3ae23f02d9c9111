"""Pictures over ssh on a slow line: when something is seen, what a step costs, when a key is answered."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import share
from tests.bench.picture_photos import ROOT
from tests.support.fake_terminal import FakeTerminal
from tests.support.loopback_sshd import LoopbackSshd, free_port
from tests.support.terminal_protocol import KittyImages, Profile, Step

SCREEN = (126, 38)


class TimedImages(KittyImages):
    """Notes when something was shown, and how many bytes had come by then; tells pixels from what shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[float, int]] = []
        self.size_bytes = 0
        self.showing_bytes = 0

    def command(self, body: bytes, step: Step) -> bytes:
        self.size_bytes += len(body) + 4
        if re.match(rb"Ga=[pad],", body):
            self.showing_bytes += len(body) + 4
        if re.match(rb"G(a=p|a=a|.*?,a=p)", body):
            self.shown.append((time.monotonic(), self.size_bytes))
        return super().command(body, step)


@dataclass
class Found:
    """What was measured; seconds and bytes."""

    first_s: list[float] = field(default_factory=list)
    half_s: list[float] = field(default_factory=list)
    full_s: list[float] = field(default_factory=list)
    echo_s: list[float] = field(default_factory=list)
    rest_echo_s: list[float] = field(default_factory=list)
    steps: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    left: int = 0


@dataclass(frozen=True)
class SlowLine:
    """An ssh call's way over a slow line."""

    host: LoopbackSshd
    port: int

    def call(self, module: str, paths: list[Path], *, compress: bool = False) -> list[str]:
        words = " ".join(map(str, paths))
        remote = f"cd {ROOT} && exec {sys.executable} -m {module} {words}"
        # ssh hands no COLORTERM on; without it textual-image's Kitty pictures are blank.
        env = {"PYTHONPATH": str(ROOT), "COLORTERM": "truecolor"}
        call = self.host.command(remote, port=self.port, env=env)
        return [call[0], "-C", *call[1:]] if compress else call


@contextmanager
def slow_line(folder: Path, mbit: float, trip_ms: float) -> Iterator[SlowLine]:
    """A server of its own behind a slow line."""
    with LoopbackSshd(folder) as host:
        port = free_port()
        words = map(str, (port, host.port, mbit, trip_ms / 2))
        command = [sys.executable, "-m", "tests.support.slow_link", *words]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as link:
            assert link.stdout is not None
            link.stdout.readline()
            yield SlowLine(host, port)
            link.terminate()
            link.wait()


def over(line: FakeTerminal, images: TimedImages, key: str, settle_s: float, limit_s: float) -> list[tuple[float, int]]:
    """Press a key; (seconds, bytes so far) of everything that was shown afterwards."""
    images.shown.clear()
    before, began = images.size_bytes, time.monotonic()
    line.send(key, quiet=settle_s, limit=limit_s)
    return [(at - began, size - before) for at, size in images.shown]


def echo(line: FakeTerminal, count: int, limit_s: float = 60) -> list[float]:
    """Seconds from a key to its answer on the screen."""
    waited = []
    for _ in range(count):
        now = re.findall(r"count (\d+)", line.screen_text()[0])[0]
        text = f"count {1 + int(now)}"
        began = time.monotonic()
        line.press("e")
        line.wait_for(text, limit_s)
        waited.append(time.monotonic() - began)
    return waited


def ours(line: SlowLine, paths: list[Path], limit_s: float, *, compress: bool = False) -> Found:
    """Our own views; see ``tests.support.picture_app``."""
    images, found = TimedImages(), Found()
    call = line.call("tests.support.picture_app", paths, compress=compress)
    with FakeTerminal(call, cols=SCREEN[0], rows=SCREEN[1], profile=Profile.for_protocol("kitty"), screen=True) as term:
        term.images = images
        term.wait_for("kitty", 60)
        term.pump(quiet=2, limit=limit_s)
        for _ in range(3):
            steps = over(term, images, "n", 2.0, limit_s)
            print("  next picture:", ", ".join(f"{at:.2f} s {size / 1000:.0f} KB" for at, size in steps[:4]))
            for times, place in ((found.first_s, 0), (found.half_s, 1), (found.full_s, 2)):
                times.extend(at for at, _ in steps[place : place + 1])
        term.press("n")
        found.echo_s = echo(term, 12)
        if not compress:
            _steps(term, images, found, limit_s)
        term.press("q")
        term.wait_exit(30)
        found.left = len(term.leaked())
    return found


def _steps(term: FakeTerminal, images: TimedImages, found: Found, limit_s: float) -> None:
    """Flip, zoom, pan and move a frame, and what each writes to show it."""
    term.pump(quiet=1.5, limit=limit_s)
    found.rest_echo_s = echo(term, 5)
    term.send("f", quiet=2, limit=limit_s)
    # ``mask``: an overlay that is moved; its first step sends what overlays are made of.
    for name, key in (("flip", "f"), ("flip", "f"), ("zoom", "+"), ("pan", "right"), ("mask", "m"), ("mask", "m")):
        before = images.showing_bytes
        step = term.send(key, quiet=0.5, limit=0.6)
        text = step.written_bytes - step.picture_bytes
        found.steps[name] = (images.showing_bytes - before, text, step.first or 0.0)


def rival(line: SlowLine, paths: list[Path], limit_s: float) -> Found:
    """textual-image's Kitty widget with the same pictures."""
    images, found = TimedImages(), Found()
    call = line.call("tests.bench.rival_app", paths)
    with FakeTerminal(call, cols=SCREEN[0], rows=SCREEN[1], profile=Profile.for_protocol("kitty"), screen=True) as term:
        term.images = images
        term.wait_for("count 0", 60)
        term.pump(quiet=2, limit=limit_s)
        began = time.monotonic()
        term.send("n", quiet=1.5, limit=0.5)
        found.echo_s = echo(term, 1)
        # The key is answered when the picture is through.
        found.full_s.append(time.monotonic() - began)
        term.press("q")
        term.pump(quiet=0.5, limit=3)
        found.left = len(term.leaked())
    return found


def median(values: list[float]) -> float:
    """Or not a number."""
    return statistics.median(values) if values else float("nan")


def worst(values: list[float]) -> float:
    """95th percentile."""
    return share(values, 0.95) if values else float("nan")
