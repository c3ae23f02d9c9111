"""One pass of a pipeline over one picture for some candidates: progress, cancelling, a look at the answer.

Runs in an engine's process only.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineRequest, EngineRun
from reviewtui.engines.diffusers.arguments import call_arguments
from reviewtui.engines.diffusers.inputs import Pixels, latent_mask, scaled
from reviewtui.engines.diffusers.loading import LoadedModel
from reviewtui.engines.diffusers.params import effective_steps
from reviewtui.engines.diffusers.previews import Previewer
from reviewtui.imaging.crop import sampled_size
from reviewtui.imaging.prefill import prefill_for, prefilled
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb

_FLAT_LEVELS, _NOT_FLAT_LEVELS = 2, 16


@dataclass(slots=True)
class Progress:
    """How far a whole run is, over all its passes and candidates.

    Attributes:
        run: line to whoever waits.
        total: steps in all.
        done: steps of the calls that are over.
        words: what the pass that runs is called, before its step.
        canvas: picture of the request's size and the place in it that is worked on; None when that is all of it.
    """

    run: EngineRun
    total: int
    done: int = 0
    words: str = ""
    canvas: tuple[Pixels, PixelRect] | None = None

    def report(self, step: int, words: str, preview: Pixels | None = None) -> None:
        """Tell it; ``step`` is of the call that runs.

        Raises:
            RunCancelledError: the run was asked to stop.
        """
        if preview is not None and self.canvas is not None:
            whole, place = self.canvas
            part, preview = preview, whole.copy()
            preview[place.y : place.bottom, place.x : place.right] = part
        self.run.report(min(self.done + step, self.total), self.total, f"{self.words}{words}", preview)


@dataclass(slots=True)
class Sampler:
    """One pass, for all candidates.

    Attributes:
        model: the loaded pipeline.
        request: what is asked for; its image and mask are what this pass works on.
        size: that the pipeline works at.
        image: (size.height, size.width, 3) uint8 that it starts from.
        mask: (size.height, size.width) uint8 of 0 and 255.
        strength: how much may change.
        previews: makes pictures of latents.
        sampled: what it really worked at, once it has.
        ran: steps that were really run for one candidate, once they were; some families round up.
    """

    model: LoadedModel
    request: EngineRequest
    size: PixelSize
    image: Pixels
    mask: Pixels
    strength: float
    previews: Previewer
    sampled: PixelSize = field(init=False)
    ran: int = field(init=False)

    def __post_init__(self) -> None:
        self.sampled, self.ran = self.size, self.steps

    @property
    def steps(self) -> int:
        """Steps that are run for one candidate."""
        steps = self.request.params.steps
        return effective_steps(steps, self.strength) if "strength" in self.model.takes else int(steps)

    def sample(self, batch: int, progress: Progress) -> list[Pixels]:
        """One image of the request's size per seed, in order.

        Args:
            batch: how many candidates are sampled in one call at most.
            progress: told each step; moved on by each call's steps.

        Raises:
            EngineError: what came back is no picture.
            RunCancelledError: within one step of being asked to stop.
        """
        seeds = self.request.seeds
        images: list[Pixels] = []
        calls = math.ceil(len(seeds) / batch)
        for index in range(calls):
            what = f"candidate {len(images) + 1} of {len(seeds)}, " if calls > 1 else ""
            images += self._call(seeds[index * batch : (index + 1) * batch], what, progress)
            progress.done += self.steps
        return images

    def _call(self, seeds: tuple[int, ...], what: str, progress: Progress) -> list[Pixels]:
        import torch

        progress.report(0, f"{what}encoding")
        params = self.request.params
        arguments = call_arguments(
            self.model, params, self.image, self.mask, seeds=seeds, strength=self.strength,
            on_step=lambda step, latents: self._on_step(step, latents, what, progress),
        )  # fmt: skip
        # Some encode without asking the generators: the same seed must give the same bytes all the same.
        torch.manual_seed(seeds[0])
        output = self._as_array(self.model.pipe(**arguments).images, len(seeds))
        return [self._checked(image) for image in output]

    def _on_step(self, step: int, latents: Any, what: str, progress: Progress) -> None:
        # Raising out of here ends the run within this step; a flag would let it finish and decode.
        progress.run.raise_if_cancelled()
        own = self.ran = int(getattr(self.model.pipe, "num_timesteps", None) or self.steps)
        reached = min(step + 1, own)
        words = f"{what}step {reached} of {own}" + (", decoding" if reached == own else "")
        preview = None if latents is None else self._look(latents)
        progress.report(min(reached, self.steps), words, preview)

    def _look(self, latents: Any) -> Pixels | None:
        """A preview when one is due. Numbers that are none are found here, before they become a black picture."""
        if not self.previews.is_due():
            return None
        if not bool(latents.isfinite().all()):
            raise self._no_numbers()
        return self.previews.look(latents)

    def _as_array(self, images: Any, count: int) -> Any:
        """(count, H, W, 3) of floats.

        Raises:
            EngineError: kind ``engine_crashed`` for anything else.
        """
        array = np.asarray(images) if isinstance(images, np.ndarray | list) else np.zeros(0)
        is_picture = array.ndim == 4 and array.shape[0] == count and array.shape[3] == 3 and array.dtype.kind == "f"
        own_size = PixelSize(array.shape[2], array.shape[1]) if is_picture else None
        if own_size is None or (own_size != self.size and not self.model.family.keeps_own_size):
            got = "×".join(map(str, array.shape))
            raise EngineError(
                ErrorKind.ENGINE_CRASHED,
                f"the model returned {got} {array.dtype} where {count} pictures of {self.size} were wanted",
                "use another model for this region",
            )
        self.sampled = own_size
        return array

    def _checked(self, image: Any) -> Pixels:
        """An image of floats at the request's size.

        Raises:
            EngineError: kind ``engine_crashed``: no numbers, or one color all over.
        """
        if not np.isfinite(image).all():
            raise self._no_numbers()
        pixels = np.clip(np.rint(np.asarray(image, dtype=np.float32) * 255), 0, 255).astype(np.uint8)
        if _spread(pixels) <= _FLAT_LEVELS and _spread(self.request.image) > _NOT_FLAT_LEVELS:
            what = "black picture" if pixels.max() <= _FLAT_LEVELS else "picture of one color"
            raise EngineError(
                ErrorKind.ENGINE_CRASHED,
                f"the model returned a {what}: its safety filter did, or numbers too large for {self.model.dtype}",
                'change the prompt, or set dtype = "float32" for it in engines.toml',
            )  # fmt: skip
        return scaled(pixels, self.request.size)

    def _no_numbers(self) -> EngineError:
        return EngineError(
            ErrorKind.ENGINE_CRASHED, f"the model returned no numbers (NaN), as some do with {self.model.dtype}",
            'set dtype = "float32" or "bfloat16" for it in engines.toml',
        )  # fmt: skip


def make_sampler(
    model: LoadedModel, request: EngineRequest, *, shrink: float, strength: float | None = None
) -> Sampler:
    """Scale and pre-fill once for all candidates.

    Args:
        shrink: 0 to 1, share of the usual working area.
        strength: None takes what is asked for and pre-fills for it; else it starts from the picture as it is.
    """
    from reviewtui.engines.diffusers.listing import info_of

    rules = info_of(model.entry).crop_rules
    size = sampled_size(request.size, rules, shrink)
    start = request.image if strength is not None else begin(request)
    return Sampler(
        model,
        request,
        size,
        np.ascontiguousarray(scaled(start, size)),
        latent_mask(request.mask, size, cell_px=model.cell_px, grow=model.is_made_for_inpainting),
        request.params.strength if strength is None else strength,
        Previewer(model, request.image, size),
    )


def begin(request: EngineRequest) -> Pixels:
    """What the first pass starts from, at the request's size."""
    return prefilled(request.image, request.mask, prefill_for(Verb(request.verb), request.params.strength))


def for_seed(request: EngineRequest, image: Pixels, mask: Pixels, seed: int) -> EngineRequest:
    """The same request for one candidate on another picture."""
    return replace(request, image=image, mask=mask, seeds=(seed,))


def _spread(pixels: Pixels) -> int:
    """Levels between the darkest and the lightest of the channel that varies most."""
    flat = pixels.reshape(-1, 3)
    return int((flat.max(axis=0).astype(int) - flat.min(axis=0)).max())
