"""The two masks: full on the selection, nothing beyond the printed edge, in every odd place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewtui.imaging.crop import CropRules, context_crop
from reviewtui.imaging.masks import EditMasks, box_blur, dilate, edit_masks, rasterise
from reviewtui.model.errors import InputError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.masks import MaskSpec


def on_frame(spec: MaskSpec, masks: EditMasks, plane: np.ndarray) -> np.ndarray:
    frame = np.zeros((spec.size.height, spec.size.width), dtype=np.uint8)
    box = masks.box
    frame[box.y : box.bottom, box.x : box.right] = plane
    return frame


def selected(spec: MaskSpec) -> np.ndarray:
    """The selection, pixel by pixel, computed the slow way."""
    frame = np.zeros((spec.size.height, spec.size.width), dtype=bool)
    for region in spec.regions:
        frame[region.y : region.bottom, region.x : region.right] = True
    if spec.invert:
        frame = ~frame
    result = np.zeros_like(frame)
    reach = abs(spec.grow_px)
    for y in range(spec.size.height):
        for x in range(spec.size.width):
            near = frame[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
            result[y, x] = near.any() if spec.grow_px >= 0 else near.all()
    return result


@st.composite
def specs(draw: st.DrawFn, grow: bool = False) -> MaskSpec:
    size = PixelSize(draw(st.integers(1, 40)), draw(st.integers(1, 40)))
    regions = []
    for _ in range(draw(st.integers(1, 4))):
        x, y = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
        width, height = draw(st.integers(1, size.width - x)), draw(st.integers(1, size.height - y))
        regions.append(PixelRect(x, y, width, height))
    invert = draw(st.booleans())
    return MaskSpec(
        size=size,
        regions=tuple(regions),
        invert=invert,
        grow_px=draw(st.integers(-5 if invert else 0, 5)) if grow else 0,
        feather_px=draw(st.sampled_from([None, 0, 1, 2, 3, 8, 13])),
    )


@settings(max_examples=150, deadline=None)
@given(spec=specs(grow=True), for_model=st.booleans(), strength=st.floats(0, 1))
def test_edit_masks__any_selection__full_inside_and_nothing_beyond_the_edge(
    spec: MaskSpec, for_model: bool, strength: float
) -> None:
    inside = selected(spec)
    try:
        masks = edit_masks(spec, for_model=for_model, strength=strength)
    except InputError:
        assert not inside.any()
        return
    alpha, hole = on_frame(spec, masks, masks.alpha), on_frame(spec, masks, masks.hole)
    assert PixelRect.of_size(spec.size).contains_rect(masks.box)
    assert (alpha[inside] == 255).all()
    assert (hole[inside] == 255).all()
    beyond = ~dilate(inside, masks.edge_px)
    assert not alpha[beyond].any()
    if spec.feather_px == 0:
        assert masks.edge_px == 0
        assert np.array_equal(alpha > 0, inside)
        assert np.array_equal(hole > 0, inside)


@settings(max_examples=100, deadline=None)
@given(spec=specs(grow=True))
def test_rasterise__any_selection__equals_the_slow_definition(spec: MaskSpec) -> None:
    whole = PixelRect.of_size(spec.size)
    slow = selected(spec)
    assert np.array_equal(rasterise(spec, whole), slow)
    part = PixelRect(spec.size.width // 3, spec.size.height // 3, 1, 1)
    assert rasterise(spec, part)[0, 0] == slow[part.y, part.x]


def test_edit_masks__patch_rule__hole_4_and_a_ramp_over_8() -> None:
    spec = MaskSpec(PixelSize(100, 90), (PixelRect(40, 30, 20, 10),))
    masks = edit_masks(spec, for_model=False)
    alpha, hole = on_frame(spec, masks, masks.alpha), on_frame(spec, masks, masks.hole)
    assert masks.edge_px == 8
    row = alpha[35, 59:70].tolist()
    assert row == [255, 227, 198, 170, 142, 113, 85, 57, 28, 0, 0]
    assert np.flatnonzero(hole[35]).tolist() == list(range(36, 64))
    assert np.flatnonzero(hole[:, 50]).tolist() == list(range(26, 44))


def test_edit_masks__model_rule__wider_with_strength_and_capped() -> None:
    size = PixelSize(2000, 2000)
    spec = MaskSpec(size, (PixelRect(800, 800, 300, 220),))
    full, weak = edit_masks(spec, for_model=True), edit_masks(spec, for_model=True, strength=0.3)
    assert full.edge_px == 4 + 36
    assert weak.edge_px < full.edge_px
    ramp = on_frame(spec, full, full.alpha)[900, 1099 : 1099 + full.edge_px + 2]
    assert ramp[0] == 255
    assert ramp[full.edge_px - 25] == 255
    assert 0 < ramp[full.edge_px] < 30
    assert ramp[full.edge_px + 1] == 0
    tiny = edit_masks(MaskSpec(size, (PixelRect(5, 5, 1, 1),)), for_model=True)
    assert tiny.edge_px <= 32


def test_edit_masks__shrunk_to_nothing__refused_in_words() -> None:
    spec = MaskSpec(PixelSize(50, 50), (PixelRect(10, 10, 6, 6),), grow_px=-5)
    with pytest.raises(InputError, match="shrinking it by 5 px"):
        edit_masks(spec, for_model=False)


def test_edit_masks__shrunk__one_pixel_off_each_side() -> None:
    spec = MaskSpec(PixelSize(50, 50), (PixelRect(10, 10, 6, 6), PixelRect(14, 10, 9, 6)), grow_px=-1, feather_px=0)
    masks = edit_masks(spec, for_model=False)
    alpha = on_frame(spec, masks, masks.alpha)
    assert np.flatnonzero(alpha[12]).tolist() == list(range(11, 22))
    assert np.flatnonzero(alpha[:, 12]).tolist() == list(range(11, 15))


def test_edit_masks__small_region_of_a_huge_frame__stays_small() -> None:
    spec = MaskSpec(PixelSize(20_000, 15_000), (PixelRect(9000, 9000, 300, 220),))
    assert edit_masks(spec, for_model=False).alpha.shape == (236, 316)


def test_edit_masks__too_much__refused_in_words() -> None:
    size = PixelSize(20_000, 15_000)
    with pytest.raises(InputError, match="too much to redo"):
        edit_masks(MaskSpec(size, (PixelRect(0, 0, 5, 5),), invert=True), for_model=False)


def test_box_blur__constant__stays() -> None:
    assert (box_blur(np.full((5, 9), 255, dtype=np.uint8), 30) == 255).all()


@settings(max_examples=200, deadline=None)
@given(data=st.data(), multiple=st.sampled_from([1, 8, 64]))
def test_context_crop__any_hole__inside_the_frame_and_around_the_hole(data: st.DataObject, multiple: int) -> None:
    size = PixelSize(data.draw(st.integers(1, 600)), data.draw(st.integers(1, 600)))
    x, y = data.draw(st.integers(0, size.width - 1)), data.draw(st.integers(0, size.height - 1))
    hole = PixelRect(x, y, data.draw(st.integers(1, size.width - x)), data.draw(st.integers(1, size.height - y)))
    crop = context_crop(hole, size, CropRules(size_multiple_px=multiple))
    assert PixelRect.of_size(size).contains_rect(crop)
    assert crop.contains_rect(hole)
    assert crop.width >= min(size.width - multiple + 1, hole.width + 2 * max(64, hole.width))
