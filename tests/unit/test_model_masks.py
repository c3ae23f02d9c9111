"""Masks survive storage unchanged and never reach beyond the picture that they were drawn on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MAX_REGIONS, MaskSpec, mask_from_data, mask_from_json


@st.composite
def masks(draw: st.DrawFn) -> MaskSpec:
    size = PixelSize(draw(st.integers(1, 80)), draw(st.integers(1, 80)))
    regions = []
    for _ in range(draw(st.integers(1, 4))):
        x, y = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
        regions.append(PixelRect(x, y, draw(st.integers(1, size.width - x)), draw(st.integers(1, size.height - y))))
    return MaskSpec(
        size,
        tuple(regions),
        invert=draw(st.booleans()),
        grow_px=draw(st.integers(-50, 50)),
        feather_px=draw(st.none() | st.integers(0, 4096)),
        preset=draw(st.none() | st.just("border")),
    )


@given(masks())
def test_mask__stored_and_read__is_the_same(mask: MaskSpec) -> None:
    assert mask_from_json(json.dumps(mask.to_data())) == mask


@given(masks())
def test_bounds__any_mask__inside_the_picture(mask: MaskSpec) -> None:
    assert PixelRect.of_size(mask.size).contains_rect(mask.bounds)


@given(masks(), st.none() | st.integers(0, 4096))
def test_with_feather__changes_only_that(mask: MaskSpec, feather_px: int | None) -> None:
    other = mask.with_feather(feather_px)
    assert other.feather_px == feather_px
    assert other.with_feather(mask.feather_px) == mask


SIZE = PixelSize(20, 10)


@pytest.mark.parametrize(
    "values",
    [
        {"regions": ()},
        {"regions": (PixelRect(0, 0, 1, 1),) * (MAX_REGIONS + 1)},
        {"regions": (PixelRect(15, 0, 6, 1),)},
        {"regions": (PixelRect(-1, 0, 2, 2),)},
        {"feather_px": -1},
        {"feather_px": 4097},
        {"grow_px": 5000},
    ],
)
def test_mask__not_sane__refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        MaskSpec(**{"size": SIZE, "regions": (PixelRect(0, 0, 5, 5),), **values})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"width": 0, "height": 1, "regions": []}',
        '{"width": 9, "height": 9, "regions": [[1]]}',
        "{",
    ],
)
def test_mask_from_json__no_mask__refused_in_words(text: str) -> None:
    with pytest.raises(InputError, match="mask"):
        mask_from_json(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_mask_from_data__any_json__mask_or_input_error(data: Any) -> None:
    value = {"width": data, "height": data, "regions": data}
    with pytest.raises(InputError):
        mask_from_data(value)
