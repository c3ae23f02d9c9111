"""The host's two calls: only the crop travels, only the hole changes, and a broken promise is refused."""

import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewtui.imaging import fixing
from reviewtui.imaging.crop import CropRules
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import encode_crop, write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.fixing import finish, prepare
from reviewtui.imaging.paste import paste
from reviewtui.model.errors import EngineError, InputError, StoreError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind
from reviewtui.model.masks import MaskSpec
from tests.support.textures import texture

RULES = CropRules()


def picture(mode: str, height: int = 160, width: int = 220) -> NativePicture:
    rgb = texture(height, width)
    alpha = np.random.default_rng(2).integers(0, 256, (height, width, 1), dtype=np.uint8)
    pixels: Any = {
        "RGB": rgb,
        "RGBA": np.concatenate([rgb, alpha], axis=2),
        "L": rgb[:, :, 0].copy(),
        "LA": np.concatenate([rgb[:, :, :1], alpha], axis=2),
        "I;16": rgb[:, :, 0].astype(np.uint16) * 255 + alpha[:, :, 0],
        "RGB;16": rgb.astype(np.uint16) * 255 + alpha,
        "RGBA;16": np.concatenate([rgb.astype(np.uint16) * 255 + alpha, alpha.astype(np.uint16) * 201], axis=2),
    }[mode]
    return NativePicture(pixels, mode, "", b"icc", None, (300.0, 300.0), {"prompt": "dock ☃", "a": "b"})


def spec_for(native: NativePicture, *regions: PixelRect, **options: Any) -> MaskSpec:
    return MaskSpec(native.size, regions or (PixelRect(80, 60, 40, 30),), **options)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16", "RGB;16", "RGBA;16"])
def test_fix__engine_that_repaints_everything__changes_only_the_support(mode: str) -> None:
    native = picture(mode)
    spec = spec_for(native)
    prepared = prepare(native, spec, verb="remove", engine_rules=RULES)
    result = finish(native, prepared, bytes([7]) * (prepared.size.area_px * 3))
    changed = result.picture.pixels != native.pixels
    if changed.ndim == 3:
        assert not changed[:, :, -1].any() or (mode.startswith("RGB") and not native.has_alpha)
        changed = changed.any(axis=2)
    ys, xs = np.nonzero(changed)
    assert xs.min() >= 72
    assert xs.max() < 128
    assert ys.min() >= 52
    assert ys.max() < 98
    inside = result.picture.pixels[60:90, 80:120]
    color = inside[..., :-1] if native.has_alpha else inside
    assert (color == (7 * 257 if mode.endswith(";16") else 7)).all()
    assert result.metrics["outside_changed_px"] == result.metrics["outside_max_delta"] == 0
    assert result.metrics["edge_px"] == 8
    assert (result.picture.icc, result.picture.text) == (native.icc, native.text)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16", "RGB;16", "RGBA;16"])
def test_fix__engine_that_returns_the_crop__changes_not_one_byte(mode: str) -> None:
    native = picture(mode)
    prepared = prepare(native, spec_for(native), verb="remove", engine_rules=RULES)
    result = finish(native, prepared, prepared.image_rgb)
    assert np.array_equal(result.picture.pixels, native.pixels)
    assert (
        result.patch.tobytes()
        == np.frombuffer(prepared.image_rgb, np.uint8)
        .reshape(prepared.size.height, prepared.size.width, 3)[_rows(prepared), _columns(prepared)]
        .tobytes()
    )


def _rows(prepared: fixing.PreparedRun) -> slice:
    return slice(prepared.box.y - prepared.crop.y, prepared.box.bottom - prepared.crop.y)


def _columns(prepared: fixing.PreparedRun) -> slice:
    return slice(prepared.box.x - prepared.crop.x, prepared.box.right - prepared.crop.x)


def test_prepare__crop_and_mask__fit_each_other_and_hold_the_hole() -> None:
    native = picture("RGB", 700, 900)
    spec = spec_for(native, PixelRect(0, 0, 50, 20), PixelRect(100, 90, 10, 10))
    prepared = prepare(native, spec, verb="remove", engine_rules=RULES)
    mask = np.frombuffer(prepared.mask_l, np.uint8).reshape(prepared.size.height, prepared.size.width)
    assert len(prepared.image_rgb) == 3 * prepared.size.area_px
    assert prepared.crop.contains_rect(prepared.box)
    assert mask[0, 0] == 255
    assert mask[95, 105] == 255
    assert mask[50, 70] == 0
    crop = native.pixels[prepared.crop.y : prepared.crop.bottom, prepared.crop.x : prepared.crop.right]
    assert crop.tobytes() == prepared.image_rgb


def test_prepare__selection_of_another_picture__refused() -> None:
    native = picture("RGB")
    with pytest.raises(InputError, match="drawn on a picture of 10×10"):
        prepare(native, MaskSpec(PixelSize(10, 10), (PixelRect(1, 1, 2, 2),)), verb="remove", engine_rules=RULES)


def test_prepare__whole_picture_selected__says_that_nothing_is_left_to_copy() -> None:
    native = picture("RGB")
    everything = spec_for(native, PixelRect.of_size(native.size))
    tight = spec_for(native, PixelRect(50, 50, 2, 2), invert=True)
    for spec in (everything, tight):
        with pytest.raises(InputError, match="nothing is left around"):
            prepare(native, spec, verb="remove", engine_rules=RULES)
    assert prepare(native, everything, verb="restyle", engine_rules=CropRules(for_model=True)).size == native.size


