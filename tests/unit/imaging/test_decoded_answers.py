"""Answers that went through a decoder, on real photographs: brought back in color and grain, nothing else touched."""

import statistics
from typing import Any

import numpy as np
import pytest

from reviewtui.imaging.blank import blank_color
from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import finish, prepare
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelRect
from reviewtui.model.masks import MaskSpec
from tests.support.decoded import decoded, match, photograph
from tests.support.photographs import SAMPLES
from tests.support.textures import texture

RULES = CropRules(for_model=True, size_multiple_px=8, min_side_px=128, sampled_px=(128 * 128, 256 * 256))
PLACE = PixelRect(100, 80, 40, 30)


def test_matching__decoded_photographs__come_back_in_color_and_grain() -> None:
    found = [match(photograph(path), PixelRect(180, 150, 150, 130)) for path in SAMPLES[:6]]
    median = statistics.median
    assert median(one.outside_before for one in found) > 1
    assert median(one.inside_before for one in found) > 1
    assert median(one.outside for one in found) <= 0.16
    assert median(one.inside for one in found) <= 0.06
    assert max(one.inside for one in found) <= 0.45
    assert median(one.grain_before for one in found) < 0.45
    assert median(one.grain for one in found) >= 0.88
    assert all(one.grain_before < one.grain <= 1.15 for one in found)
    assert all(one.outside_changed_px == 0 for one in found)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16", "RGB;16", "RGBA;16"])
def test_fix__by_a_model__keeps_every_bit_outside_and_all_that_goes_with_the_picture(mode: str) -> None:
    rgb = texture(240, 260, 4)
    low = np.random.default_rng(2).integers(0, 256, (240, 260, 1), dtype=np.uint8)
    pixels: Any = {
        "RGB": rgb,
        "RGBA": np.concatenate([rgb, low], axis=2),
        "L": rgb[:, :, 0].copy(),
        "LA": np.concatenate([rgb[:, :, :1], low], axis=2),
        "I;16": rgb[:, :, 0].astype(np.uint16) * 255 + low[:, :, 0],
        "RGB;16": rgb.astype(np.uint16) * 255 + low,
        "RGBA;16": np.concatenate([rgb.astype(np.uint16) * 255 + low, low.astype(np.uint16) * 201], axis=2),
    }[mode]
    native = NativePicture(pixels, mode, "", b"icc", b"exif", (300.0, 300.0), {"prompt": "dock"})
    spec = MaskSpec(native.size, (PLACE,)).with_feather(10)
    prepared = prepare(native, spec, verb="fix", engine_rules=RULES, strength=0.6)
    crop = np.frombuffer(prepared.image_rgb, np.uint8).reshape(prepared.size.height, prepared.size.width, 3)
    fix = finish(native, prepared, decoded(crop).tobytes(), seed=3)
    whole_alpha = np.zeros(pixels.shape[:2], np.uint8)
    box = prepared.box
    whole_alpha[box.y : box.bottom, box.x : box.right] = prepared.alpha
    result: Any = fix.picture.pixels
    assert np.array_equal(result[whole_alpha == 0], pixels[whole_alpha == 0])
    assert (result[whole_alpha == 255] != pixels[whole_alpha == 255]).any()
    if native.has_alpha:
        assert np.array_equal(result[:, :, -1], pixels[:, :, -1])
    assert (fix.picture.icc, fix.picture.exif, fix.picture.dpi, fix.picture.text) == (
        b"icc", b"exif", (300.0, 300.0), {"prompt": "dock"},
    )  # fmt: skip
    assert fix.metrics["outside_changed_px"] == fix.metrics["outside_max_delta"] == 0


def test_blank__one_color_that_is_nowhere_around__is_refused_and_a_flat_ground_is_not() -> None:
    inside = np.zeros((120, 120), bool)
    inside[40:80, 40:80] = True
    photo = texture(120, 120, 3)
    for color in ((0, 0, 0), (255, 0, 255)):
        assert blank_color(photo, np.full_like(photo, color), inside) == color
    drawing = np.full_like(photo, 250)
    drawing[:, 100:] = 0
    assert blank_color(drawing, np.full_like(photo, 248), inside) is None
    assert blank_color(photo, photo[::-1], inside) is None
    assert blank_color(np.zeros_like(photo), np.zeros_like(photo), inside) is None


def test_fix__blank_answer_of_a_model__is_refused_in_words() -> None:
    native = NativePicture(texture(240, 260, 4), "RGB")
    prepared = prepare(native, MaskSpec(native.size, (PLACE,)), verb="fix", engine_rules=RULES)
    with pytest.raises(EngineError, match=r"black all over.*change the prompt"):
        finish(native, prepared, bytes(prepared.size.area_px * 3))
