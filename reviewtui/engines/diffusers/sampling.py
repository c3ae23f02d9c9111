"""One call of a pipeline for some candidates: arguments by its signature, progress, cancelling, a look at the answer.

Runs in an engine's process only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest, EngineRun
from reviewtui.engines.diffusers.inputs import Pixels, latent_mask, prefill, scaled
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.engines.diffusers.params import DiffusionParams, effective_steps
from reviewtui.engines.diffusers.previews import Previewer
from reviewtui.imaging.crop import sampled_size
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb

_BLACK, _NOT_BLACK = 2, 16


@dataclass(frozen=True, slots=True)
class Sampler:
    """What all candidates of a run share.

    Attributes:
        model: the loaded pipeline.
        request: what is asked for.
        run: line to whoever waits.
        size: that the pipeline works at.
        image: (size.height, size.width, 3) uint8 that it starts from.
        mask: (size.height, size.width) uint8 of 0 and 255.
        previews: makes pictures of latents.
    """

    model: LoadedModel
    request: EngineRequest
    run: EngineRun
    size: PixelSize
    image: Pixels
    mask: Pixels
    previews: Previewer

    @property
    def steps(self) -> int:
        """Steps that are run for one candidate."""
        params: DiffusionParams = self.request.params
        return effective_steps(params.steps, params.strength) if "strength" in self.model.takes else params.steps

    def sample(self, batch: int) -> list[Pixels]:
        """One crop-sized image per seed, in order.

        Args:
            batch: how many candidates are sampled in one call at most.

        Raises:
            EngineError: what came back is no picture.
            RunCancelledError: within one step of being asked to stop.
        """
        seeds = self.request.seeds
        images: list[Pixels] = []
        calls = math.ceil(len(seeds) / batch)
        for index in range(calls):
            group = seeds[index * batch : (index + 1) * batch]
            what = f"candidate {len(images) + 1} of {len(seeds)}, " if calls > 1 else ""
            images += self._call(group, what, done=index * self.steps, total=calls * self.steps)
        return images

    def _call(self, seeds: tuple[int, ...], what: str, *, done: int, total: int) -> list[Pixels]:
        self.run.report(done, total, f"{what}encoding")
        arguments = self._arguments(seeds, self._on_step(what, done, total))
        output = self.model.pipe(**arguments).images
        return [self._checked(image) for image in _as_array(output, len(seeds), self.size)]

    def _on_step(self, what: str, done: int, total: int) -> Callable[..., dict[str, Any]]:
        def on_step_end(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            # Raising out of here ends the run within this step; a flag would let it finish and decode.
            self.run.raise_if_cancelled()
            own = int(getattr(pipe, "num_timesteps", None) or self.steps)
            reached = min(step + 1, own)
            words = f"{what}step {reached} of {own}" + (", decoding" if reached == own else "")
            latents = tensors.get("latents")
            preview = None if latents is None else self.previews.look(latents)
            self.run.report(done + min(reached, self.steps), total, words, preview)
            return tensors

        return on_step_end

    def _arguments(self, seeds: tuple[int, ...], on_step: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """Pipelines differ in what they take; what this one does not take is left out."""
        import torch
        from PIL import Image

        params: DiffusionParams = self.request.params
        # Everything once per candidate: were the picture given once, encoding it would take its randomness from the
        # first candidate's generator alone, and the others would differ from what they are by themselves.
        count = len(seeds)
        wanted: dict[str, Any] = {
            "prompt": [params.prompt] * count,
            "negative_prompt": [params.negative_prompt] * count if params.negative_prompt else None,
            "image": [Image.fromarray(self.image)] * count,
            "mask_image": [Image.fromarray(self.mask)] * count,
            "height": self.size.height,
            "width": self.size.width,
            "strength": params.strength,
            # A schedule shorter than this would leave no step at all.
            "num_inference_steps": max(params.steps, math.ceil(1 / params.strength)),
            "num_images_per_prompt": 1,
            # On the CPU, one each: the same noise on every device, alone or in company.
            "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            "output_type": "np",
            "callback_on_step_end": on_step,
            "callback_on_step_end_tensor_inputs": ["latents"],
        }
        if params.guidance is not None:
            takes_own = "guidance_scale" in self.model.takes
            wanted["guidance_scale" if takes_own else "true_cfg_scale"] = params.guidance
        return {name: value for name, value in wanted.items() if name in self.model.takes and value is not None}

    def _checked(self, image: Any) -> Pixels:
        """An image of floats as a crop.

        Raises:
            EngineError: kind ``engine_crashed``: no numbers, or black.
        """
        dtype = self.model.dtype
        if not np.isfinite(image).all():
            raise EngineError(
                ErrorKind.ENGINE_CRASHED, f"the model returned no numbers (NaN), as some do with {dtype}",
                'set dtype = "float32" or "bfloat16" for it in engines.toml',
            )  # fmt: skip
        pixels = np.clip(np.rint(np.asarray(image, dtype=np.float32) * 255), 0, 255).astype(np.uint8)
        if pixels.max() <= _BLACK and self.request.image.max() > _NOT_BLACK:
            raise EngineError(
                ErrorKind.ENGINE_CRASHED,
                f"the model returned a black picture: its safety filter did, or numbers too large for {dtype}",
                'change the prompt, or set dtype = "float32" for it in engines.toml',
            )  # fmt: skip
        return scaled(pixels, self.request.size)


def make_sampler(model: LoadedModel, request: EngineRequest, run: EngineRun, *, shrink: float) -> Sampler:
    """Scale and pre-fill once for all candidates.

    Args:
        shrink: 0 to 1, share of the usual working area.
    """
    from reviewtui.engines.diffusers.listing import info_of

    rules = info_of(model.entry).crop_rules
    size = sampled_size(request.size, rules, shrink)
    cell_px = model.cell_px
    image = np.ascontiguousarray(scaled(prefill(Verb(request.verb), request.image, request.mask), size))
    mask = latent_mask(request.mask, size, cell_px=cell_px, grow=model.is_made_for_inpainting)
    return Sampler(model, request, run, size, image, mask, Previewer(model, request.image, size))


def _as_array(images: Any, count: int, size: PixelSize) -> Any:
    """(count, H, W, 3) of floats.

    Raises:
        EngineError: kind ``engine_crashed`` for anything else.
    """
    array = np.asarray(images) if isinstance(images, np.ndarray | list) else np.zeros(0)
    if array.shape != (count, size.height, size.width, 3) or array.dtype.kind != "f":
        got = "×".join(map(str, array.shape))
        raise EngineError(
            ErrorKind.ENGINE_CRASHED,
            f"the model returned {got} {array.dtype} where {count} pictures of {size} were wanted",
            "use another model for this region",
        )
    return array
