"""One engine that does wrong whatever the prompt says, for the engine process. It loads no model library."""

import os
import signal
import time
from typing import Any

import numpy as np

from reviewtui.engines.base import EngineInfo, EngineRequest, EngineResult, EngineRun
from reviewtui.engines.diffusers.params import DiffusionParams
from reviewtui.imaging.crop import CropRules
from reviewtui.model.errors import EngineError
from reviewtui.model.lifecycle import ErrorKind, Verb

NAME = "bad"
TARGET = "tests.support.bad_engine:Bad"
MEMORY_BYTES = 3 << 30
INFO = EngineInfo(
    NAME, "for tests", frozenset({Verb.REMOVE}), crop_rules=CropRules(for_model=True), params_type=DiffusionParams
)


class Bad:
    """Asked for nothing wrong, it lightens the crop a little."""

    info = INFO

    def load(self, device: str) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to give back."""

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """See the class."""
        mood = request.params.prompt
        run.report(0, 1, f"being {mood or 'good'}\x1b[31m")
        good = np.minimum(request.image.astype(np.uint16) + 9, 255).astype(np.uint8)
        if mood == "missing":
            raise EngineError(ErrorKind.ENGINE_MISSING, "there is no folder /models/gone", "bring it back")
        if mood == "raises":
            raise ValueError("boom \x1b]0;owned\x07\x9b31m\nsecond line")
        if mood == "hangs":
            time.sleep(1000)
        if mood == "eats memory":
            np.ones(MEMORY_BYTES, np.uint8)
        if mood == "dies":
            os.kill(os.getpid(), signal.SIGABRT)
        if mood == "prints":
            os.write(2, b"\x1b[2J\x1b]52;c;AAAA\x07 raw bytes \xff\n" * 100)
        answers: dict[str, Any] = {
            "wrong size": good[::2, ::2],
            "floats": good / 255,
            "nan": np.full(good.shape, np.nan, np.float32),
            "black": np.zeros_like(good),
            "pink": np.full_like(good, (255, 0, 255)),
            "nothing": request.image.copy(),
        }
        images = [answers.get(mood, good) for _ in request.seeds]
        return EngineResult(images[1:] if mood == "too few" else images)
