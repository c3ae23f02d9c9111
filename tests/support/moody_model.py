"""The tiny SD model with a decoder that misbehaves as the prompt says, for the engine process."""

import os
import signal
from typing import Any

from reviewtui.engines.base import EngineRequest, EngineResult, EngineRun
from reviewtui.engines.diffusers.engine import DiffusersEngine

ENGINE = "diffusers:sd"
TARGET = "tests.support.moody_model:MoodyModel"


class MoodyModel(DiffusersEngine):
    """Says in ``details`` which process made a result."""

    def __init__(self) -> None:
        super().__init__(ENGINE)
        self._mood = ""
        self._decode: Any = None
        self._loads = 0

    def load(self, device: str) -> None:
        super().load(device)
        assert self._model is not None
        vae = self._model.pipe.vae
        if vae.decode != self._moody:
            self._loads += 1
            self._decode = vae.decode
            vae.decode = self._moody

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        self._mood = request.params.prompt
        self.load("")
        assert self._model is not None
        scheduler = self._model.pipe.scheduler
        if self._mood == "nan early":
            step = scheduler.step
            scheduler.step = lambda *args, **kwargs: tuple(value * float("nan") for value in step(*args, **kwargs))
            try:
                return super().inpaint(request, run)
            finally:
                scheduler.step = step
        result = super().inpaint(request, run)
        result.details.update(pid=os.getpid(), loads=self._loads)
        return result

    def _moody(self, latents: Any, *args: Any, **kwargs: Any) -> Any:
        import torch

        assert self._model is not None
        too_large = {
            "needs tiles": not self._model.is_tiled,
            "needs to be alone": len(latents) > 1,
            "needs a smaller size": latents.shape[2] * latents.shape[3] > 60,
            "never fits": True,
        }
        if too_large.get(self._mood):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nand more")
        if self._mood == "allocator":
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )
        if self._mood == "breaks":
            raise ZeroDivisionError("oh no")
        if self._mood == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        decoded = self._decode(latents, *args, **kwargs)
        image = decoded[0]
        if self._mood == "nan":
            image = image * float("nan")
        elif self._mood == "black":
            image = image * 0 - 1
        elif self._mood == "gray":
            image = image * 0
        elif self._mood == "half size":
            image = image[:, :, ::2, ::2]
        return (image,)