def test_prepare__one_pixel_picture__is_refused_not_crashed() -> None:
    tiny = NativePicture(np.zeros((1, 1, 3), np.uint8), "RGB")
    with pytest.raises(InputError):
        prepare(tiny, MaskSpec(tiny.size, (PixelRect(0, 0, 1, 1),)), verb="remove", engine_rules=RULES)


def test_finish__inverted_selection__keeps_the_subject_bit_exact() -> None:
    native = picture("RGB")
    spec = spec_for(native, PixelRect(60, 50, 90, 70), invert=True, feather_px=0)
    prepared = prepare(native, spec, verb="remove", engine_rules=RULES)
    result = finish(native, prepared, bytes(prepared.size.area_px * 3))
    assert np.array_equal(result.picture.pixels[50:120, 60:150], native.pixels[50:120, 60:150])
    assert not result.picture.pixels[:50].any()


@pytest.mark.parametrize("wrong", [b"", b"x", b"\0" * 17])
def test_finish__result_of_wrong_length__is_the_engines_fault_in_words(wrong: bytes) -> None:
    native = picture("RGB")
    prepared = prepare(native, spec_for(native), verb="remove", engine_rules=RULES)
    with pytest.raises(EngineError, match="bytes where a crop of") as caught:
        finish(native, prepared, wrong)
    assert caught.value.kind == ErrorKind.ENGINE_CRASHED


def test_finish__paste_that_leaks_one_pixel__refused(monkeypatch: pytest.MonkeyPatch) -> None:
    native = picture("RGB")
    prepared = prepare(native, spec_for(native), verb="remove", engine_rules=RULES)

    def leaking(*args: Any, **options: Any) -> np.ndarray:
        out: np.ndarray = paste(*args, **options)
        out[0, 0, 0] ^= 1
        return out

    monkeypatch.setattr(fixing, "paste", leaking)
    with pytest.raises(EngineError, match="changed 1 pixels outside the mask, by up to 1") as caught:
        finish(native, prepared, prepared.image_rgb)
    assert caught.value.kind == ErrorKind.LOCK_BROKEN


def test_finish__metrics__never_invent_what_was_not_measured() -> None:
    native = picture("RGB")
    prepared = prepare(native, spec_for(native), verb="remove", engine_rules=RULES)
    metrics = finish(native, prepared, prepared.image_rgb).metrics
    assert metrics["locks_ok"] is None
    assert metrics["color_error"] == 0.0, "an engine that copies returned the surroundings as they were sent"
    assert 0.7 < metrics["grain_ratio"] < 1.4
    assert 0.7 < metrics["tex1"] < 1.4
    assert metrics["adjusted"] is None
    assert metrics["passes"] == 0
    assert 0.7 < metrics["seam"] < 1.4
    assert metrics["megapixels_frame"] == round(160 * 220 / 1e6, 3)
    model = prepare(native, spec_for(native), verb="restyle", engine_rules=CropRules(for_model=True))
    assert finish(native, model, model.image_rgb).metrics["passes"] is None
    flat = NativePicture(np.full((160, 220, 3), 80, np.uint8), "RGB")
    plain = finish(
        flat, prepare(flat, spec_for(flat), verb="remove", engine_rules=RULES), b"\x50" * prepared_bytes(flat)
    )
    assert (plain.metrics["grain_ratio"], plain.metrics["tex1"], plain.metrics["tex2"]) == (None, None, None)


def prepared_bytes(native: NativePicture) -> int:
    return 3 * prepare(native, spec_for(native), verb="remove", engine_rules=RULES).size.area_px


def test_finish__sampling_engine_off_in_tone__colors_come_back_and_the_seed_is_kept() -> None:
    native = NativePicture(texture(700, 900, contrast=25), "RGB")
    prepared = prepare(
        native, spec_for(native, PixelRect(400, 300, 60, 60)), verb="restyle", engine_rules=CropRules(for_model=True)
    )
    darker = np.clip(np.frombuffer(prepared.image_rgb, np.uint8).astype(int) - 9, 0, 255).astype(np.uint8)
    result = finish(native, prepared, darker.tobytes(), seed=5)
    assert result.metrics["color_error"] < 0.5
    assert result.metrics["adjusted"]["color"]["error_before"] > 6
    difference = np.abs(result.picture.pixels.astype(int) - native.pixels)
    assert difference.max() <= 2
    assert result.metrics["outside_changed_px"] == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16", "RGB;16", "RGBA;16"])
def test_write_png__every_layout__reads_back_as_the_same_pixels_and_words(mode: str, tmp_path: Path) -> None:
    native = dataclasses.replace(picture(mode), icc=None)
    length = write_png(native, tmp_path / "out.png")
    assert length == (tmp_path / "out.png").stat().st_size
    with Decoder() as decoder:
        back = decoder.load_native(tmp_path / "out.png")
    assert back.mode == mode
    assert np.array_equal(back.pixels, native.pixels)
    assert back.text == native.text
    assert back.dpi is not None
    assert abs(back.dpi[0] - 300) < 0.1


def test_write_png__no_such_folder__store_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_png(picture("RGB"), tmp_path / "none" / "out.png")


def test_encode_crop__alpha__is_a_png() -> None:
    buffer = io.BytesIO()
    encode_crop(np.zeros((4, 5), np.uint8), buffer)
    assert buffer.getvalue().startswith(b"\x89PNG")
