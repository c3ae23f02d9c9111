"""What a model is given: context, working size, mask in latent cells, pre-fill, and what is given up for memory."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewtui.engines.base import EngineRequest, RunCancelledError
from reviewtui.engines.diffusers.families import crop_rules, find_family
from reviewtui.engines.diffusers.inputs import latent_mask, scaled, with_luma_of
from reviewtui.engines.diffusers.memory import Rung, as_out_of_memory, rungs
from reviewtui.engines.diffusers.params import DiffusionParams, effective_steps
from reviewtui.engines.diffusers.sampling import Progress, Sampler, begin
from reviewtui.imaging.crop import context_crop, sampled_size
from reviewtui.imaging.prefill import Prefill, prefilled
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import Verb
from tests.support.textures import texture

PIPELINES = (
    "StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline", "FluxFillPipeline", "ZImageInpaintPipeline",
)  # fmt: skip
SIDES = st.integers(1, 9000)


@given(st.sampled_from(PIPELINES), SIDES, SIDES, st.data(), st.sampled_from([1.0, 0.4]), st.sampled_from([0, 64, 512]))
def test_context__any_hole__holds_it_inside_the_picture_and_samples_within_limits(
    pipeline: str, width: int, height: int, data: Any, strength: float, side_px: int
) -> None:
    rules = crop_rules(pipeline, side_px)
    hole = PixelRect(
        data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1)), 1, 1
    ).grown(data.draw(st.integers(0, 3000))).clamped(PixelSize(width, height))  # fmt: skip
    assert hole is not None
    crop = context_crop(hole, PixelSize(width, height), rules, strength)
    assert crop.intersection(hole) == hole
    assert crop.clamped(PixelSize(width, height)) == crop
    size = sampled_size(crop.size, rules)
    multiple = rules.size_multiple_px
    assert size.width % multiple == size.height % multiple == 0
    assert size.width >= multiple
    assert size.height >= multiple
    assert size.area_px <= 1_100_000


@pytest.mark.parametrize(
    ("pipeline", "hole_px", "least", "most"),
    [
        (PIPELINES[0], 200, 1.0, 1.0),
        (PIPELINES[1], 200, 1.5, 1.6),
        (PIPELINES[1], 500, 1.0, 1.05),
        (PIPELINES[2], 300, 1.4, 1.6),
    ],
)
def test_context__usual_holes__are_scaled_little_and_seen_at_the_native_size(
    pipeline: str, hole_px: int, least: float, most: float
) -> None:
    rules, frame = crop_rules(pipeline), PixelSize(4000, 3000)
    crop = context_crop(PixelRect(1500, 1000, hole_px, hole_px), frame, rules)
    size = sampled_size(crop.size, rules)
    family = find_family(pipeline)
    assert crop.width == crop.height
    assert 0.95 * family.min_px <= size.area_px <= family.max_px
    assert least - 0.02 <= size.width / crop.width <= most + 0.02


def test_context__less_than_new__sees_less_around() -> None:
    rules, frame, hole = crop_rules(PIPELINES[0]), PixelSize(4000, 3000), PixelRect(1000, 1000, 900, 600)
    assert context_crop(hole, frame, rules, 0.5).size == PixelSize(900 + 2 * 57, 600 + 2 * 57)
    assert context_crop(hole, frame, rules, 1.0).width > 1600


@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(1, 12), st.integers(1, 12), st.booleans(), st.data(),
)  # fmt: skip
def test_latent_mask__any_selection__is_whole_cells_that_cover_it(
    width: int, height: int, across: int, down: int, grow: bool, data: Any
) -> None:
    mask = np.zeros((height, width), np.uint8)
    mask[data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))] = data.draw(st.integers(1, 255))
    size = PixelSize(across * 8, down * 8)
    result = latent_mask(mask, size, cell_px=8, grow=grow)
    cells = result.reshape(down, 8, across, 8)
    assert result.shape == (size.height, size.width)
    assert (cells.min(axis=(1, 3)) == cells.max(axis=(1, 3))).all()
    assert result.max() == 255


def test_latent_mask__at_its_own_size__takes_every_cell_that_is_touched_and_one_more() -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[17:31, 15:17] = 255
    assert np.argwhere(latent_mask(mask, PixelSize(64, 64), cell_px=8, grow=False)[::8, ::8]).tolist() == [
        [2, 1], [2, 2], [3, 1], [3, 2],
    ]  # fmt: skip
    grown = latent_mask(mask, PixelSize(64, 64), cell_px=8, grow=True)[::8, ::8] > 0
    assert grown[1:5, 0:4].all()
    assert grown.sum() == 16


def test_scaled__same_size__is_the_same_array() -> None:
    image = np.zeros((4, 5, 3), np.uint8)
    assert scaled(image, PixelSize(5, 4)) is image
    assert scaled(image, PixelSize(10, 8)).shape == (8, 10, 3)


@pytest.mark.parametrize(
    ("verb", "strength", "kind"),
    [(Verb.FIX, 0.6, Prefill.SURROUNDINGS), (Verb.FIX, 0.3, Prefill.ORIGINAL), (Verb.BACKGROUND, 1.0, Prefill.NEUTRAL)],
)
def test_begin__of_a_verb__is_the_projects_pre_fill(verb: Verb, strength: float, kind: Prefill) -> None:
    image = texture(41, 60, 3)
    mask = np.zeros((41, 60), np.uint8)
    mask[10:30, 20:40] = 255
    started = begin(EngineRequest(verb, DiffusionParams(strength=strength), image, mask, (1,)))
    assert np.array_equal(started, prefilled(image, mask, kind))
    assert np.array_equal(started, image) == (kind is Prefill.ORIGINAL)


def test_recolor__any_answer__keeps_the_light_and_shade_of_the_picture() -> None:
    image = texture(90, 120, 3)
    answer = np.full_like(image, (90, 120, 180))
    kept = with_luma_of(image, answer)
    luma = np.array([0.299, 0.587, 0.114])
    assert np.corrcoef((image @ luma).ravel(), (kept @ luma).ravel())[0, 1] > 0.9
    assert np.abs(kept.reshape(-1, 3).mean(axis=0) - (90, 120, 180)).max() < 3
    assert np.array_equal(with_luma_of(image, image), image)


def test_steps__of_a_strength__are_at_least_one() -> None:
    assert [effective_steps(25, share) for share in (1.0, 0.6, 0.3, 0.01)] == [25, 15, 7, 1]


def test_ladder__leaves_out_what_would_change_nothing() -> None:
    everything = rungs(can_tile=True, can_split=True, can_offload=True, frugal=False)
    assert everything == [Rung.NORMAL, Rung.TILED, Rung.ALONE, Rung.OFFLOADED]
    assert rungs(can_tile=False, can_split=False, can_offload=False, frugal=False) == [Rung.NORMAL]
    assert rungs(can_tile=True, can_split=True, can_offload=True, frugal=True) == [Rung.SMALLER]


def test_out_of_memory__of_every_library__is_known_and_nothing_else_is() -> None:
    assert as_out_of_memory(MemoryError()) == "out of memory"
    assert as_out_of_memory(RuntimeError("MPS backend out of memory\nmore")) == "MPS backend out of memory"
    cublas = "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"
    assert as_out_of_memory(RuntimeError(cublas)) == cublas
    cuda = "CUDA out of memory. Tried to allocate 74.00 MiB. GPU 0 has a total capacity of 139.80 GiB of which 21 MiB"
    assert as_out_of_memory(RuntimeError(cuda)) == "CUDA out of memory. Tried to allocate 74.00 MiB"
    assert as_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None
    assert as_out_of_memory(ValueError("out of memory")) is None


def test_step__after_a_cancel_request__raises_before_anything_else() -> None:
    class Cancelled:
        def raise_if_cancelled(self) -> None:
            raise RunCancelledError

        def report(self, *args: Any) -> None:
            raise AssertionError("a report after the request")

    pixels = np.zeros((8, 8, 3), np.uint8)
    request = EngineRequest(Verb.REMOVE, DiffusionParams(), pixels, pixels[:, :, 0], (1,))
    model: Any = SimpleNamespace(takes=frozenset({"strength"}))
    never: Any = None
    sampler = Sampler(model, request, PixelSize(8, 8), pixels, pixels[:, :, 0], 1.0, never)
    with pytest.raises(RunCancelledError):
        sampler._on_step(3, object(), "", Progress(Cancelled(), 25))
