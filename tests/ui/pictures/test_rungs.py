"""Steps of the ladder: within their bytes, as true as they can be, and exact at the top."""

import io

import numpy as np
import pytest
from PIL import Image

from reviewtui.ui.pictures.kitty.palette import quantized, recolored, refined, steadied
from reviewtui.ui.pictures.kitty.rungs import BASE64, LADDER, encode_rung
from reviewtui.ui.pictures.source import Pixels
from tests.support.photographs import SAMPLES

SLOW_BYTES_PER_S = 125_000.0


def _photograph(name: str, size: tuple[int, int] = (800, 450)) -> Pixels:
    path = next(one for one in SAMPLES if one.name.startswith(name))
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def _shown(png: bytes, size: tuple[int, int]) -> Pixels:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR))


def _decibels(first: Pixels, second: Pixels) -> float:
    error = np.mean((first.astype(float) - second.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / error))


@pytest.mark.parametrize("name", ["dandelion", "stream"])
@pytest.mark.parametrize("bytes_per_s", [20_000.0, 60_000.0, SLOW_BYTES_PER_S])
def test_rung__any_picture_on_any_link__holds_its_budget(name: str, bytes_per_s: float) -> None:
    pixels = _photograph(name)
    # The smallest that a rung offers is the last word, so the busiest picture is not asked for on the slowest link.
    for rung in LADDER[1:3] if name == "dandelion" or bytes_per_s > 50_000 else ():
        encoded = encode_rung(pixels, rung, bytes_per_s)
        assert len(encoded.payload) <= rung.budget_s * bytes_per_s


def test_rung__noise__is_never_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (60, 90, 3), np.uint8)
    for rung in LADDER:
        assert encode_rung(noise, rung, 1_000.0).payload


def test_rung__calm_photograph__is_large_and_true() -> None:
    pixels = _photograph("dandelion")
    encoded = encode_rung(pixels, LADDER[2], SLOW_BYTES_PER_S)
    assert (encoded.size.width, encoded.size.height) == (800, 450)
    assert _decibels(pixels, _shown(encoded.png, (800, 450))) > 34


def test_rung__last__is_exact() -> None:
    pixels = _photograph("studio", (301, 200))
    assert (_shown(encode_rung(pixels, LADDER[-1], 1_000.0).png, (301, 200)) == pixels).all()


def test_palette__steadied__has_fewer_bytes_for_the_same_decibels() -> None:
    pixels = _photograph("brushes")
    plain = quantized(pixels, 256)
    steady = recolored(pixels, steadied(pixels, refined(pixels, plain), 60))
    sizes, levels = [], []
    for image in (plain, steady):
        file = io.BytesIO()
        image.save(file, "PNG")
        sizes.append(len(file.getvalue()))
        levels.append(_decibels(pixels, np.asarray(image.convert("RGB"))))
    assert sizes[1] < sizes[0]
    assert levels[1] > levels[0] + 1


def test_palette__steadied_without_tolerance__is_never_worse() -> None:
    pixels = _photograph("meadow", (200, 120))
    plain = quantized(pixels, 64)
    steady = steadied(pixels, plain, 0)
    levels = [_decibels(pixels, np.asarray(one.convert("RGB"))) for one in (plain, steady)]
    assert levels[1] >= levels[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_palette__tiny_pictures__stay_what_they_are(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), (10, 200, 30), np.uint8)
    for rung in LADDER:
        assert (_shown(encode_rung(pixels, rung, 1_000.0).png, size) == pixels).all()


def test_budgets__together__keep_the_goals_of_the_slowest_link() -> None:
    # 1 Mbit/s, 80 ms: preview after 0.3 s, half after 1.5 s, full after 6 s.
    arrivals = np.cumsum([0.08 + rung.budget_s for rung in LADDER[:3]])
    assert arrivals[0] <= 0.3
    assert arrivals[1] <= 1.5
    assert arrivals[2] <= 6.0
    assert BASE64 > 1
