"""The paste that cannot rot: laws of the integer blend."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reviewtui.imaging.metrics import outside_changed
from reviewtui.imaging.paste import blend, paste
from reviewtui.model.geometry import PixelRect

TYPES = st.sampled_from([np.uint8, np.uint16])


def planes(shape: tuple[int, ...], dtype: type) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(dtype, shape)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), dtype=TYPES, channels=st.sampled_from([0, 1, 3]))
def test_blend__any_samples__keeps_takes_and_never_drifts(data: st.DataObject, dtype: type, channels: int) -> None:
    shape = (5, 7, channels) if channels else (5, 7)
    base, new = data.draw(planes(shape, dtype)), data.draw(planes(shape, dtype))
    alpha = data.draw(hnp.arrays(np.uint8, (5, 7), elements=st.sampled_from([0, 1, 7, 127, 128, 254, 255])))
    out = blend(base, new, alpha)
    assert out.dtype == dtype
    assert np.array_equal(out[alpha == 0], base[alpha == 0])
    assert np.array_equal(out[alpha == 255], new[alpha == 255])
    assert np.array_equal(blend(base, base, alpha), base)
    low, high = np.minimum(base, new), np.maximum(base, new)
    assert ((out >= low) & (out <= high)).all()


@given(base=st.integers(0, 65535), new=st.integers(0, 65535), alpha=st.integers(0, 255))
def test_blend__one_sample__is_the_documented_formula(base: int, new: int, alpha: int) -> None:
    product = (new - base) * alpha
    rounded = (2 * abs(product) + 255) // 510
    expected = base + (rounded if product >= 0 else -rounded)
    out = blend(
        np.array([[base]], dtype=np.uint16), np.array([[new]], dtype=np.uint16), np.array([[alpha]], dtype=np.uint8)
    )
    assert out[0, 0] == expected


@settings(max_examples=100, deadline=None)
@given(data=st.data(), channels=st.sampled_from([2, 4]))
def test_paste__frame_with_transparency__keeps_it_and_everything_outside(data: st.DataObject, channels: int) -> None:
    frame = data.draw(planes((9, 11, channels), np.uint8))
    x, y = data.draw(st.integers(0, 10)), data.draw(st.integers(0, 8))
    box = PixelRect(x, y, data.draw(st.integers(1, 11 - x)), data.draw(st.integers(1, 9 - y)))
    new = data.draw(planes((box.height, box.width, channels - 1), np.uint8))
    alpha = data.draw(planes((box.height, box.width), np.uint8))
    before = frame.copy()
    out = paste(frame, new, alpha, box, has_alpha=True)
    assert np.array_equal(frame, before)
    assert np.array_equal(out[:, :, -1], frame[:, :, -1])
    assert outside_changed(frame, out, box, alpha) == (0, 0)


def test_paste__fifty_times_identical_content__changes_nothing() -> None:
    frame = np.random.default_rng(3).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    alpha = np.random.default_rng(4).integers(0, 256, (20, 20), dtype=np.uint8)
    box, now = PixelRect(10, 10, 20, 20), frame
    for _ in range(50):
        now = paste(now, now[10:30, 10:30], alpha, box)
    assert np.array_equal(now, frame)


def test_blend__different_shapes__refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        blend(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), np.zeros((2, 2), np.uint8))
