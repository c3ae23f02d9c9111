"""Awkward files on their whole way: read by the decoder, scaled for a screen, encoded, and read back."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.scaling import view
from reviewtui.model.geometry import CellSize, PixelRect, PixelSize
from reviewtui.ui.pictures import Viewport
from reviewtui.ui.pictures.iterm2 import to_jpeg, to_png
from reviewtui.ui.pictures.placing import padded
from reviewtui.ui.pictures.sixel import encode_sixel, to_palette
from reviewtui.ui.pictures.source import Pixels
from reviewtui.ui.pictures.words import impression_of
from tests.support import pictures
from tests.support.sixel_decoder import decode_sixels

GRAIN = PixelSize(10, 20)
ROOM = CellSize(40, 12)
SURROUND = (22, 22, 22)

Way = Callable[[Pixels], Pixels]


def by_sixel(pixels: Pixels) -> Pixels:
    (picture,) = decode_sixels(encode_sixel(to_palette(pixels)))
    assert picture.percent.min() >= 0, "a pixel was not drawn"
    return np.round(picture.percent * 2.55).astype(np.uint8)


def by_jpeg(pixels: Pixels) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(to_jpeg(pixels, 92).data)))


def by_png(pixels: Pixels) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(to_png(pixels).data)))


WAYS = [pytest.param(by_sixel, 30, id="sixel"), pytest.param(by_jpeg, 24, id="jpeg"), pytest.param(by_png, 0, id="png")]


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder(timeout_s=20) as shared:
        yield shared


def as_shown(decoder: Decoder, path: Path) -> Pixels:
    """What the terminal is to show: scaled to fit the room and filled up to whole cells."""
    rgb = decoder.load_rgb(path).rgb
    size = PixelSize(rgb.shape[1], rgb.shape[0])
    shown = Viewport(size, ROOM, GRAIN).shown
    return padded(view(rgb, PixelRect.of_size(size), (shown.width, shown.height)), GRAIN, SURROUND)


def write_animated_gif(path: Path) -> Path:
    frames = [pictures.solid(60, 40, (200, 30, 30)), pictures.solid(60, 40, (30, 200, 30))]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return path


def write_transparent_palette(path: Path) -> Path:
    image = Image.fromarray(np.repeat(np.array([[0, 1]], dtype=np.uint8), 150, axis=1).repeat(100, axis=0), "P")
    image.putpalette([200, 10, 10, 20, 30, 240])
    image.save(path, "PNG", transparency=0)
    return path


def write_strip(path: Path) -> Path:
    return pictures.write_jpeg(path, pictures.gradient(20_000, 300))


ODD: dict[str, Callable[[Path], Path]] = {
    "one-pixel.png": pictures.write_tiny_png,
    "strip.jpg": write_strip,
    "palette.png": write_transparent_palette,
    "alpha.png": pictures.write_alpha_png,
    "animated.gif": write_animated_gif,
    "cmyk.jpg": pictures.write_cmyk_jpeg,
    "deep.png": pictures.write_gray16_png,
    "turned.jpg": lambda path: pictures.write_jpeg(path, pictures.gradient(300, 100), orientation=6),
}


@pytest.mark.parametrize(("way", "tolerance"), WAYS)
@pytest.mark.parametrize("name", ODD)
def test_odd_picture__each_protocol__shows_what_the_decoder_read(
    decoder: Decoder, tmp_path: Path, name: str, way: Way, tolerance: int
) -> None:
    wanted = as_shown(decoder, ODD[name](tmp_path / name))
    drawn = way(wanted)
    assert drawn.shape == wanted.shape
    assert np.quantile(np.abs(drawn.astype(int) - wanted), 0.95) <= tolerance


@pytest.mark.parametrize("way", [by_sixel, by_png])
def test_transparent_palette__each_protocol__shows_two_greys_and_the_colour(
    decoder: Decoder, tmp_path: Path, way: Way
) -> None:
    drawn = way(as_shown(decoder, write_transparent_palette(tmp_path / "p.png")))[:100]
    clear, solid = drawn[:, :150], drawn[:, 150:300]
    assert {int(value) for value in np.unique(clear)} == {104 if way is by_png else 105, 152 if way is by_png else 153}
    assert np.abs(solid.astype(int) - (20, 30, 240)).max() <= 2


@pytest.mark.parametrize("way", [by_sixel, by_jpeg, by_png])
def test_animated__each_protocol__shows_the_first_frame(decoder: Decoder, tmp_path: Path, way: Way) -> None:
    drawn = way(as_shown(decoder, write_animated_gif(tmp_path / "a.gif")))
    assert np.abs(drawn[20, 30].astype(int) - (200, 30, 30)).max() < 6


def test_deep_grey__sixel__keeps_its_order_from_dark_to_light(decoder: Decoder, tmp_path: Path) -> None:
    drawn = by_sixel(as_shown(decoder, pictures.write_gray16_png(tmp_path / "d.png")))
    row = drawn[100, :320, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert row[0] < 6
    assert row[-1] > 249


@pytest.mark.parametrize("name", ODD)
def test_odd_picture__words__have_colours(decoder: Decoder, tmp_path: Path, name: str) -> None:
    impression = impression_of(as_shown(decoder, ODD[name](tmp_path / name)))
    assert impression.colours
    assert impression.words
