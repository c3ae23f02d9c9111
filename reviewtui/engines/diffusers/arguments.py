"""What a pipeline's call is given: pipelines differ in what they take. Runs in an engine's process only."""

import math
from collections.abc import Callable
from typing import Any

from reviewtui.engines.diffusers.control import control_arguments
from reviewtui.engines.diffusers.inputs import Pixels
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.engines.diffusers.params import DiffusionParams
from reviewtui.model.geometry import PixelSize

#: Called with the step that is done, counted from 0, and the latents, if they are to be had.
OnStep = Callable[[int, Any], None]


def call_arguments(
    model: LoadedModel,
    params: DiffusionParams,
    image: Pixels,
    mask: Pixels,
    *,
    seeds: tuple[int, ...],
    strength: float,
    on_step: OnStep,
) -> dict[str, Any]:
    """Arguments for one call; what this pipeline does not take is left out.

    Args:
        image: (H, W, 3) uint8 at the working size.
        mask: (H, W) uint8 of 0 and 255.
        seeds: one per candidate.
        strength: how much may change, whatever ``params`` says.
        on_step: may raise, which ends the call within this step.
    """
    import torch
    from PIL import Image

    takes, size = model.takes, PixelSize(image.shape[1], image.shape[0])
    # Everything once per candidate: were the picture given once, encoding it would take its randomness from the
    # first candidate's generator alone, and the others would differ from what they are by themselves.
    count = len(seeds)
    wanted: dict[str, Any] = {
        "prompt": [params.prompt] * count,
        "image": [Image.fromarray(image)] * count,
        "mask_image": [Image.fromarray(mask)] * count,
        "height": size.height,
        "width": size.width,
        # Some choose a size of their own unless they are told not to.
        "max_area": size.area_px,
        "_auto_resize": False,
        "strength": strength,
        # A schedule shorter than this would leave no step at all.
        "num_inference_steps": max(params.steps, math.ceil(1 / strength)),
        "num_images_per_prompt": 1,
        # On the CPU, one each: the same noise on every device, alone or in company.
        "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
        "output_type": "np",
        **_guidance(model, params, count),
        **_callback(takes, on_step),
        **control_arguments(
            model.pipe, takes, image, mask, control=model.entry.control, scale=model.entry.control_scale
        ),
    }
    return {name: value for name, value in wanted.items() if name in takes and value is not None}


def _guidance(model: LoadedModel, params: DiffusionParams, count: int) -> dict[str, Any]:
    negative = params.negative_prompt
    name = model.family.guidance if model.family.guidance in model.takes else "true_cfg_scale"
    if name == "true_cfg_scale" and not negative and (params.guidance or 0) > 1:
        negative = " "  # without one, true guidance is left out
    return {
        "negative_prompt": [negative] * count if negative else None,
        name: params.guidance,
    }


def _callback(takes: frozenset[str], on_step: OnStep) -> dict[str, Any]:
    if "callback_on_step_end" in takes:

        def on_step_end(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(step, tensors.get("latents"))
            return tensors

        return {"callback_on_step_end": on_step_end, "callback_on_step_end_tensor_inputs": ["latents"]}
    return {"callback": lambda step, timestep, latents: on_step(step, latents), "callback_steps": 1}
