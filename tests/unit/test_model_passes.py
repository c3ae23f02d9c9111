"""How a region larger than a model is covered: context by table, tiles over what is repainted, how they join."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.engines.diffusers.families import crop_rules, find_family
from reviewtui.engines.diffusers.passes import join_tile, lay_in, second_pass_tiles
from reviewtui.imaging.crop import (
    LEAST_SCALE,
    MAX_TILES,
    CropRules,
    context_crop,
    planned_px,
    sampled_size,
    tiles_over,
)
from reviewtui.model.geometry import PixelRect, PixelSize

FRAME = PixelSize(8000, 6000)
PIPELINES = ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline", "FluxFillPipeline")
HOLES = [
    PixelSize(width, height)
    for width in (60, 150, 250, 400, 700, 1200, 2500)
    for height in (60, 150, 250, 400, 700, 1200, 2500)
    if max(width, height) <= 4 * min(width, height)
]


@pytest.mark.parametrize("hole", HOLES, ids=str)
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_context__everything_new__the_hole_fills_8_to_25_percent_and_is_scaled_little(
    pipeline: str, hole: PixelSize
) -> None:
    rules = crop_rules(pipeline)
    crop = context_crop(PixelRect(3000, 2000, hole.width, hole.height), FRAME, rules)
    share, scale = (
        hole.area_px / crop.size.area_px,
        math.sqrt(sampled_size(crop.size, rules).area_px / crop.size.area_px),
    )
    assert share <= 0.26
    assert scale <= 1.62
    # A small hole gets the smallest crop that is sampled well, though it fills less of it.
    assert share >= 0.075 or min(crop.width, crop.height) == rules.min_side_px
    assert max(crop.width, crop.height) <= 2 * min(crop.width, crop.height) + 1
    # What would be scaled down further is sampled a second time at its own scale.
    assert scale >= LEAST_SCALE or hole.area_px * 4 > 1.5 * rules.sampled_px[1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("pipeline", "least", "most", "multiple"),
    [
        ("StableDiffusionInpaintPipeline", 512**2, 512 * 768, 8),
        ("StableDiffusionControlNetInpaintPipeline", 512**2, 512 * 768, 8),
        ("StableDiffusionXLInpaintPipeline", 800**2, 1024**2, 8),
        ("StableDiffusion3InpaintPipeline", 960**2, 1_100_000, 16),
        ("StableDiffusion3ControlNetInpaintingPipeline", 960**2, 1_100_000, 16),
        ("FluxFillPipeline", 960**2, 1_100_000, 16),
        ("FluxKontextInpaintPipeline", 960**2, 1_100_000, 16),
        ("Flux2KleinInpaintPipeline", 960**2, 1_100_000, 16),
        ("QwenImageInpaintPipeline", 960**2, 1_100_000, 16),
        ("QwenImageEditInpaintPipeline", 1024**2, 1_100_000, 32),
        ("ZImageInpaintPipeline", 960**2, 1_100_000, 16),
        ("ChromaInpaintPipeline", 960**2, 1_100_000, 16),
        ("AmusedInpaintPipeline", 512**2, 512**2, 16),
        ("SomethingNewInpaintPipeline", 960**2, 1_100_000, 16),
    ],
)
def test_family__each__has_its_native_size_and_multiple(pipeline: str, least: int, most: int, multiple: int) -> None:
    family = find_family(pipeline)
    assert (family.min_px, family.max_px, family.multiple_px) == (least, most, multiple)
    assert family.keeps_own_size == (pipeline == "QwenImageEditInpaintPipeline")
    assert family.takes_strength == ("ControlNetInpainting" not in pipeline)
    assert (family.guidance == "true_cfg_scale") == pipeline.startswith("Qwen")


SIDES = st.integers(200, 9000)


@given(SIDES, SIDES, st.data(), st.sampled_from([512 * 768, 1_100_000]))
def test_tiles__over_any_box__cover_it_inside_the_picture_and_are_few(
    width: int, height: int, data: Any, most: int
) -> None:
    size = PixelSize(width, height)
    box = PixelRect(
        data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1)), 1, 1
    ).grown(data.draw(st.integers(0, 4000))).clamped(size)  # fmt: skip
    assert box is not None
    tiles = tiles_over(box, size, CropRules(for_model=True, sampled_px=(0, most)), overlap_px=64)
    assert 1 <= len(tiles) <= MAX_TILES
    assert all(tile.clamped(size) == tile for tile in tiles)
    covered = np.zeros(((box.height + 7) // 8, (box.width + 7) // 8), np.bool_)
    for tile in tiles:
        part = tile.intersection(box)
        if part is not None:
            y, x = part.y - box.y, part.x - box.x
            covered[math.ceil(y / 8) : (y + part.height + 7) // 8, math.ceil(x / 8) : (x + part.width + 7) // 8] = True
    assert covered.all()
    if len(tiles) < MAX_TILES // 2:
        assert max(tile.size.area_px for tile in tiles) <= 1.3 * most


@pytest.mark.parametrize(
    "hole", [PixelRect(300, 200, 900, 700), PixelRect(0, 0, 1600, 300), PixelRect(700, 500, 20, 20)]
)
def test_tiles__laid_on_each_other__replace_all_that_is_repainted_and_fade_at_the_rim(hole: PixelRect) -> None:
    mask = np.zeros((1200, 1600), np.uint8)
    mask[hole.y : hole.bottom, hole.x : hole.right] = 255
    rules = CropRules(for_model=True, sampled_px=(0, 400 * 400))
    tiles = second_pass_tiles(mask, rules)
    canvas = np.zeros_like(mask)
    for tile in tiles:
        join_tile(canvas, tile, np.full((tile.height, tile.width), 255, np.uint8), tiles)
    canvas = lay_in(np.zeros_like(mask), canvas, tiles)
    assert canvas[mask > 0].min() >= 250
    steps = np.abs(np.diff(canvas.astype(int), axis=0)).max(), np.abs(np.diff(canvas.astype(int), axis=1)).max()
    assert max(steps) <= 10


def test_tiles__without_anything_to_repaint__are_left_out() -> None:
    mask = np.zeros((3000, 3000), np.uint8)
    mask[100:400, 100:400] = mask[2600:2900, 2600:2900] = 255
    tiles = second_pass_tiles(mask, CropRules(for_model=True, sampled_px=(0, 1_000_000)))
    assert 2 <= len(tiles) < MAX_TILES
    assert all(mask[tile.y : tile.bottom, tile.x : tile.right].any() for tile in tiles)


@pytest.mark.parametrize(
    ("side_px", "strength", "least", "most"), [(200, 1.0, 0.9, 1.1), (1500, 1.0, 3, 6), (1500, 0.3, 2, 5)]
)
def test_planned__of_a_region__counts_all_passes(side_px: int, strength: float, least: float, most: float) -> None:
    rules, hole = crop_rules("FluxFillPipeline"), PixelRect(3000, 2000, side_px, side_px)
    crop = context_crop(hole, FRAME, rules, strength)
    assert least * 1e6 <= planned_px(hole, crop, rules, strength) <= most * 1e6
    assert planned_px(hole, crop, CropRules(), strength) == crop.size.area_px
