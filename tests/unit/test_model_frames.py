"""Frames of an exact ratio around a picture, and what moves with them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.errors import InputError, UsageError
from reviewtui.model.frames import (
    ANCHORS,
    MAX_FRAME_PX,
    frame_from_params,
    has_ratio,
    outpainted,
    parse_anchor,
    parse_ratio,
    upscaled,
)
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec

RATIOS = ("1:1", "4:5", "9:16", "16:9", "1.91:1")


@given(
    width=st.integers(1, 5000),
    height=st.integers(1, 5000),
    ratio=st.sampled_from(RATIOS) | st.builds("{}:{}".format, st.integers(1, 40), st.integers(1, 40)),
    anchor=st.sampled_from(sorted(ANCHORS)),
)
def test_outpainted__any_picture_and_ratio__exact_and_the_original_lies_inside(
    width: int, height: int, ratio: str, anchor: str
) -> None:
    try:
        wanted, size = parse_ratio(ratio), PixelSize(width, height)
        frame = outpainted(size, wanted, anchor)
    except (InputError, UsageError):
        return
    assert abs(Fraction(frame.size.width, frame.size.height) - wanted) < Fraction(1, frame.size.width)
    inner = frame.original(size)
    assert inner.size == size
    assert PixelRect.of_size(frame.size).contains_rect(inner)
    strips = frame.added(size)
    assert sum(strip.size.area_px for strip in strips) == frame.size.area_px - size.area_px
    assert not any(strip.intersection(inner) for strip in strips)
    assert frame_from_params(frame.to_params()) == frame


def test_outpainted__usual_ratios__only_the_short_side_grows() -> None:
    size = PixelSize(1200, 900)
    wide = outpainted(size, parse_ratio("16:9"))
    assert (wide.size, wide.shift) == (PixelSize(1600, 900), (200, 0))
    assert outpainted(size, parse_ratio("1:1"), "top").size == PixelSize(1200, 1200)
    assert outpainted(size, parse_ratio("1:1"), "top").shift == (0, 0)
    assert outpainted(size, parse_ratio("1:1"), "bottom").shift == (0, 300)
    assert outpainted(size, parse_ratio("1.91:1"), "left").size == PixelSize(1719, 900)


def test_outpainted__ratio_is_there_already__refused_in_words() -> None:
    with pytest.raises(InputError, match="already"):
        outpainted(PixelSize(1920, 1080), parse_ratio("16:9"))


@pytest.mark.parametrize("text", ["", "16", "16:0", "0:9", "a:b", "16:9:4", "1e5:1", "999:1", "-16:9"])
def test_parse_ratio__nonsense__refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ratio(text)


def test_parse_anchor__both_spellings__one_token() -> None:
    assert parse_anchor("Centre") == parse_anchor("center") == "center"
    with pytest.raises(UsageError, match="top-left"):
        parse_anchor("nowhere")


def test_upscaled__too_large_or_an_odd_factor__refused_with_the_limit() -> None:
    assert upscaled(PixelSize(100, 50), 4).size == PixelSize(400, 200)
    with pytest.raises(InputError, match=f"{MAX_FRAME_PX / 1e6:.0f} MP"):
        upscaled(PixelSize(6000, 4000), 4)
    with pytest.raises(UsageError):
        upscaled(PixelSize(10, 10), 3)


def test_frame__masks_of_the_parent__move_and_grow_with_it() -> None:
    mask = MaskSpec(PixelSize(100, 80), (PixelRect(10, 20, 30, 40),), feather_px=8)
    shifted = outpainted(mask.size, parse_ratio("2:1"), "right").carry_mask(mask)
    assert shifted.regions == (PixelRect(70, 20, 30, 40),)
    assert shifted.size == PixelSize(160, 80)
    larger = upscaled(mask.size, 2).carry_mask(mask)
    assert (larger.regions, larger.feather_px) == ((PixelRect(20, 40, 60, 80),), 16)


@pytest.mark.parametrize(
    "params",
    [
        {"frame": [1]},
        {"frame": [9, 9]},
        {"frame": "x", "shift": [0, 0]},
        {"frame": [9, 9], "shift": [-1, 0]},
        {"frame": [10**6, 10**6], "shift": [0, 0]},
    ],
)
def test_frame_from_params__nonsense__refused(params: dict[str, object]) -> None:
    with pytest.raises(InputError):
        frame_from_params(params)
    assert frame_from_params({}) is None
    assert has_ratio(PixelSize(16, 9), Fraction(16, 9))
