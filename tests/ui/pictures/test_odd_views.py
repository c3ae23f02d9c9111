"""Awkward files in the picture view, drawn by each protocol: shown and acknowledged, or refused in words."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.scaling import view
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.ui.pictures import PictureHost, PictureView, Pixels
from reviewtui.ui.pictures.facts import TerminalFacts
from reviewtui.ui.pictures.room import PictureRoom
from tests.support import pictures
from tests.ui.pictures.test_odd_pictures import ODD

EVERYTHING = TerminalFacts(
    can=("kitty", "iterm2", "sixel", "half", "text"), cell_px=PixelSize(10, 20), truecolor=True, rtt_ms=80, name="foot"
)
PROTOCOLS = ("kitty", "iterm2", "sixel", "half", "text")


def write_animated_webp(path: Path) -> Path:
    frames = [pictures.solid(60, 40, (30, 30, 200)), pictures.solid(60, 40, (30, 200, 30))]
    frames[0].save(path, "WEBP", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    return path


FILES: dict[str, Callable[[Path], Path]] = {**ODD, "animated.webp": write_animated_webp}


@dataclass
class FileSource:
    """A file as the desk shows it: read by the decoder, at its displayed size."""

    path: Path
    decoder: Decoder
    size: PixelSize

    @property
    def key(self) -> str:
        return self.path.name

    def load(self, box: PixelRect, target: PixelSize) -> Pixels:
        return view(self.decoder.load_rgb(self.path).rgb, box, (target.width, target.height))


class _AtOnce:
    def ask(self, answered: Callable[[], None]) -> None:
        answered()


class _App(PictureHost, App[None]):
    def __init__(self, protocol: str) -> None:
        super().__init__()
        self.picture_acknowledger = _AtOnce()
        self.room = PictureRoom(self, EVERYTHING, protocol)
        self.picture = PictureView(painters=self.room.painter)
        self.failures: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.picture

    def on_picture_view_failed(self, event: PictureView.Failed) -> None:
        self.failures.append(str(event.error))

    def on_unmount(self) -> None:
        self.room.close()


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(4000):
        if condition():
            return
        await pilot.pause(0.005)
    raise AssertionError("the condition never held")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(timeout_s=30) as shared:
        yield shared


@pytest.fixture(scope="module")
def sources(decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> list[FileSource]:
    folder = tmp_path_factory.mktemp("odd")
    made = []
    for name, write in FILES.items():
        rgb = decoder.load_rgb(write(folder / name)).rgb
        made.append(FileSource(folder / name, decoder, PixelSize(rgb.shape[1], rgb.shape[0])))
    return made


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_view__every_odd_file__is_shown_fitted_and_at_1_to_1(sources: list[FileSource], protocol: str) -> None:
    app = _App(protocol)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.picture.painter.name == protocol
        for source in sources:
            app.picture.show(source, keep_view=False)
            await until(pilot, lambda: app.picture.armed)
            evidence = app.picture.evidence()
            assert evidence is not None
            assert (evidence.key, evidence.protocol) == (source.key, protocol)
            app.picture.zoom_to(1)
            await until(pilot, lambda: (said := app.picture.evidence()) is not None and said.scale <= 1)
        await until(pilot, lambda: app.picture.painter.is_idle)
    assert app.failures == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_view__picture_beyond_the_limits__says_why_and_the_next_one_is_shown(
    sources: list[FileSource], tmp_path: Path, protocol: str
) -> None:
    bomb = pictures.write_png(tmp_path / "bomb.png", pictures.solid(300, 200))
    app = _App(protocol)
    with Decoder(timeout_s=30, max_pixels=50_000) as strict:
        async with app.run_test(size=(80, 24)) as pilot:
            app.picture.show(sources[0])
            await until(pilot, lambda: app.picture.armed)
            app.picture.show(FileSource(bomb, strict, PixelSize(300, 200)), placeholder=True)
            await until(pilot, lambda: app.failures)
            assert "more than the limit" in app.failures[0]
            assert not app.picture.armed
            app.picture.show(sources[0])
            await until(pilot, lambda: app.picture.armed)


async def test_view__two_hundred_megapixels__are_shown(decoder: Decoder, tmp_path: Path) -> None:
    huge = tmp_path / "200mp.png"
    Image.new("1", (20_000, 10_000), 1).save(huge)
    app = _App("half")
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(FileSource(huge, decoder, PixelSize(20_000, 10_000)))
        await until(pilot, lambda: app.picture.armed or app.failures)
        assert app.failures == []
        assert cell_colors(app, 40, 12) == (255, 255, 255)


def cell_colors(app: Any, x: int, y: int) -> tuple[int, ...]:
    return tuple(app.picture.render_line(y)._cells[x].fg)


def display_p3() -> bytes:
    """A profile with the primaries of Display P3 and a plain gamma. Source: ICC.1:2001-04, matrix-based profiles."""

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(fixed, values))

    name = b"P3 for a test\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        **{tag: b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) for tag in (b"rTRC", b"gTRC", b"bTRC")},
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return head.ljust(128, b"\0") + table + body


async def test_view__wide_gamut_jpeg__is_shown_as_srgb(decoder: Decoder, tmp_path: Path) -> None:
    path, app = tmp_path / "p3.jpg", _App("half")
    pictures.solid(80, 60, (200, 80, 80)).save(path, "JPEG", quality=95, icc_profile=display_p3())
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.show(FileSource(path, decoder, PixelSize(80, 60)))
        await until(pilot, lambda: app.picture.armed)
        # The same red lies further out in the smaller space: about (215, 71, 76).
        assert np.abs(np.array(cell_colors(app, 40, 12)) - (215, 71, 76)).max() <= 6


async def test_view__turned_jpeg__stands_upright(sources: list[FileSource]) -> None:
    app = _App("half")
    async with app.run_test(size=(80, 24)) as pilot:
        source = next(one for one in sources if one.key == "turned.jpg")
        assert source.size == PixelSize(100, 300)
        app.picture.show(source)
        await until(pilot, lambda: app.picture.armed)
        upright = np.asarray(pictures.gradient(300, 100).transpose(Image.Transpose.ROTATE_270))
        left, top = app.picture._origin()
        for x, y in ((0, 0), (12, 3), (3, 18)):
            shown = cell_colors(app, left + x, top + y)
            scale = app.picture.viewport.picture_px_per_shown_px
            at = upright[min(int((2 * y + 0.5) * scale), 299), min(int((x + 0.5) * scale), 99)]
            assert np.abs(np.array(shown) - at).max() < 24, (x, y, shown, at)
